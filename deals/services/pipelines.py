"""Making and changing pipelines (D1, D2). Rights over settings are the views' to check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from deals.errors import NameTaken, PipelineHasDeals, PipelineHasHistory
from deals.models import Deal, Pipeline, Stage, StageChange, StageRequirement
from tenants.models import Role
from tenants.services.references import delete_unreferenced

# The system stages come after every own stage; own stages count from 1.
FIRST_SYSTEM_POSITION = 1000
SYSTEM_COLORS = {Stage.Kind.WON: 4, Stage.Kind.LOST: 9, Stage.Kind.ARCHIVED: 12}
EDITABLE = (
    "name", "currency", "is_unsorted_shown", "has_one_open_deal", "card_fields",
    "first_payment_stage", "full_payment_stage",
)  # fmt: skip
# Of a stage, everything that a copy of the pipeline takes over
COPIED = (
    "name",
    "kind",
    "color",
    "position",
    "probability_percent",
    "time_limit_h",
    "card_limit",
    "is_limit_strict",
    "is_shown",
)


@transaction.atomic
def create_pipeline(
    *, name: str, currency: str, system_names: dict[str, str] | None = None, **fields: Any
) -> Pipeline:
    """Create a pipeline with its three system stages and no own ones; return it.

    The system stages start hidden: the board has drop zones for them. Raises NameTaken.
    """
    last = Pipeline.objects.aggregate(last=Max("position"))["last"]
    pipeline = Pipeline(name=name.strip(), currency=currency, position=(last or 0) + 1, **fields)
    _save(pipeline)
    names = {"won": _("Won"), "lost": _("Lost"), "archived": _("Archived")} | (system_names or {})
    for place, kind in enumerate((Stage.Kind.WON, Stage.Kind.LOST, Stage.Kind.ARCHIVED)):
        Stage.objects.create(
            pipeline=pipeline,
            name=names[kind],
            kind=kind,
            color=SYSTEM_COLORS[kind],
            position=FIRST_SYSTEM_POSITION + place,
            probability_percent=100 if kind == Stage.Kind.WON else 0,
            is_shown=False,
        )
    return pipeline


@transaction.atomic
def update_pipeline(*, pipeline: Pipeline, **values: Any) -> Pipeline:
    """Change the name, currency, card fields, whether Unsorted is shown or one deal a client; return the pipeline.

    The currency is that of new deals; those there keep theirs. Raises NameTaken.
    """
    for name, value in values.items():
        if name not in EDITABLE:
            raise TypeError(f"{name} of a pipeline is not set this way.")
        setattr(pipeline, name, value.strip() if name == "name" else value)
    _save(pipeline)
    return pipeline


@transaction.atomic
def copy_pipeline(*, pipeline: Pipeline, name: str) -> Pipeline:
    """Make another pipeline with the same stages, demands, cards and rights, and no deals; return it.

    Raises NameTaken.
    """
    last = Pipeline.objects.aggregate(last=Max("position"))["last"]
    kept = {field: getattr(pipeline, field) for field in EDITABLE if field != "name"}
    copy = Pipeline(name=name.strip(), position=(last or 0) + 1, **kept)
    _save(copy)
    twins: dict[str, str] = {}
    for stage in Stage.objects.filter(pipeline=pipeline).order_by("position", "id"):
        old, demands = stage.pk, list(StageRequirement.objects.filter(stage=stage))
        twin = Stage(pipeline=copy, **{field: getattr(stage, field) for field in COPIED})
        twin.save()
        twins[str(old)] = str(twin.pk)
        StageRequirement.objects.bulk_create(
            [StageRequirement(stage=twin, field=one.field, moment=one.moment) for one in demands]
        )
    _copy_rights(pipeline, copy, twins)
    return copy


def _copy_rights(pipeline: Pipeline, copy: Pipeline, twins: dict[str, str]) -> None:
    """Let no role reach further in a copy than in what was copied."""
    for role in Role.objects.select_for_update().order_by("pk"):
        kept: dict[str, str] = role.pipeline_rights.get(str(pipeline.pk), {})
        if kept:
            role.pipeline_rights[str(copy.pk)] = {twins.get(key, key): level for key, level in kept.items()}
            role.save(update_fields=["pipeline_rights"])


def archive_pipeline(*, pipeline: Pipeline) -> Pipeline:
    """Take the pipeline off the boards; its deals stay in lists, reports and search."""
    pipeline.is_archived = True
    pipeline.save(update_fields=["is_archived"])
    return pipeline


def restore_pipeline(*, pipeline: Pipeline) -> Pipeline:
    """Put an archived pipeline back."""
    pipeline.is_archived = False
    pipeline.save(update_fields=["is_archived"])
    return pipeline


@transaction.atomic
def delete_pipeline(*, pipeline: Pipeline) -> None:
    """Delete a pipeline no deal was ever in, deleted ones included.

    Raises PipelineHasDeals, PipelineHasHistory, and StillInUse where a channel sends its leads here.
    """
    Pipeline.objects.select_for_update().filter(pk=pipeline.pk).values_list("pk", flat=True).first()
    if count := Deal.objects.filter(pipeline=pipeline).count():
        raise PipelineHasDeals(count=count)
    if StageChange.objects.filter(pipeline=pipeline).exists():
        raise PipelineHasHistory()
    delete_unreferenced(pipeline)


@transaction.atomic
def order_pipelines(*, order: Sequence[Pipeline]) -> None:
    """Put the pipelines in this order; those not named keep theirs behind."""
    named = {pipeline.pk for pipeline in order}
    rest = Pipeline.objects.exclude(pk__in=named).order_by("position", "name")
    for place, pipeline in enumerate([*order, *rest], start=1):
        pipeline.position = place
        pipeline.save(update_fields=["position"])


def _save(pipeline: Pipeline) -> None:
    try:
        with transaction.atomic():
            pipeline.save()
    except IntegrityError as error:
        raise NameTaken() from error
