"""Contacts as an import meets them: found by phone, e-mail or number, made once, changed as the options say."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from contacts.identity import Key
from contacts.importing import custom, external
from contacts.importing.changes import changed_values, plain
from contacts.importing.context import Context
from contacts.importing.firms import FirmRef, Firms
from contacts.importing.kinds import CREATED, FAILED, SKIPPED, UPDATED, Outcome
from contacts.importing.options import Policy
from contacts.models import CompanyMember, Contact, IdentityKey
from contacts.services.many import Person, Written, create_contacts, update_contacts
from contacts.survivors import followed
from tenants.access import Action, Section

EXTERNAL = "contacts"
Pair = tuple[str, str]


@dataclasses.dataclass(slots=True)
class Draft:
    """What a row says of a contact."""

    number: int
    values: dict[str, Any]
    keys: list[Key]
    company: str = ""
    inn: str = ""
    external: str = ""


@dataclasses.dataclass(slots=True, eq=False)
class Card:
    """A contact that is there, or that a row of this file makes."""

    values: dict[str, Any]  # of one that is there only what the file changes
    keys: set[Pair]
    contact: Contact | None = None
    pk: uuid.UUID | None = None
    row: int = 0  # the row that makes it
    may_edit: bool = True
    firms: set[int] = dataclasses.field(default_factory=set)  # by identity of their refs

    def get(self, name: str) -> Any:
        if name in self.values or self.contact is None:
            return self.values.get(name)
        return custom.value_of(self.contact, name)

    @property
    def name(self) -> str:
        return str(
            self.get("name") or next((value for _kind, value in sorted(self.keys)), "") or _("No name")
        )


@dataclasses.dataclass(slots=True)
class Plan:
    """What is to be written of one row."""

    card: Card
    is_new: bool
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    keys: list[Key] = dataclasses.field(default_factory=list)
    firm: FirmRef | None = None
    external: str = ""


class People:
    """The contacts the rows of a file name."""

    def __init__(self, context: Context, *, policy: str = "", keys: Sequence[str] | None = None) -> None:
        self.context = context
        self.policy = policy or context.options.policy
        self.by = set(context.options.keys if keys is None else keys)
        self.firms = Firms(context)
        self.forget()

    def forget(self) -> None:
        """Forget all cards and what waits to be written."""
        self.by_key: dict[Pair, Card] = {}
        self.by_external: dict[str, Card] = {}
        self.freed: list[IdentityKey] = []
        self.firms.forget()

    # --- Knowing ------------------------------------------------------------------------------------
    def know(self, drafts: Iterable[Draft]) -> None:
        """Look up everybody these rows may mean: a few queries for all of them."""
        drafts = list(drafts)
        self.freed = []
        self.firms.know((draft.company, draft.inn) for draft in drafts)
        wanted = {(key.kind, key.value) for draft in drafts for key in draft.keys} - self.by_key.keys()
        found: dict[uuid.UUID, list[IdentityKey]] = {}
        for kind in {kind for kind, _value in wanted}:
            rows = IdentityKey.objects.filter(kind=kind, value__in=[v for k, v in wanted if k == kind])
            for row in rows.select_related("contact"):
                owner = followed(row.contact)
                if owner.deleted_at is not None:
                    self.freed.append(row)  # of a deleted card: whoever uses it now gets it
                else:
                    found.setdefault(owner.pk, []).append(row)
        numbers = {draft.external for draft in drafts if draft.external} - self.by_external.keys()
        named = external.targets(EXTERNAL, numbers)
        cards = self._cards({*found, *named.values()})
        for pk, keys in found.items():
            if card := cards.get(pk):
                self.by_key |= {(row.kind, row.value): card for row in keys}
        self.by_external |= {number: cards[pk] for number, pk in named.items() if pk in cards}

    def _cards(self, ids: set[uuid.UUID]) -> dict[uuid.UUID, Card]:
        """Read and lock cards; those made in this file are known already."""
        if not ids:
            return {}
        known = {card.pk: card for card in (*self.by_key.values(), *self.by_external.values()) if card.pk}
        rows = Contact.objects.present().filter(pk__in=ids - known.keys()).order_by("pk")
        locked = list(rows.select_related("owner", "source").select_for_update(of=("self",), no_key=True))
        editable = set(
            Contact.objects.visible_to(self.context.by, Action.EDIT)
            .filter(pk__in=[row.pk for row in locked])
            .values_list("pk", flat=True)
        )
        places: dict[uuid.UUID, set[uuid.UUID]] = {}
        for owner, firm in CompanyMember.objects.filter(contact__in=locked).values_list(
            "contact_id", "company_id"
        ):
            places.setdefault(owner, set()).add(firm)
        keys: dict[uuid.UUID, set[Pair]] = {}
        for owner, kind, value in IdentityKey.objects.filter(contact__in=locked).values_list(
            "contact_id", "kind", "value"
        ):
            keys.setdefault(owner, set()).add((kind, value))
        refs = {ref.pk: ref for ref in (*self.firms.by_inn.values(), *self.firms.by_name.values()) if ref.pk}
        for row in locked:
            card = Card({}, keys.get(row.pk, set()), row, row.pk, may_edit=row.pk in editable)
            card.firms = {id(refs[firm]) for firm in places.get(row.pk, ()) if firm in refs}
            known[row.pk] = card
        return {pk: card for pk, card in known.items() if pk in ids}

    # --- Deciding -----------------------------------------------------------------------------------
    def find(self, draft: Draft) -> Card | None:
        """Find who the row means: by its number in the other program, else by the first phone or address known."""
        if "external" in self.by and draft.external in self.by_external:
            return self.by_external[draft.external]
        pairs = ((key.kind, key.value) for key in draft.keys if key.kind in self.by)
        return next((self.by_key[pair] for pair in pairs if pair in self.by_key), None)

    def settle(self, draft: Draft) -> Outcome:
        """Decide about a row; later rows know of it."""
        card = self.find(draft)
        if card is None or self.policy == Policy.CREATE:
            return self._make(draft)
        if self.policy == Policy.SKIP:
            return Outcome(draft.number, SKIPPED, _there(card), target_id=card.pk, plan=Plan(card, False))
        if not card.may_edit:
            return Outcome(draft.number, FAILED, _("Already there, and you may not change it."))
        return self._change(draft, card)

    def _make(self, draft: Draft) -> Outcome:
        if not self.context.may(Section.CONTACTS):
            return Outcome(draft.number, FAILED, _("Not known here, and you may not add contacts."))
        keys = [key for key in draft.keys if (key.kind, key.value) not in self.by_key]
        values = dict(draft.values)
        kept = [key.value for key in draft.keys if key not in keys]
        reason = ""
        if kept:
            reason = _("%(keys)s belongs to another contact and stays there.") % {"keys": ", ".join(kept)}
            values["comment"] = "\n".join(part for part in (values.get("comment", ""), *kept) if part)
        firm = self.firms.claim(draft.company, draft.inn)
        card = Card(values, {(key.kind, key.value) for key in keys}, row=draft.number)
        if firm is not None:
            card.firms.add(id(firm))
        self._remember(card, keys, draft)
        plan = Plan(card, True, values, keys, firm, draft.external)
        return Outcome(draft.number, CREATED, reason, plan=plan)

    def _change(self, draft: Draft, card: Card) -> Outcome:
        values = changed_values(card.get, draft.values, overwrites=self.policy == Policy.OVERWRITE)
        keys = [key for key in draft.keys if (key.kind, key.value) not in self.by_key]
        firm = self.firms.claim(draft.company, draft.inn)
        if firm is not None and id(firm) in card.firms:
            firm = None
        if not (values or keys or firm):
            return Outcome(draft.number, SKIPPED, _there(card), target_id=card.pk, plan=Plan(card, False))
        if firm is not None:
            card.firms.add(id(firm))
        card.values.update(values)
        card.keys |= {(key.kind, key.value) for key in keys}
        self._remember(card, keys, draft)
        plan = Plan(card, False, values, keys, firm, draft.external)
        return Outcome(draft.number, UPDATED, "", plan=plan)

    def _remember(self, card: Card, keys: Sequence[Key], draft: Draft) -> None:
        for key in keys:
            self.by_key[key.kind, key.value] = card
        if draft.external:
            self.by_external.setdefault(draft.external, card)

    # --- Writing ------------------------------------------------------------------------------------
    def write(self, plans: Sequence[Plan], *, now: dt.datetime) -> list[dict[str, Any] | None]:
        """Write what was decided; return for each plan what an undo needs."""
        firms = self.firms.write(now=now)
        used = {(key.kind, key.value) for plan in plans for key in plan.keys}
        freed = [row.pk for row in self.freed if (row.kind, row.value) in used]
        IdentityKey.objects.filter(pk__in=freed).delete()
        made = self._write_new(plans, now)
        kept = self._write_changes(plans, now)
        if made and firms:
            kept[made[0]] = {"firms": [str(pk) for pk in firms]}
        elif firms:
            first = next(index for index, plan in enumerate(plans) if plan.firm is not None)
            kept[first] = (kept[first] or {}) | {"firms": [str(pk) for pk in firms]}
        pairs = [(plan.external, plan.card.pk) for plan in plans if plan.external and plan.card.pk]
        external.remember(EXTERNAL, pairs)
        return kept

    def _write_new(self, plans: Sequence[Plan], now: dt.datetime) -> list[int]:
        """Make the new cards, with what later rows of the same part added to them; return the places of their plans."""
        people: dict[int, Person] = {}
        places = []
        for index, plan in enumerate(plans):
            if plan.is_new:
                people[id(plan.card)] = Person(plan.card.values)
                places.append(index)
            person = people.get(id(plan.card))
            if person is not None:
                person.keys += plan.keys
                if plan.firm is not None and plan.firm.company is not None:
                    person.companies.append((plan.firm.company, plan.card.values.get("position", "")))
        made = create_contacts(
            people=list(people.values()), by=self.context.by, now=now, mark=self.context.mark
        )
        by_card = dict(zip(people, made, strict=True))
        for plan in plans:
            if contact := by_card.get(id(plan.card)):
                plan.card.pk, plan.card.contact = contact.pk, contact
        return places

    def _write_changes(self, plans: Sequence[Plan], now: dt.datetime) -> list[dict[str, Any] | None]:
        """Change cards that were there; several rows of one card are one change, kept with the first of them."""
        fresh = {id(plan.card) for plan in plans if plan.is_new}
        people: dict[int, Person] = {}
        first: dict[int, int] = {}
        for index, plan in enumerate(plans):
            if plan.is_new or id(plan.card) in fresh or not (plan.values or plan.keys or plan.firm):
                continue
            person = people.setdefault(id(plan.card), Person(contact=plan.card.contact))
            first.setdefault(id(plan.card), index)
            person.values |= plan.values
            person.keys += plan.keys
            if plan.firm is not None and plan.firm.company is not None:
                person.companies.append((plan.firm.company, plan.values.get("position", "")))
        written = update_contacts(
            people=list(people.values()), by=self.context.by, now=now, mark=self.context.mark
        )
        kept: list[dict[str, Any] | None] = [None] * len(plans)
        for card, one in zip(people, written, strict=True):
            kept[first[card]] = kept_of(one, Contact)
        return kept


def kept_of(written: Written, model: type) -> dict[str, Any]:
    """Write down what a change wrote, as a bite keeps it."""
    return {
        "values": {
            name: [plain(model, name, side) for side in sides] for name, sides in written.values.items()
        },
        "keys": [str(pk) for pk in written.keys],
        "places": [str(pk) for pk in written.places],
        "legal": [str(pk) for pk in written.legal],
        "legal_values": written.legal_values,
    }


def _there(card: Card) -> str:
    if card.row:
        return _("The same client as in row %(number)s.") % {"number": card.row}
    if not card.may_edit:
        return _("Already there.")
    return _("Already there: %(name)s.") % {"name": card.name}
