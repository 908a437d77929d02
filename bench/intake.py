"""Time the intake of a running server: how fast a hook answers, and how fast a lead is to be seen.

    ./run &            # with workers
    .venv/bin/python -m bench.intake --tenant romashka --rate 50 --seconds 20

Makes a form channel of its own in the tenant, posts inquiries at a steady rate over HTTP to this machine
only, and prints percentiles of the answers, of event-to-lead times, and the rate of a raw insert of the
same bytes into the same table beside it. `--saturate` posts as fast as it is answered instead, and states the rate
as a share of those raw inserts. With `--mixed 20000` it does bench.mixed instead, which needs no
pages.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

from django.db.models import F
from django.utils import timezone

from bench import mixed, processes
from bench.server import LOCAL
from channels import journal
from channels.adapters.base import RawDelivery
from channels.journal.ledger import Ledger, ledger
from channels.models import Channel, Event
from channels.services import create_channel
from core.tenancy import tenant_scope
from tenants.models import Tenant

CLIENTS = 16
CODES = (903, 905, 906, 909, 910, 911, 912, 913, 914, 915, 916, 917, 918, 919)
PATIENCE_S = 120  # for what is still in the queue after the last answer


def body(serial: int, number: int) -> bytes:
    """One inquiry; every one from a person of its own, whom no earlier run has brought either."""
    code, serial = CODES[serial // 100 % len(CODES)], serial % 100
    phone = f"+7{code}{serial * 100_000 + number % 100_000:07d}"
    return json.dumps({"name": f"Client {number}", "phone": phone, "message": "How much is it?"}).encode()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Poster:
    """Posts, each on a connection of its own as providers do; keeps the milliseconds until each answer.

    By the plainest client there is: it runs on the processors whose server is timed.
    """

    def __init__(self, url: str) -> None:
        self._place = urlsplit(url)
        self._lock = threading.Lock()
        self.taken: list[float] = []

    def post(self, one: bytes) -> None:
        started = time.perf_counter()
        line = HTTPConnection(self._place.hostname or "", self._place.port, timeout=30)
        line.request("POST", self._place.path, one, {"Content-Type": "application/json"})
        answer = line.getresponse()
        answer.read()
        line.close()
        if answer.status != 200:
            raise RuntimeError(f"the hook answered {answer.status}")
        with self._lock:
            self.taken.append((time.perf_counter() - started) * 1000)


def post_steadily(url: str, bodies: list[bytes], rate: float) -> list[float]:
    """Post at a steady rate; return milliseconds until each answer."""
    poster = Poster(url)
    with ThreadPoolExecutor(CLIENTS) as pool:
        began, futures = time.perf_counter(), []
        for i, one in enumerate(bodies):
            time.sleep(max(0.0, began + i / rate - time.perf_counter()))
            futures.append(pool.submit(poster.post, one))
        for future in futures:
            future.result()
    return poster.taken


def post_without_pause(url: str, bodies: Iterable[bytes], seconds: float) -> tuple[list[float], float]:
    """Let every client post again as soon as it has its answer; return milliseconds of each, and the rate a second."""
    poster, source, lock = Poster(url), iter(bodies), threading.Lock()
    began = time.perf_counter()

    def client() -> None:
        while time.perf_counter() - began < seconds:
            with lock:
                one = next(source)
            poster.post(one)

    with ThreadPoolExecutor(CLIENTS) as pool:
        for future in [pool.submit(client) for _number in range(CLIENTS)]:
            future.result()
    return poster.taken, len(poster.taken) / (time.perf_counter() - began)


def raw_insert_rate(tenant: Tenant, channel: Channel, bodies: list[bytes]) -> float:
    """Durable inserts a second of the same bytes by one client, without HTTP."""
    started = time.perf_counter()
    for one in bodies:
        with tenant_scope(tenant):
            journal.record(channel=channel, delivery=RawDelivery(body=one), now=timezone.now())
    return len(bodies) / (time.perf_counter() - started)


def wait_until_settled(tenant: Tenant, channel: Channel) -> Ledger:
    """Wait until nothing of the channel is in the queue; return its ledger."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with tenant_scope(tenant):
            book = ledger(channel=channel)
        if not book.pending or time.monotonic() > deadline:
            return book
        time.sleep(0.5)


