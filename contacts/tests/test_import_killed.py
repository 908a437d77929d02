"""Imports on committed rows: a worker killed by the system in the middle of one, and one file loaded by two at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from contacts.importing import running, services
from contacts.models import Contact, IdentityKey, Import, ImportBite
from contacts.tests.importing import checked, names, table, tally, uploaded, work
from core.tenancy import tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [{"ФИО": f"Клиент {n:02}", "Телефон": f"8916000{n:04}", "Компания": "Ромашка"} for n in range(40)]
PART = 7


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of seven rows."""
    monkeypatch.setattr(running.chunks, "__defaults__", (PART,))


def started(by: Any) -> Import:
    ready = checked(uploaded(table(ROWS), by), by)
    with tenant_scope(by.tenant):
        services.start_run(imported=ready, by=by, now=timezone.now())
    return ready


def killed_at(imported: Import, arrange: Callable[[Callable[[], None]], None]) -> None:
    """Let a process work, and kill it with SIGKILL once it says that it has come to the moment."""
    reader, writer = os.pipe()
    connections.close_all()  # the child opens its own
    child = os.fork()
    if child == 0:  # nothing of the test's clean-up may run here
        try:
            arrange(lambda: (os.write(writer, b"."), signal.pause()))
            running.work(
                tenant_id=imported.tenant_id, import_id=str(imported.pk), progress=lambda *_told: None
            )
        finally:
            os._exit(1)
    os.close(writer)
    try:
        assert os.read(reader, 1) == b".", "the worker ended before its moment"
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


def in_a_part(number: int) -> Callable[[Callable[[], None]], None]:
    """The rows of a part are written, and its transaction isn't over."""

    def arrange(here: Callable[[], None]) -> None:
        whole, count = running._keep, iter(range(100))

        def keep(*args: Any) -> None:
            whole(*args)
            if next(count) == number:
                here()

        running._keep = keep

    return arrange


def between_parts(number: int) -> Callable[[Callable[[], None]], None]:
    """A part is committed, the next one not begun."""

    def arrange(here: Callable[[], None]) -> None:
        whole, count = running._planned_and_written, iter(range(100))

        def write(*args: Any) -> Any:
            if next(count) == number:
                here()
            return whole(*args)

        running._planned_and_written = write

    return arrange


@pytest.mark.parametrize("moment", [in_a_part, between_parts])
def test_killed_worker_leaves_nothing_half_done_and_the_next_doubles_nothing(tenant, admin, parts, moment):
    imported = started(admin)
    killed_at(imported, moment(2))
    with tenant_scope(tenant):
        assert Contact.objects.count() == IdentityKey.objects.count() == 2 * PART
        assert ImportBite.objects.filter(imported=imported).count() == 2
        Import.objects.filter(pk=imported.pk).update(beat_at=timezone.now() - running.SILENCE * 2)
    done = work(imported)
    assert tally(done) == (40, 0, 0, 0)
    assert names(tenant) == [row["ФИО"] for row in ROWS]


def test_one_file_loaded_by_two_at_once_makes_every_client_once(tenant, admin, alice, parts):
    both = [started(admin), started(admin)]
    gate = threading.Barrier(len(both))

    def run(imported: Import) -> Import:
        try:
            gate.wait()
            return work(imported)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(both)) as pool:
        done = list(pool.map(run, both))
    assert [one.state for one in done] == [Import.State.DONE] * 2
    assert sum(tally(one)[0] for one in done) == 40 and not any(tally(one)[3] for one in done)
    assert names(tenant) == [row["ФИО"] for row in ROWS]
