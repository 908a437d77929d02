"""Everything recorded under ../shared goes through the running product, twice."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from browser.waiting import until
from channels.models import Channel, Event
from channels.tests.adapters.dovecot import dovecot  # noqa: F401  (fixture)
from channels.tests.adapters.samples import SHARED
from core.tenancy import tenant_scope

PATIENCE_S = 240
CHANNELS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("form", "webforms", "[!t]*", {}),
    ("tilda", "webforms", "tilda_*", {}),
    ("telegram", "telegram", "*", {"token": "123456:recorded-token-of-a-bot"}),
    ("mango", "telephony-mango", "*", {"api_key": "recorded-key", "api_salt": "recorded-salt"}),
]


def recorded(folder: str, pattern: str) -> list[Path]:
    found = sorted(
        path for path in (SHARED / folder).rglob(pattern) if path.is_file() and path.suffix != ".md"
    )
    return found or pytest.skip(f"../shared/data/{folder} is not here")


def ledger_of(company, channel: Channel) -> dict[str, int]:
    return told("ledger", "--tenant", company.tenant.slug, "--channel", str(channel.pk), "--json")


def told(command: str, *arguments: str) -> Any:
    """Run a command for its --json."""
    said = io.StringIO()
    call_command(command, *arguments, stdout=said)
    return json.loads(said.getvalue())


def assert_twice(company, channel: Channel, send: Callable[[], int]) -> None:
    """Send all, and again: it balances, nothing waits, the dead say why, and the second time adds no lead."""
    count = send()
    first = ledger_of(company, channel)
    assert first["pending"] == 0
    assert first["received"] >= count
    assert first["received"] == sum(value for name, value in first.items() if name != "received")
    with tenant_scope(company.tenant):
        dead = list(
            Event.objects.filter(channel=channel, state=Event.State.DEAD).values_list("error", flat=True)
        )
    assert all(len(reason) > 10 and "Traceback" not in reason for reason in dead), dead
    send()
    second = ledger_of(company, channel)
    assert second["pending"] == 0
    added = {name: second[name] - first[name] for name in first}
    assert (added["leads"], added["joined"]) == (0, 0), added
    # What becomes nothing, and what nobody can read, has no key and is counted again.
    assert added["received"] == added["duplicates"] + added["ignored"] + added["failed"]
    assert added["duplicates"] >= first["leads"] + first["joined"]


@pytest.mark.parametrize(
    ("kind", "folder", "pattern", "settings"), CHANNELS, ids=[row[0] for row in CHANNELS]
)
def test_recorded_bodies_are_taken_twice_and_counted_once(stack, company, kind, folder, pattern, settings):
    files = recorded(folder, pattern)
    channel = company.channel(kind, f"Recorded {kind}", settings).channel
    arguments = [
        "--tenant",
        company.tenant.slug,
        "--channel",
        str(channel.pk),
        f"--timeout={PATIENCE_S}",
        f"--url={stack.url}",
        "--json",
    ]

    def send() -> int:
        posted = told("post_sample", *arguments, *map(str, files))
        assert len(posted) == len(files)
        assert {one["file"]: one["status"] for one in posted if one["status"] != 200} == {}
        return sum(one["event"] is not None for one in posted)  # a provider's trial post is only answered

    assert_twice(company, channel, send)


def test_recorded_letters_go_through_a_mailbox(company, dovecot):  # noqa: F811
    files = recorded("email", "*")
    box = dovecot.mailbox()
    channel = company.channel("email", "Recorded mail", box.settings | {"first_read": "all"}).channel
    sent = 0

    def send() -> int:
        nonlocal sent
        for path in files:
            box.append(path.read_bytes())
        sent += len(files)
        until(lambda: settled(company, channel) == sent, "letters are still missing", timeout_s=PATIENCE_S)
        return len(files)

    assert_twice(company, channel, send)
    with tenant_scope(company.tenant):
        assert Channel.objects.get(pk=channel.pk).last_error == ""


def settled(company, channel: Channel) -> int:
    with tenant_scope(company.tenant):
        return Event.objects.filter(channel=channel).exclude(state=Event.State.RECEIVED).count()
