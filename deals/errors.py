"""What the deal services refuse, each by a name of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import formats
from core.errors import Conflict, Forbidden, Refusal
from deals.fields import label_of


class MissingFields(Refusal):
    """The stage gate: fields to fill before leaving one stage or entering another (D5)."""

    code = "missing_fields"

    def __init__(self, *, fields: Iterable[str], stage: str = "", is_leaving: bool = False) -> None:
        self.fields = list(fields)
        self.stage = stage
        names = get_text_list([str(label_of(name)).lower() for name in self.fields], _("and"))
        pattern = (
            _("Before leaving “%(stage)s” fill in: %(fields)s.")
            if is_leaving
            else _("“%(stage)s” needs: %(fields)s.")
        )
        super().__init__(pattern % {"stage": stage, "fields": names}, fields=self.fields)


class FieldsClosedToRole(Forbidden):
    """The stage gate: what is missing is for others to fill (D5, P1); the role may not even see what it is."""

    code = "fields_closed_to_role"

    def __init__(self, *, stage: str) -> None:
        text = _("“%(stage)s” needs fields that your role may not fill in. Ask a colleague who may.")
        super().__init__(text % {"stage": stage}, stage=stage)


class DealChangedMeanwhile(Conflict):
    """The card or page was older than the deal (D4)."""

    code = "deal_changed"

    def __init__(self, *, who: str, at: dt.datetime, now: dt.datetime, stage: str = "") -> None:
        self.who, self.at, self.stage = who, at, stage
        values = {
            "who": who or _("The system"),
            "when": formats.ago(at, now=now, is_long=True),
            "stage": stage,
        }
        pattern = (
            _("%(who)s moved the deal to “%(stage)s”: %(when)s.")
            if stage
            else _("%(who)s changed the deal: %(when)s.")
        )
        super().__init__(pattern % values, who=who, at=at, stage=stage)


class DealGone(Conflict):
    """The deal was deleted while the card or page was open."""

    code = "deal_gone"

    def default_message(self) -> str | Promise:
        return gettext_lazy("The deal has been deleted.")


class StageGone(Conflict):
    """The stage was deleted while the page was open."""

    code = "stage_gone"

    def default_message(self) -> str | Promise:
        return gettext_lazy("The stage has been deleted: reload the page.")


class ReasonRequired(Refusal):
    """Moving to lost asks for a reason of the tenant's directory (D6)."""

    code = "reason_required"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose why the deal is lost.")


class WrongReason(Refusal):
    """The reason is archived, or isn't one for deals."""

    code = "wrong_reason"

    def default_message(self) -> str | Promise:
        return gettext_lazy("This reason is not for deals.")


class NotAllowed(Forbidden):
    """The member's role does not reach this deal."""

    code = "not_allowed"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Your role does not allow changing this deal.")


class StageClosedToRole(Forbidden):
    """The member's role only sees the stage, or not even that (P1)."""

    code = "stage_closed_to_role"

    def __init__(self, *, stage: str) -> None:
        self.stage = stage
        super().__init__(_("Your role does not move deals into “%(stage)s”.") % {"stage": stage}, stage=stage)


class DealsOnlySeen(Forbidden):
    """The deal stands in a stage whose deals the member's role sees and doesn't change (P1)."""

    code = "deals_only_seen"

    def __init__(self, *, stage: str) -> None:
        self.stage = stage
        super().__init__(_("Your role only sees the deals in “%(stage)s”.") % {"stage": stage}, stage=stage)


class StageFull(Conflict):
    """The stage has a strict card limit and holds that many deals."""

    code = "stage_full"

    def __init__(self, *, stage: str, limit: int) -> None:
        self.stage, self.limit = stage, limit
        text = ngettext(
            "“%(stage)s” takes at most %(count)s card: finish one there first.",
            "“%(stage)s” takes at most %(count)s cards: finish one there first.",
            limit,
        )
        super().__init__(text % {"stage": stage, "count": limit}, stage=stage)


class OwnerDismissed(Refusal):
    """Nobody is given a deal who no longer works here."""

    code = "owner_dismissed"

    def default_message(self) -> str | Promise:
        return gettext_lazy("This person does not work here any more.")


class PipelineWithoutStages(Refusal):
    """A new pipeline starts without own stages (D2); a deal needs one."""

    code = "pipeline_without_stages"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Add a stage to the pipeline first.")


class PipelineArchived(Refusal):
    """Nothing is created in or moved into an archived pipeline."""

    code = "pipeline_archived"

    def default_message(self) -> str | Promise:
        return gettext_lazy("The pipeline is archived.")


class StageHasDeals(Refusal):
    """A stage with deals cannot vanish with them (D1)."""

    code = "stage_has_deals"

    def __init__(self, *, count: int) -> None:
        self.count = count
        text = ngettext(
            "The stage holds %(count)s deal: choose where it goes.",
            "The stage holds %(count)s deals: choose where they go.",
            count,
        )
        super().__init__(text % {"count": count}, count=count)


class DealsLackFields(Refusal):
    """Deals of a stage that is to be deleted don't meet what the other stage demands (D5)."""

    code = "deals_lack_fields"

    def __init__(self, *, count: int, stage: str, fields: Iterable[str]) -> None:
        self.count, self.stage = count, stage
        names = get_text_list([str(label_of(name)).lower() for name in fields], _("and"))
        text = ngettext(
            "%(count)s deal lacks what “%(stage)s” needs: %(fields)s.",
            "%(count)s deals lack what “%(stage)s” needs: %(fields)s.",
            count,
        )
        super().__init__(text % {"count": count, "stage": stage, "fields": names}, count=count)


class SystemStage(Refusal):
    """Won, lost and archived always exist: they can be renamed and hidden, not deleted (D2)."""

    code = "system_stage"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Won, lost and archived always exist; the stage can be hidden from the board.")


class WrongStage(Refusal):
    """The stage belongs to another pipeline, or cannot take deals this way."""

    code = "wrong_stage"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose an open stage of the same pipeline.")


class PipelineHasDeals(Refusal):
    """A pipeline with deals can be archived, not deleted (D1)."""

    code = "pipeline_has_deals"

    def __init__(self, *, count: int) -> None:
        self.count = count
        text = ngettext(
            "The pipeline holds %(count)s deal: archive it instead.",
            "The pipeline holds %(count)s deals: archive it instead.",
            count,
        )
        super().__init__(text % {"count": count}, count=count)


class PipelineHasHistory(Refusal):
    """Deals that went on elsewhere keep the record of their way through the pipeline (D4, R6)."""

    code = "pipeline_has_history"

    def default_message(self) -> str | Promise:
        return gettext_lazy(
            "Deals have passed through the pipeline: archive it, so that reports keep its past."
        )


class NameTaken(Refusal):
    """Two pipelines cannot have one name."""

    code = "name_taken"

    def default_message(self) -> str | Promise:
        return gettext_lazy("There is a pipeline with this name already.")
