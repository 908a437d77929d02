"""Loading deals: each goes into its stage through the gate, with its client."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from activities.models import Activity
from contacts.importing import clients, custom, external
from contacts.importing.changes import changed_values, plain
from contacts.importing.clients import Clients, company_of, contact_of, kept_client
from contacts.importing.context import Context, Mistake, Reader
from contacts.importing.firms import FirmRef
from contacts.importing.kinds import CREATED, FAILED, SKIPPED, UPDATED, Outcome, Row
from contacts.importing.options import Policy
from contacts.importing.people import Card
from contacts.importing.undoing import ids_of, put_back, worked_on
from core.errors import Refusal
from deals.importing.reading import DealDraft, Words, read_deal, shown
from deals.models import Deal
from deals.services import changes
from deals.services.deals import write_values
from deals.services.many import Gates, NewDeal, create_deals
from tenants.access import Action, Section

EXTERNAL = "deals"


@dataclasses.dataclass(slots=True)
class Plan:
    """What is to be written of one row."""

    draft: DealDraft
    known: Known | None
    values: dict[str, Any]
    client: Outcome | None = None
    card: Card | None = None
    firm: FirmRef | None = None


@dataclasses.dataclass(slots=True, eq=False)
class Known:
    """A deal that is there, or that a row of this file makes."""

    values: dict[str, Any]
    deal: Deal | None = None
    row: int = 0

    def get(self, name: str) -> Any:
        if name in self.values or self.deal is None:
            return self.values.get(name)
        return custom.value_of(self.deal, name)


class DealLoader:
    """Plans and writes rows of deals; known again by number, else always new."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.words = Words(context)
        self.gates = Gates()
        self.clients = Clients(context)
        self.forget()

    def forget(self) -> None:
        self.clients.forget()
        self.known: dict[tuple[str, str], Known] = {}

    # --- Planning -----------------------------------------------------------------------------------
    def plan(self, rows: Sequence[Row]) -> list[Outcome]:
        read = [self._read(row) for row in rows]
        drafts = [one for one in read if isinstance(one, DealDraft)]
        self.clients.know(draft.client for draft in drafts)
        self._know(drafts)
        return [self._settle(one) if isinstance(one, DealDraft) else one for one in read]

    def _read(self, row: Row) -> DealDraft | Outcome:
        try:
            return read_deal(Reader(self.context, row), self.words)
        except Mistake as mistake:
            return Outcome(row.number, FAILED, str(mistake))

    def _keys(self, draft: DealDraft) -> list[tuple[str, str]]:
        found = [("number", str(draft.own_number or "")), ("external", draft.external)]
        return [(kind, value) for kind, value in found if value and kind in self.context.options.keys]

    def _know(self, drafts: Sequence[DealDraft]) -> None:
        wanted = {pair for draft in drafts for pair in self._keys(draft)} - self.known.keys()
        named = external.targets(EXTERNAL, [value for kind, value in wanted if kind == "external"])
        numbers = [int(value) for kind, value in wanted if kind == "number"]
        rows = Deal.objects.present().visible_to(self.context.by, Action.EDIT)
        rows = rows.select_related("owner", "source", "contact", "company", "stage", "pipeline")
        found = {
            deal.pk: Known({}, deal)
            for deal in (*rows.filter(pk__in=named.values()), *rows.filter(number__in=numbers))
        }
        self.known |= {("external", value): found[pk] for value, pk in named.items() if pk in found}
        self.known |= {
            ("number", str(one.deal.number)): one for one in found.values() if one.deal is not None
        }

    def _settle(self, draft: DealDraft) -> Outcome:
        outcome = self._decided(draft)
        outcome.shown = shown(draft)
        return outcome

    def _decided(self, draft: DealDraft) -> Outcome:
        policy = self.context.options.policy
        known = next((self.known[pair] for pair in self._keys(draft) if pair in self.known), None)
        if draft.own_number is not None and known is None:
            told = _("There is no deal No. %(number)s that you may change.") % {"number": draft.own_number}
            return Outcome(draft.number, FAILED, told)
        if known is None or policy == Policy.CREATE:
            return self._make(draft)
        if policy == Policy.SKIP:
            return Outcome(
                draft.number, SKIPPED, _("Already there: %(name)s.") % {"name": known.get("title")}
            )
        found = changed_values(known.get, draft.values, overwrites=policy == Policy.OVERWRITE)
        if not found:
            return Outcome(
                draft.number, SKIPPED, _("Already there: %(name)s.") % {"name": known.get("title")}
            )
        known.values |= found
        return Outcome(draft.number, UPDATED, plan=Plan(draft, known, found))

    def _make(self, draft: DealDraft) -> Outcome:
        if not self.context.may(Section.DEALS):
            return Outcome(draft.number, FAILED, _("You may not add deals."))
        try:
            self._check_gate(draft)
        except Refusal as refusal:
            return Outcome(draft.number, FAILED, str(refusal.message))
        client, card, firm = self.clients.settle(draft.client)
        if client is not None and card is None:
            return Outcome(draft.number, FAILED, client.reason)
        made = Known(dict(draft.values), row=draft.number)
        for pair in self._keys(draft):
            self.known.setdefault(pair, made)
        plan = Plan(draft, made, draft.values, client, card, firm)
        return Outcome(
            draft.number, CREATED, client.reason if client and client.state == CREATED else "", plan=plan
        )

    def _check_gate(self, draft: DealDraft) -> None:
        """Ask the gate as the deal will stand: the client counts, although it may not be written yet."""
        deal = Deal(stage=draft.stage, pipeline=draft.stage.pipeline)
        changes.set_values(deal, draft.values)
        has_person = bool(draft.client.keys or draft.client.values.get("name"))
        deal.contact_id = uuid.uuid4() if has_person else None
        deal.company_id = uuid.uuid4() if draft.client.company or draft.client.inn else None
        self.gates.check(deal, draft.stage, draft.reason)

    # --- Writing ------------------------------------------------------------------------------------
    def write(self, outcomes: Sequence[Outcome], *, now: dt.datetime) -> None:
        planned = [one for one in outcomes if isinstance(one.plan, Plan)]
        firms = [str(pk) for pk in self.clients.people.firms.write(now=now)]
        with_client = [one.plan.client for one in planned if one.plan.client is not None]
        kept = dict(zip(map(id, with_client), self.clients.write(with_client, now=now), strict=True))
        new = [one for one in planned if one.state == CREATED]
        made = create_deals(
            drafts=[self._new(one.plan) for one in new], by=self.context.by, now=now, mark=self.context.mark
        )
        for outcome, deal in zip(new, made, strict=True):
            outcome.target_id, outcome.plan.known.deal = deal.pk, deal
            outcome.kept = kept_client(outcome.plan.client, kept.get(id(outcome.plan.client)))
        if firms and new and new[0].kept is not None:
            new[0].kept["firms"] = firms
        for outcome in planned:
            if outcome.state == UPDATED:
                self._update(outcome, now)
        pairs = [
            (o.plan.draft.external, o.target_id) for o in planned if o.plan.draft.external and o.target_id
        ]
        external.remember(EXTERNAL, pairs)

    def _new(self, plan: Plan) -> NewDeal:
        given = {"contact": contact_of(plan.card), "company": company_of(plan.firm)}
        draft = plan.draft
        return NewDeal(draft.stage, draft.created_at, draft.entered_at, plan.values | given, draft.reason)

    def _update(self, outcome: Outcome, now: dt.datetime) -> None:
        plan: Plan = outcome.plan
        deal = plan.known.deal if plan.known is not None else None
        assert deal is not None  # made above, or there before
        before = {name: custom.value_of(deal, name) for name in plan.values}
        written, _is_handed_over = write_values(
            deal=deal, by=self.context.by, now=now, version=None, values=plan.values
        )
        outcome.target_id = deal.pk
        after = {name: custom.value_of(written, name) for name in plan.values}
        sides = {n: [plain(Deal, n, before[n]), plain(Deal, n, after[n])] for n in plan.values}
        outcome.kept = {"values": sides}
        self._mark(deal, now)

    def _mark(self, deal: Deal, now: dt.datetime) -> None:
        """Say of the entries the service wrote just now that they are this import's."""
        entries = list(Activity.objects.filter(deal=deal, kind=Activity.Kind.CHANGE, occurred_at=now))
        for entry in entries:
            entry.data |= self.context.mark
        Activity.objects.bulk_update(entries, ["data"])

    # --- Undoing ------------------------------------------------------------------------------------
    def undo(self, rows: Sequence[Sequence[Any]], *, now: dt.datetime) -> list[tuple[int, str]]:
        stay = self._restore(rows, now)
        stay += self._remove(ids_of(rows, CREATED), now)
        return stay + clients.undo_clients(rows, context=self.context, now=now)

    def _remove(self, made: dict[uuid.UUID, int], now: dt.datetime) -> list[tuple[int, str]]:
        """Delete deals the import made and nobody has touched."""
        rows = list(
            Deal.objects.present().filter(pk__in=list(made)).order_by("pk").select_for_update(no_key=True)
        )
        busy = worked_on(Deal, [row.pk for row in rows], self.context)
        going = [row for row in rows if row.pk not in busy]
        for deal in going:
            deal.deleted_at = now
        Deal.objects.bulk_update(going, ["deleted_at"], batch_size=1000)
        Activity.objects.bulk_create(
            Activity(
                kind="change", author=self.context.by, occurred_at=now, created_at=now, deal=deal,
                data={"code": "deal_deleted", "deal": deal.title} | self.context.mark,
            )
            for deal in going
        )  # fmt: skip
        external.forget(deal.pk for deal in going)
        return [(made[pk], _("Stays: somebody has worked on it since.")) for pk in busy]

    def _restore(self, rows: Sequence[Sequence[Any]], now: dt.datetime) -> list[tuple[int, str]]:
        stay = []
        for row in rows:
            if row[1] != UPDATED or not row[4]:
                continue
            deal = Deal.objects.present().filter(pk=row[2]).select_related("owner", "source").first()
            if deal is None:
                stay.append((row[0], _("Stays: it was deleted since.")))
                continue
            done, left = put_back(deal, row[4].get("values", {}))
            values = {name: custom.value_of(deal, name) for name in done}
            try:
                write_values(deal=deal, by=self.context.by, now=now, version=None, values=values)
            except Refusal as refusal:
                stay.append((row[0], str(refusal.message)))
            self._mark(deal, now)
            if left:
                names = ", ".join(custom.label_of(Deal, name) for name in left)
                stay.append((row[0], _("Changed since, and so kept: %(fields)s.") % {"fields": names}))
        return stay
