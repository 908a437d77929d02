"""Making proposals and invoices of a deal, changing drafts, sending, new versions."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from django.db import transaction
from django.utils import timezone

from contacts.models import LegalDetails
from deals.documents import links
from deals.documents.content import take_lines, take_parties
from deals.documents.errors import DocumentFrozen, ForeignDetails, InvoiceHasPayments, NoSeller, NotSent
from deals.documents.happenings import Document, happened
from deals.documents.numbering import number_for
from deals.documents.showing import filled_texts
from deals.documents.telling import record, tell
from deals.errors import NotAllowed
from deals.happenings import What
from deals.models import Deal, Invoice, OurCompany, Proposal
from deals.services import changes
from deals.terms import document_settings
from tenants.access import Action
from tenants.models import Membership

D = TypeVar("D", bound=Document)
RELATED = ("deal__company", "deal__contact", "deal__owner", "deal__pipeline", "seller", "client_details")
# What a draft's form may change.
EDITABLE = ("seller", "client_details", "language", "issued_on", "valid_until", "due_on", "before", "after")


@transaction.atomic
def create_proposal(*, deal: Deal, by: Membership | None, now: dt.datetime, **values: Any) -> Proposal:
    """Make a draft of a proposal from a deal's lines; `values` are some of EDITABLE.

    Raises NothingToOffer, NoSeller, ForeignDetails, NotAllowed, DealGone.
    """
    terms = document_settings()
    proposal = Proposal(created_at=now, created_by=by, content=_texts("proposal", terms, values))
    issued = values.get("issued_on") or _today(now)
    proposal.valid_until = values.get("valid_until") or issued + dt.timedelta(days=terms.proposal_days)
    return _create(proposal, deal, terms.proposal_format, values, by=by, now=now)


@transaction.atomic
def create_invoice(
    *,
    deal: Deal,
    by: Membership | None,
    now: dt.datetime,
    proposal: Proposal | None = None,
    **values: Any,
) -> Invoice:
    """Make a draft of an invoice from a deal's lines, or from what an accepted proposal said.

    `values` are some of EDITABLE. Raises as create_proposal.
    """
    terms = document_settings()
    invoice = Invoice(
        created_at=now, created_by=by, proposal=proposal, content=_texts("invoice", terms, values)
    )
    issued = values.get("issued_on") or _today(now)
    invoice.due_on = values.get("due_on") or issued + dt.timedelta(days=terms.invoice_days)
    return _create(invoice, deal, terms.invoice_format, values, by=by, now=now)


@transaction.atomic
def update_draft(*, document: D, by: Membership | None, now: dt.datetime, **values: Any) -> D:
    """Change a draft, and take the deal's lines and both parties' details anew. Raises DocumentFrozen and as above."""
    current = lock(document, by=by)
    if not current.is_draft:
        raise DocumentFrozen
    _set(current, values)
    _fill(current, current.deal)
    current.save()
    tell(current.deal)
    return current


@transaction.atomic
def delete_draft(*, document: Document, by: Membership | None, now: dt.datetime) -> None:
    """Throw a draft away; its number isn't given out again. Raises DocumentFrozen."""
    current = lock(document, by=by)
    if not current.is_draft:
        raise DocumentFrozen
    deal = current.deal
    current.delete()
    tell(deal)


@transaction.atomic
def new_version(*, proposal: Proposal, by: Membership | None, now: dt.datetime) -> Proposal:
    """Make the next version of a sent proposal as a draft; the old one stays until the new one is sent.

    An open draft of the next version is returned as it is. Raises DocumentFrozen for an accepted one, NotSent.
    """
    current = lock(proposal, by=by)
    if current.is_draft:
        raise NotSent
    if current.state in (Proposal.State.ACCEPTED, Proposal.State.REPLACED):
        raise DocumentFrozen
    if (made := Proposal.objects.filter(replaces=current).first()) is not None:
        return made
    terms = document_settings()
    draft = Proposal(
        number=current.number,
        version=current.version + 1,
        replaces=current,
        deal=current.deal,
        language=current.language,
        seller=current.seller,
        client_details=current.client_details,
        issued_on=_today(now),
        valid_until=_today(now) + dt.timedelta(days=terms.proposal_days),
        content=_texts("proposal", terms, {}),
        created_at=now,
        created_by=by,
    )
    _fill(draft, current.deal)
    draft.save(force_insert=True)
    record(draft, code="document_made", by=by, now=now)
    tell(draft.deal)
    return draft


