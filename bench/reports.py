"""Time every report over a year, by who reads it, beside the same question in plain SQL over the rows.

    ./run manage generate --slug big --leads 1000000 --deals 200000 --years 3
    ./run &            # the server that is measured
    .venv/bin/python -m bench.reports --slug big

One request at a time, `--times` of each after two that warm up.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.utils import timezone

from bench import processes
from bench.questions import QUESTIONS, Question
from bench.server import Request, Server
from core.listing.filters import day_start
from core.tenancy import tenant_scope
from core.zones import company_zone, zones
from deals.models import Pipeline
from tenants.models import Tenant

GOAL_MS = 150
WARM_UPS = 2
READERS = {"administrator": "user0", "head of a department": "user1", "manager": "user4"}
HEAD = (
    "| report | reader | median ms | 95 % ms | CPU ms: web + database | statements | plain SQL ms |\n"
    "|---|---|---:|---:|---:|---:|---:|"
)


def line(server: Server, question: Question, reader: str, days: tuple[dt.date, dt.date], given: Any) -> str:
    """Ask a page several times and write down what it took."""
    request = Request(question.path(*days))
    for _ in range(WARM_UPS):
        server.send(request)
    back_ends = processes.back_ends()
    helpers = processes.reaped_ms(back_ends)
    taken = [server.send(request) for _ in range(given.times)]
    helpers = (processes.reaped_ms(back_ends) - helpers) / given.times
    walls = sorted(one.wall_ms for one in taken)
    web = statistics.median(one.web_ms for one in taken)
    database = statistics.median(one.database_ms for one in taken) + helpers
    p95 = walls[min(len(walls) - 1, round(0.95 * len(walls)))]
    sql = f"{plain_ms(given.slug, question, days):.0f}" if question.sql and reader == "administrator" else ""
    return (
        f"| {question.name} | {reader} | {statistics.median(walls):.0f} | {p95:.0f} | {web:.0f} + {database:.0f}"
        f" | {server.count_queries(request)} | {sql} |"
    )


def plain_ms(slug: str, question: Question, days: tuple[dt.date, dt.date]) -> float:
    """Ask the rows of the period and of the one before it in SQL; the median of three times."""
    tenant = Tenant.objects.get(slug=slug)
    taken = []
    with tenant_scope(tenant), zones(reader=tenant.time_zone, company=tenant.time_zone):
        for _ in range(3):
            started = time.perf_counter()
            for params in _params(tenant, days):
                with connection.cursor() as cursor:
                    cursor.execute(question.sql, params)
                    cursor.fetchall()
            taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def _params(tenant: Tenant, days: tuple[dt.date, dt.date]) -> Iterator[dict[str, Any]]:
    first, last = days
    length = last - first + dt.timedelta(days=1)
    for back in (dt.timedelta(0), length):
        start, end = first - back, last - back + dt.timedelta(days=1)
        yield {
            "tenant": tenant.pk,
            "zone": tenant.time_zone,
            "pipeline": Pipeline.objects.active()[0].pk,
            "start": day_start(start, company_zone()),
            "middle": day_start(start + length / 2, company_zone()),
            "end": day_start(end, company_zone()),
        }


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--slug", default="load", help="the tenant")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--days", type=int, default=365, help="length of the period, which ends today")
    parser.add_argument("--only", default="", help="part of a report's name")
    parser.add_argument("--reader", default="", help="part of a reader's name")
    return parser.parse_args()


def main() -> None:
    given = options()
    today = timezone.localdate()
    days = today - dt.timedelta(days=given.days - 1), today
    print(f"{timezone.localtime():%Y-%m-%d %H:%M}, {given.slug}, load {processes.load():.1f}\n\n{HEAD}")
    for reader, user in READERS.items():
        if given.reader in reader:
            server = Server(given.url, f"{user}@{given.slug}.example")
            for question in QUESTIONS:
                if given.only in question.name:
                    print(line(server, question, reader, days, given), flush=True)
    print(f"\nGoal {GOAL_MS} ms. Load at the end {processes.load():.1f}.")


if __name__ == "__main__":
    main()
