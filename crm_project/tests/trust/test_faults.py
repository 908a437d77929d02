"""Faults in the middle of a stream of deliveries: what was answered with 2xx is there once, whatever was killed."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from channels.tests.conftest import telegram_message
from crm_project.tests.trust.installation import Installation, eventually, installed

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.xdist_group("trust-installation"),
]
SENDERS = 3
UPDATES = 60  # of as many people: each has to become one lead
GIVE_UP_S = 120  # providers go on trying for minutes
# What a provider hears instead of a lie: no connection, one that breaks, or 503.
REFUSALS = {
    503,
    "ConnectError",
    "ReadError",
    "RemoteProtocolError",
    "ReadTimeout",
    "WriteError",
    "ConnectTimeout",
}


class Stream:
    """A provider: posts every update until it hears 2xx, as all of them do; some it sends twice anyway."""

    def __init__(self, address: str, secret: str) -> None:
        self.address, self.headers = address, {"X-Telegram-Bot-Api-Secret-Token": secret}
        self.numbers = itertools.count(1)
        self.heard: Counter[int] = Counter()  # answers of 2xx by update
        self.refused: Counter[Any] = Counter()
        self.hold = threading.Event()
        self.threads = [threading.Thread(target=self._send, daemon=True) for _number in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def _send(self) -> None:
        for number in self.numbers:
            if number > UPDATES:
                return
            for _repeat in range(2 if number % 10 == 0 else 1):
                self._deliver(number)
            time.sleep(0.05)

    def _deliver(self, number: int) -> None:
        update, deadline = telegram_message(number, chat=1000 + number), time.monotonic() + GIVE_UP_S
        while time.monotonic() < deadline:
            try:
                answer = httpx.post(self.address, json=update, headers=self.headers, timeout=10).status_code
            except httpx.HTTPError as error:
                answer = type(error).__name__
            if answer == 200:
                self.heard[number] += 1
                return
            self.refused[answer] += 1
            time.sleep(0.3)

    def wait_for(self, share: float) -> None:
        """Wait until this part of the updates was taken."""
        eventually(lambda: len(self.heard) >= UPDATES * share, "the stream stands still", timeout_s=GIVE_UP_S)

    def end(self) -> None:
        for thread in self.threads:
            thread.join(GIVE_UP_S)


@pytest.fixture(scope="module")
def place() -> Iterator[Installation]:
    with installed() as found:
        found.manage(
            "create_tenant",
            "--name=Trust",
            "--slug=trust",
            "--admin-email=ada@trust.example",
            "--language=en",
        )
        yield found


def connect(place: Installation, name: str) -> dict[str, str]:
    return place.manage(
        "create_channel", "--tenant=trust", "--kind=telegram", f"--name={name}", "--set", "token=1:trust", "--json"
    )  # fmt: skip


# What is done to the installation, and after which part of the stream.
FAULTS: list[tuple[float, Callable[[Installation], Any]]] = [
    (0.1, lambda place: place.kill("celery", "worker")),
    (0.25, lambda place: place.kill("gunicorn")),  # master and all
    (0.4, lambda place: place.stop_valkey()),
    (0.6, lambda place: place.stop_postgres()),
    (0.75, lambda place: place.kill("celery", "worker")),
    (0.9, lambda place: place.lose_queues()),
]


def test_nothing_is_lost_and_nothing_doubled_whatever_dies(place: Installation) -> None:
    made = connect(place, "Bot")
    stream = Stream(made["hook_url"], made["secret"])
    for share, fault in FAULTS:
        stream.wait_for(share)
        eventually(lambda fault=fault: fault(place) != 0, "nobody was there to be killed")
    stream.end()
    assert len(stream.heard) == UPDATES, f"{stream.refused}\n{place.log()}"
    assert set(stream.refused) <= REFUSALS, stream.refused
    channel = f"channel_id = '{made['id']}'"
    eventually(
        lambda: place.rows(f"SELECT count(*) FROM channels_event WHERE {channel} AND state = 'received'") == [(0,)],
        f"the sweeper left something behind\n{place.log()}",
    )  # fmt: skip
    dialogs = dict(
        place.rows(f"SELECT external_id, count(*) FROM channels_dialog WHERE {channel} GROUP BY 1")
    )
    assert dialogs == {str(1000 + number): 1 for number in range(1, UPDATES + 1)}
    figures = place.manage("ledger", "--tenant=trust", f"--channel={made['id']}", "--json")
    assert (figures["leads"], figures["failed"], figures["pending"]) == (UPDATES, 0, 0), figures
    # A delivery whose answer was cut off came again: it is written down, and counted as what it is.
    assert figures["received"] == figures["leads"] + figures["duplicates"] >= sum(stream.heard.values())
    assert place.rows(f"SELECT count(*) FROM leads_lead WHERE {channel}") == [(UPDATES,)]
