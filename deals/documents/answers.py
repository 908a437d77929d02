"""What a client does with a document they were sent: opening it, accepting, declining, asking."""

from __future__ import annotations

import datetime as dt
import re

from django.db import transaction
from django.utils import timezone

from activities.services.entries import storable
from deals.documents.errors import DocumentNotOpen, NameMissing, QuestionMissing
from deals.documents.happenings import Document, happened
from deals.documents.services import lock
from deals.documents.telling import record, ring, tell
from deals.happenings import What
from deals.models import DocumentOpening, Invoice, Proposal

# One person who looks again within this time looks once.
SAME_LOOK = dt.timedelta(minutes=30)
MAX_TEXT = 2000
MAX_NAME = 150
# Who fetches a page without anybody reading it: messengers' previews, searchers, scanners of mail.
_ROBOTS = re.compile(
    r"bot\b|crawl|spider|slurp|preview|facebookexternalhit|whatsapp|telegram|vkshare|viber|skype|slack|discord|"
    r"headless|curl|wget|python|okhttp|java/|go-http|httpclient|scanner|proofpoint|mimecast|barracuda|safelinks|"
    r"googleimageproxy|yahoomailproxy|mail\.ru|yandex(?!browser)",
    re.I,
)


def is_robot(user_agent: str) -> bool:
    """Say whether nobody reads what is fetched under this name; no name is a program too."""
    return not user_agent.strip() or bool(_ROBOTS.search(user_agent.replace("YaBrowser", "")))


@transaction.atomic
def note_opening(*, document: Document, address: str | None, user_agent: str, now: dt.datetime) -> bool:
    """Write down that a client opened a document; say whether it counted.

    The first opening makes a sent proposal a viewed one, is shown in the timeline and rings its owner.
    Looking again from the same place within half an hour counts once.
    """
    current = lock(document, by=None)
    if current.is_draft or is_robot(user_agent):
        return False
    mine = {"proposal": current} if isinstance(current, Proposal) else {"invoice": current}
    again = DocumentOpening.objects.filter(
        address=address, user_agent=user_agent[:300], at__gt=now - SAME_LOOK, **mine
    )
    if again.exists():
        return False
    DocumentOpening.objects.create(at=now, address=address, user_agent=storable(user_agent)[:300], **mine)
    is_first = current.viewed_at is None
    current.viewed_at = current.viewed_at or now
    current.last_viewed_at, current.view_count = now, current.view_count + 1
    if isinstance(current, Proposal) and current.state == Proposal.State.SENT:
        current.view()
    current.save(update_fields=["state", "viewed_at", "last_viewed_at", "view_count"])
    if is_first:
        record(current, code="document_viewed", by=None, now=now)
        ring(current, code="document_viewed", now=now)
        happened(current, What.VIEWED, now=now)
        tell(current.deal)
    return True


@transaction.atomic
def accept(*, proposal: Proposal, name: str, address: str | None, now: dt.datetime) -> Proposal:
    """Accept a proposal in a person's name; from then on nothing of it changes. Raises NameMissing, DocumentNotOpen."""
    current = _open(proposal, now)
    current.answered_by = _name(name)
    current.accept()
    return _answered(current, What.ACCEPTED, "document_accepted", address, now)


@transaction.atomic
def decline(*, proposal: Proposal, name: str, reason: str, address: str | None, now: dt.datetime) -> Proposal:
    """Decline a proposal, with a reason if there is one. Raises NameMissing, DocumentNotOpen."""
    current = _open(proposal, now)
    current.answered_by = _name(name)
    current.decline_reason = storable(reason).strip()[:MAX_TEXT]
    current.decline()
    return _answered(current, What.DECLINED, "document_declined", address, now)


@transaction.atomic
def ask(*, document: Document, name: str, text: str, now: dt.datetime) -> None:
    """Put a client's question into the timeline and before the owner. Raises NameMissing, QuestionMissing."""
    current = lock(document, by=None)
    who, said = _name(name), storable(text).strip()[:MAX_TEXT]
    if not said:
        raise QuestionMissing
    record(current, code="document_asked", by=None, now=now, name=who, text=said)
    ring(current, code="document_asked", now=now, name=who, text=said[:140])
    happened(current, What.ASKED, now=now)
    tell(current.deal)


@transaction.atomic
def expire_due(*, today: dt.date, now: dt.datetime) -> int:
    """Close the proposals whose last day has passed; return how many."""
    due = Proposal.objects.waiting().filter(valid_until__lt=today)
    rows = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:500])
    for proposal in Proposal.objects.filter(pk__in=rows).select_related("deal__owner"):
        proposal.expire()
        proposal.save(update_fields=["state"])
        record(proposal, code="document_expired", by=None, now=now)
        ring(proposal, code="document_expired", now=now)
        happened(proposal, What.EXPIRED, now=now)
        tell(proposal.deal)
    return len(rows)


def is_expired(document: Document, *, today: dt.date) -> bool:
    """Say whether a proposal's last day has passed, whether or not it was closed for it yet."""
    if isinstance(document, Invoice):
        return False
    return document.valid_until is not None and document.valid_until < today


# --- Parts -------------------------------------------------------------------------------------------
def _open(proposal: Proposal, now: dt.datetime) -> Proposal:
    current = lock(proposal, by=None)
    if not current.is_waiting or is_expired(current, today=timezone.localtime(now).date()):
        raise DocumentNotOpen
    return current


def _name(name: str) -> str:
    said = " ".join(storable(name).split())[:MAX_NAME]
    if not said:
        raise NameMissing
    return said


def _answered(proposal: Proposal, what: What, code: str, address: str | None, now: dt.datetime) -> Proposal:
    proposal.answered_at, proposal.answered_from = now, address
    proposal.save(update_fields=["state", "answered_at", "answered_by", "answered_from", "decline_reason"])
    told = {"name": proposal.answered_by, "text": proposal.decline_reason}
    record(proposal, code=code, by=None, now=now, **told)
    ring(proposal, code=code, now=now, **told)
    happened(proposal, what, now=now)
    tell(proposal.deal)
    return proposal
