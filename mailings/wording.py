"""Fields of a mailing, in the words of canned replies: {client_first_name|colleague} and the like."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.dialogs import wording as replies
from channels.dialogs.wording import FIELDS as REPLY_FIELDS
from contacts.models import CompanyMember, Contact, IdentityKey
from core import formats, placeholders
from mailings import markup
from mailings.markup import Piece, Put
from mailings.models import Mailing
from tenants.custom_fields.definitions import fields_of, names
from tenants.custom_fields.wording import text_of
from tenants.models import CustomField, Membership

# What the reader of a letter is told by: a file has no words
_NOT_TOLD = {CustomField.Kind.FILE}
READ_WITH = ("owner", "tenant")  # of a contact whose facts are wanted, by select_related


@dataclasses.dataclass(frozen=True, slots=True)
class Filled:
    """A mailing as one recipient gets it; `missing` are the fields nothing is known for."""

    subject: str
    pieces: list[Piece]
    missing: list[str]

    @property
    def text(self) -> str:
        return markup.plain_of(self.pieces)


def fields() -> dict[str, str | Promise]:
    """Name what a text may say of a client: the common fields, then those of the company's own. One query a scope."""
    common: dict[str, str | Promise] = {
        name: label
        for name, label in REPLY_FIELDS.items()
        if name not in ("product", "deal_title", "deal_amount")
    }
    common |= {
        "client_position": _("Client's position"),
        "client_city": _("Client's city"),
        "manager_name": _("Name of the client's responsible"),
    }
    own = fields_of(CustomField.Entity.CONTACT)
    return common | {field.key: field.name for field in own if field.kind not in _NOT_TOLD}


def check(*texts: str) -> None:
    """Raise UnknownField where a text names what is not known of a client."""
    placeholders.check(*texts, known=fields())


def facts_of(contact: Contact, sender: Membership) -> dict[str, str]:
    """Gather what the fields say of a client, whose responsible is read with it; two queries."""
    phones = IdentityKey.objects.filter(contact=contact, kind=IdentityKey.Kind.PHONE)
    places = CompanyMember.objects.working().filter(contact=contact, company__deleted_at=None)
    company = places.order_by("-is_main_company", "pk").values_list("company__name", flat=True).first()
    return {
        "client_name": contact.name,
        "client_first_name": _first_name(contact.first_name or contact.name),
        "client_phone": formats.phone(phones.values_list("value", flat=True).first() or ""),
        "client_company": company or "",
        "client_position": contact.position,
        "client_city": contact.city,
        "manager_name": (contact.owner or sender).name,
        "company_name": sender.tenant.name,
    } | _own_facts(contact)


def fill(mailing: Mailing, facts: Mapping[str, str], *, put: Put = replies.put) -> Filled:
    """Fill a mailing in for one recipient."""
    known = fields()
    unfilled = placeholders.unfilled(facts, mailing.subject, mailing.text)
    return Filled(
        subject=put(mailing.subject, facts),
        pieces=markup.fill(markup.parse(mailing.text), facts, put=put),
        missing=[str(known[name]) for name in unfilled if name in known],
    )


def _first_name(name: str) -> str:
    """Take the first name of "Anna Brown"; of a number that stands for a name, nothing."""
    words = name.split()
    return words[0] if words and not any(char.isdigit() for char in name) else ""


def _own_facts(contact: Contact) -> dict[str, str]:
    own = [field for field in fields_of(CustomField.Entity.CONTACT) if field.kind not in _NOT_TOLD]
    values = contact.custom_values or {}
    return {field.key: text_of(field, values.get(field.key), names()) for field in own}
