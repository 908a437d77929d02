"""Settings: days that differ: holidays, and people who are away."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.responses import redirect
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.hours.forms import AbsenceForm, FillForm, HolidayForm
from tenants.models import Absence, Holiday
from tenants.requests import MemberRequest
from tenants.services import fill_holidays, remove_absence, remove_holiday, set_absence, set_holiday

FORM = ["GET", "HEAD", "POST"]
SHOWN = 200  # absences on the page


# --- Holidays ------------------------------------------------------------------------------------------
@require_safe
@require(Section.SETTINGS)
def holidays(request: MemberRequest) -> HttpResponse:
    """List the days of ?year= that differ from others."""
    year = _year(request.GET.get("year", ""))
    context = {
        "year": year,
        "previous": year - 1,
        "next": year + 1,
        "holidays": Holiday.objects.filter(on__year=year),
        "form": FillForm(initial={"country": request.tenant.phone_region, "year": year}),
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
        "may_add": may(request.member, Section.SETTINGS, Action.ADD),
    }
    return render(request, "tenants/holidays.html", context)


def _year(text: str) -> int:
    """Read a year; the present one for nonsense."""
    is_year = text.isascii() and text.isdigit() and len(text) == 4 and 2000 <= int(text) <= 2100
    return int(text) if is_year else timezone.localdate().year


def _delete_url(request: MemberRequest, name: str, pk: uuid.UUID) -> str:
    return reverse(name, args=[pk]) if may(request.member, Section.SETTINGS, Action.DELETE) else ""


def _holidays_url(year: int) -> str:
    return f"{reverse('tenants:holidays')}?year={year}"


@require_POST
@require(Section.SETTINGS, Action.ADD)
def holidays_fill(request: MemberRequest) -> HttpResponse:
    """Take the public holidays of a country's year into the calendar."""
    form = FillForm(request.POST)
    if not form.is_valid():
        return redirect(request, reverse("tenants:holidays"))
    values = form.cleaned_data
    added = fill_holidays(by=request.member, language=request.tenant.language, **values)
    if added:
        messages.success(request, ngettext("%(n)s day added", "%(n)s days added", added) % {"n": added})
    else:
        messages.info(request, _("The calendar has all public holidays of this year already."))
    return redirect(request, _holidays_url(values["year"]))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def holiday_create(request: MemberRequest) -> HttpResponse:
    """Add a day."""
    return _edit_holiday(request, None, _("New day"))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def holiday(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a day."""
    found = get_object_or_404(Holiday, pk=pk)
    return _edit_holiday(
        request, found, found.name, delete_url=_delete_url(request, "tenants:holiday_delete", pk)
    )


def _edit_holiday(request: MemberRequest, found: Holiday | None, title: str, **context: Any) -> HttpResponse:
    form = HolidayForm(request.POST if request.method == "POST" else None, holiday=found)
    year = found.on.year if found else timezone.localdate().year
    return form_page(
        request,
        form,
        lambda values: set_holiday(by=request.member, holiday=found, **values),
        back=_holidays_url(year),
        title=title,
        **context,
    )


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def holiday_delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Make the day like any other."""
    found = get_object_or_404(Holiday, pk=pk)
    year = found.on.year
    remove_holiday(by=request.member, holiday=found)
    return redirect(request, _holidays_url(year))


# --- Absences ------------------------------------------------------------------------------------------
@require_safe
@require(Section.SETTINGS)
def absences(request: MemberRequest) -> HttpResponse:
    """List who is or will be away, or with ?past=1 who was."""
    today, is_past = timezone.localdate(), "past" in request.GET
    rows = Absence.objects.select_related("member", "substitute")
    shown = (
        rows.filter(ends_on__lt=today).order_by("-ends_on") if is_past else rows.filter(ends_on__gte=today)
    )
    context = {
        "absences": shown[:SHOWN],
        "is_past": is_past,
        "today": today,
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
        "may_add": may(request.member, Section.SETTINGS, Action.ADD),
    }
    return render(request, "tenants/absences.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def absence_create(request: MemberRequest) -> HttpResponse:
    """Write down that somebody is away."""
    return _edit_absence(request, None, _("New absence"))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def absence(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change an absence."""
    found = get_object_or_404(Absence.objects.select_related("member"), pk=pk)
    delete_url = _delete_url(request, "tenants:absence_delete", pk)
    return _edit_absence(request, found, found.member.name, delete_url=delete_url)


def _edit_absence(request: MemberRequest, found: Absence | None, title: str, **context: Any) -> HttpResponse:
    form = AbsenceForm(request.POST if request.method == "POST" else None, absence=found)
    return form_page(
        request,
        form,
        lambda values: set_absence(by=request.member, absence=found, **values),
        back=reverse("tenants:absences"),
        template="tenants/absence.html",
        title=title,
        **context,
    )


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def absence_delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take an absence back."""
    remove_absence(by=request.member, absence=get_object_or_404(Absence, pk=pk))
    return redirect(request, reverse("tenants:absences"))
