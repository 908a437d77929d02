"""Writing down money for invoices, and taking it back. The invoice's state and the deal follow (D8).

Lock order: invoice, then the bank's entry, then (in moving) stage and deal.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from core import formats
from deals.documents.money import note_payments
from deals.documents.services import lock
from deals.models import BankEntry, Invoice, Payment
from deals.payments.errors import EntryEmpty, InvoiceNotPayable, PaymentGone, PaysTooMuch, WrongCurrency
from deals.payments.moving import follow_payment
from tenants.models import Membership


@transaction.atomic
def pay_invoice(
    *,
    invoice: Invoice,
    amount: Decimal,
    currency: str,
    paid_on: dt.date,
    by: Membership | None,
    now: dt.datetime,
    comment: str = "",
) -> Payment:
    """Write down money that has come for an invoice, all of it or a part; the deal may move on.

    Raises InvoiceNotPayable, WrongCurrency, PaysTooMuch, NotAllowed. Of two who write down the same money at once
    the second one waits, and is refused where nothing remains.
    """
    current = _payable(invoice, currency, by)
    if amount > current.remaining:
        shown = formats.money(current.remaining, current.currency)
        raise PaysTooMuch(
            _("The invoice wants no more than %(amount)s.") % {"amount": shown}, remaining=current.remaining
        )
    return _pay(current, amount, paid_on, by=by, now=now, comment=comment)


@transaction.atomic
def assign_entry(*, entry: BankEntry, invoice: Invoice, by: Membership, now: dt.datetime) -> Payment:
    """Let money of a bank's statement pay an invoice, as far as the invoice wants it; the rest goes on waiting.

    Raises InvoiceNotPayable, WrongCurrency, EntryEmpty, NotAllowed.
    """
    current = _payable(invoice, entry.currency, by)
    held = BankEntry.objects.select_for_update().get(pk=entry.pk)
    if not held.rest or held.is_dismissed:
        raise EntryEmpty
    amount = min(held.rest, current.remaining)
    held.assigned += amount
    held.save(update_fields=["assigned"])
    return _pay(current, amount, held.came_on, by=by, now=now, entry=held)


@transaction.atomic
def take_back(*, payment: Payment, by: Membership, now: dt.datetime) -> Payment:
    """Undo a payment that was a mistake: it stays to be seen, the invoice wants its money again.

    The deal stays where it is. Raises PaymentGone, NotAllowed.
    """
    invoice = lock(payment.invoice, by=by)
    current = Payment.objects.select_for_update().get(pk=payment.pk)
    if current.cancelled_at is not None:
        raise PaymentGone
    current.cancelled_at, current.cancelled_by = now, by
    current.save(update_fields=["cancelled_at", "cancelled_by"])
    if current.entry_id is not None:
        entry = BankEntry.objects.select_for_update().get(pk=current.entry_id)
        entry.assigned -= current.amount
        entry.save(update_fields=["assigned"])
    _settle(invoice, by=by, now=now)
    return current


@transaction.atomic
def dismiss_entry(*, entry: BankEntry, by: Membership, is_dismissed: bool = True) -> BankEntry:
    """Say that money in a statement is nobody's who owes us, or let it wait again."""
    held = BankEntry.objects.select_for_update().get(pk=entry.pk)
    held.is_dismissed = is_dismissed
    held.save(update_fields=["is_dismissed"])
    return held


def _payable(invoice: Invoice, currency: str, by: Membership | None) -> Invoice:
    """Lock an invoice that wants money in this currency."""
    current = lock(invoice, by=by)
    if not current.is_unpaid or not current.remaining:
        raise InvoiceNotPayable
    if current.currency != currency:
        raise WrongCurrency(
            _("The invoice is in %(wanted)s, the money in %(given)s.")
            % {"wanted": current.currency, "given": currency}
        )
    return current


def _pay(
    invoice: Invoice,
    amount: Decimal,
    paid_on: dt.date,
    *,
    by: Membership | None,
    now: dt.datetime,
    comment: str = "",
    entry: BankEntry | None = None,
) -> Payment:
    payment: Payment = Payment.objects.create(
        invoice=invoice,
        entry=entry,
        amount=amount,
        currency=invoice.currency,
        paid_on=paid_on,
        comment=comment[:300],
        created_at=now,
        created_by=by,
    )
    follow_payment(_settle(invoice, by=by, now=now), now=now)
    return payment


def _settle(invoice: Invoice, *, by: Membership | None, now: dt.datetime) -> Invoice:
    """Let the invoice know the sum of its valid payments."""
    valid = Payment.objects.valid().filter(invoice=invoice)
    found = valid.aggregate(total=Sum("amount"), last=Max("paid_on"))
    total = found["total"] or Decimal(0)
    return note_payments(invoice=invoice, paid=total, by=by, now=now, paid_on=found["last"])
