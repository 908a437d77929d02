"""The client of a deal or lead, as its row names them: a contact, a company, or both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from contacts.folding import digits_of
from contacts.importing import spellings, undoing
from contacts.importing.context import Context, Reader
from contacts.importing.firms import FirmRef
from contacts.importing.kinds import CREATED, UPDATED, Field, Outcome
from contacts.importing.options import Policy
from contacts.importing.people import Card, Draft, People, Plan
from contacts.models import Company, Contact

GROUP = _("Client")


def fields() -> list[Field]:
    """List what columns say of the client."""
    contacts = spellings.CONTACTS

    def field(name: str, label: Any, spelling: str, more: str = "", *, is_many: bool = False) -> Field:
        known = contacts[spelling]
        words = (*known["words"], *(word.strip() for word in more.split(",") if word.strip()))
        return Field(name, label, words, known["pattern"], GROUP, is_many)

    return [
        field("contact_name", _("Contact: full name"), "name", "основной контакт, имя контакта"),
        field("contact_last_name", _("Contact: last name"), "last_name"),
        field("contact_first_name", _("Contact: first name"), "first_name"),
        field("contact_middle_name", _("Contact: middle name"), "middle_name"),
        field("contact_phone", _("Contact: phone"), "phone", is_many=True),
        field("contact_email", _("Contact: e-mail"), "email", is_many=True),
        field("contact_position", _("Contact: position"), "position"),
        field("company_name", _("Company"), "company"),
        field("company_inn", _("INN of the company"), "inn"),
    ]


def client_draft(reader: Reader) -> Draft:
    """Read who the client is; a draft without a name and keys where the row names no person."""
    found: dict[str, Any] = {
        "last_name": reader.text("contact_last_name", 100),
        "first_name": reader.text("contact_first_name", 100),
        "middle_name": reader.text("contact_middle_name", 100),
        "position": reader.text("contact_position", 150),
    }
    name = reader.text("contact_name", 200)
    parts = [found["first_name"], found["middle_name"], found["last_name"]]
    found["name"] = " ".join(part for part in parts if part)[:200] or name
    return Draft(
        reader.row.number,
        {key: value for key, value in found.items() if value},
        [*reader.phones("contact_phone"), *reader.emails("contact_email")],
        company=reader.text("company_name", 200),
        inn=digits_of(reader.text("company_inn"))[:12],
    )


class Clients:
    """The clients of a file's deals or leads: known again by phone and e-mail, a nameless phone's by name."""

    def __init__(self, context: Context) -> None:
        self.people = People(context, policy=Policy.FILL, keys=("phone", "email"))
        self.forget()

    def forget(self) -> None:
        self.people.forget()
        self.named: dict[str, Card] = {}

    def know(self, drafts: Iterable[Draft]) -> None:
        """Look up everybody these rows may mean."""
        drafts = list(drafts)
        self.people.know(drafts)
        names = {name for draft in drafts if not draft.keys and (name := draft.values.get("name"))}
        names -= self.named.keys()
        if names:
            rows = Contact.objects.present().filter(name__in=names).order_by("-created_at", "-pk")
            for contact in rows:
                self.named[contact.name] = Card({}, set(), contact, contact.pk)

    def settle(self, draft: Draft) -> tuple[Outcome | None, Card | None, FirmRef | None]:
        """Decide whom the row means: what becomes of the contact, the contact, the company. A refusal has no card."""
        if not draft.keys and "name" not in draft.values:
            return None, None, self._firm(draft)
        if not draft.keys and (card := self.named.get(draft.values["name"])):
            return None, card, self._firm(draft)
        known = self.people.find(draft)
        if known is not None and not known.may_edit:
            return (
                None,
                known,
                self._firm(draft),
            )  # somebody else's client: tied to the row, and left as it is
        outcome = self.people.settle(draft)
        if not isinstance(outcome.plan, Plan):
            return outcome, None, None
        self.named.setdefault(str(outcome.plan.card.get("name")), outcome.plan.card)
        return outcome, outcome.plan.card, self._firm(draft)

    def _firm(self, draft: Draft) -> FirmRef | None:
        return self.people.firms.claim(draft.company, draft.inn)

    def write(self, outcomes: Sequence[Outcome], *, now: dt.datetime) -> list[dict[str, Any] | None]:
        """Write contacts and companies; return for each outcome what an undo needs."""
        kept = self.people.write([outcome.plan for outcome in outcomes], now=now)
        for outcome in outcomes:
            outcome.target_id = outcome.plan.card.pk
        return kept


def contact_of(card: Card | None) -> Contact | None:
    """The row of a contact that is written by now."""
    if card is None:
        return None
    return card.contact or Contact.objects.filter(pk=card.pk).first()


def company_of(ref: FirmRef | None) -> Company | None:
    return ref.company if ref is not None else None


def kept_client(outcome: Outcome | None, kept: dict[str, Any] | None) -> dict[str, Any]:
    """Write down what became of the client, as a bite keeps it beside the deal or lead."""
    if outcome is None or outcome.state not in (CREATED, UPDATED):
        return {"client": None, "firms": (kept or {}).get("firms", [])}
    target = str(outcome.target_id) if outcome.target_id else None
    return {"client": [outcome.number, outcome.state, target, "", kept]}


def undo_clients(
    rows: Sequence[Sequence[Any]], *, context: Context, now: dt.datetime
) -> list[tuple[int, str]]:
    """Take back the contacts and companies that were made with deals or leads."""
    clients = [row[4]["client"] for row in rows if row[4] and row[4].get("client")]
    stay = undoing.undo_contacts(clients, context=context, now=now)
    undoing.undo_firms([row for row in rows if row[4]], context=context, now=now)
    return [(number, why) for number, why in stay if number]
