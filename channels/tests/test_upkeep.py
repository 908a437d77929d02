"""Keeping connections alive, and settings that the provider tells; neither inside a transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import bell, tasks, upkeep
from channels.adapters import kinds_to_keep_alive
from channels.adapters.base import Check, SendError
from channels.adapters.max import MaxAdapter
from channels.adapters.vk import VkAdapter
from channels.models import Channel
from channels.services import CreatedChannel, keep_learned, prepare_check, switch_channel, update_channel
from core.tenancy import active_tenant_id, tenant_scope
from tenants.models import Membership, Tenant

pytestmark = pytest.mark.django_db
Renewal = Callable[..., Mapping[str, str]]


@pytest.fixture
def messenger(make_channel: Callable[..., CreatedChannel]) -> CreatedChannel:
    return make_channel("max")


@pytest.fixture
def renew(monkeypatch: pytest.MonkeyPatch) -> Callable[[Renewal], None]:
    """Return a function that puts something in MAX's place."""

    def put(renewal: Renewal) -> None:
        monkeypatch.setattr(MaxAdapter, "keep_alive", lambda self, settings, url: renewal(settings, url))

    return put


def fresh(made: CreatedChannel) -> Channel:
    with tenant_scope(made.channel.tenant_id):
        channel: Channel = Channel.objects.get(pk=made.channel.pk)
        return channel


def keep(made: CreatedChannel) -> bool:
    return upkeep.keep_alive(made.channel.tenant_id, made.channel.pk)


def broken(settings: Any, url: str) -> Mapping[str, str]:
    raise SendError("MAX does not answer", is_permanent=False)


def test_only_kinds_that_lapse_are_kept(messenger: CreatedChannel, form: CreatedChannel) -> None:
    assert "max" in kinds_to_keep_alive()
    assert not {"form", "telegram", "vk"} & set(kinds_to_keep_alive())
    assert upkeep.channels_to_keep() == [(messenger.channel.tenant_id, messenger.channel.pk)]


