"""What the services of payments refuse, each by a name of its own."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Forbidden, Refusal


class PaysTooMuch(Refusal):
    """More than the invoice still wants; `details["remaining"]` is how much that is."""

    code = "pays_too_much"

    def default_message(self) -> str | Promise:
        return _("This is more than the invoice still wants.")


class WrongCurrency(Refusal):
    """Currencies never mix silently (D7)."""

    code = "wrong_currency"

    def default_message(self) -> str | Promise:
        return _("The invoice is in another currency.")


class InvoiceNotPayable(Conflict):
    """A draft, a cancelled one, or one that is paid already."""

    code = "invoice_not_payable"

    def default_message(self) -> str | Promise:
        return _("Nothing can be paid on this invoice: it isn’t sent, is cancelled or is paid already.")


class PaymentGone(Conflict):
    """It was taken back before."""

    code = "payment_gone"

    def default_message(self) -> str | Promise:
        return _("This payment was taken back already.")


class StatementSettled(Conflict):
    """It was confirmed or taken back before."""

    code = "statement_settled"

    def default_message(self) -> str | Promise:
        return _("This statement was confirmed or taken back already.")


class EntryEmpty(Conflict):
    """Somebody has said what the money is for, or that it is nobody's."""

    code = "entry_empty"

    def default_message(self) -> str | Promise:
        return _("This money has been assigned already.")


class StatementsForbidden(Forbidden):
    """A statement shows all the money of the company."""

    code = "statements_forbidden"

    def default_message(self) -> str | Promise:
        return _("Bank statements need the right to change all deals.")


class TooManyPayments(Refusal):
    """More than one person looks through on a page."""

    code = "too_many_payments"

    def __init__(self, *, count: int, limit: int) -> None:
        text = _("The statement has %(count)s incoming payments, no more than %(limit)s go at once.")
        super().__init__(text % {"count": count, "limit": limit}, count=count, limit=limit)
