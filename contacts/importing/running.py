"""An import at work: checking, writing, undoing, some hundred rows at a time.

Every part is one transaction: its rows, what an undo needs of them and how far the import is. So a worker that is
killed leaves whole parts only, and whoever takes over goes on behind the last of them.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from contacts.importing.context import Context, rows_of
from contacts.importing.kinds import FAILED, STATES, Loader, Outcome, Row, kind_of
from contacts.importing.options import Options
from contacts.models import Import, ImportBite
from core.errors import Refusal
from core.tabular import Layout, Table, Unreadable, open_table
from core.tenancy import current_tenant_id, tenant_scope
from tenants.field_rights import seen_by
from tenants.jobs import Progress

logger = logging.getLogger(__name__)
CHUNK = 500
SILENCE = dt.timedelta(seconds=60)  # without a beat: the worker is gone
SHOWN_MISTAKES = 1000  # of a check; the run keeps all
TRIES = 4
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('contacts.import'), %s)"
State = Import.State


class Displaced(Exception):
    """Another worker has taken the import over, or it was stopped."""


# --- Taking hold -------------------------------------------------------------------------------------
def work(*, tenant_id: int, import_id: str, progress: Progress) -> dict[str, Any] | None:
    """Do what the import's state says is to be done; return its report, or None where another does it."""
    claim = uuid.uuid4()
    with tenant_scope(tenant_id):
        now = timezone.now()
        free = Q(claim=None) | Q(beat_at__lt=now - SILENCE)
        mine = Import.objects.filter(free, pk=import_id, state__in=Import.WORKING)
        if not mine.update(claim=claim, beat_at=now):
            return None
        imported = Import.objects.select_related("by__user", "by__tenant", "by__role").get(pk=import_id)
    steps: dict[str, Callable[[_Run], None]] = {
        State.CHECKING: _check,
        State.RUNNING: _load,
        State.UNDOING: _undo,
    }
    run = _Run(tenant_id, imported, claim, progress)
    language = imported.by.user.language or imported.by.tenant.language
    zone = timezone.override(imported.by.tenant.time_zone)
    with translation.override(language), zone, seen_by(imported.by):
        try:
            steps[imported.state](run)
        except Displaced:
            return None
        except Refusal as refusal:
            run.end(State.FAILED, error=str(refusal.message))
        except Exception:
            run.end(State.FAILED, error=_("Something unforeseen happened. What was loaded until then stays."))
            raise
    with tenant_scope(tenant_id):
        return dict(Import.objects.values_list("report", flat=True).get(pk=import_id))


class _Run:
    """One worker's hold on an import."""

    def __init__(self, tenant_id: int, imported: Import, claim: uuid.UUID, progress: Progress) -> None:
        self.tenant_id, self.imported, self.claim, self.progress = tenant_id, imported, claim, progress
        self.kind = kind_of(imported.what)
        self.context = Context(imported.by, Options.of(imported.options), str(imported.pk))

    def loader(self) -> Loader:
        return self.kind.loader(self.context)

    def table(self) -> Table:
        return opened(self.imported)

    def hold(self, **values: Any) -> None:
        """Inside a part's transaction: note that the worker lives; raise Displaced where it isn't its turn."""
        mine = Import.objects.filter(pk=self.imported.pk, claim=self.claim, is_stopping=False)
        if not mine.update(beat_at=timezone.now(), **values):
            raise Displaced

    def end(self, state: str, **values: Any) -> None:
        """Let go of the import in its new state."""
        with tenant_scope(self.tenant_id):
            mine = Import.objects.filter(pk=self.imported.pk, claim=self.claim)
            mine.update(
                state=state, claim=None, beat_at=None, is_stopping=False, finished_at=timezone.now(), **values
            )


def opened(imported: Import) -> Table:
    """Open the file of an import; raise Unreadable where it is no longer kept."""
    path = Path(settings.MEDIA_ROOT) / imported.file_key
    if not imported.file_key or not path.is_file():
        raise Unreadable(_("The file is no longer kept: upload it again."))
    return open_table(path.read_bytes(), Layout(**imported.layout))


def file_rows(imported: Import, table: Table) -> Iterator[Row]:
    """Give the rows of a table with their cells sorted by field."""
    return iter(rows_of(imported.mapping, table.heads, table.rows))


def chunks(rows: Iterable[Row], size: int = CHUNK) -> Iterator[list[Row]]:
    """Cut the rows into parts."""
    source = iter(rows)
    while part := list(itertools.islice(source, size)):
        yield part


# --- Checking ----------------------------------------------------------------------------------------
def preview(imported: Import, count: int) -> list[Outcome]:
    """Plan the first rows as they would be written; nothing is."""
    table = opened(imported)
    context = Context(imported.by, Options.of(imported.options), str(imported.pk))
    return (
        kind_of(imported.what).loader(context).plan(list(itertools.islice(file_rows(imported, table), count)))
    )


