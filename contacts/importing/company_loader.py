"""Loading companies."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from contacts.folding import bare_company_name
from contacts.identity import Key
from contacts.importing import custom, external, undoing
from contacts.importing.changes import changed_values
from contacts.importing.company_reading import LEGAL, Draft, read_company, shown
from contacts.importing.context import Context, Mistake, Reader
from contacts.importing.kinds import CREATED, FAILED, SKIPPED, UPDATED, Outcome, Row
from contacts.importing.options import Policy
from contacts.importing.people import kept_of
from contacts.models import Company, CompanyPoint, LegalDetails
from contacts.services.many import Firm, create_companies, update_companies
from tenants.access import Action, Section

EXTERNAL = "companies"


@dataclasses.dataclass(slots=True, eq=False)
class Card:
    """A company that is there, or that a row of this file makes."""

    values: dict[str, Any]
    legal: dict[str, str]
    points: set[tuple[str, str]]
    company: Company | None = None
    pk: uuid.UUID | None = None
    row: int = 0
    may_edit: bool = True
    head: Card | None = None  # as this file says it

    def get(self, name: str) -> Any:
        if name in self.values or self.company is None:
            return self.values.get(name)
        return custom.value_of(self.company, name)


@dataclasses.dataclass(slots=True)
class Plan:
    """What is to be written of one row."""

    card: Card
    is_new: bool
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    points: list[Key] = dataclasses.field(default_factory=list)
    legal: dict[str, str] = dataclasses.field(default_factory=dict)
    external: str = ""
    head: Card | None = None


class CompanyLoader:
    """Plans and writes rows of companies; known again by INN, number, phone, address or name."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.forget()

    def forget(self) -> None:
        self.cards: dict[tuple[str, str], Card] = {}  # (key, value) -> card

    # --- Planning -----------------------------------------------------------------------------------
    def plan(self, rows: Sequence[Row]) -> list[Outcome]:
        read = [self._read(row) for row in rows]
        drafts = [one for one in read if isinstance(one, Draft)]
        self._know(drafts)
        return [self._settle(one) if isinstance(one, Draft) else one for one in read]

    def _read(self, row: Row) -> Draft | Outcome:
        try:
            return read_company(Reader(self.context, row))
        except Mistake as mistake:
            return Outcome(row.number, FAILED, str(mistake))

    def _keys(self, draft: Draft) -> list[tuple[str, str]]:
        """By what the row's company may be known, the surest first."""
        keys = [("external", draft.external), ("inn", draft.legal.get("inn", ""))]
        keys += [(point.kind, point.value) for point in draft.points]
        keys.append(("name", bare_company_name(draft.values["name"])))
        return [(kind, value) for kind, value in keys if value and kind in self.context.options.keys]

    def _know(self, drafts: Sequence[Draft]) -> None:
        wanted: dict[str, set[str]] = {}
        for draft in drafts:
            for kind, value in self._keys(draft):
                if (kind, value) not in self.cards:
                    wanted.setdefault(kind, set()).add(value)
            bare = bare_company_name(draft.head)
            if bare and ("name", bare) not in self.cards:
                wanted.setdefault("name", set()).add(bare)
        found = dict(self._known_pairs(wanted))
        cards = self._cards(set(found.values()))
        for pair, pk in found.items():
            if pk in cards:
                self.cards.setdefault(pair, cards[pk])

    def _known_pairs(self, wanted: dict[str, set[str]]) -> Any:
        """Give ((key, value), id) of companies there; where several fit, the oldest comes last and stays."""
        present = Company.objects.present().order_by("-created_at", "-pk")
        if names := wanted.get("name"):
            for pk, bare in present.filter(bare_name__in=names).values_list("pk", "bare_name"):
                yield ("name", bare), pk
        for kind in (CompanyPoint.Kind.PHONE, CompanyPoint.Kind.EMAIL):
            if points := wanted.get(kind):
                rows = CompanyPoint.objects.filter(kind=kind, value__in=points, company__deleted_at=None)
                for pk, value in rows.order_by("-company__created_at").values_list("company_id", "value"):
                    yield (str(kind), value), pk
        if inns := wanted.get("inn"):
            details = LegalDetails.objects.filter(inn__in=inns, company__deleted_at=None)
            for pk, inn in details.order_by("-company__created_at").values_list("company_id", "inn"):
                yield ("inn", inn), pk
        for number, pk in external.targets(EXTERNAL, wanted.get("external", ())).items():
            yield ("external", number), pk

    def _cards(self, ids: set[uuid.UUID]) -> dict[uuid.UUID, Card]:
        known = {card.pk: card for card in self.cards.values() if card.pk}
        missing = ids - known.keys()
        if not missing:
            return {pk: card for pk, card in known.items() if pk in ids}
        rows = Company.objects.present().filter(pk__in=missing).order_by("pk")
        locked = list(
            rows.select_related("owner", "source", "head_company").select_for_update(
                of=("self",), no_key=True
            )
        )
        editable = set(
            Company.objects.visible_to(self.context.by, Action.EDIT)
            .filter(pk__in=missing)
            .values_list("pk", flat=True)
        )
        points: dict[uuid.UUID, set[tuple[str, str]]] = {}
        for owner, kind, value in CompanyPoint.objects.filter(company__in=locked).values_list(
            "company_id", "kind", "value"
        ):
            points.setdefault(owner, set()).add((kind, value))
        legal: dict[uuid.UUID, dict[str, str]] = {}
        for details in LegalDetails.objects.filter(company__in=locked).order_by("-pk"):
            legal[details.company_id] = {name: getattr(details, name) for name in ("title", *LEGAL)}
        for row in locked:
            known[row.pk] = Card(
                {}, legal.get(row.pk, {}), points.get(row.pk, set()), row, row.pk, may_edit=row.pk in editable
            )
        return {pk: card for pk, card in known.items() if pk in ids}

    def _settle(self, draft: Draft) -> Outcome:
        outcome = self._decided(draft)
        outcome.shown = shown(draft)
        return outcome

    def _decided(self, draft: Draft) -> Outcome:
        policy = self.context.options.policy
        card = next((self.cards[pair] for pair in self._keys(draft) if pair in self.cards), None)
        head = self.cards.get(("name", bare_company_name(draft.head))) if draft.head else None
        if draft.head and (head is None or _is_below(head, card)) and not self.context.options.is_lenient:
            return Outcome(
                draft.number, FAILED, _("There is no head company “%(text)s”.") % {"text": draft.head[:60]}
            )
        if head is not None and _is_below(head, card):
            head = None
        if card is None or policy == Policy.CREATE:
            return self._make(draft, head)
        if policy == Policy.SKIP:
            return Outcome(draft.number, SKIPPED, _there(card), target_id=card.pk, plan=Plan(card, False))
        if not card.may_edit:
            return Outcome(draft.number, FAILED, _("Already there, and you may not change it."))
        return self._change(draft, card, head)

    def _make(self, draft: Draft, head: Card | None) -> Outcome:
        if not self.context.may(Section.COMPANIES):
            return Outcome(draft.number, FAILED, _("Not known here, and you may not add companies."))
        card = Card(
            dict(draft.values), dict(draft.legal), {(p.kind, p.value) for p in draft.points}, row=draft.number
        )
        card.head = head
        self._remember(card, draft)
        plan = Plan(card, True, draft.values, draft.points, draft.legal, draft.external, head)
        return Outcome(draft.number, CREATED, plan=plan)

    def _change(self, draft: Draft, card: Card, head: Card | None) -> Outcome:
        found = changed_values(
            card.get, draft.values, overwrites=self.context.options.policy == Policy.OVERWRITE
        )
        points = [point for point in draft.points if (point.kind, point.value) not in card.points]
        inn = draft.legal.get("inn", "")
        is_other = bool(inn and card.legal.get("inn") and inn != card.legal["inn"])
        legal = (
            draft.legal if is_other else {n: v for n, v in draft.legal.items() if v and not card.legal.get(n)}
        )
        if not is_other and set(legal) <= {"title"}:
            legal = {}
        head = self._new_head(card, head)
        if not (found or points or legal or head):
            return Outcome(draft.number, SKIPPED, _there(card), target_id=card.pk, plan=Plan(card, False))
        card.values |= found
        card.points |= {(point.kind, point.value) for point in points}
        card.legal = draft.legal if is_other else card.legal | legal
        self._remember(card, draft)
        whole = {"title": draft.legal["title"]} | legal if legal else {}
        return Outcome(
            draft.number, UPDATED, plan=Plan(card, False, found, points, whole, draft.external, head)
        )

    def _new_head(self, card: Card, head: Card | None) -> Card | None:
        """Return the head the company gets: where it has none, or another and one overwrites."""
        present = card.head.pk if card.head is not None else getattr(card.company, "head_company_id", None)
        is_same = head is not None and (head is card.head or (head.pk is not None and head.pk == present))
        has_one = card.head is not None or present is not None
        if head is None or is_same or (has_one and self.context.options.policy != Policy.OVERWRITE):
            return None
        card.head = head
        return head

    def _remember(self, card: Card, draft: Draft) -> None:
        for pair in self._keys(draft):
            self.cards.setdefault(pair, card)

    # --- Writing ------------------------------------------------------------------------------------
    def write(self, outcomes: Sequence[Outcome], *, now: dt.datetime) -> None:
        planned = [one for one in outcomes if isinstance(one.plan, Plan)]
        self._write_new(planned, now)
        self._write_changes(planned, now)
        pairs = [(o.plan.external, o.plan.card.pk) for o in planned if o.plan.external and o.plan.card.pk]
        external.remember(EXTERNAL, pairs)
        for outcome in planned:
            outcome.target_id = outcome.plan.card.pk

    def _write_new(self, planned: Sequence[Outcome], now: dt.datetime) -> None:
        """Make the new ones, with what later rows of the same part added."""
        firms: dict[int, Firm] = {}
        cards: list[Card] = []
        for outcome in planned:
            plan: Plan = outcome.plan
            if plan.is_new:
                firms[id(plan.card)] = Firm(plan.card.values, legal=plan.card.legal)
                cards.append(plan.card)
            if firm := firms.get(id(plan.card)):
                firm.points += plan.points
        made = create_companies(
            firms=list(firms.values()), by=self.context.by, now=now, mark=self.context.mark
        )
        for card, company in zip(cards, made, strict=True):
            card.pk, card.company = company.pk, company
        branches = [card.company for card in cards if card.head is not None and card.company is not None]
        for card in cards:  # only now has every head its row
            if card.head is not None and card.company is not None:
                card.company.head_company = card.head.company
        Company.objects.bulk_update(branches, ["head_company"])

    def _write_changes(self, planned: Sequence[Outcome], now: dt.datetime) -> None:
        fresh = {id(outcome.plan.card) for outcome in planned if outcome.plan.is_new}
        firms: dict[int, Firm] = {}
        first: dict[int, Outcome] = {}
        for outcome in planned:
            plan: Plan = outcome.plan
            if (
                plan.is_new
                or id(plan.card) in fresh
                or not (plan.values or plan.points or plan.legal or plan.head)
            ):
                continue
            firm = firms.setdefault(id(plan.card), Firm(company=plan.card.company))
            first.setdefault(id(plan.card), outcome)
            firm.values |= plan.values
            if plan.head is not None:
                firm.values["head_company"] = plan.head.company
            firm.points += plan.points
            firm.legal |= plan.legal
        written = update_companies(
            firms=list(firms.values()), by=self.context.by, now=now, mark=self.context.mark
        )
        for card, one in zip(firms, written, strict=True):
            first[card].kept = kept_of(one, Company)

    def undo(self, rows: Sequence[Sequence[Any]], *, now: dt.datetime) -> list[tuple[int, str]]:
        return undoing.undo_companies(rows, context=self.context, now=now)


def _is_below(head: Card, card: Card | None) -> bool:
    """Say whether the company stands above its head already: a company is no branch of its own branch."""
    step: Card | Company | None = head
    for _step in range(20):
        if step is None or card is None:
            return False
        if step is card or (isinstance(step, Company) and step.pk == card.pk):
            return True
        step = (
            (step.head or getattr(step.company, "head_company", None))
            if isinstance(step, Card)
            else step.head_company
        )
    return True


def _there(card: Card) -> str:
    if card.row:
        return _("The same company as in row %(number)s.") % {"number": card.row}
    return (
        _("Already there: %(name)s.") % {"name": card.get("name")} if card.may_edit else _("Already there.")
    )
