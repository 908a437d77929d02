"""Time the intake of a running server: how fast a hook answers, and how fast a lead is to be seen.

    ./run &            # with workers
    .venv/bin/python bench/intake.py --tenant romashka --rate 50 --seconds 20

Makes a form channel of its own in the tenant, posts inquiries at a steady rate over HTTP to this machine
only, and prints percentiles of the answers, of event-to-lead times, and the rate of a raw insert of the
same bytes into the same table beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")

import django

django.setup()

import httpx  # noqa: E402
from django.db.models import F  # noqa: E402
from django.utils import timezone  # noqa: E402

from channels import journal  # noqa: E402
from channels.adapters.base import RawDelivery  # noqa: E402
from channels.journal.ledger import ledger  # noqa: E402
from channels.models import Channel, Event  # noqa: E402
from channels.services import create_channel  # noqa: E402
from core.tenancy import tenant_scope  # noqa: E402
from tenants.models import Tenant  # noqa: E402

LOCAL = {"127.0.0.1", "localhost", "::1"}


def body(serial: int, number: int) -> bytes:
    """One inquiry; every one from a person of its own."""
    phone = f"+7916{(serial * 100_000 + number) % 10_000_000:07d}"
    return json.dumps({"name": f"Client {number}", "phone": phone, "message": "How much is it?"}).encode()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def post_steadily(url: str, bodies: list[bytes], rate: float) -> list[float]:
    """Post at a steady rate; return milliseconds until each answer."""
    taken: list[float] = []
    lock = threading.Lock()
    with httpx.Client(timeout=30) as http, ThreadPoolExecutor(16) as pool:

        def post(one: bytes) -> None:
            started = time.perf_counter()
            response = http.post(url, content=one, headers={"Content-Type": "application/json"})
            with lock:
                taken.append((time.perf_counter() - started) * 1000)
            response.raise_for_status()

        began, futures = time.perf_counter(), []
        for i, one in enumerate(bodies):
            time.sleep(max(0.0, began + i / rate - time.perf_counter()))
            futures.append(pool.submit(post, one))
        for future in futures:
            future.result()
    return taken


def raw_insert_rate(tenant: Tenant, channel: Channel, bodies: list[bytes]) -> float:
    """Durable inserts a second of the same bytes by one client, without HTTP."""
    started = time.perf_counter()
    for one in bodies:
        with tenant_scope(tenant):
            journal.record(channel=channel, delivery=RawDelivery(body=one), now=timezone.now())
    return len(bodies) / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tenant", default="romashka")
    parser.add_argument("--rate", type=float, default=50, help="inquiries a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    options = parser.parse_args()
    if urlsplit(options.url).hostname not in LOCAL:
        raise SystemExit("Only a server on this machine is timed.")
    tenant, serial = Tenant.objects.get(slug=options.tenant), int(time.time()) % 90
    with tenant_scope(tenant):
        made = create_channel(kind="form", name=f"bench {time.time():.0f}", now=timezone.now())
    url = options.url + urlsplit(made.hook_url).path
    bodies = [body(serial, i) for i in range(int(options.rate * options.seconds))]
    answers = post_steadily(url, bodies, options.rate)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with tenant_scope(tenant):
            book = ledger(channel=made.channel)
        if not book.pending:
            break
        time.sleep(0.5)
    with tenant_scope(tenant):
        done = Event.objects.filter(channel=made.channel, processed_at__isnull=False)
        waits = [w.total_seconds() for w in done.values_list(F("processed_at") - F("received_at"), flat=True)]
    rate = raw_insert_rate(tenant, made.channel, bodies[:500])
    print("| figure | value |\n|---|---:|")
    print(f"| posted | {len(bodies)} at {options.rate:g}/s, {timezone.localdate()} |")
    print(f"| answer, median ms | {statistics.median(answers):.1f} |")
    print(f"| answer, p99 ms | {percentile(answers, 0.99):.1f} |")
    print(f"| event to lead, median s | {statistics.median(waits):.2f} |")
    print(f"| event to lead, p95 s | {percentile(waits, 0.95):.2f} |")
    print(f"| raw durable inserts of the same bytes, per s | {rate:.0f} |")
    print(f"| ledger | {book} |")


if __name__ == "__main__":
    main()
