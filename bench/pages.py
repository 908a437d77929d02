"""Time the pages and writes of a running server on bulk data, count their queries, weigh its web processes.

    ./run manage generate --leads 100000 --deals 50000 --contacts 80000 --companies 20000 --members 50 --slug load
    ./run &            # the server that is measured
    .venv/bin/python -m bench.pages

One request at a time, as a member who sees everything. Each page is fetched `--times` times after two
requests that warm up. Writes stay in the tenant: it is there to be measured.
"""

from __future__ import annotations

import argparse

from django.utils import timezone

from bench import processes
from bench.cases import Case, cases
from bench.server import Server
from bench.table import HEAD, Figure
from core.tenancy import tenant_scope
from tenants.models import Membership, Tenant

WARM_UPS = 4  # the server's two processes take turns
MEMORY_GOAL_MIB = 220


def measure(server: Server, case: Case, times: int) -> Figure:
    """Send a case's requests one after the other."""
    for _ in range(WARM_UPS):
        server.send(case.ask())
    back_ends = processes.back_ends()
    helpers = processes.reaped_ms(back_ends)
    taken = [server.send(case.ask()) for _ in range(times)]
    helpers = (processes.reaped_ms(back_ends) - helpers) / times
    server.count_queries(case.ask())  # this process warms up as well
    return Figure(case.name, case.goal_ms, taken, helpers, server.count_queries(case.ask()))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--slug", default="load", help="the tenant")
    parser.add_argument("--email", help="whose pages (default: the generated tenant's administrator)")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", default="", help="part of a page's name")
    return parser.parse_args()


def main() -> None:
    given = options()
    email = given.email or f"user0@{given.slug}.example"
    tenant = Tenant.objects.get(slug=given.slug)
    with tenant_scope(tenant):
        member = Membership.objects.select_related("role", "tenant", "user").get(user__email=email)
    server = Server(given.url, email)
    print(f"{timezone.localtime():%Y-%m-%d %H:%M}, load {processes.load():.1f}\n\n{HEAD}")
    for case in cases(tenant, member):
        if given.only in case.name:
            print(measure(server, case, given.times).line(), flush=True)
    held = processes.memory_mib(server.pids)
    print(f"\nWeb processes together: {held:.0f} MiB (PSS), goal {MEMORY_GOAL_MIB}.")
    print(f"Load at the end {processes.load():.1f}.")


if __name__ == "__main__":
    main()
