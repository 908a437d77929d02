"""What people do with an import: upload, say how it is read, have it checked, loaded, stopped, undone."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts import tasks
from contacts.importing import proposing
from contacts.importing.kinds import Kind, kind_of
from contacts.importing.options import Options
from contacts.models import Import
from core.errors import Conflict, Forbidden, Refusal
from core.tabular import Layout, open_table, reading, recognise
from tenants import jobs
from tenants.access import may_import
from tenants.models import Membership

MAX_BYTES = 50 * 1024 * 1024
JOB = "contacts.import"
SAMPLES = 40  # rows looked at when columns are proposed
State = Import.State


class ImportForbidden(Forbidden):
    """The member's role doesn't load files of these."""

    code = "import_forbidden"

    def default_message(self) -> str | Promise:
        return _(
            "Your role does not allow importing these. An administrator gives the right under Roles and rights."
        )


class FileTooBig(Refusal):
    code = "file_too_big"

    def default_message(self) -> str | Promise:
        return _("The file is larger than 50 MB: load it in parts.")


class WrongFile(Refusal):
    """A file of cards for something that has none."""

    code = "wrong_file"

    def default_message(self) -> str | Promise:
        return _("A vCard file holds contacts: it can't be loaded as anything else.")


class FileGone(Refusal):
    code = "file_gone"

    def default_message(self) -> str | Promise:
        return _("The file is no longer kept: upload it again.")


class NothingMapped(Refusal):
    code = "nothing_mapped"

    def default_message(self) -> str | Promise:
        return _("Say at least of one column what it holds.")


class NotNow(Conflict):
    """Somebody, or another window, was faster."""

    code = "not_now"

    def default_message(self) -> str | Promise:
        return _("The import has moved on meanwhile: look at the page again.")


def check_right(member: Membership, kind: Kind) -> None:
    """Raise ImportForbidden unless the member may load these."""
    if not may_import(member, kind.section):
        raise ImportForbidden


def upload(*, what: str, file: UploadedFile, by: Membership) -> Import:
    """Keep a file and find out how it is read. Raises ImportForbidden, FileTooBig, WrongFile, Unreadable."""
    kind = kind_of(what)
    check_right(by, kind)
    if (file.size or 0) > MAX_BYTES:
        raise FileTooBig
    data = file.read()
    layout = recognise(data)
    if layout.kind == reading.VCARD and not kind.takes_vcard:
        raise WrongFile
    name = " ".join((file.name or "").replace("\0", "").split())[-200:] or "import"
    imported = Import(what=what, by=by, file_name=name, size=len(data))
    _lay_out(imported, data, layout)
    imported.file_key = f"imports/{by.tenant_id}/{secrets.token_hex(16)}"
    path = Path(settings.MEDIA_ROOT) / imported.file_key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    imported.options = Options(keys=tuple(name for name, _label in kind.keys), owner="").as_json()
    imported.save()
    return imported


def lay_out(*, imported: Import, by: Membership, layout: Layout, head_row: int | None = None) -> Import:
    """Read the file another way: other charset, delimiter, sheet or header row. Raises NotNow, Unreadable."""
    check_right(by, kind_of(imported.what))
    _check_state(imported, State.UPLOADED, State.CHECKED, State.FAILED)
    data = (Path(settings.MEDIA_ROOT) / imported.file_key).read_bytes()
    _lay_out(imported, data, reading.corrected(data, layout, head_row=head_row))
    imported.state = State.UPLOADED
    imported.save(update_fields=["layout", "heads", "mapping", "state"])
    return imported


def _lay_out(imported: Import, data: bytes, layout: Layout) -> None:
    """Set how the file is read and what its columns most likely hold."""
    table = open_table(data, layout)
    samples = [cells for _number, cells in itertools.islice(table.rows, SAMPLES)]
    imported.layout, imported.heads = dataclasses.asdict(layout), table.heads
    region = imported.by.tenant.phone_region
    imported.mapping = proposing.propose(kind_of(imported.what), table.heads, samples, region=region)


def samples_of(imported: Import, count: int = 3) -> list[list[str]]:
    """Return for each column the first values that say something."""
    data = (Path(settings.MEDIA_ROOT) / imported.file_key).read_bytes()
    table = open_table(data, Layout(**imported.layout))
    found: list[list[str]] = [[] for _head in table.heads]
    for _number, cells in itertools.islice(table.rows, SAMPLES):
        for column, cell in zip(found, cells, strict=True):
            if cell and len(column) < count and cell not in column:
                column.append(cell[:80])
    return found


@transaction.atomic
def start_check(
    *, imported: Import, by: Membership, mapping: Sequence[str], options: Mapping[str, Any], now: dt.datetime
) -> Import:
    """Keep what the columns hold and the options, and go through the file without writing.

    Raises ImportForbidden, NothingMapped, NotNow.
    """
    kind = kind_of(imported.what)
    check_right(by, kind)
    if not any(mapping):
        raise NothingMapped
    proposing.remember(kind, imported.heads, mapping)
    values = {"mapping": list(mapping), "options": dict(options), "report": {}, "error": ""}
    return _start(imported, State.CHECKING, (State.UPLOADED, State.CHECKED, State.FAILED), by, now, **values)


@transaction.atomic
def start_run(*, imported: Import, by: Membership, now: dt.datetime) -> Import:
    """Load a checked file, or go on with one that was stopped or broke off. Raises ImportForbidden, NotNow."""
    check_right(by, kind_of(imported.what))
    from_states = [State.CHECKED, State.STOPPED]
    if imported.state == State.FAILED and imported.report.get("run"):
        from_states.append(State.FAILED)
    return _start(imported, State.RUNNING, from_states, by, now, error="")


@transaction.atomic
def start_undo(*, imported: Import, by: Membership, now: dt.datetime) -> Import:
    """Take back what was loaded. Raises ImportForbidden, NotNow."""
    check_right(by, kind_of(imported.what))
    from_states = [State.DONE, State.STOPPED]
    if imported.state == State.FAILED and imported.report.get("run"):
        from_states.append(State.FAILED)
    return _start(imported, State.UNDOING, from_states, by, now, error="")


def stop(*, imported: Import, by: Membership) -> None:
    """Ask the worker to stop behind the part it is at; a check is dropped at once. Raises ImportForbidden."""
    check_right(by, kind_of(imported.what))
    checking = Import.objects.filter(pk=imported.pk, state=State.CHECKING)
    if checking.update(state=State.UPLOADED, claim=None, beat_at=None):
        jobs.drop(job_id=imported.job_id)
    waiting = Import.objects.filter(pk=imported.pk, state=State.RUNNING)
    if waiting.filter(claim=None).update(state=State.STOPPED, beat_at=None):
        jobs.drop(job_id=imported.job_id)
    waiting.update(is_stopping=True)


def _check_state(imported: Import, *states: str) -> None:
    if imported.state not in states:
        raise NotNow


def _start(
    imported: Import, state: str, from_states: Sequence[str], by: Membership, now: dt.datetime, **values: Any
) -> Import:
    """Put the import to work: exactly one of two who ask for it does."""
    job = jobs.start(
        member=by,
        kind=JOB,
        title=imported.file_name,
        task=tasks.work_on_import,
        params={"import": str(imported.pk), "step": state, "at": now.isoformat()},
    )
    ready = Import.objects.filter(pk=imported.pk, state__in=list(from_states))
    if not ready.update(state=state, job=job, claim=None, beat_at=now, is_stopping=False, **values):
        raise NotNow
    imported.refresh_from_db()
    return imported
