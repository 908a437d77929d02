"""The pages of an import: upload, columns, check, progress, report, undo, and the files loaded before."""

from __future__ import annotations

import dataclasses
import itertools
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from contacts.importing import reporting, running, services
from contacts.importing.files import KEEP_DAYS
from contacts.importing.forms import ColumnsForm, LayoutForm, UploadForm
from contacts.importing.kinds import (
    FAILED,
    FIGURE_NAMES,
    STATE_NAMES,
    STATES,
    Field,
    Kind,
    Outcome,
    kind_of,
    kinds,
)
from contacts.models import Import
from core.errors import Refusal
from core.responses import is_htmx, redirect, refused
from core.tabular import Layout, sheets_of
from tenants.access import may_import, open_to_members
from tenants.models import Membership
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]
SHOWN = 50
PREVIEWED = 20
TONES = {"created": "ok", "updated": "info", "skipped": "muted", "failed": "danger"}
State = Import.State


def _loadable(member: Membership) -> list[Kind]:
    return [kind for kind in kinds() if may_import(member, kind.section)]


def _import_or_404(request: MemberRequest, pk: uuid.UUID) -> Import:
    found: Import = get_object_or_404(Import.objects.visible_to(request.member).select_related("by"), pk=pk)
    return found


# --- What was loaded ---------------------------------------------------------------------------------
@require_safe
@open_to_members
def history(request: MemberRequest) -> HttpResponse:
    """List the last imports: one's own, for administrators everybody's."""
    loadable = _loadable(request.member)
    found = Import.objects.visible_to(request.member).select_related("by")[:SHOWN]
    rows = [(one, kind_of(one.what), one.report.get("run") or {}) for one in found]
    context = {"rows": rows, "loadable": loadable, "keep_days": KEEP_DAYS}
    return render(request, "contacts/imports/history.html", context)