def _check(run: _Run) -> None:
    """Plan the whole file and write nothing: the same decisions the run will make."""
    loader, table = run.loader(), run.table()
    tally: Counter[str] = Counter()
    mistakes: list[list[Any]] = []
    done, total = 0, _count(run.imported)
    for part in chunks(file_rows(run.imported, table)):
        with tenant_scope(run.tenant_id):
            outcomes = loader.plan(part)
            run.hold(done_count=done, total_count=total)
        tally.update(outcome.state for outcome in outcomes)
        failed = ([outcome.number, outcome.reason] for outcome in outcomes if outcome.state == FAILED)
        mistakes += itertools.islice(failed, SHOWN_MISTAKES - len(mistakes))
        done += len(part)
        run.progress(done, total)
    report = {"check": {state: tally[state] for state in STATES}, "mistakes": mistakes}
    run.end(State.CHECKED, report=report, total_count=done, done_count=0)


def _count(imported: Import) -> int:
    return sum(1 for _row in opened(imported).rows)


# --- Writing -----------------------------------------------------------------------------------------
def _load(run: _Run) -> None:
    loader, table = run.loader(), run.table()
    with tenant_scope(run.tenant_id):
        done, report = Import.objects.values_list("done_count", "report").get(pk=run.imported.pk)
        run.hold(report={"run": dict.fromkeys(STATES, 0)} | report)
    total = run.imported.total_count
    for part in chunks(itertools.islice(file_rows(run.imported, table), done, None)):
        _write_part(run, loader, part, done)
        done += len(part)
        run.progress(done, max(total, done))
        if _is_stopping(run):
            run.end(State.STOPPED)
            return
    run.end(State.DONE)


def _is_stopping(run: _Run) -> bool:
    with tenant_scope(run.tenant_id):
        return Import.objects.filter(pk=run.imported.pk, claim=run.claim, is_stopping=True).exists()


def _write_part(run: _Run, loader: Loader, part: Sequence[Row], done: int) -> None:
    """Write a part whole. Who was faster with a phone is met at the database: then the part is planned anew."""
    for attempt in range(TRIES):
        try:
            with tenant_scope(run.tenant_id):
                _keep(run, _planned_and_written(run, loader, part), done)
            return
        except DatabaseError:
            logger.warning("a part of import %s is planned anew", run.imported.pk, exc_info=attempt > 0)
        finally:
            loader.forget()
    with tenant_scope(run.tenant_id):
        _keep(run, _singly(run, loader, part), done)


def _planned_and_written(run: _Run, loader: Loader, part: Sequence[Row]) -> list[Outcome]:
    with connection.cursor() as cursor:  # two imports of one tenant take turns, part by part
        cursor.execute(_LOCK, [current_tenant_id()])
    outcomes = loader.plan(part)
    loader.write(outcomes, now=timezone.now())
    return outcomes


def _singly(run: _Run, loader: Loader, part: Sequence[Row]) -> list[Outcome]:
    """Write the rows of a part the database refused one by one: only those it refuses again are mistakes."""
    outcomes: list[Outcome] = []
    for row in part:
        try:
            with transaction.atomic():
                outcomes += _planned_and_written(run, loader, [row])
        except DatabaseError:
            logger.exception("row %s of import %s could not be written", row.number, run.imported.pk)
            outcomes.append(Outcome(row.number, FAILED, _("The row could not be written.")))
        finally:
            loader.forget()
    return outcomes


def _keep(run: _Run, outcomes: Sequence[Outcome], done: int) -> None:
    """Note with the rows what became of them and how far the import is: in the same transaction."""
    tally = Counter(outcome.state for outcome in outcomes)
    ImportBite.objects.create(
        imported=run.imported,
        position=done,
        rows=[outcome.as_row() for outcome in outcomes],
        failed_count=tally[FAILED],
    )
    report = Import.objects.values_list("report", flat=True).get(pk=run.imported.pk)
    report["run"] = {state: report["run"][state] + tally[state] for state in STATES}
    mine = Import.objects.filter(pk=run.imported.pk, claim=run.claim)
    if not mine.update(beat_at=timezone.now(), done_count=done + len(outcomes), report=report):
        raise Displaced


# --- Undoing -----------------------------------------------------------------------------------------
def _undo(run: _Run) -> None:
    """Take the parts back, the last first."""
    loader = run.loader()
    with tenant_scope(run.tenant_id):
        bites = ImportBite.objects.filter(imported=run.imported)
        places = list(bites.filter(undone_at=None).order_by("-position").values_list("pk", flat=True))
        total = bites.count()
    for count, pk in enumerate(places, start=1):
        with tenant_scope(run.tenant_id):
            run.hold()
            bite = ImportBite.objects.get(pk=pk)
            now = timezone.now()
            bite.kept = [list(one) for one in loader.undo(bite.rows, now=now)]
            bite.undone_at = now
            bite.save(update_fields=["kept", "undone_at"])
        run.progress(total - len(places) + count, total)
    with tenant_scope(run.tenant_id):
        kept = sum(
            len(bite)
            for bite in ImportBite.objects.filter(imported=run.imported).values_list("kept", flat=True)
        )
        report = Import.objects.values_list("report", flat=True).get(pk=run.imported.pk)
    run.end(State.UNDONE, report=report | {"undo": {"kept": kept}})
