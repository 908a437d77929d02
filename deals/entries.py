"""What deals hand to the rest of the product.

The palette's hits, the bell's words, a dismissed colleague's work, and what a new company starts with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Case, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activities import changes as activity_changes
from activities import notices
from contacts.merging import parts
from core import formats, search
from deals import merging, sentences
from deals.documents import telling
from deals.models import Deal
from deals.models.deals import DealQuerySet
from deals.payments import wording as payment_words
from deals.services.bulk import assign_deals
from deals.setup import create_starter_pipeline, create_starter_reasons
from tenants import handover
from tenants.access import Scope, Section, may, scope_of
from tenants.models import Membership, Tenant
from tenants.services import start_with

ICON = "layout-kanban"


def register() -> None:
    """Register everything; called once the apps are loaded."""
    search.register(found_deals)
    handover.register("deals", gettext_lazy("Open deals"), held=held_by, give=give)
    start_with(furnish)
    notices.register("deals_assigned", ICON, _deals_assigned)
    parts.register("deals", merging.PART)
    activity_changes.register("payment_not_moved", "alert-triangle", payment_words.not_moved)
    notices.register("payment_not_moved", "alert-triangle", payment_words.not_moved_notice)
    activity_changes.register("lines_changed", "package", sentences.lines_changed)
    for code, icon in telling.CODES:
        activity_changes.register(code, icon, telling.sentence)
    for code, icon in telling.NOTICES:
        notices.register(code, icon, telling.notice(code))


def furnish(tenant: Tenant) -> None:
    """Give a new company a pipeline to work in and reasons to choose from."""
    create_starter_pipeline()
    create_starter_reasons()


def found_deals(query: str, member: Membership, limit: int) -> Iterable[search.SearchHit]:
    """Find deals for the palette, open ones first, the newest first."""
    if not may(member, Section.DEALS):
        return []
    rows = (
        Deal.objects.present()
        .visible_to(member)
        .search(query, newest=search.newest(sees_all=scope_of(member, Section.DEALS) == Scope.ALL))
        .values(
            "id", "title", "number", "amount", "currency", "stage__name", "contact__name", "company__name"
        )
    )
    is_open = Case(When(state="open", then=0), default=1)
    return [_hit(row) for row in rows.order_by(is_open, "-created_at", "-id")[:limit]]


def _hit(row: Mapping[str, Any]) -> search.SearchHit:
    client = row["company__name"] or row["contact__name"]
    money = formats.money(row["amount"], row["currency"])
    subtitle = ", ".join(
        part for part in (formats.numbered(row["number"]), client, row["stage__name"], money) if part
    )
    return search.SearchHit("deal", row["title"], subtitle, reverse("deals:detail", args=[row["id"]]), ICON)


def held_by(member: Membership) -> DealQuerySet:
    """Give the open deals of a member."""
    rows: DealQuerySet = Deal.objects.open()
    return rows.filter(owner=member)


def give(
    *, rows: Sequence[Deal], member: Membership, to: Membership, by: Membership, now: dt.datetime
) -> list[handover.Outcome]:
    """Hand open deals to a colleague; closed ones keep whose they were."""
    report = assign_deals(deals=rows, owner=to, by=by, now=now)
    refusals = {one.deal.pk: one.reason for one in report.refused}
    return [
        handover.Outcome(
            deal.pk, deal.title, reverse("deals:detail", args=[deal.pk]), refusals.get(deal.pk, "")
        )
        for deal in rows
    ]


def _deals_assigned(params: Mapping[str, Any]) -> tuple[str, str]:
    count = int(params.get("count", 0))
    title = ngettext("%(count)s deal for you", "%(count)s deals for you", count) % {"count": count}
    return title, _("from %(name)s") % {"name": params.get("by", "")}