def test_beat_rings_for_each_channel_of_every_active_tenant(
    messenger: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(bell, "send", lambda task, **kwargs: rung.append((task, kwargs)))
    tasks.keep_channels_alive()
    told = {"tenant_id": messenger.channel.tenant_id, "channel_id": str(messenger.channel.pk)}
    assert rung == [("keep_channel_alive", told)]
    Tenant.objects.filter(pk=messenger.channel.tenant_id).update(is_active=False)
    tasks.keep_channels_alive()
    assert len(rung) == 1


def test_renewal_gets_settings_and_address_outside_any_transaction(
    messenger: CreatedChannel, renew: Callable[[Renewal], None]
) -> None:
    seen: dict[str, Any] = {}

    def renewal(settings: Any, url: str) -> Mapping[str, str]:
        seen.update(tenant=active_tenant_id(), secret=settings["secret"], url=url)
        return {}

    renew(renewal)
    tasks.keep_channel_alive(tenant_id=messenger.channel.tenant_id, channel_id=str(messenger.channel.pk))
    assert seen == {"tenant": None, "secret": messenger.secret, "url": messenger.hook_url}
    assert fresh(messenger).last_error == ""


def test_failure_is_shown_until_it_works_again(
    messenger: CreatedChannel, renew: Callable[[Renewal], None]
) -> None:
    renew(broken)
    assert keep(messenger)
    assert (fresh(messenger).last_error, bool(fresh(messenger).last_error_at)) == (
        "MAX does not answer",
        True,
    )
    renew(lambda settings, url: 1 / 0)  # type: ignore[arg-type,return-value]
    assert keep(messenger)
    assert fresh(messenger).last_error == "ZeroDivisionError"
    renew(lambda settings, url: {})
    assert keep(messenger)
    assert (fresh(messenger).last_error, fresh(messenger).last_error_at) == ("", None)


def test_channel_that_is_off_or_gone_rests(
    messenger: CreatedChannel, renew: Callable[[Renewal], None]
) -> None:
    renew(broken)
    assert not upkeep.keep_alive(messenger.channel.tenant_id, uuid.uuid4())
    with tenant_scope(messenger.channel.tenant_id):
        switch_channel(channel=messenger.channel, is_active=False, now=timezone.now())
    assert not keep(messenger)
    assert fresh(messenger).last_error == ""


def test_what_came_of_old_settings_is_forgotten(
    messenger: CreatedChannel, renew: Callable[[Renewal], None]
) -> None:
    def renewal(settings: Any, url: str) -> Mapping[str, str]:
        with tenant_scope(messenger.channel.tenant_id):
            update_channel(
                channel=messenger.channel, now=timezone.now(), settings={"proxy": "http://10.0.0.1:3128"}
            )
        return broken(settings, url)

    renew(renewal)
    keep(messenger)
    assert fresh(messenger).last_error == ""


def test_renewal_may_tell_settings_to_keep(
    messenger: CreatedChannel, renew: Callable[[Renewal], None]
) -> None:
    renew(lambda settings, url: {"base_url": "https://platform-api3.max.ru"})
    keep(messenger)
    channel = fresh(messenger)
    assert channel.settings["base_url"] == "https://platform-api3.max.ru"
    with tenant_scope(channel.tenant_id):
        assert prepare_check(channel)["settings"]["secret"] == messenger.secret


def test_learned_settings_join_the_others(make_channel: Callable[..., CreatedChannel]) -> None:
    community = make_channel("vk", {"proxy": "http://10.0.0.1:3128"})
    with tenant_scope(community.channel.tenant_id):
        channel = keep_learned(channel=community.channel, values={"confirmation": "new", "group_id": "7"})
        work = prepare_check(channel)
    kept = {name: work["settings"][name] for name in ("confirmation", "group_id", "proxy", "secret")}
    assert kept == {
        "confirmation": "new",
        "group_id": "7",
        "proxy": "http://10.0.0.1:3128",
        "secret": community.secret,
    }
    assert work["hook_url"] == community.hook_url


def test_page_opened_before_does_not_wipe_what_was_learned(
    make_channel: Callable[..., CreatedChannel],
) -> None:
    community = make_channel("vk", {"confirmation": ""})
    with tenant_scope(community.channel.tenant_id):
        keep_learned(channel=community.channel, values={"confirmation": "new"})
        channel = Channel.objects.get(pk=community.channel.pk)
        update_channel(channel=channel, now=timezone.now(), settings={"confirmation": "", "group_id": ""})
        assert prepare_check(channel)["settings"]["confirmation"] == "new"
        update_channel(channel=channel, now=timezone.now(), settings={"confirmation": "by hand"})
        assert prepare_check(channel)["settings"]["confirmation"] == "by hand"


@pytest.mark.parametrize("fault", [SendError("no", is_permanent=True), ZeroDivisionError()])
def test_learning_that_fails_leaves_the_word_to_the_check(
    fault: Exception, make_channel: Callable[..., CreatedChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def learn(self: Any, settings: Any) -> Mapping[str, str]:
        raise fault

    monkeypatch.setattr(VkAdapter, "learn", learn)
    community = make_channel("vk")
    with tenant_scope(community.channel.tenant_id):
        work = prepare_check(community.channel)
    assert upkeep.learn(**work) == {}


def test_connection_test_first_learns_then_checks_with_it(
    make_channel: Callable[..., CreatedChannel],
    admin: Membership,
    client_of: Callable[[Membership], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    community, seen = make_channel("vk"), dict[str, Any]()

    def learn(self: Any, settings: Any) -> Mapping[str, str]:
        seen["tenant"] = active_tenant_id()
        return {"confirmation": "fresh"}

    def check(self: Any, settings: Any, hook_url: str) -> list[Check]:
        seen["confirmation"] = settings["confirmation"]
        return [Check(True, "Fine")]

    monkeypatch.setattr(VkAdapter, "learn", learn)
    monkeypatch.setattr(VkAdapter, "check", check)
    monkeypatch.setattr("channels.services.setup._check_address", lambda url: Check(True, "Address fine"))
    response = client_of(admin).post(
        reverse("channels:check", args=[community.channel.pk]), headers={"HX-Request": "true"}
    )
    assert "Fine" in b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert seen == {"tenant": None, "confirmation": "fresh"}
    assert fresh(community).settings["confirmation"] == "fresh"
