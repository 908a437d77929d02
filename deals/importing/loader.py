"""Loading deals: each goes into its stage through the gate, with its client."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.models import Activity
from contacts.folding import fold
from contacts.importing import clients, custom, external
from contacts.importing.changes import changed_values, plain
from contacts.importing.clients import Clients, client_draft, company_of, contact_of, kept_client
from contacts.importing.context import Context, Mistake, Reader
from contacts.importing.firms import FirmRef
from contacts.importing.kinds import CREATED, FAILED, SKIPPED, UPDATED, Field, Outcome, Row
from contacts.importing.options import Policy
from contacts.importing.people import Card, Draft
from contacts.importing.undoing import ids_of, put_back, worked_on
from core.errors import Refusal
from core.tabular import values
from deals.importing.spellings import DEALS
from deals.models import Deal, Pipeline, RejectionReason, Stage
from deals.services import changes
from deals.services.deals import write_values
from deals.services.many import Gates, NewDeal, create_deals
from tenants.access import Action, Section
from tenants.models import CustomField, Membership

EXTERNAL = "deals"
_DEAL = gettext_lazy("Deal")
_MORE = gettext_lazy("More")


def fields() -> list[Field]:
    """List what a column of deals can hold."""

    def field(name: str, label: Any, group: Any = _DEAL, *, is_many: bool = False) -> Field:
        return Field(name, label, group=group, is_many=is_many, **DEALS[name])

    return [
        field("title", gettext_lazy("Title")),
        field("pipeline", gettext_lazy("Pipeline")),
        field("stage", gettext_lazy("Stage")),
        field("amount", gettext_lazy("Amount")),
        field("currency", gettext_lazy("Currency")),
        field("expected_on", gettext_lazy("Expected on")),
        field("closed_at", gettext_lazy("Closed on")),
        field("reason", gettext_lazy("Why it was lost")),
        field("city", gettext_lazy("City")),
        field("object", gettext_lazy("Object of interest")),
        *clients.fields(),
        field("owner", gettext_lazy("Responsible"), _MORE),
        field("source", gettext_lazy("Source"), _MORE),
        field("campaign", gettext_lazy("Campaign"), _MORE),
        field("tags", gettext_lazy("Tags"), _MORE, is_many=True),
        field("note", gettext_lazy("Note"), _MORE, is_many=True),
        field("created_at", gettext_lazy("Created"), _MORE),
        field("number", gettext_lazy("Number here (of a deal that is there)"), _MORE),
        field("external", gettext_lazy("Number in the other program (ID)"), _MORE),
        *custom.fields(CustomField.Entity.DEAL),
    ]


def more_options(member: Membership) -> dict[str, forms.Field]:
    """Where deals go whose row doesn't say, and why the lost ones were."""
    pipelines = Pipeline.objects.active()
    stages = Stage.objects.filter(pipeline__in=pipelines).select_related("pipeline")
    in_order = stages.order_by("pipeline__position", "position")
    choices = [(str(stage.pk), f"{stage.pipeline.name}: {stage.name}") for stage in in_order]
    reasons = RejectionReason.objects.filter(is_for_deals=True, is_archived=False)
    return {
        "stage": forms.ChoiceField(
            label=_("Pipeline and stage, where the row names none"),
            choices=[("", _("First stage of the first pipeline")), *choices],
            required=False,
        ),
        "reason": forms.ChoiceField(
            label=_("Why deals were lost, where the row doesn't say"),
            choices=[("", "—"), *((str(reason.pk), reason.name) for reason in reasons)],
            required=False,
        ),
    }


@dataclasses.dataclass(slots=True)
class DealDraft:
    """What a row says of a deal."""

    number: int
    values: dict[str, Any]
    stage: Stage
    created_at: dt.datetime
    entered_at: dt.datetime
    client: Draft
    reason: RejectionReason | None = None
    own_number: int | None = None
    external: str = ""


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


