"""The people of a mailing, each judged: at once where they are few, else part by part by the worker.

A part is one transaction: its people are in the mailing and `checked_to` says how far down the list it is, or neither.
So a worker that is killed leaves nothing half done, and nobody is taken twice.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from core.listing import listing_for
from core.zones import zones
from mailings import audience, bell
from mailings.audience import Judge, Verdict
from mailings.errors import TooManyPeople
from mailings.models import Mailing, Recipient
from tenants.field_rights import seen_by
from tenants.models import Membership

CHECKING = ("check_total", "checked_count", "checked_to", "without_people", "due_at")
State = Recipient.State
_UNDECIDED = (State.WAITING, State.EXCLUDED)


# --- All at once -------------------------------------------------------------------------------------
def gather(mailing: Mailing, ids: Sequence[uuid.UUID], *, now: dt.datetime) -> None:
    """Replace those to whom nothing was written by these contacts, each judged. Raises TooManyPeople."""
    if len(ids) > audience.LIMIT:
        raise TooManyPeople(limit=audience.LIMIT)
    undecided(mailing).delete()
    judge = Judge(mailing, owner=mailing.owner, now=now)
    for start in range(0, len(ids), audience.CHUNK):
        _add(mailing, judge.verdicts(ids[start : start + audience.CHUNK]))


def rejudge(mailing: Mailing, *, now: dt.datetime) -> None:
    """Decide anew about everybody to whom nothing was written yet."""
    ids = undecided(mailing).order_by("pk").values_list("contact_id", flat=True)
    gather(mailing, list(ids), now=now)


def undecided(mailing: Mailing) -> QuerySet[Recipient]:
    """Those to whom nothing was written yet, whatever was thought of them."""
    return Recipient.objects.filter(mailing=mailing, state__in=_UNDECIDED)


def is_large(mailing: Mailing) -> bool:
    """Say whether its people are a filter's, and too many to be judged while somebody waits."""
    if not mailing.is_all:
        return False
    ids = undecided(mailing).order_by().values_list("pk", flat=True)
    return len(ids[: audience.AT_ONCE + 1]) > audience.AT_ONCE


# --- Part by part ------------------------------------------------------------------------------------
def gather_later(mailing: Mailing, *, now: dt.datetime) -> None:
    """Let the worker take the people of the mailing's filter anew, as its list stands then."""
    mailing.check_total, mailing.checked_count, mailing.checked_to = 0, 0, None
    mailing.without_people, mailing.due_at = 0, now
    mailing.save(update_fields=CHECKING)
    bell.after_commit()


def gather_some(mailing: Mailing, *, now: dt.datetime) -> None:
    """Take the next rows of its list, and judge the people behind them; the caller holds the mailing and saves CHECKING.

    Rows are taken in the order of their ids, so one that appears meanwhile is met or is not, and none is met twice.
    """
    with _eyes_of(mailing.owner):
        rows = _rows_of(mailing).order_by("pk")
        if mailing.checked_to is None:
            undecided(mailing).delete()
            mailing.check_total = rows.count()
        else:
            rows = rows.filter(pk__gt=mailing.checked_to)
        ids = list(rows.values_list("pk", flat=True)[: audience.CHUNK])
    people = audience.people_of(mailing.card, ids)
    known = Recipient.objects.filter(mailing=mailing, contact__in=people.ids)
    taken = set(known.values_list("contact_id", flat=True))
    fresh = [pk for pk in people.ids if pk not in taken]
    _add(mailing, Judge(mailing, owner=mailing.owner, now=now).verdicts(fresh))
    mailing.without_people += people.without
    mailing.checked_count += len(ids)
    is_over = len(ids) < audience.CHUNK
    mailing.checked_to = None if is_over else ids[-1]
    mailing.check_total = None if is_over else max(mailing.check_total or 0, mailing.checked_count)
    mailing.due_at = None if is_over else now


def _rows_of(mailing: Mailing) -> QuerySet[Any]:
    listing = listing_for(audience.LISTS[Mailing.Card(mailing.card)])
    rows: QuerySet[Any] = listing.filtered(mailing.owner, QueryDict(mailing.query)).qs
    return rows


@contextlib.contextmanager
def _eyes_of(owner: Membership) -> Iterator[None]:
    """Look at a list as its owner's page does: the fields they see, the days of their company."""
    clocks = zones(reader=owner.user.time_zone, company=owner.tenant.time_zone)
    with seen_by(owner), clocks:
        yield


# --- Parts -------------------------------------------------------------------------------------------
def _add(mailing: Mailing, verdicts: Sequence[Verdict]) -> None:
    addresses = {one.address for one in verdicts if not one.reason}
    others = Recipient.objects.filter(mailing=mailing, address__in=addresses).included()
    taken = set(others.values_list("address", flat=True))
    Recipient.objects.bulk_create(_rows(mailing, verdicts, taken), batch_size=1000)


def _rows(mailing: Mailing, verdicts: Iterable[Verdict], taken: set[str]) -> list[Recipient]:
    """Make rows of verdicts; an address that is in the mailing already gets nothing twice."""
    rows = []
    for verdict in verdicts:
        reason = verdict.reason
        if not reason and verdict.address in taken:
            reason = Recipient.Reason.SAME_ADDRESS
        if not reason:
            taken.add(verdict.address)
        rows.append(
            Recipient(
                mailing=mailing,
                contact_id=verdict.contact_id,
                address=verdict.address,
                dialog_id=verdict.dialog_id,
                state=State.EXCLUDED if reason else State.WAITING,
                reason=reason,
            )
        )
    return rows
