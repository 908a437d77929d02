"""Time the check, the loading and the undoing of a file of contacts, by processor time of this process and of its database.

    .venv/bin/python -m bench.imports --slug load --rows 20000

The same code as the import's pages. Half of the rows name companies, every tenth row repeats an earlier one. What was
loaded is undone again; the deleted cards stay in the tenant, so take one that is there for measuring.
"""

from __future__ import annotations

import argparse
import csv
import io
import time
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from bench import processes  # sets Django up
from contacts.importing import running, services
from contacts.models import Import
from core.tenancy import tenant_scope
from tenants.models import Membership, Tenant

HEADS = ("Фамилия", "Имя", "Телефон", "Почта", "Компания", "Должность", "Теги", "Комментарий")


def table(count: int, seed: int) -> bytes:
    """Make a file of believable rows whose phones no other run has."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow(HEADS)
    for index in range(count):
        number = index - index % 10 if index % 10 == 9 else index
        phone = f"+79{(seed * 1_000_000 + number) % 10**9:09}"
        company = f"ООО «Компания {number % (count // 20 + 1)}»" if number % 2 else ""
        mail = f"client{seed}-{number}@example.com"
        writer.writerow(
            (f"Иванов{number}", "Пётр", phone, mail, company, "Менеджер", "загрузка, опт", f"Строка {number}")
        )
    return file.getvalue().encode()


def timed(name: str, rows: int, work: Callable[[], Any]) -> None:
    """Print how long a step took: this process's processor time, its database session's, and the clock."""
    own, wall, base = time.process_time(), time.perf_counter(), processes.session_s()
    work()
    own, wall, base = time.process_time() - own, time.perf_counter() - wall, processes.session_s() - base
    print(
        f"| {name} | {rows} | {own:.1f} + {base:.1f} | {wall:.1f} | {(own + base) * 100_000 / rows:.0f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--slug", default="load", help="the tenant")
    parser.add_argument("--rows", type=int, default=20_000)
    given = parser.parse_args()
    tenant = Tenant.objects.get(slug=given.slug)
    with tenant_scope(tenant):
        admins = Membership.objects.active().filter(role__is_admin=True)
        by = admins.select_related("role", "tenant", "user").first()
        assert by is not None
        file = SimpleUploadedFile("bench.csv", table(given.rows, int(time.time()) % 900))
        imported = services.upload(what="contacts", file=file, by=by)
    print(f"{timezone.localtime():%Y-%m-%d %H:%M}, load {processes.load():.1f}, tenant {given.slug}\n")
    print("| step | rows | CPU s: process + database | s | CPU s of 100,000 |\n|---|---:|---:|---:|---:|")

    def work() -> None:
        running.work(tenant_id=tenant.pk, import_id=str(imported.pk), progress=lambda done, total: None)

    values = {"mapping": imported.mapping, "options": imported.options}
    for name, start, more in (
        ("check", services.start_check, values),
        ("load", services.start_run, {}),
        ("undo", services.start_undo, {}),
    ):
        with tenant_scope(tenant):
            imported = Import.objects.select_related("by").get(pk=imported.pk)
            Import.objects.filter(pk=imported.pk).update(claim=None)
            start(imported=imported, by=by, now=timezone.now(), **more)
            Import.objects.filter(pk=imported.pk).update(job=None)  # no worker takes it from us
        timed(name, given.rows, work)
    with tenant_scope(tenant):
        print(f"\n{Import.objects.values_list('report', flat=True).get(pk=imported.pk)}")


if __name__ == "__main__":
    main()
