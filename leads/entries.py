"""What leads hand to the rest of the product: the queue's counter, the palette's hits, a dismissed colleague's work."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from functools import partial

from django.db import transaction
from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.merging import parts
from contacts.models import Source
from contacts.sources.services import follow_statistics
from core import formats, search, shell
from core.errors import Refusal
from deals import passing
from leads import recomputation, switching, tasks, telling
from leads.clock import wait_of
from leads.models import Lead, LeadQuerySet
from leads.queue.rows import glyph_of, title_of
from leads.queue.state import counted
from leads.routing import telling as routing_telling
from leads.routing.watching import follow_steps, ring_soon
from leads.services import assign_lead, merging, trials
from leads.services.passing import count_inquiries, pass_inquiries
from tenants import handover, jobs
from tenants.access import Action, Scope, Section, may, scope_of
from tenants.hours import book_of
from tenants.models import Membership, Tenant
from tenants.services import follow_call_limit, follow_hours


def register() -> None:
    """Register everything; called once the apps are loaded."""
    shell.register_badge("unsorted", unsorted_badge)
    for name in ("leads:unsorted", "leads:list"):
        shell.register_permit(name, partial(may, section=Section.LEADS))
    shell.register_permit("leads:create", partial(may, section=Section.LEADS, action=Action.ADD))
    search.register(found_leads)
    follow_statistics(_source_changed)
    follow_call_limit(_call_limit_changed)
    follow_hours(_watch_again)
    follow_steps(_watch_again)
    routing_telling.register()
    ring_soon(_escalate_soon)
    telling.register()
    parts.register("leads", merging.PART)
    jobs.register_page(switching.KIND, lambda job: reverse("leads:unsorted"))
    jobs.register_page(trials.KIND, lambda job: reverse("leads:routing_trial", args=[job.pk]))
    jobs.register_page(recomputation.KIND, lambda job: reverse("leads:quality_run", args=[job.pk]))
    passing.register(count=count_inquiries, pass_on=pass_inquiries)
    handover.register("leads", _("Open inquiries"), held=held_by, give=give_leads)


def unsorted_badge(member: Membership) -> shell.Badge:
    """Count what waits in the queue for the member; hot once a client waits past the limit. Two queries.

    The departments of those it waits for are asked for afterwards: every page shows this counter, and joined to
    each waiting lead they took most of its time.
    """
    if not may(member, Section.LEADS):
        return shell.Badge(0)
    now = timezone.now()
    rows = Lead.objects.present().visible_to(member).filter(counted(member, now=now)).order_by()
    person = Coalesce("taken_by", "responsible")
    groups = list(
        rows.values_list(person, "response_limit_min").annotate(Count("tenant"), Min("waiting_since"))
    )
    people = Membership.objects.filter(pk__in={row[0] for row in groups})
    departments = dict(people.order_by().values_list("pk", "department_id"))
    book, count, is_hot = book_of(member.tenant, now=now), 0, False
    for member_id, limit, size, oldest in groups:
        calendar = book.of_id(member_id, departments.get(member_id)) if member_id else book.company
        wait = wait_of(calendar, waiting_since=oldest, limit_min=limit, now=now)
        count, is_hot = count + size, is_hot or (wait is not None and wait.level == "late")
    return shell.Badge(count, is_hot)


def found_leads(query: str, member: Membership, limit: int) -> Iterable[search.SearchHit]:
    """Find leads for the palette, the newest first."""
    if not may(member, Section.LEADS):
        return []
    rows = (
        Lead.objects.present()
        .visible_to(member)
        .search(query, newest=search.newest(sees_all=scope_of(member, Section.LEADS) == Scope.ALL))
    )
    newest = rows.select_related("contact", "channel", "call").order_by("-received_at", "-id")[:limit]
    return [_hit(lead) for lead in newest]


def _hit(lead: Lead) -> search.SearchHit:
    parts = (
        formats.numbered(lead.number),
        formats.short_date(lead.received_at),
        lead.subject or lead.summary,
    )
    subtitle = ", ".join(part for part in parts if part)
    url = reverse("leads:detail", args=[lead.pk])
    icon = "phone" if glyph_of(lead).startswith("call") else "inbox"
    return search.SearchHit("lead", title_of(lead), subtitle, url, icon)


def _source_changed(source: Source) -> None:
    tasks.follow_source.after_commit(source_id=str(source.pk))


def _call_limit_changed(_tenant: Tenant) -> None:
    tasks.follow_call_limit.after_commit()


def _watch_again() -> None:
    tasks.watch_again.after_commit()


def _escalate_soon(lead_id: uuid.UUID, wait: dt.timedelta) -> None:
    tasks.escalate_soon.later(after_s=wait.total_seconds(), lead_id=str(lead_id))


# --- Handover ----------------------------------------------------------------------------------------
def give_leads(
    *, rows: Sequence[Lead], member: Membership, to: Membership, by: Membership, now: dt.datetime
) -> list[handover.Outcome]:
    """Hand open leads to a colleague."""
    return [_give(lead, to, by=by, now=now) for lead in rows]


def _give(lead: Lead, to: Membership, *, by: Membership, now: dt.datetime) -> handover.Outcome:
    refusal = ""
    try:
        with transaction.atomic():
            assign_lead(lead=lead, member=to, by=by, now=now)
    except Refusal as refused:
        refusal = str(refused.message)
    return handover.Outcome(lead.pk, title_of(lead), reverse("leads:detail", args=[lead.pk]), refusal)


def held_by(member: Membership) -> LeadQuerySet:
    """Give the open leads a member holds or is to answer."""
    rows: LeadQuerySet = Lead.objects.open()
    return rows.filter(Q(taken_by=member) | Q(taken_by=None, responsible=member))
