"""What is paid on an invoice, and reminding of what isn't."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from core.errors import Refusal
from deals.documents import sending
from deals.documents.errors import DocumentNotOpen
from deals.documents.happenings import happened
from deals.documents.services import lock
from deals.documents.telling import record, ring, tell
from deals.happenings import What
from deals.models import DocumentSettings, Invoice, InvoiceReminder
from deals.terms import document_settings
from tenants.models import Membership

Occasion = InvoiceReminder.Occasion


@transaction.atomic
def note_payments(
    *,
    invoice: Invoice,
    paid: Decimal,
    by: Membership | None,
    now: dt.datetime,
    paid_on: dt.date | None = None,
) -> Invoice:
    """Set what has been paid on an invoice altogether, and its state after that; return it.

    For the payments service, which knows the single payments: it calls this with their sum after each change,
    in its transaction. `paid_on` is the day of the last of them. Raises DocumentNotOpen for a draft or a cancelled one.
    """
    current = lock(invoice, by=None)
    if current.state in (Invoice.State.DRAFT, Invoice.State.CANCELLED):
        raise DocumentNotOpen
    before = (current.state, current.paid)
    current.paid = paid
    if paid <= 0:
        current.pay_nothing()
    elif paid < current.total:
        current.pay_partly()
    else:
        current.pay()
    is_paid = current.state == Invoice.State.PAID
    current.paid_on = (paid_on or timezone.localtime(now).date()) if is_paid else None
    current.save(update_fields=["state", "paid", "paid_on"])
    if before != (current.state, paid):
        _tell_payment(current, by, now, is_news=paid > before[1])
    return current


def _tell_payment(invoice: Invoice, by: Membership | None, now: dt.datetime, *, is_news: bool) -> None:
    """Write it down; money that came rings the bell of the responsible, unless it was their own hand."""
    whats = {
        Invoice.State.PAID: (What.PAID, "document_paid"),
        Invoice.State.PARTLY_PAID: (What.PARTLY_PAID, "document_partly_paid"),
    }
    if (told := whats.get(invoice.state)) is not None:
        what, code = told
        record(invoice, code=code, by=by, now=now, amount=f"{invoice.paid:f}")
        if is_news and by != invoice.deal.owner:
            ring(invoice, code=code, now=now)
        happened(invoice, what, now=now)
    tell(invoice.deal)


# --- Reminders ---------------------------------------------------------------------------------------
@transaction.atomic
def remind_of_due(*, today: dt.date, now: dt.datetime) -> int:
    """Remind of invoices that are due soon or overdue, each occasion once for a due date; return how many.

    The owner hears by the bell, the client by mail where the tenant wants that and the invoice went by mail before.
    """
    terms = document_settings()
    before = today + dt.timedelta(days=terms.remind_before_days)
    after = today - dt.timedelta(days=terms.remind_after_days)
    count = 0
    for occasion, rows in (
        (Occasion.BEFORE, Invoice.objects.unpaid().filter(due_on__lte=before, due_on__gte=today)),
        (Occasion.AFTER, Invoice.objects.unpaid().filter(due_on__lte=after, due_on__lt=today)),
    ):
        reminded = InvoiceReminder.objects.filter(occasion=occasion)
        for invoice in rows.select_related("deal__owner", "deal__contact", "deal__company").order_by("id")[
            :500
        ]:
            is_new = not reminded.filter(invoice=invoice, due_on=invoice.due_on).exists()
            count += is_new and _remind(invoice, occasion, terms, now)
    return count


def _remind(invoice: Invoice, occasion: str, terms: DocumentSettings, now: dt.datetime) -> bool:
    """Remind once: whoever writes the row first does it, another worker finds it there."""
    _row, is_first = InvoiceReminder.objects.get_or_create(
        invoice=invoice, occasion=occasion, due_on=invoice.due_on, defaults={"at": now}
    )
    if not is_first:
        return False
    if occasion == Occasion.AFTER:
        record(invoice, code="document_overdue", by=None, now=now)
        ring(invoice, code="document_overdue", now=now)
        happened(invoice, What.OVERDUE, now=now)
        tell(invoice.deal)
    else:
        ring(invoice, code="document_due", now=now)
    if terms.is_client_reminded and invoice.deal.owner is not None:
        _mail(invoice, occasion, invoice.deal.owner, now)
    return True


def _mail(invoice: Invoice, occasion: str, owner: Membership, now: dt.datetime) -> None:
    try:
        sending.mail_reminder(invoice=invoice, is_overdue=occasion == Occasion.AFTER, by=owner, now=now)
    except Refusal:
        return  # the owner was told by the bell; one letter that can't be written must not keep others waiting
    record(invoice, code="document_reminded", by=None, now=now)
