"""A mailing as one of its recipients gets it, for whoever writes it: what stays empty is marked."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Mapping

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from channels.services import signature_of
from contacts.models import Contact
from core import placeholders
from mailings import letter, markup, wording
from mailings.models import Mailing, Recipient

# Around what nothing is known for; no text holds them, and HTML leaves them alone
_OPEN, _SHUT = "\ue000", "\ue001"
_MARKED = re.compile(f"{_OPEN}([^{_OPEN}{_SHUT}]*){_SHUT}")


@dataclasses.dataclass(frozen=True, slots=True)
class Preview:
    """One letter; `number` of `total`, from 1."""

    number: int
    total: int
    contact: Contact
    address: str
    subject: SafeString
    html: SafeString
    signature: str
    footer: str
    missing: list[str]

    @property
    def previous(self) -> int:
        return self.number - 1 if self.number > 1 else 0

    @property
    def next(self) -> int:
        return self.number + 1 if self.number < self.total else 0


def preview_of(mailing: Mailing, number: int) -> Preview | None:
    """Show the letter of the recipient of this number; None where nobody is left. A constant number of queries."""
    rows = Recipient.objects.filter(mailing=mailing).included().order_by("pk")
    total = rows.count()
    if not total:
        return None
    number = min(max(number, 1), total)
    row: dict[str, uuid.UUID | str] = rows.values("contact_id", "address")[number - 1]
    contact = Contact.objects.select_related(*wording.READ_WITH).get(pk=row["contact_id"])
    filled = wording.fill(mailing, wording.facts_of(contact, mailing.owner), put=_put)
    return Preview(
        number=number,
        total=total,
        contact=contact,
        address=str(row["address"]) if mailing.is_mail else "",
        subject=_marked(escape(filled.subject)),
        html=_marked(markup.html_of(filled.pieces)),
        signature=signature_of(mailing.channel, mailing.owner) if mailing.is_mail else "",
        footer=letter.footer_text() if mailing.is_mail else letter.way_out_by_word(),
        missing=filled.missing,
    )


def _put(text: str, facts: Mapping[str, str]) -> str:
    """Put facts in the place of the fields, and the name of an empty one between marks."""
    empty = dict.fromkeys(placeholders.unfilled(facts, text), "")
    labels = wording.fields()
    shown = {name: f"{_OPEN}{labels.get(name, name)}{_SHUT}" for name in empty}
    return placeholders.put(text, dict(facts) | shown)


def _marked(html: str) -> SafeString:
    return mark_safe(_MARKED.sub(r"<mark>\1</mark>", html))
