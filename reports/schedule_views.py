"""Making, changing and sending reports on a schedule."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from core.responses import redirect, refused
from reports import schedules
from reports.catalogue import report_named
from reports.models import Schedule
from reports.schedule_forms import ScheduleForm
from tenants.access import may_export, require
from tenants.dialogs import form_page
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]
MAX_QUERY = 4000


@require_http_methods(FORM)
@require("reports")
def create(request: MemberRequest) -> HttpResponse:
    """Put the report, as its address says it, on a schedule."""
    if not may_export(request.member, "reports"):
        return refused(request, schedules.MayNotSend())
    report = report_named(request.GET.get("page", ""))
    if report is None:
        raise Http404
    schedule = Schedule(page=report.page, query=request.GET.get("query", "")[:MAX_QUERY])
    initial: dict[str, object] = {"name": str(report.title), "recipients": [request.member.pk]}
    return _edit(request, schedule, initial=initial, title=_("Send by mail"))


@require_http_methods(FORM)
@require("reports")
def edit(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change when and to whom a report is sent."""
    schedule = get_object_or_404(schedules.editable_by(request.member), pk=pk)
    return _edit(request, schedule, title=schedule.name)


def _edit(
    request: MemberRequest, schedule: Schedule, *, title: str, initial: dict[str, object] | None = None
) -> HttpResponse:
    form = ScheduleForm(
        request.POST if request.method == "POST" else None, instance=schedule, initial=initial
    )
    is_kept = not schedule._state.adding
    return form_page(
        request,
        form,
        lambda values: schedules.save_schedule(
            form.save(commit=False), recipients=values["recipients"], by=request.member, now=timezone.now()
        ),
        back=reverse("reports:index"),
        template="reports/schedule.html",
        title=title,
        schedule=schedule,
        delete_url=reverse("reports:schedule_delete", args=[schedule.pk]) if is_kept else "",
    )


@require_POST
@require("reports")
def delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Send the report no more."""
    schedules.call_off(get_object_or_404(schedules.editable_by(request.member), pk=pk))
    messages.success(request, _("The report is sent no more."))
    return redirect(request, reverse("reports:index"))


@require_POST
@require("reports")
def send_now(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Send the report at once, beside its schedule."""
    schedule = get_object_or_404(schedules.editable_by(request.member), pk=pk)
    if not may_export(request.member, "reports"):
        return refused(request, schedules.MayNotSend())
    count = schedules.send(schedule)
    messages.success(
        request,
        ngettext("%(n)s letter is on its way.", "%(n)s letters are on their way.", count) % {"n": count},
    )
    return redirect(request, reverse("reports:index"))
