"""What a row of a table says of a deal: which columns there are, how each is read, and how it is shown."""

from __future__ import annotations

import dataclasses
import datetime as dt
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.folding import fold
from contacts.importing import clients, custom
from contacts.importing.clients import client_draft
from contacts.importing.context import Context, Mistake, Reader
from contacts.importing.kinds import Field
from contacts.importing.people import Draft
from core.tabular import values
from deals.importing.spellings import DEALS
from deals.models import Pipeline, RejectionReason, Stage
from tenants.models import CustomField, Membership

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