def event_to_lead_s(tenant: Tenant, channel: Channel) -> list[float]:
    """List the seconds between a delivery's arrival and its lead."""
    with tenant_scope(tenant):
        done = Event.objects.filter(channel=channel, processed_at__isnull=False)
        waits = done.values_list(F("processed_at") - F("received_at"), flat=True)
        return [wait.total_seconds() for wait in waits]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tenant", default="romashka")
    parser.add_argument("--rate", type=float, default=50, help="inquiries a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument(
        "--saturate", action="store_true", help="post without a pause and say which rate the hook reaches"
    )
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument(
        "--mixed", type=int, metavar="N", help="compare N mixed deliveries in order with a shuffle"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the mixed deliveries")
    return parser.parse_args()


def main() -> None:
    given = options()
    if given.mixed:
        raise SystemExit(0 if mixed.run(given.mixed, seed=given.seed) else "The two runs differ.")
    if urlsplit(given.url).hostname not in LOCAL:
        raise SystemExit("Only a server on this machine is timed.")
    tenant, serial = Tenant.objects.get(slug=given.tenant), int(time.time()) % (100 * len(CODES))
    with tenant_scope(tenant):
        made = create_channel(kind="form", name=f"bench {time.time():.0f}", now=timezone.now())
    url = given.url + urlsplit(made.hook_url).path
    figures = (_saturated if given.saturate else _steady)(given, tenant, made.channel, url, serial)
    print(f"{timezone.localtime():%Y-%m-%d %H:%M}, load {processes.load():.1f}\n")
    print("| figure | value |\n|---|---:|")
    for name, value in figures.items():
        print(f"| {name} | {value} |")


def _steady(
    given: argparse.Namespace, tenant: Tenant, channel: Channel, url: str, serial: int
) -> dict[str, object]:
    bodies = [body(serial, i) for i in range(int(given.rate * given.seconds))]
    answers = post_steadily(url, bodies, given.rate)
    book = wait_until_settled(tenant, channel)
    waits = event_to_lead_s(tenant, channel)
    rate = raw_insert_rate(tenant, channel, bodies[:500])
    return {
        "posted": f"{len(bodies)} at {given.rate:g}/s",
        **_answers(answers),
        "event to lead, median s": f"{statistics.median(waits):.2f}",
        "event to lead, p95 s": f"{percentile(waits, 0.95):.2f}",
        "raw durable inserts of the same bytes, per s": f"{rate:.0f}",
        "ledger": book,
    }


def _saturated(
    given: argparse.Namespace, tenant: Tenant, channel: Channel, url: str, serial: int
) -> dict[str, object]:
    bodies = (body(serial, i) for i in itertools.count())
    answers, reached = post_without_pause(url, bodies, given.seconds)
    book = wait_until_settled(tenant, channel)
    rate = raw_insert_rate(tenant, channel, [body(serial, i) for i in range(500)])
    return {
        "posted": f"{len(answers)} by {CLIENTS} clients without a pause",
        "rate at saturation, per s": f"{reached:.0f}",
        **_answers(answers),
        "raw durable inserts of the same bytes, per s": f"{rate:.0f}",
        "share of it that the hook reaches": f"{reached / rate:.0%}",
        "ledger": book,
    }


def _answers(taken: list[float]) -> dict[str, object]:
    return {
        "answer, median ms": f"{statistics.median(taken):.1f}",
        "answer, p99 ms": f"{percentile(taken, 0.99):.1f}",
    }


if __name__ == "__main__":
    main()
