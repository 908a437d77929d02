"""Loading leads: settled inquiries become their clients' history, open ones may come into Unsorted when one asks for it."""

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
from contacts.importing.clients import Clients, client_draft, company_of, contact_of, kept_client
from contacts.importing.context import Context, Mistake, Reader
from contacts.importing.firms import FirmRef
from contacts.importing.kinds import CREATED, FAILED, SKIPPED, Field, Outcome, Row
from contacts.importing.options import Policy
from contacts.importing.people import Card, Draft
from contacts.importing.undoing import ids_of, worked_on
from deals.models import RejectionReason
from leads import quality
from leads.importing.spellings import LEADS, STATES
from leads.models import Lead
from leads.services.many import NewLead, create_leads
from tenants.access import Section
from tenants.models import CustomField, Membership

EXTERNAL = "leads"
UNSORTED = "unsorted"
_INQUIRY = gettext_lazy("Inquiry")
_ADVERT = gettext_lazy("Where from")
_MORE = gettext_lazy("More")
_TEXTS = {
    "subject": 300,
    "medium": 100,
    "campaign": 200,
    "ad_content": 200,
    "term": 200,
    "page_url": 500,
    "region": 100,
}


def fields() -> list[Field]:
    """List what a column of leads can hold."""

    def field(name: str, label: Any, group: Any = _MORE, *, is_many: bool = False) -> Field:
        return Field(name, label, group=group, is_many=is_many, **LEADS[name])

    return [
        *clients.fields(),
        field("subject", gettext_lazy("Subject"), _INQUIRY),
        field("text", gettext_lazy("Text of the inquiry"), _INQUIRY, is_many=True),
        field("received_at", gettext_lazy("Received"), _INQUIRY),
        field("status", gettext_lazy("State"), _INQUIRY),
        field("reason", gettext_lazy("Why it was rejected"), _INQUIRY),
        field("object", gettext_lazy("Object of interest"), _INQUIRY),
        field("source", gettext_lazy("Source"), _ADVERT),
        field("medium", gettext_lazy("Medium"), _ADVERT),
        field("campaign", gettext_lazy("Campaign"), _ADVERT),
        field("ad_content", gettext_lazy("Advert"), _ADVERT),
        field("term", gettext_lazy("Key phrase"), _ADVERT),
        field("page_url", gettext_lazy("Page"), _ADVERT),
        field("region", gettext_lazy("Region")),
        field("owner", gettext_lazy("Responsible")),
        field("tags", gettext_lazy("Tags"), is_many=True),
        field("external", gettext_lazy("Number in the other program (ID)")),
        *custom.fields(CustomField.Entity.LEAD),
    ]


def more_options(member: Membership) -> dict[str, forms.Field]:
    """What becomes of leads nobody has settled yet, and why the rejected ones were."""
    reasons = RejectionReason.objects.filter(is_for_leads=True, is_archived=False)
    return {
        "open": forms.ChoiceField(
            label=_("Leads whose state isn't a settled one"),
            choices=[
                ("", _("Keep as the client's history, settled")),
                (UNSORTED, _("Put into Unsorted, without notifying anybody")),
            ],
            required=False,
        ),
        "reason": forms.ChoiceField(
            label=_("Why leads were rejected, where the row doesn't say"),
            choices=[("", "—"), *((str(reason.pk), reason.name) for reason in reasons)],
            required=False,
        ),
    }


@dataclasses.dataclass(slots=True)
class LeadDraft:
    """What a row says of a lead."""

    number: int
    state: str
    received_at: dt.datetime
    values: dict[str, Any]
    text: str
    client: Draft
    reason: RejectionReason | None = None
    external: str = ""


@dataclasses.dataclass(slots=True)
class Plan:
    """What is to be written of one row."""

    draft: LeadDraft
    client: Outcome | None
    card: Card | None
    firm: FirmRef | None


