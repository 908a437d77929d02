"""Settings: when the company, its departments and people work."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.hours import HoursBook, Week, book_of
from tenants.hours.forms import HoursForm
from tenants.hours.words import now_text, week_text
from tenants.models import Department, Membership, WorkSchedule
from tenants.requests import MemberRequest
from tenants.services import set_hours

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Section.SETTINGS)
def hours(request: MemberRequest) -> HttpResponse:
    """List whose hours are whose, and who is at work now."""
    moment = timezone.now()
    book = book_of(request.tenant, now=moment)
    people = Membership.objects.active().select_related("department")
    context = {
        "company": {"week": week_text(book.company.week), "capacity": book.company_terms.lead_capacity},
        "departments": list(_departments(book)),
        "people": [
            {
                "member": member,
                "is_own": member.pk in book.members and book.members[member.pk].week is not None,
                "week": week_text(book.of(member).week)
                if any(book.of(member).week)
                else _("by the duty rota"),
                "zone": _other_zone(book.of(member).zone.key, request),
                "capacity": book.capacity_at(member.pk, member.department_id, moment),
                "now": now_text(member, book, moment),
            }
            for member in people
        ],
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "tenants/hours.html", context)


def _departments(book: HoursBook) -> Iterator[dict[str, Any]]:
    for department in Department.objects.all():
        terms = book.departments.get(department.pk)
        calendar = book.of_department(department.pk)
        yield {
            "department": department,
            "is_own": terms is not None and terms.week is not None,
            "week": week_text(calendar.week),
            "capacity": terms.lead_capacity if terms else None,
        }


def _other_zone(zone: str, request: MemberRequest) -> str:
    return "" if zone == request.tenant.time_zone else zone.replace("_", " ")


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def hours_company(request: MemberRequest) -> HttpResponse:
    """Set the hours of the company."""
    week = book_of(request.tenant, now=timezone.now()).company.week
    return _edit(request, _("Hours of the company"), week, is_company=True)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def hours_department(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Set the hours of a department."""
    found = get_object_or_404(Department, pk=pk)
    book = book_of(request.tenant, now=timezone.now())
    above = book.of_department(found.parent_id) if found.parent_id else book.company
    week = book.of_department(found.pk).week
    return _edit(request, found.name, week, inherited=week_text(above.week), department=found)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def hours_member(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Set the hours of a person."""
    found = get_object_or_404(Membership, pk=pk)
    book = book_of(request.tenant, now=timezone.now())
    above = book.of_department(found.department_id) if found.department_id else book.company
    week = book.of(found).week if any(book.of(found).week) else above.week
    return _edit(request, found.name, week, inherited=week_text(above.week), member=found)


def _edit(
    request: MemberRequest,
    title: str,
    week: Week,
    *,
    is_company: bool = False,
    inherited: str = "",
    department: Department | None = None,
    member: Membership | None = None,
) -> HttpResponse:
    owner: dict[str, Any] = {"department": department, "member": member}
    schedule = WorkSchedule.objects.filter(**owner).first() or WorkSchedule()
    form = HoursForm(
        request.POST if request.method == "POST" else None,
        schedule=schedule,
        week=week,
        is_company=is_company,
        inherited=inherited,
    )
    return form_page(
        request,
        form,
        lambda _values: set_hours(by=request.member, **owner, **form.values()),
        back=reverse("tenants:hours"),
        template="tenants/hours_form.html",
        title=title,
    )
