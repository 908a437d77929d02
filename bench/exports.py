"""Time exports of the whole lead list, and weigh them: each runs in a process of its own.

    .venv/bin/python -m bench.exports --slug load --columns 20

The same code as the page's button. What is said of memory is the most the process held beyond what it
held before it began, for all rows and for a tenth of them: with flat memory the two are alike. With `--columns`
the list's first ones are written, else those it shows by itself.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.utils import timezone

from bench import processes
from core.listing import Listing, listing_for
from core.tenancy import tenant_scope
from tenants.exports import write_list
from tenants.models import ListPreference, Membership, Tenant

GOALS_S = {"csv": 3, "xlsx": 60}
ALL_ROWS = "non_advertising=on"


class Export(NamedTuple):
    rows: int
    wall_s: float
    processor_s: float
    database_s: float
    grown_mib: float
    file_mib: float


def run(slug: str, file_format: str, query: str, columns: int) -> Export:
    """Export the leads of a tenant as its administrator would."""
    tenant = Tenant.objects.get(slug=slug)
    with tenant_scope(tenant):
        admins = Membership.objects.active().filter(role__is_admin=True)
        member = admins.select_related("role", "tenant", "user").first()
    listing = listing_for("leads:list")
    with tempfile.TemporaryDirectory() as folder, _columns(member, listing, columns):
        path = Path(folder) / f"leads.{file_format}"
        held, started, used = _most_held_mib(), time.perf_counter(), time.process_time()
        base = processes.session_s()
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
            processes.session_s() - base,
            _most_held_mib() - held,
            path.stat().st_size / 2**20,
        )


@contextlib.contextmanager
def _columns(member: Membership, listing: Listing, count: int) -> Iterator[None]:
    """Let the member have chosen so many columns of the list; what they have chosen comes back."""
    if not count:
        yield
        return
    with tenant_scope(member.tenant):
        kept = ListPreference.objects.filter(member=member, page=listing.page).first()
        ListPreference.objects.update_or_create(
            member=member,
            page=listing.page,
            defaults={"columns": [{"name": one.name} for one in listing.all_columns()[:count]]},
        )
    try:
        yield
    finally:
        with tenant_scope(member.tenant):
            if kept is not None:
                kept.save()
            else:
                ListPreference.objects.filter(member=member, page=listing.page).delete()


def _most_held_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process_of_its_own(*what: str | int) -> Export:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run, what)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--slug", default="load", help="the tenant")
    parser.add_argument("--columns", type=int, default=0, help="how many of the list's columns")
    parser.add_argument("--only", choices=["csv", "xlsx"], help="one kind of file")
    return parser.parse_args()


def main() -> None:
    given = options()
    print(f"{timezone.localtime():%Y-%m-%d %H:%M}, load {processes.load():.1f}\n")
    print("| file | rows | goal s | s | CPU s: process + database | memory it grew by, MiB | file, MiB |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for file_format in [given.only] if given.only else GOALS_S:
        for query in (f"{ALL_ROWS}&period=month", ALL_ROWS):
            made = in_a_process_of_its_own(given.slug, file_format, query, given.columns)
            goal = GOALS_S.get(file_format, "") if query == ALL_ROWS else ""
            print(
                f"| {file_format.upper()} | {made.rows} | {goal} | {made.wall_s:.1f}"
                f" | {made.processor_s:.1f} + {made.database_s:.1f} | {made.grown_mib:.0f} | {made.file_mib:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