class LeadLoader:
    """Plans and writes rows of leads; one that is there already, by its number, is passed over."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.clients = Clients(context)
        self.forget()

    def forget(self) -> None:
        self.clients.forget()
        self.seen: set[str] = set()

    @cached_property
    def reasons(self) -> dict[str, RejectionReason]:
        found = RejectionReason.objects.filter(is_for_leads=True, is_archived=False)
        return {fold(reason.name): reason for reason in found}

    @cached_property
    def default_reason(self) -> RejectionReason | None:
        chosen = self.context.options.extra.get("reason", "")
        return next((reason for reason in self.reasons.values() if str(reason.pk) == chosen), None)

    # --- Planning -----------------------------------------------------------------------------------
    def plan(self, rows: Sequence[Row]) -> list[Outcome]:
        read = [self._read(row) for row in rows]
        drafts = [one for one in read if isinstance(one, LeadDraft)]
        self.clients.know(draft.client for draft in drafts)
        numbers = {draft.external for draft in drafts if draft.external} - self.seen
        named = external.targets(EXTERNAL, numbers)
        there = set(Lead.objects.present().filter(pk__in=named.values()).values_list("pk", flat=True))
        self.seen |= {number for number, pk in named.items() if pk in there}
        return [self._settle(one) if isinstance(one, LeadDraft) else one for one in read]

    def _read(self, row: Row) -> LeadDraft | Outcome:
        try:
            return self._draft(Reader(self.context, row))
        except Mistake as mistake:
            return Outcome(row.number, FAILED, str(mistake))

    def _draft(self, reader: Reader) -> LeadDraft:
        client = client_draft(reader)
        found: dict[str, Any] = {name: reader.text(name, limit) for name, limit in _TEXTS.items()}
        phone = next((key.value for key in client.keys if key.kind == "phone"), "")
        email = next((key.value for key in client.keys if key.kind == "email"), "")
        found |= {
            "name": client.values.get("name", ""),
            "phone": phone,
            "email": email,
            "company_name": client.company,
            "object_of_interest": reader.text("object", 250),
            "utm_source": reader.text("source", 100),
            "responsible": reader.owner(),
            "source": self._source(reader),
            "tags": reader.listed("tags"),
        }
        found |= custom.read(reader, CustomField.Entity.LEAD)
        received = reader.moment("received_at") or self.context.now
        state = self._state(reader, client)
        reason = None
        if state == Lead.State.REJECTED:
            reason = self.reasons.get(fold(reader.text("reason"))) or self.default_reason
        text = reader.with_remarks(reader.paragraphs("text"))
        if not (client.keys or client.values.get("name") or client.company or found["subject"] or text):
            raise Mistake(_("The row says neither who asked nor what."))
        number = reader.text("external", 100)
        return LeadDraft(reader.row.number, state, received, found, text, client, reason, number)

    def _source(self, reader: Reader) -> Any:
        """A mark nobody has made a source of stays a mark: leads keep it as it came."""
        return self.context.sources.get(fold(reader.text("source"))) or self.context.default_source

    def _state(self, reader: Reader, client: Draft) -> str:
        """Settled as the file says; an open one waits in Unsorted only when one asked for it."""
        told = STATES.get(fold(reader.text("status")))
        has_client = bool(client.keys or client.values.get("name"))
        if told == Lead.State.REJECTED:
            return str(Lead.State.REJECTED)
        if told is None and self.context.options.extra.get("open") == UNSORTED:
            return str(Lead.State.NEW)
        return str(Lead.State.CONVERTED if has_client else Lead.State.REJECTED)

    def _settle(self, draft: LeadDraft) -> Outcome:
        outcome = self._decided(draft)
        outcome.shown = shown(draft)
        return outcome

    def _decided(self, draft: LeadDraft) -> Outcome:
        is_known = draft.external in self.seen and "external" in self.context.options.keys
        if is_known and self.context.options.policy != Policy.CREATE:
            return Outcome(draft.number, SKIPPED, _("Already there: %(name)s.") % {"name": draft.external})
        if not self.context.may(Section.LEADS):
            return Outcome(draft.number, FAILED, _("You may not add leads."))
        client, card, firm = self.clients.settle(draft.client)
        if client is not None and card is None:
            return Outcome(draft.number, FAILED, client.reason)
        if draft.external:
            self.seen.add(draft.external)
        return Outcome(draft.number, CREATED, plan=Plan(draft, client, card, firm))

    # --- Writing ------------------------------------------------------------------------------------
    def write(self, outcomes: Sequence[Outcome], *, now: dt.datetime) -> None:
        planned = [one for one in outcomes if isinstance(one.plan, Plan)]
        firms = [str(pk) for pk in self.clients.people.firms.write(now=now)]
        with_client = [one.plan.client for one in planned if one.plan.client is not None]
        kept = dict(zip(map(id, with_client), self.clients.write(with_client, now=now), strict=True))
        drafts = [self._new(one.plan) for one in planned]
        made = create_leads(drafts=drafts, by=self.context.by, now=now, mark=self.context.mark)
        for outcome, lead in zip(planned, made, strict=True):
            outcome.target_id = lead.pk
            outcome.kept = kept_client(outcome.plan.client, kept.get(id(outcome.plan.client)))
        if firms and planned and planned[0].kept is not None:
            planned[0].kept["firms"] = firms
        pairs = [
            (o.plan.draft.external, o.target_id) for o in planned if o.plan.draft.external and o.target_id
        ]
        external.remember(EXTERNAL, pairs)

    def _new(self, plan: Plan) -> NewLead:
        draft = plan.draft
        return NewLead(
            draft.state,
            draft.received_at,
            draft.values,
            draft.text,
            contact_of(plan.card),
            company_of(plan.firm),
            draft.reason,
        )

    # --- Undoing ------------------------------------------------------------------------------------
    def undo(self, rows: Sequence[Sequence[Any]], *, now: dt.datetime) -> list[tuple[int, str]]:
        stay = self._remove(ids_of(rows, CREATED), now)
        return stay + clients.undo_clients(rows, context=self.context, now=now)

    def _remove(self, made: dict[uuid.UUID, int], now: dt.datetime) -> list[tuple[int, str]]:
        """Delete leads the import made and nobody has touched; what they said of their contacts' others is decided anew."""
        rows = list(
            Lead.objects.present().filter(pk__in=list(made)).order_by("pk").select_for_update(no_key=True)
        )
        touched = {lead.pk for lead in rows if lead.version > 1}
        busy = worked_on(Lead, [lead.pk for lead in rows], self.context) | touched
        going = [lead for lead in rows if lead.pk not in busy]
        for lead in going:
            lead.deleted_at = now
        Lead.objects.bulk_update(going, ["deleted_at"], batch_size=1000)
        Activity.objects.bulk_create(
            Activity(
                kind="change", author=self.context.by, occurred_at=now, created_at=now, lead=lead,
                data={"code": "lead_delete", "lead": str(lead), "number": lead.number} | self.context.mark,
            )
            for lead in going
        )  # fmt: skip
        external.forget(lead.pk for lead in going)
        quality.reclassify_contacts({lead.contact_id for lead in going if lead.contact_id})
        return [(made[pk], _("Stays: somebody has worked on it since.")) for pk in busy]


def shown(draft: LeadDraft) -> dict[str, str]:
    """Write a draft as its preview shows it."""
    found = {name: ", ".join(v) if isinstance(v, list) else str(v or "") for name, v in draft.values.items()}
    found |= custom.shown(CustomField.Entity.LEAD, draft.values)
    found |= {f"contact_{name}": str(value) for name, value in draft.client.values.items()}
    found["contact_phone"] = ", ".join(key.value for key in draft.client.keys if key.kind == "phone")
    found["contact_email"] = ", ".join(key.value for key in draft.client.keys if key.kind == "email")
    found |= {"owner": found["responsible"], "object": found["object_of_interest"], "text": draft.text}
    found |= {
        "status": str(Lead.State(draft.state).label),
        "received_at": f"{draft.received_at:%Y-%m-%d %H:%M}",
    }
    found |= {"reason": draft.reason.name if draft.reason else "", "external": draft.external}
    return found | {"company_name": draft.client.company, "company_inn": draft.client.inn}