@require_http_methods(FORM)
@open_to_members
def create(request: MemberRequest) -> HttpResponse:
    """Take a file."""
    loadable = _loadable(request.member)
    if not loadable:
        return refused(request, services.ImportForbidden())
    initial = {"what": request.GET.get("what", loadable[0].name)}
    form = UploadForm(request.POST or None, request.FILES or None, offered=loadable, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.upload(**form.cleaned_data, by=request.member)
        except Refusal as refusal:
            form.add_error("file", str(refusal.message))
        else:
            return redirect(request, reverse("contacts:import_columns", args=[made.pk]))
    status = 422 if request.method == "POST" else 200
    return render(request, "contacts/imports/create.html", {"form": form}, status=status)


# --- How it is read ----------------------------------------------------------------------------------
@require_http_methods(FORM)
@open_to_members
def columns(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what was recognised and what each column would fill; take the choice and have it checked."""
    imported = _import_or_404(request, pk)
    kind = kind_of(imported.what)
    if imported.state not in (State.UPLOADED, State.CHECKED, State.FAILED) or imported.report.get("run"):
        return redirect(request, reverse("contacts:import", args=[pk]))
    form = ColumnsForm(request.POST or None, imported=imported, kind=kind, member=request.member)
    if request.method == "POST" and form.is_valid():
        try:
            services.start_check(
                imported=imported,
                by=request.member,
                mapping=form.mapping(),
                options=form.options(),
                now=timezone.now(),
            )
        except services.NothingMapped as refusal:
            form.add_error(None, str(refusal.message))
        except Refusal as refusal:
            return refused(request, refusal)
        else:
            return redirect(request, reverse("contacts:import", args=[pk]))
    return _columns_page(request, imported, kind, form)


def _columns_page(request: MemberRequest, imported: Import, kind: Kind, form: ColumnsForm) -> HttpResponse:
    try:
        samples = services.samples_of(imported)
        sheets = _sheets(imported)
    except (Refusal, OSError):
        return refused(request, services.FileGone())
    chosen = [form[f"column_{index}"].value() or "" for index in range(len(imported.heads))]
    context = {
        "imported": imported,
        "kind": kind,
        "form": form,
        "layout_form": LayoutForm(layout=Layout(**imported.layout), sheets=sheets),
        "layout": imported.layout,
        "groups": _groups(kind.fields()),
        "columns": list(zip(range(len(imported.heads)), imported.heads, samples, chosen, strict=True)),
        "mapped_count": sum(bool(name) for name in chosen),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "contacts/imports/columns.html", context, status=status)


def _sheets(imported: Import) -> list[str]:
    layout = Layout(**imported.layout)
    if layout.kind not in ("xlsx", "xls"):
        return []
    return sheets_of((Path(settings.MEDIA_ROOT) / imported.file_key).read_bytes(), layout)


def _groups(fields: Sequence[Field]) -> list[tuple[str, list[Field]]]:
    return [
        (str(name), list(part)) for name, part in itertools.groupby(fields, key=lambda field: field.group)
    ]


@require_POST
@open_to_members
def layout(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Read the file another way."""
    imported = _import_or_404(request, pk)
    try:
        sheets = _sheets(imported)
        form = LayoutForm(request.POST, layout=Layout(**imported.layout), sheets=sheets)
        if form.is_valid():
            chosen, head_row = form.chosen()
            services.lay_out(imported=imported, by=request.member, layout=chosen, head_row=head_row)
    except Refusal as refusal:
        return refused(request, refusal)
    except OSError:
        return refused(request, services.FileGone())
    return redirect(request, reverse("contacts:import_columns", args=[pk]))


# --- Progress and report -----------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """How many rows ended so."""

    label: str
    count: int
    tone: str


@require_GET
@open_to_members
def detail(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show where the import is: checked with its first rows, at work, loaded with its report."""
    imported = _import_or_404(request, pk)
    if imported.state == State.UPLOADED:
        return redirect(request, reverse("contacts:import_columns", args=[pk]))
    report = imported.report
    tally = report.get("run") or report.get("check") or {}
    context: dict[str, Any] = {
        "imported": imported,
        "kind": kind_of(imported.what),
        "figures": [Figure(str(FIGURE_NAMES[name]), tally.get(name, 0), TONES[name]) for name in STATES],
        "failed": tally.get(FAILED, 0),
        "is_run": bool(report.get("run")),
        "percent": _percent(imported),
        "may_import": may_import(request.member, kind_of(imported.what).section),
        "keep_days": KEEP_DAYS,
    }
    if imported.state == State.CHECKED:
        context |= _previewed(imported)
    if imported.state == State.UNDONE:
        context["kept"] = reporting.kept_of(imported)
    elif not imported.is_working:
        context["mistakes"] = list(itertools.islice(reporting.mistakes_of(imported).items(), SHOWN))
    template = "contacts/imports/detail.html#progress" if is_htmx(request) else "contacts/imports/detail.html"
    response = render(request, template, context)
    if is_htmx(request) and not imported.is_working:  # it has ended: the whole page is another one
        response.headers["HX-Refresh"] = "true"
    return response


def _percent(imported: Import) -> int:
    if not imported.total_count:
        return 0
    if imported.state == State.UNDOING and imported.job is not None and imported.job.total_count:
        return min(100, round(100 * imported.job.done_count / imported.job.total_count))
    return min(100, round(100 * imported.done_count / imported.total_count))


def _previewed(imported: Import) -> dict[str, Any]:
    """The first rows as they would be written."""
    fields = [field for field in kind_of(imported.what).fields() if field.name in imported.mapping]
    try:
        outcomes = running.preview(imported, PREVIEWED)
    except Refusal:
        return {"preview_rows": []}
    rows = [
        (_named(outcome), [outcome.shown.get(field.name, "") for field in fields]) for outcome in outcomes
    ]
    return {"preview_heads": [field.label for field in fields], "preview_rows": rows}


def _named(outcome: Outcome) -> dict[str, Any]:
    return {
        "number": outcome.number,
        "state": STATE_NAMES[outcome.state],
        "tone": TONES[outcome.state],
        "reason": outcome.reason,
    }


# --- Doing -------------------------------------------------------------------------------------------
def _do(request: MemberRequest, pk: uuid.UUID, operation: Any, **values: Any) -> HttpResponse:
    imported = _import_or_404(request, pk)
    try:
        operation(imported=imported, by=request.member, **values)
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("contacts:import", args=[pk]))


@require_POST
@open_to_members
def run(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Load the checked file, or go on with a stopped one."""
    return _do(request, pk, services.start_run, now=timezone.now())


@require_POST
@open_to_members
def stop(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop behind the rows being written."""
    return _do(request, pk, services.stop)


@require_POST
@open_to_members
def undo(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back what was loaded."""
    return _do(request, pk, services.start_undo, now=timezone.now())


@require_GET
@open_to_members
def mistakes(request: MemberRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Download the rows that were not loaded, each with why."""
    imported = _import_or_404(request, pk)
    try:
        body = "".join(reporting.mistakes_csv(imported))
    except Refusal as refusal:
        return refused(request, refusal)
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    name = _("%(file)s, mistakes.csv") % {"file": Path(imported.file_name).stem}
    response.headers["Content-Disposition"] = (
        content_disposition_header(True, get_valid_filename(name)) or "attachment"
    )
    return response


@require_GET
@open_to_members
def file(request: MemberRequest, pk: uuid.UUID) -> FileResponse:
    """Send the file as it was uploaded, while it is kept."""
    imported = _import_or_404(request, pk)
    path = Path(settings.MEDIA_ROOT) / imported.file_key
    if not imported.file_key or not path.is_file():
        raise Http404
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=imported.file_name,
        content_type="application/octet-stream",
    )