@transaction.atomic
def send_document(*, document: D, by: Membership | None, now: dt.datetime) -> D:
    """Open a draft to the client: it is frozen and gets its link; what was sent already stays as it is.

    An older version it replaces is closed. How the link reaches the client is deals.documents.sending's business.
    """
    current = lock(document, by=by)
    if not current.is_draft:
        return current
    _fill(current, current.deal)
    current.content = current.content | filled_texts(current)
    current.send()
    current.sent_at, current.link_nonce = now, uuid.uuid4()
    current.save()
    links.publish(current)
    if isinstance(current, Proposal) and current.replaces_id:
        _replace(current.replaces_id)
    record(current, code="document_sent", by=by, now=now)
    happened(current, What.SENT, now=now)
    tell(current.deal)
    return current


@transaction.atomic
def renew_link(*, document: D, by: Membership | None, now: dt.datetime) -> D:
    """Give a sent document another link; the old one opens nothing any more. Raises NotSent."""
    current = lock(document, by=by)
    if current.is_draft:
        raise NotSent
    current.link_nonce = uuid.uuid4()
    current.save(update_fields=["link_nonce"])
    links.publish(current)
    record(current, code="document_link_renewed", by=by, now=now)
    return current


@transaction.atomic
def revoke_link(*, document: D, by: Membership | None, now: dt.datetime) -> D:
    """Close a document's page to everybody outside."""
    current = lock(document, by=by)
    current.link_nonce = None
    current.save(update_fields=["link_nonce"])
    links.withdraw(current)
    record(current, code="document_link_revoked", by=by, now=now)
    return current


@transaction.atomic
def cancel_invoice(*, invoice: Invoice, by: Membership | None, now: dt.datetime) -> Invoice:
    """Cancel an invoice on which nothing was paid. Raises InvoiceHasPayments; a cancelled one stays so."""
    current = lock(invoice, by=by)
    if current.state == Invoice.State.CANCELLED:
        return current
    if current.paid or current.state not in (Invoice.State.DRAFT, Invoice.State.SENT):
        raise InvoiceHasPayments
    current.cancel()
    current.cancelled_at = now
    current.save(update_fields=["state", "cancelled_at"])
    record(current, code="document_cancelled", by=by, now=now)
    happened(current, What.CANCELLED, now=now)
    tell(current.deal)
    return current


# --- Parts -------------------------------------------------------------------------------------------
def lock(document: D, *, by: Membership | None, action: str = Action.EDIT) -> D:
    """Lock a document and read it as it stands now; raise NotAllowed where its deal isn't within the right."""
    model = type(document)
    rows = model.objects.all() if by is None else model.objects.visible_to(by, action)
    if not model.objects.select_for_update().filter(pk=document.pk).values_list("pk", flat=True):
        raise NotAllowed()
    current = rows.select_related(*RELATED).filter(pk=document.pk).first()
    if current is None:
        raise NotAllowed()
    return cast(D, current)


def _create(
    document: D,
    deal: Deal,
    template: str,
    values: Mapping[str, Any],
    *,
    by: Membership | None,
    now: dt.datetime,
) -> D:
    current = changes.lock_deal(deal=deal, by=by, now=now, version=None)
    document.deal = current
    document.issued_on = _today(now)
    document.language = by.tenant.language if by else "ru"
    _set(document, values)
    if document.client_details is None and current.company is not None:
        document.client_details = (
            LegalDetails.objects.in_use().filter(company=current.company).main_first().first()
        )
    _fill(document, current)
    document.number = number_for(type(cast(Document, document)), template, on=document.issued_on)
    document.save(force_insert=True)
    record(document, code="document_made", by=by, now=now)
    tell(current)
    return document


def _set(document: Document, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name not in EDITABLE:
            raise TypeError(f"{name} of a document is not set this way.")
        if name in ("before", "after"):
            document.content = document.content | {name: value}
        elif value is not None or name == "client_details":
            setattr(document, name, value)


def _fill(document: Document, deal: Deal) -> None:
    """Copy lines and parties into a document that isn't sent yet."""
    seller = document.seller or OurCompany.objects.filter(is_archived=False).first()
    if seller is None:
        raise NoSeller
    if document.client_details is not None and document.client_details.company_id != deal.company_id:
        raise ForeignDetails
    take_lines(document, deal)
    take_parties(document, deal, seller)


def _replace(pk: uuid.UUID) -> None:
    older = Proposal.objects.select_for_update().get(pk=pk)
    if older.state in (
        Proposal.State.SENT,
        Proposal.State.VIEWED,
        Proposal.State.DECLINED,
        Proposal.State.EXPIRED,
    ):
        older.replace()
        older.save(update_fields=["state"])


def _texts(word: str, terms: Any, values: Mapping[str, Any]) -> dict[str, str]:
    return {
        side: str(values[side] if side in values else getattr(terms, f"{word}_{side}"))
        for side in ("before", "after")
    }


def _today(now: dt.datetime) -> dt.date:
    return timezone.localtime(now).date()
