"""Loading companies."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import requisites
from contacts.categories import words_of
from contacts.folding import bare_company_name, digits_of, fold
from contacts.identity import Key
from contacts.importing import custom, external, spellings, undoing
from contacts.importing.changes import changed_values
from contacts.importing.context import Context, Mistake, Reader
from contacts.importing.kinds import CREATED, FAILED, SKIPPED, UPDATED, Field, Outcome, Row
from contacts.importing.options import Policy
from contacts.importing.people import kept_of
from contacts.models import Company, CompanyCategory, CompanyPoint, LegalDetails
from contacts.services.many import Firm, create_companies, update_companies
from core.tabular import values
from core.tenancy import remembered
from tenants.access import Action, Section
from tenants.models import CustomField

EXTERNAL = "companies"
LEGAL = ("inn", "kpp", "ogrn", "bank", "bik", "account", "correspondent_account", "legal_address")
Kind = CompanyCategory.Kind
_ABOUT = gettext_lazy("About the company")
_LEGAL = gettext_lazy("Legal details")
_MORE = gettext_lazy("More")


def fields() -> list[Field]:
    """List what a column of companies can hold."""
    words = spellings.COMPANIES

    def field(name: str, label: Any, group: Any, *, is_many: bool = False) -> Field:
        return Field(name, label, group=group, is_many=is_many, **words[name])

    return [
        field("name", gettext_lazy("Name"), _ABOUT),
        field("phone", gettext_lazy("Phone"), _ABOUT, is_many=True),
        field("email", gettext_lazy("E-mail"), _ABOUT, is_many=True),
        field("site", gettext_lazy("Site"), _ABOUT),
        field("address", gettext_lazy("Address"), _ABOUT, is_many=True),
        field("client_type", gettext_lazy("Client type"), _ABOUT),
        field("industry", gettext_lazy("Industry"), _ABOUT),
        field("headcount", gettext_lazy("Headcount"), _ABOUT),
        field("potential", gettext_lazy("Potential"), _ABOUT),
        field("turnover", gettext_lazy("Turnover"), _ABOUT),
        field("head_company", gettext_lazy("Head company"), _ABOUT),
        field("inn", gettext_lazy("INN"), _LEGAL),
        field("legal_title", gettext_lazy("Legal name"), _LEGAL),
        field("kpp", gettext_lazy("KPP"), _LEGAL),
        field("ogrn", gettext_lazy("OGRN"), _LEGAL),
        field("bank", gettext_lazy("Bank"), _LEGAL),
        field("bik", gettext_lazy("BIK"), _LEGAL),
        field("account", gettext_lazy("Account"), _LEGAL),
        field("correspondent_account", gettext_lazy("Correspondent account"), _LEGAL),
        field("legal_address", gettext_lazy("Legal address"), _LEGAL),
        field("source", gettext_lazy("Source"), _MORE),
        field("owner", gettext_lazy("Responsible"), _MORE),
        field("tags", gettext_lazy("Tags"), _MORE, is_many=True),
        field("comment", gettext_lazy("Comment"), _MORE, is_many=True),
        field("created_at", gettext_lazy("Created"), _MORE),
        field("external", gettext_lazy("Number in the other program (ID)"), _MORE),
        *custom.fields(CustomField.Entity.COMPANY),
    ]


@dataclasses.dataclass(slots=True)
class Draft:
    """What a row says of a company."""

    number: int
    values: dict[str, Any]
    points: list[Key]
    legal: dict[str, str]
    head: str = ""
    external: str = ""


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


def read_company(reader: Reader) -> Draft:
    """Make a draft of a row; raise Mistake for what can't be one."""
    name = reader.text("name", 200) or reader.text("legal_title", 200)
    if not name:
        raise Mistake(_("The row has no company's name."))
    found: dict[str, Any] = {
        "name": name,
        "site": reader.text("site", 200),
        "address": ", ".join(dict.fromkeys(text for _head, text in reader.row.cells.get("address", ())))[
            :300
        ],
        "industry": _industry(reader.text("industry", 100)),
        "client_type": reader.named(
            "client_type", _codes(Kind.CLIENT_TYPE), _("There is no client type “%(text)s”.")
        ),
        "potential": reader.amount("potential"),
        "turnover": reader.amount("turnover"),
        "headcount": reader.parsed("headcount", values.whole, _("“%(text)s” is no whole number.")),
        "owner": reader.owner(),
        "source": reader.source(),
        "tags": reader.listed("tags"),
        "created_at": reader.moment("created_at"),
    }
    draft = Draft(
        reader.row.number,
        {},
        [*reader.phones(), *reader.emails()],
        legal=_legal(reader, name),
        head=reader.text("head_company", 200),
        external=reader.text("external", 100),
    )
    found["currency"] = reader.context.by.tenant.currency if found["potential"] or found["turnover"] else ""
    found |= custom.read(reader, CustomField.Entity.COMPANY)
    found["comment"] = reader.with_remarks(reader.paragraphs("comment"))
    draft.values = {key: value for key, value in found.items() if value not in ("", None, [])}
    return draft


def _legal(reader: Reader, name: str) -> dict[str, str]:
    """Read a set of legal details; nothing where only the legal name is given."""
    limits = {field: LegalDetails._meta.get_field(field).max_length or 0 for field in LEGAL}  # type: ignore[union-attr]
    found = {
        field: reader.text(field, limit if field in ("bank", "legal_address") else 0)
        for field, limit in limits.items()
    }
    for field in ("inn", "ogrn", "bik", "account", "correspondent_account"):
        found[field] = digits_of(found[field])
    inn = found["inn"]
    if len(inn) in (9, 11):  # a spreadsheet took the INN for a number and dropped its zero
        inn = found["inn"] = f"0{inn}"
    if inn and not requisites.is_inn(inn):
        reader.parsed("inn", _refuse, _("“%(text)s” is no INN: its control digit does not fit."))
        found["inn"] = ""
    found = {field: value[: limits[field]] for field, value in found.items() if value}
    return {"title": (reader.text("legal_title", 250) or name)} | found if found else {}


def _refuse(text: str) -> str:
    raise ValueError(text)


def _codes(kind: str) -> dict[str, str]:
    """Give the codes of a directory by their names and by themselves; read once a scope."""
    return remembered(
        f"importing:codes:{kind}",
        lambda: {fold(text): word.code for word in words_of(kind) for text in (word.code, word.label)},
    )


def _industry(text: str) -> str:
    """Find an industry in the directory; one it lacks stays as it is written, and is shown so."""
    return _codes(Kind.INDUSTRY).get(fold(text), text)


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


def shown(draft: Draft) -> dict[str, str]:
    """Write a draft as its preview shows it."""
    found = {name: ", ".join(v) if isinstance(v, list) else str(v) for name, v in draft.values.items()}
    found |= custom.shown(CustomField.Entity.COMPANY, draft.values)
    for kind in ("phone", "email"):
        found[kind] = ", ".join(point.value for point in draft.points if point.kind == kind)
    return found | draft.legal | {"external": draft.external, "head_company": draft.head}
