"""Time exports of the whole lead list, and weigh them: each runs in a process of its own.

    .venv/bin/python -m bench.exports --slug load

The same code as the page's button. What is said of memory is the most the process held beyond what it
held before it began, for all rows and for a tenth of them: with flat memory the two are alike.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from django.utils import timezone

from bench import processes
from core.listing import listing_for
from core.tenancy import tenant_scope
from tenants.exports import write_list
from tenants.models import Membership, Tenant

GOALS_S = {"csv": 3}
ALL_ROWS = "non_advertising=on"


class Export(NamedTuple):
    rows: int
    wall_s: float
    processor_s: float
    grown_mib: float
    file_mib: float


def run(slug: str, file_format: str, query: str) -> Export:
    """Export the leads of a tenant as its administrator would."""
    tenant = Tenant.objects.get(slug=slug)
    with tenant_scope(tenant):
        admins = Membership.objects.active().filter(role__is_admin=True)
        member = admins.select_related("role", "tenant", "user").first()
    listing = listing_for("leads:list")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"leads.{file_format}"
        held, started, used = _most_held_mib(), time.perf_counter(), time.process_time()
        rows = write_list(
            tenant_id=tenant.pk,
            member=member,
            listing=listing,
            query=query,
            file_format=file_format,
            path=path,
        )
        return Export(
            rows,
            time.perf_counter() - started,
            time.process_time() - used,
            _most_held_mib() - held,
            path.stat().st_size / 2**20,
        )


def _most_held_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process_of_its_own(slug: str, file_format: str, query: str) -> Export:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run, (slug, file_format, query))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--slug", default="load", help="the tenant")
    return parser.parse_args()


def main() -> None:
    given = options()
    print(f"{timezone.localtime():%Y-%m-%d %H:%M}, load {processes.load():.1f}\n")
    print(
        "| file | rows | goal s | s | CPU s of the exporting process | memory it grew by, MiB | file, MiB |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    for file_format in ("csv", "xlsx"):
        for query in (f"{ALL_ROWS}&period=month", ALL_ROWS):
            made = in_a_process_of_its_own(given.slug, file_format, query)
            goal = GOALS_S.get(file_format, "") if query == ALL_ROWS else ""
            print(
                f"| {file_format.upper()} | {made.rows} | {goal} | {made.wall_s:.1f} | {made.processor_s:.1f}"
                f" | {made.grown_mib:.0f} | {made.file_mib:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
