"""An ordered call: when it is due, who makes it, and the task that reminds of it."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from activities.models import Activity
from activities.services import plan_activity, reschedule_activity
from channels.models import Channel
from channels.widget.staffing import staffing_of
from leads.inquiry import Inquiry
from leads.models import Lead
from tenants.hours import book_of
from tenants.models import Membership

KIND = "callback"
NEAR = dt.timedelta(minutes=30)


def plan_call(*, inquiry: Inquiry, lead: Lead, channel: Channel, now: dt.datetime) -> Activity:
    """Plan the call for the time that was asked for, else for when somebody is there; a second order moves it."""
    due_at = inquiry.call_at or staffing_of(channel, now=now).next_at(now) or now
    planned = (
        Activity.objects.planned().filter(lead=lead, kind=Activity.Kind.CALL, data__callback=True).first()
    )
    if planned is not None:
        return reschedule_activity(activity=planned, due_at=due_at, by=None, now=now)
    activity = plan_activity(
        kind=Activity.Kind.CALL,
        subject=_("Call back: %(phone)s") % {"phone": lead.phone or inquiry.person.phone},
        text=inquiry.text,
        due_at=due_at,
        owner=_caller(lead, channel, due_at, now=now),
        by=None,
        now=now,
        lead=lead,
    )
    activity.data = {"callback": True}
    activity.save(update_fields=["data"])
    return activity


def _caller(lead: Lead, channel: Channel, due_at: dt.datetime, *, now: dt.datetime) -> Membership | None:
    """Choose who makes the call: who has the lead, else who of its role is at work then and has least to do."""
    if (person := lead.taken_by or lead.responsible) is not None:
        return person
    book = book_of(channel.tenant, now=now)
    people = list(Membership.objects.active().filter(role=lead.responsible_role_id).order_by("name"))
    there = [member for member in people if book.of(member).works_at(due_at)]
    around = Activity.objects.planned().due_on(due_at - NEAR, due_at + NEAR)
    busy = list(around.filter(owner__in=there).values_list("owner_id", flat=True))
    return min(there, key=lambda member: busy.count(member.pk), default=None)
