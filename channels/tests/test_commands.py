"""Commands an operator and scripts rely on: names and JSON keys stay."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from channels import bell, secrets
from channels.adapters.base import RawDelivery
from channels.journal import drain, record
from channels.models import Channel, Event
from channels.samples import content_type
from channels.services import CreatedChannel
from channels.tests.conftest import telegram_message
from core.tenancy import tenant_scope
from tenants.models import Membership, Tenant

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    call_command(*arguments, "--json")
    return json.loads(capsys.readouterr().out)


def test_create_channel_gives_address_and_secret(
    tenant: Tenant, alice: Membership, capsys: pytest.CaptureFixture[str]
) -> None:
    made = run(
        capsys, "create_channel", "--tenant", tenant.slug, "--kind", "telegram", "--name", "Bot",
        "--set", "token=1:2=3", f"responsible={alice.email}", "response_limit_min=7", "--set", "is_lead_source=no",
    )  # fmt: skip
    assert set(made) == {"id", "hook_url", "secret"}
    with tenant_scope(tenant):
        channel = Channel.objects.get(pk=made["id"])
        assert secrets.read(channel)["token"] == "1:2=3"
        assert secrets.read(channel)["secret_token"] == made["secret"]
        assert (channel.responsible, channel.response_limit_min, channel.is_lead_source) == (alice, 7, False)
    assert made["hook_url"].endswith(secrets.read(channel)["hook_token"])


def test_create_channel_makes_needed_secrets_up_for_a_trial(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    made = run(capsys, "create_channel", "--tenant", tenant.slug, "--kind", "mango", "--name", "Line")
    with tenant_scope(tenant):
        assert secrets.read(Channel.objects.get())["api_salt"] == made["secret"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--kind", "nope", "--name", "x"),
        ("--kind", "email", "--name", "x"),
        ("--kind", "form", "--name", "x", "--set", "nonsense=1"),
        ("--kind", "form", "--name", "x", "--set", "field_map"),
        ("--kind", "form", "--name", "x", "--set", "responsible=nobody"),
        ("--kind", "form", "--name", "x", "--set", "response_limit_min=soon"),
    ],
)
def test_create_channel_refuses_in_words(tenant: Tenant, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"\w"):
        call_command("create_channel", "--tenant", tenant.slug, *arguments)


def test_commands_refuse_an_unknown_tenant() -> None:
    for command in (("create_channel", "--kind", "form", "--name", "x"), ("replay", "--dead"), ("ledger",)):
        with pytest.raises(CommandError, match="nobody"):
            call_command(*command, "--tenant", "nobody")


def test_ledger_of_one_and_of_all(
    form: CreatedChannel, tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    with tenant_scope(tenant):
        record(channel=form.channel, delivery=RawDelivery(b""), now=timezone.now())
    expected = {
        "received": 1,
        "leads": 0,
        "joined": 0,
        "duplicates": 0,
        "ignored": 0,
        "failed": 0,
        "pending": 1,
    }
    assert run(capsys, "ledger", "--tenant", tenant.slug) == expected
    assert run(capsys, "ledger", "--tenant", tenant.slug, "--channel", str(form.channel.pk)) == expected
    assert {"tenant": tenant.slug, **expected} in run(capsys, "ledger", "--all")
    with pytest.raises(CommandError):
        call_command("ledger", "--tenant", tenant.slug, "--channel", str(tenant_channel_of_nobody()))


def tenant_channel_of_nobody() -> Any:
    from core.ids import uuid7

    return uuid7()


def test_replay_runs_dead_letters(
    bot: CreatedChannel, tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    with tenant_scope(tenant):
        event = record(channel=bot.channel, delivery=RawDelivery(b"no json"), now=timezone.now())
    drain(tenant.pk)
    assert run(capsys, "replay", "--tenant", tenant.slug, "--dead") == {"replayed": 1}
    drain(tenant.pk)
    assert run(capsys, "replay", "--tenant", tenant.slug, "--event", str(event.pk)) == {"replayed": 1}


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("a.json", b"x", "application/json"),
        ("a.form.txt", b"{}", "application/x-www-form-urlencoded"),
        ("a.txt", b' {"a": 1}', "application/json"),
        ("a.txt", b"a=1", "application/x-www-form-urlencoded"),
        ("a.txt", b"--zz\r\nContent-Disposition: form-data", "multipart/form-data; boundary=zz"),
        ("a.xml", b"<a/>", "text/xml"),
    ],
)
def test_content_type_of_a_sample(name: str, body: bytes, expected: str) -> None:
    assert content_type(name, body) == expected


@pytest.fixture
def worker(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A worker that answers the bell."""

    def ring(tenant_id: int) -> None:
        def work() -> None:
            drain(tenant_id)
            connection.close()

        threading.Thread(target=work, daemon=True).start()

    monkeypatch.setattr(bell, "ring", ring)


@pytest.mark.django_db(transaction=True)
def test_post_sample_says_what_became_of_each_item(
    live_server: Any, worker: Any, tenant: Tenant, make_channel: Callable[..., CreatedChannel], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    bot = make_channel("telegram")
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(telegram_message(1)))
    bad.write_text("[]")
    arguments = (
        "post_sample",
        "--tenant",
        tenant.slug,
        "--channel",
        str(bot.channel.pk),
        "--url",
        live_server.url,
    )
    posted = run(capsys, *arguments, str(good), str(good), str(bad))
    assert [(p["file"], p["status"], p["state"]) for p in posted] == [
        ("good.json", 200, "processed"), ("good.json", 200, "processed"), ("bad.json", 200, "dead"),
    ]  # fmt: skip
    assert [p["items"][0]["outcome"] for p in posted] == ["lead", "duplicate", "failed"]
    assert posted[0]["items"][0]["lead"]["number"] == 1
    assert posted[2]["reason"]


def test_post_sample_says_when_nobody_answers(
    form: CreatedChannel, make_channel: Callable[..., CreatedChannel], tenant: Tenant, tmp_path: Path
) -> None:
    sample = tmp_path / "a.txt"
    sample.write_text("phone=1")
    common = ("post_sample", "--tenant", tenant.slug, "--url", "http://127.0.0.1:1")
    with pytest.raises(CommandError, match="does not answer"):
        call_command(*common, "--channel", str(form.channel.pk), str(sample))
    with pytest.raises(CommandError, match="no address"):
        call_command(*common, "--channel", str(make_channel("email").channel.pk), str(sample))
    with tenant_scope(tenant):
        assert Event.objects.count() == 0
