"""Secrets of channels at rest, in rotation, and on the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import secrets
from channels.models import Channel
from channels.services import CreatedChannel, InvalidSettings, update_channel
from channels.tests.conftest import MAIL, MANGO, TELEGRAM
from core.tenancy import tenant_scope
from tenants.models import Membership

pytestmark = pytest.mark.django_db


def test_secrets_stand_nowhere_in_the_database(make_channel: Callable[..., CreatedChannel]) -> None:
    made = [make_channel("telegram"), make_channel("mango"), make_channel("email")]
    known = [*TELEGRAM.values(), *MANGO.values(), MAIL["password"]]
    known += [one.hook_url.rpartition("/")[2] for one in made if one.hook_url]
    with tenant_scope(made[0].channel.tenant_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_to_json(c)::text, convert_from(c.encrypted_secrets, 'utf-8') FROM channels_channel c"
        )
        stored = str(cursor.fetchall())
        cursor.execute("SELECT row_to_json(r)::text FROM channels_hookroute r")
        stored += str(cursor.fetchall())
    assert [secret for secret in known if secret in stored] == []


def test_secrets_open_for_their_own_channel_only(make_channel: Callable[..., CreatedChannel]) -> None:
    one, other = make_channel("telegram").channel, make_channel("telegram", {"token": "other"}).channel
    assert secrets.read(one)["token"] == TELEGRAM["token"]
    other.encrypted_secrets = one.encrypted_secrets
    with pytest.raises(secrets.SecretsUnreadable):
        secrets.read(other)


def test_secrets_survive_a_new_secret_key(make_channel: Callable[..., CreatedChannel], settings: Any) -> None:
    channel = make_channel("telegram").channel
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key for this installation", [old]
    assert secrets.read(channel)["token"] == TELEGRAM["token"]
    call_command("reseal_secrets", verbosity=0)
    settings.SECRET_KEY_FALLBACKS = []
    with tenant_scope(channel.tenant_id):
        assert secrets.read(Channel.objects.get(pk=channel.pk))["token"] == TELEGRAM["token"]
    with pytest.raises(secrets.SecretsUnreadable):
        secrets.read(channel)


def test_secret_left_empty_stays_and_none_forgets(make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel("form", {"api_key": "key-of-the-form"})
    with tenant_scope(made.channel.tenant_id):
        update_channel(channel=made.channel, now=timezone.now(), settings={"api_key": ""})
        assert secrets.read(made.channel)["api_key"] == "key-of-the-form"
        update_channel(channel=made.channel, now=timezone.now(), settings={"api_key": None})
        assert "api_key" not in secrets.read(made.channel)


def test_generated_secret_is_made_and_given_back(make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel("telegram", {"secret_token": ""})
    assert len(made.secret) >= 24
    assert secrets.read(made.channel)["secret_token"] == made.secret


@pytest.mark.parametrize(
    ("kind", "given", "wrong"),
    [
        ("telegram", {"token": "", "secret_token": ""}, "token"),
        ("form", {"nonsense": "1"}, "nonsense"),
        ("email", {"imap_security": "rot13"}, "imap_security"),
        ("email", {"imap_port": "many"}, "imap_port"),
        ("email", {"is_idle": "perhaps"}, "is_idle"),
        ("form", {"field_map": "x" * 5000}, "field_map"),
        ("form", {"field_map": "phone = tel\nnonsense"}, "field_map"),
        ("tilda", {"field_map": "nonsense"}, "field_map"),
    ],
)
def test_wrong_settings_are_refused_by_name(
    make_channel: Callable[..., CreatedChannel], kind: str, given: dict[str, str], wrong: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        make_channel(kind, given)
    assert list(refused.value.errors) == [wrong]


def test_pages_never_show_a_secret_again(
    make_channel: Callable[..., CreatedChannel], admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    made = [make_channel("telegram"), make_channel("mango"), make_channel("email")]
    client = client_of(admin)
    for one in made:
        page = client.get(reverse("channels:detail", args=[one.channel.pk])).content.decode()
        for secret in (*TELEGRAM.values(), *MANGO.values(), MAIL["password"]):
            assert secret not in page


def test_masked_text_keeps_the_rest() -> None:
    assert secrets.mask("a?key=long-secret&b=c", {"k": "long-secret", "s": "c"}) == "a?key=•••&b=c"