class Words:
    """The tenant's pipelines, stages and reasons by their names."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @cached_property
    def stages(self) -> list[Stage]:
        found = Stage.objects.filter(pipeline__is_archived=False).select_related("pipeline")
        return list(found.order_by("pipeline__position", "pipeline__name", "position"))

    @cached_property
    def reasons(self) -> dict[str, RejectionReason]:
        found = RejectionReason.objects.filter(is_for_deals=True, is_archived=False)
        return {fold(reason.name): reason for reason in found}

    @cached_property
    def default(self) -> Stage | None:
        chosen = self.context.options.extra.get("stage", "")
        opened = [stage for stage in self.stages if stage.kind == Stage.Kind.OPEN]
        return next((stage for stage in self.stages if str(stage.pk) == chosen), next(iter(opened), None))

    @cached_property
    def default_reason(self) -> RejectionReason | None:
        chosen = self.context.options.extra.get("reason", "")
        return next((reason for reason in self.reasons.values() if str(reason.pk) == chosen), None)

    def stage(self, reader: Reader) -> Stage:
        """Find the stage by its name in the pipeline the row names, else in the usual one, else in any."""
        if self.default is None:
            raise Mistake(_("There is no pipeline with a stage: make one first."))
        pipelines = {fold(stage.pipeline.name): stage.pipeline for stage in self.stages}
        pipeline = reader.named("pipeline", pipelines, _("There is no pipeline “%(text)s”."))
        known: dict[str, Stage] = {}
        home = (pipeline or self.default.pipeline).pk
        for stage in sorted(self.stages, key=lambda stage: stage.pipeline_id != home):
            if pipeline is None or stage.pipeline_id == home:
                known.setdefault(fold(stage.name), stage)
        found = reader.named("stage", known, _("There is no stage “%(text)s”."))
        if found is not None or pipeline is None or pipeline.pk == self.default.pipeline_id:
            return found or self.default
        mine = [stage for stage in self.stages if stage.pipeline_id == pipeline.pk]
        return next((stage for stage in mine if stage.kind == Stage.Kind.OPEN), mine[0])


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


def read_deal(reader: Reader, words: Words) -> DealDraft:
    """Make a draft of a row; raise Mistake for what can't be one."""
    stage = words.stage(reader)
    created = reader.moment("created_at") or reader.context.now
    closed = _closed(reader) if stage.is_closed else None
    found: dict[str, Any] = {
        "title": reader.text("title", 250),
        "amount": reader.amount("amount"),
        "currency": _currency(reader),
        "expected_on": reader.day("expected_on"),
        "city": reader.text("city", 100),
        "object_of_interest": reader.text("object", 250),
        "campaign": reader.text("campaign", 200),
        "owner": reader.owner(),
        "source": reader.source(),
        "tags": reader.listed("tags"),
    }
    client = client_draft(reader)
    reason = (
        reader.named("reason", words.reasons, _("There is no reason “%(text)s”."))
        if stage.kind == Stage.Kind.LOST
        else None
    )
    number = reader.parsed(
        "number", lambda text: values.whole(text.lstrip("№# ")), _("“%(text)s” is no whole number.")
    )
    if not (found["title"] or client.keys or client.values.get("name") or client.company or number):
        raise Mistake(_("The row has neither a title nor a client."))
    found |= custom.read(reader, CustomField.Entity.DEAL)
    found["note"] = reader.with_remarks(reader.paragraphs("note"))
    return DealDraft(
        reader.row.number,
        {name: value for name, value in found.items() if value not in ("", None, [])},
        stage,
        created,
        max(closed, created) if closed else created,
        client,
        reason or (words.default_reason if stage.kind == Stage.Kind.LOST else None),
        number,
        reader.text("external", 100),
    )


def _closed(reader: Reader) -> dt.datetime | None:
    """Read when it was closed; programs write 'not closed' there, which says nothing."""
    for _head, text in reader.row.cells.get("closed_at", ()):
        try:
            return values.moment(text, reader.context.zone)
        except ValueError:
            return None
    return None


def _currency(reader: Reader) -> str:
    """Read the currency of its own column, else the sign beside the amount."""
    code = reader.text("currency").upper()
    if len(code) == 3 and code.isascii() and code.isalpha():
        return code
    written = f"{reader.text('currency')} {reader.text('amount')}"
    return values.currency(written)


def shown(draft: DealDraft) -> dict[str, str]:
    """Write a draft as its preview shows it."""
    found = {name: ", ".join(v) if isinstance(v, list) else str(v) for name, v in draft.values.items()}
    found |= custom.shown(CustomField.Entity.DEAL, draft.values)
    found |= {
        "object": found.get("object_of_interest", ""),
        "stage": draft.stage.name,
        "pipeline": draft.stage.pipeline.name,
    }
    found |= {f"contact_{name}": str(value) for name, value in draft.client.values.items()}
    found["contact_phone"] = ", ".join(key.value for key in draft.client.keys if key.kind == "phone")
    found["contact_email"] = ", ".join(key.value for key in draft.client.keys if key.kind == "email")
    found |= {
        "company_name": draft.client.company,
        "company_inn": draft.client.inn,
        "external": draft.external,
    }
    return found | {
        "created_at": f"{draft.created_at:%Y-%m-%d}",
        "reason": draft.reason.name if draft.reason else "",
    }
