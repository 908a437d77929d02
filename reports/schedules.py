"""Reports on a schedule: who may make one, when it is due, and the letters it becomes (R11)."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from core.errors import Forbidden, Refusal
from core.zones import zones
from reports.catalogue import report_named
from reports.exports import TYPES
from reports.models import Recipient, Schedule
from tenants import mail
from tenants.access import may_export
from tenants.field_rights import seen_by
from tenants.hours import book_of
from tenants.models import Membership, Tenant

logger = logging.getLogger(__name__)
MOST_RECIPIENTS = 50
LONGEST_PAUSE = 62  # days between two times of any schedule, with holidays


class NobodyToSendTo(Refusal):
    code = "nobody_to_send_to"

    def default_message(self) -> Any:
        return _("Choose who gets the report.")


class MayNotSend(Forbidden):
    def default_message(self) -> Any:
        return _("You may not export reports, so you can't send them.")


class MayNotReceive(Refusal):
    code = "may_not_receive"

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(_("They may not export reports: %(names)s.") % {"names": ", ".join(names)})


def of_member(member: Membership) -> QuerySet[Schedule]:
    """List the schedules the member made or is sent; administrators see all."""
    found: QuerySet[Schedule] = Schedule.objects.select_related("owner").prefetch_related(
        "recipients__member"
    )
    if member.role.is_admin:
        return found
    sent = Recipient.objects.filter(member=member).values("schedule")
    return found.filter(Q(owner=member) | Q(pk__in=sent))


def editable_by(member: Membership) -> QuerySet[Schedule]:
    """List the schedules the member may change: their own; administrators all."""
    found: QuerySet[Schedule] = Schedule.objects.all()
    return found if member.role.is_admin else found.filter(owner=member)


@transaction.atomic
def save_schedule(
    schedule: Schedule, *, recipients: Iterable[Membership], by: Membership, now: dt.datetime
) -> Schedule:
    """Keep a schedule with who gets it; raise MayNotSend, NobodyToSendTo, MayNotReceive."""
    people = list(recipients)[:MOST_RECIPIENTS]
    if not may_export(by, "reports"):
        raise MayNotSend
    if not people:
        raise NobodyToSendTo
    if refused := [person.name for person in people if not may_export(person, "reports")]:
        raise MayNotReceive(refused)
    if schedule._state.adding:
        schedule.owner = by
    schedule.next_at = next_time(schedule, by.tenant, after=now)
    schedule.save()
    Recipient.objects.filter(schedule=schedule).exclude(member__in=people).delete()
    kept = set(Recipient.objects.filter(schedule=schedule).values_list("member", flat=True))
    Recipient.objects.bulk_create(
        Recipient(schedule=schedule, member=person) for person in people if person.pk not in kept
    )
    return schedule


def call_off(schedule: Schedule) -> None:
    """Send the report no more."""
    schedule.delete()


def next_time(schedule: Schedule, tenant: Tenant, *, after: dt.datetime) -> dt.datetime:
    """Find the next moment of the schedule by the company's clock; a time that the clocks skip is an hour later."""
    book = book_of(tenant, now=after)
    zone = book.company.zone
    day = after.astimezone(zone).date()
    for place in range(LONGEST_PAUSE):
        on = day + dt.timedelta(days=place)
        moment = dt.datetime.combine(on, schedule.at, tzinfo=zone).astimezone(dt.UTC)
        if moment > after and _is_day(schedule, on, book):
            return moment
    return after + dt.timedelta(days=1)  # of a company that never works


def _is_day(schedule: Schedule, day: dt.date, book: Any) -> bool:
    match schedule.cadence:
        case Schedule.Cadence.WEEKLY:
            return day.weekday() == schedule.weekday
        case Schedule.Cadence.MONTHLY:
            return day.day == schedule.day
        case Schedule.Cadence.WORKDAYS:
            return bool(book.company.spans_on(day))
    return True


def send_due(tenant: Tenant, *, now: dt.datetime) -> int:
    """Write the letters of every schedule of the active tenant whose time has come; return how many letters.

    The next time is set first: a report that fails is told in the log and comes again at its next time, not each minute.
    """
    due = Schedule.objects.select_for_update(skip_locked=True).filter(is_paused=False, next_at__lte=now)
    letters = 0
    for schedule in due:
        schedule.next_at = next_time(schedule, tenant, after=now)
        schedule.last_sent_at = now
        schedule.save(update_fields=["next_at", "last_sent_at"])
        letters += send(schedule)
    return letters


def send(schedule: Schedule) -> int:
    """Write one letter to each recipient who still works here and may have the file; return how many."""
    people = Membership.objects.active().filter(
        pk__in=Recipient.objects.filter(schedule=schedule).values("member")
    )
    return sum(
        _send_to(schedule, person) for person in people.select_related("role", "tenant", "user", "department")
    )


def _send_to(schedule: Schedule, member: Membership) -> bool:
    language = member.user.language or member.tenant.language
    with (
        translation.override(language),
        zones(reader=member.user.time_zone, company=member.tenant.time_zone),
        seen_by(member),
    ):
        file = file_for(member, schedule.page, schedule.query, schedule.format)
        if file is None:
            logger.warning("report %s is not for %s any more", schedule.pk, member.pk)
            return False
        name, content = file
        report = report_named(schedule.page)
        address = f"{settings.PUBLIC_URL}{reverse(schedule.page)}?{schedule.query}"
        text = render_to_string(
            "reports/email/report.txt",
            {"schedule": schedule, "report": report, "address": address, "tenant": member.tenant},
        )
        message = EmailMessage(f"{schedule.name} · {member.tenant.name}", text, to=[member.email])
        message.attach(name, content, TYPES[schedule.format])
        mail.queue(message)
    return True


def file_for(member: Membership, page: str, query: str, file_format: str) -> tuple[str, bytes] | None:
    """Make a report's file as the member would get it from its page: (name, content); None where they may not.

    The page itself is asked, so that there is one way to make a report.
    """
    if not may_export(member, "reports"):
        return None
    request: Any = HttpRequest()
    request.method, request.GET, request.path = "GET", QueryDict(query, mutable=True), reverse(page)
    request.GET["format"] = file_format
    request.member, request.tenant, request.user, request.htmx = member, member.tenant, member.user, False
    request.resolver_match = resolve(request.path)
    try:
        answer = request.resolver_match.func(request)
    except PermissionDenied:
        return None
    if answer.status_code != HTTPStatus.OK:
        return None
    disposition = answer.headers["Content-Disposition"]
    return disposition.split('filename="')[-1].rstrip('"'), answer.content
