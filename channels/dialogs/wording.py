"""Fields in canned replies: {client_name} and the like, filled in when the reply is inserted."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.dialogs.rows import deal_of, title_of
from channels.models import CannedReply, Dialog
from contacts.models import IdentityKey
from core import formats, placeholders
from deals.models import Deal
from tenants.models import Membership

FIELDS: Mapping[str, Promise] = {
    "client_name": _("Client's name"),
    "client_first_name": _("Client's first name"),
    "client_phone": _("Client's phone"),
    "client_company": _("Client's company"),
    "manager_name": _("My name"),
    "company_name": _("Name of our company"),
    "deal_title": _("Title of the deal"),
    "deal_amount": _("Amount of the deal"),
    "product": _("What they ask about"),
}
# What an empty field leaves behind: "Hello, !" and doubled spaces.
_BEFORE_MARK = re.compile(r"[,\s]+([!?.:;])")
_GAPS = re.compile(r"[^\S\n]{2,}")


@dataclasses.dataclass(frozen=True, slots=True)
class Filled:
    """A canned reply with its fields filled in; `missing` names those nothing is known for."""

    subject: str
    text: str
    missing: list[str]


def fill(reply: CannedReply, facts: Mapping[str, str]) -> Filled:
    """Put the facts in the place of the fields."""
    unfilled = placeholders.unfilled(facts, reply.subject, reply.text)
    missing = [str(FIELDS[name]) for name in unfilled if name in FIELDS]
    return Filled(put(reply.subject, facts), put(reply.text, facts), missing)


def put(text: str, facts: Mapping[str, str]) -> str:
    """Put facts in the place of the fields of a text; what an empty one leaves behind goes with it."""
    names = placeholders.named_in(text)
    filled = placeholders.put(text, dict.fromkeys(names, "") | dict(facts))
    has_gap = any(not facts.get(name) for name in names)
    return _GAPS.sub(" ", _BEFORE_MARK.sub(r"\1", filled)) if has_gap else filled


def facts_of(dialog: Dialog, member: Membership) -> dict[str, str]:
    """Gather what fields of a dialog's replies can say; four queries at most."""
    contact, lead = dialog.contact, dialog.lead
    known = contact is not None or bool(lead is not None and lead.name)
    return {
        "client_name": title_of(dialog) if known else "",
        "client_first_name": (contact.first_name or contact.name) if contact is not None else "",
        "client_phone": _phone(dialog),
        "client_company": lead.company_name if lead is not None else "",
        "manager_name": member.name,
        "company_name": member.tenant.name,
        "product": lead.object_of_interest if lead is not None else "",
    } | deal_facts(deal_of(dialog, member))


def deal_facts(deal: Deal | None) -> dict[str, str]:
    """Say what fields about a deal can; no query."""
    if deal is None:
        return {"deal_title": "", "deal_amount": ""}
    amount = formats.money(deal.amount, deal.currency) if deal.amount is not None else ""
    return {"deal_title": deal.title, "deal_amount": amount}


def _phone(dialog: Dialog) -> str:
    if dialog.contact_id is not None:
        keys = IdentityKey.objects.filter(contact=dialog.contact_id, kind=IdentityKey.Kind.PHONE)
        if (value := keys.values_list("value", flat=True).first()) is not None:
            return formats.phone(value)
    return formats.phone(dialog.lead.phone) if dialog.lead is not None and dialog.lead.phone else ""
