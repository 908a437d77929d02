"""Following records, and muting them: who hears what happens with a card that isn't theirs, or no more."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from activities.access import visible_cards
from activities.addresses import page_of_card
from activities.models import TARGETS, Activity, Watch
from activities.services.notices import notify
from tenants.models import Membership

FOLLOW, MUTE, NONE = "follow", "mute", ""
STATES = (FOLLOW, MUTE, NONE)
BATCH = 500
SETTLED = dt.timedelta(seconds=5)  # an entry younger than this may still be in a transaction


@transaction.atomic
def set_watch(*, member: Membership, name: str, card: Any, state: str, now: dt.datetime) -> None:
    """Follow a card, mute it, or neither; `name` says what it is (lead, deal, contact, company)."""
    if state == NONE:
        Watch.objects.filter(member=member, **{name: card}).delete()
        return
    values = {"is_muted": state == MUTE, "seen_at": now}
    Watch.objects.update_or_create(member=member, **{name: card}, defaults=values)


def watch_state(member: Membership, name: str, card: Any) -> str:
    """Say whether the member follows a card or has muted it."""
    is_muted = Watch.objects.filter(member=member, **{name: card}).values_list("is_muted", flat=True).first()
    return NONE if is_muted is None else MUTE if is_muted else FOLLOW


@transaction.atomic
def tell_followers(*, now: dt.datetime) -> int:
    """Tell each follower once what happened since they last heard; return how many were told.

    Rows another worker is at are left to it. Who may no longer see a card follows it no longer.
    """
    return sum(_tell_of(name, now) for name in TARGETS)


def _tell_of(name: str, now: dt.datetime) -> int:
    until = now - SETTLED
    news = Activity.objects.done().filter(
        **{name: OuterRef(name)}, occurred_at__gt=OuterRef("seen_at"), occurred_at__lte=until
    )
    # What one did oneself is no news
    news = news.filter(Q(author=None) | ~Q(author=OuterRef("member")))
    rows = Watch.objects.filter(Exists(news), is_muted=False, member__is_active=True)
    found = list(
        rows.select_related("member__role", name).select_for_update(skip_locked=True, of=("self",))[:BATCH]
    )
    return sum(_tell(watch, name, now, until) for watch in found)


def _tell(watch: Watch, name: str, now: dt.datetime, until: dt.datetime) -> bool:
    card = getattr(watch, name)
    if not visible_cards(name, watch.member).filter(pk=card.pk).exists():
        watch.delete()
        return False
    rows = Activity.objects.done().filter(
        **{name: card}, occurred_at__gt=watch.seen_at, occurred_at__lte=until
    )
    rows = rows.filter(Q(author=None) | ~Q(author=watch.member))
    latest = rows.order_by("-occurred_at").first()
    if latest is not None:
        params = {
            "card": str(card),
            "count": rows.count(),
            "kind": latest.kind,
            "text": latest.subject or latest.text[:140],
        }
        notify(
            members=[watch.member], code="followed", params=params, url=page_of_card(name, card.pk), now=now
        )
    watch.seen_at = until
    watch.save(update_fields=["seen_at"])
    return latest is not None
