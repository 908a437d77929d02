"""How a document reaches the client by mail: a letter of the deal with the PDF and the link.

Mail is written by the app of channels, which stands above deals and registers itself here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Protocol

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from core import formats
from deals.documents import links, pdf
from deals.documents.errors import CannotBeMailed
from deals.documents.happenings import Document
from deals.documents.services import send_document
from deals.documents.showing import document_title
from deals.models import Deal, Invoice
from tenants.models import Membership


class Mailer(Protocol):
    """Writes a letter to the client of a deal; raises CannotBeMailed or another Refusal."""

    def __call__(
        self,
        *,
        deal: Deal,
        address: str,
        subject: str,
        text: str,
        file_name: str,
        data: bytes,
        by: Membership,
        now: dt.datetime,
    ) -> None: ...


Addresses = Callable[[Deal], Sequence[str]]
_mailer: list[tuple[Mailer, Addresses]] = []


def register(mailer: Mailer, addresses: Addresses) -> None:
    """Say who writes letters, and to which addresses of a deal's client; from AppConfig.ready()."""
    _mailer[:] = [(mailer, addresses)]


def addresses_of(deal: Deal) -> Sequence[str]:
    """List the addresses a document of the deal can be mailed to, the best first."""
    return _mailer[0][1](deal) if _mailer else []


@transaction.atomic
def mail_document(
    *, document: Document, address: str, subject: str, text: str, by: Membership, now: dt.datetime
) -> None:
    """Send a document by mail, and open its page where it is still a draft.

    The link is put under the text where the text doesn't hold it. Raises CannotBeMailed, NotAllowed and what the
    mailer refuses.
    """
    sent = send_document(document=document, by=by, now=now)
    if address not in addresses_of(sent.deal):
        raise CannotBeMailed
    url = links.url_of(sent)
    said = text.replace("{link}", url)
    _write(sent, address, subject, said if not url or url in said else f"{said.rstrip()}\n\n{url}", by, now)


def mail_reminder(*, invoice: Invoice, is_overdue: bool, by: Membership, now: dt.datetime) -> None:
    """Remind the client of an invoice, in its language. Raises CannotBeMailed."""
    address = next(iter(addresses_of(invoice.deal)), "")
    if not address:
        raise CannotBeMailed
    with translation.override(invoice.language):
        told = {
            "title": document_title(invoice),
            "due": formats.short_date(invoice.due_on) if invoice.due_on else "",
            "amount": formats.money(invoice.remaining, invoice.currency),
            "url": links.url_of(invoice),
        }
        subject = _("Reminder: %(title)s") % told
        pattern = (
            _("Hello!\n\n%(title)s was to be paid by %(due)s. Still open: %(amount)s.\n\n%(url)s")
            if is_overdue
            else _("Hello!\n\n%(title)s is to be paid by %(due)s: %(amount)s.\n\n%(url)s")
        )
    _write(invoice, address, subject, (pattern % told).rstrip(), by, now)


def starting_letter(document: Document) -> tuple[str, str]:
    """Write the subject and text a letter begins with, in the document's language; {link} becomes the link."""
    with translation.override(document.language):
        title = document_title(document)
        text = (
            _("Hello!\n\nHere is the invoice. You can look at it and pay it by the link:\n{link}")
            if isinstance(document, Invoice)
            else _("Hello!\n\nHere is our proposal. You can look at it and accept it by the link:\n{link}")
        )
    return title, text


def _write(
    document: Document, address: str, subject: str, text: str, by: Membership, now: dt.datetime
) -> None:
    if not _mailer:
        raise CannotBeMailed
    _mailer[0][0](
        deal=document.deal,
        address=address,
        subject=subject,
        text=text,
        file_name=pdf.file_name(document),
        data=pdf.render(document),
        by=by,
        now=now,
    )
