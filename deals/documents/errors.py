"""What the services of documents refuse, each by a name of its own."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Refusal


class NothingToOffer(Refusal):
    """A document without lines says nothing."""

    code = "nothing_to_offer"

    def default_message(self) -> str | Promise:
        return _("The deal has no products: add what is sold first.")


class NoSeller(Refusal):
    """A document is made in the name of one of our companies."""

    code = "no_seller"

    def default_message(self) -> str | Promise:
        return _("Add one of our companies in the settings first: documents are made in its name.")


class ForeignDetails(Refusal):
    """Legal details of another client."""

    code = "foreign_details"

    def default_message(self) -> str | Promise:
        return _("These legal details are of another company.")


class DocumentFrozen(Conflict):
    """What the client was shown isn't changed any more."""

    code = "document_frozen"

    def default_message(self) -> str | Promise:
        return _("This document was sent and doesn’t change any more: make a new version.")


class DocumentNotOpen(Conflict):
    """Only what was sent and not answered can be answered."""

    code = "document_not_open"

    def default_message(self) -> str | Promise:
        return _("This document isn’t open any more.")


class NotSent(Conflict):
    """A draft has no link."""

    code = "not_sent"

    def default_message(self) -> str | Promise:
        return _("Send the document first.")


class InvoiceHasPayments(Conflict):
    """An invoice with money on it isn't cancelled."""

    code = "invoice_has_payments"

    def default_message(self) -> str | Promise:
        return _("Something was paid on this invoice: take the payments off before cancelling it.")


class CannotBeMailed(Refusal):
    """No mailbox, or no address of the client."""

    code = "cannot_be_mailed"

    def default_message(self) -> str | Promise:
        return _(
            "The client can’t be written to: no mailbox sends, or the client has no e-mail. Copy the link instead."
        )


class NameMissing(Refusal):
    """Who accepts says who they are."""

    code = "name_missing"

    def default_message(self) -> str | Promise:
        return _("Write your name.")


class QuestionMissing(Refusal):
    """A question says something."""

    code = "question_missing"

    def default_message(self) -> str | Promise:
        return _("Write your question.")


class NumberWithoutCount(Refusal):
    """Two documents can't have one number."""

    code = "number_without_count"

    def default_message(self) -> str | Promise:
        return _("A number needs {n}: the running count.")
