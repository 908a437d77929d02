"""Settings: the duty rota of a week."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import formats
from core.responses import redirect
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.hours import HoursBook, book_of, spans_text
from tenants.hours.forms import ShiftForm, monday_of
from tenants.models import Absence, Department, DutyShift, Membership
from tenants.requests import MemberRequest
from tenants.services import copy_rota, set_shifts

WEEK = dt.timedelta(days=7)


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """One person on one day."""

    day: dt.date
    text: str
    look: str  # duty, away, usual
    capacity: int | None = None


@require_safe
@require(Section.SETTINGS)
def rota(request: MemberRequest) -> HttpResponse:
    """Show the week of ?day=: who is on duty, who is away, and everybody's usual hours."""
    today = timezone.localdate()
    monday = monday_of(_day(request.GET.get("day", "")) or today)
    days = [monday + dt.timedelta(days=number) for number in range(7)]
    department = _department(request.GET.get("department", ""))
    context = {
        "days": [(day, f"{WEEKDAYS_ABBR[day.weekday()]} {day.day}", day == today) for day in days],
        "rows": _rows(days, book_of(request.tenant, now=timezone.now()), department),
        "span": f"{formats.short_date(days[0])} – {formats.short_date(days[-1])}",
        "monday": monday.isoformat(),
        "previous": (monday - WEEK).isoformat(),
        "next": (monday + WEEK).isoformat(),
        "departments": Department.objects.all(),
        "department": department,
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "tenants/rota.html", context)


def _rows(
    days: list[dt.date], book: HoursBook, department: Department | None
) -> list[tuple[Membership, list[Cell]]]:
    """Lay the week out, a row a person. Shifts and absences are read, whatever week it is."""
    people = Membership.objects.active()
    shifts: dict[tuple[uuid.UUID, dt.date], list[DutyShift]] = {}
    for shift in DutyShift.objects.filter(on__gte=days[0], on__lte=days[-1]):
        shifts.setdefault((shift.member_id, shift.on), []).append(shift)
    away = set()
    for absence in Absence.objects.filter(starts_on__lte=days[-1], ends_on__gte=days[0]):
        away |= {(absence.member_id, day) for day in days if absence.starts_on <= day <= absence.ends_on}

    def cell(member: Membership, day: dt.date) -> Cell:
        if (member.pk, day) in away:
            return Cell(day, _("away"), "away")
        if found := shifts.get((member.pk, day)):
            text = spans_text([(shift.starts_min, shift.ends_min) for shift in found])
            return Cell(day, text, "duty", found[0].lead_capacity)
        usual = () if day in book.holidays and not book.holidays[day] else book.of(member).week[day.weekday()]
        return Cell(day, spans_text(usual), "usual")

    shown = people.filter(department=department) if department else people
    return [(member, [cell(member, day) for day in days]) for member in shown]


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS, Action.EDIT)
def rota_day(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Set a person's duty on ?day=."""
    member = get_object_or_404(Membership.objects.active(), pk=pk)
    day = _day(request.GET.get("day", ""))
    if day is None:
        raise Http404
    present = list(DutyShift.objects.filter(member=member, on=day))
    form = ShiftForm(
        request.POST if request.method == "POST" else None,
        spans=[(shift.starts_min, shift.ends_min) for shift in present],
        lead_capacity=present[0].lead_capacity if present else None,
    )
    return form_page(
        request,
        form,
        lambda values: set_shifts(
            by=request.member,
            member=member,
            on=day,
            spans=values["spans"],
            lead_capacity=values["lead_capacity"],
        ),
        back=f"{reverse('tenants:rota')}?day={day.isoformat()}",
        template="tenants/shift.html",
        title=f"{member.name}, {formats.short_date(day)}",
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def rota_copy(request: MemberRequest) -> HttpResponse:
    """Copy the week before into the week of `monday`."""
    day = _day(request.POST.get("monday", ""))
    if day is None:
        raise Http404
    count = copy_rota(by=request.member, monday=monday_of(day))
    if count:
        messages.success(request, ngettext("%(n)s shift copied", "%(n)s shifts copied", count) % {"n": count})
    else:
        messages.info(request, _("There was nothing to copy."))
    return redirect(request, f"{reverse('tenants:rota')}?day={day.isoformat()}")


def _day(text: str) -> dt.date | None:
    """Read a day; nothing for nonsense and for years nobody plans."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _department(text: str) -> Department | None:
    try:
        return Department.objects.filter(pk=uuid.UUID(text)).first()
    except ValueError:
        return None
