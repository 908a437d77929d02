"""Every dimension of leads and of deals, each told once: what the explorer breaks rows down by and the lists filter by."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Min
from django.db.models.functions import Upper
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.models import Company
from deals.filters import QUALITIES
from deals.models import Deal, Pipeline, Product, Stage
from leads.filters import ADVERTISING
from leads.models import Lead
from reports.dimensions import DIMENSIONS, REASON, Dimension, dimension
from reports.time_steps import TIME
from tenants.custom_fields.definitions import fields_of, names
from tenants.custom_fields.filters import CHOSEN, NO, NONE, YES
from tenants.models import CustomField

Kind = CustomField.Kind
ENTITIES = {"leads": CustomField.Entity.LEAD, "deals": CustomField.Entity.DEAL}


def _held(param: str) -> Callable[[Any], Any]:
    return lambda filters: filters.held_of(param).expression


def _of_choices(choices: Iterable[tuple[str, Any]]) -> Callable[[Iterable[Any]], Mapping[Any, Any]]:
    return lambda _values: dict(choices)


def _chosen(key: str, label: Any, column: str, choices: Iterable[tuple[str, Any]], **more: Any) -> Dimension:
    return Dimension(key, label, column, more.pop("param", key), names=_of_choices(choices), is_ordered=True, **more)  # fmt: skip


def _stages(values: Iterable[Any]) -> Mapping[Any, Any]:
    """Name stages in their order; with their pipeline where there are several."""
    rows = list(
        Stage.objects.filter(pk__in=list(values))
        .order_by("pipeline__position", "pipeline", "position")
        .values_list("pk", "name", "pipeline__name")
    )
    is_one = len({pipeline for _pk, _name, pipeline in rows}) < 2
    return {pk: name if is_one else f"{name} · {pipeline}" for pk, name, pipeline in rows}


def _named(model: Any) -> Callable[[Iterable[Any]], Mapping[Any, Any]]:
    return lambda values: dict(model.objects.filter(pk__in=list(values)).values_list("pk", "name"))


def _places(model: Any, field: str) -> Callable[[Iterable[Any]], Mapping[Any, Any]]:
    """Name places that are one however their capitals are written."""

    def read(values: Iterable[Any]) -> Mapping[Any, Any]:
        rows = model.objects.order_by().annotate(place=Upper(field)).filter(place__in=list(values))
        return dict(rows.values_list("place").annotate(Min(field)))

    return read


def _stage(path: str, **more: Any) -> Dimension:
    return Dimension("stage", _("Stage"), path, "stage", names=_stages, is_ordered=True, **more)


def _pipeline(path: str, **more: Any) -> Dimension:
    return Dimension("pipeline", _("Pipeline"), path, "pipeline", names=_named(Pipeline), **more)


_WITHOUT_DEAL = {"none_param": "has_deal", "none_value": "no", "none_label": _("Without a deal")}
_SHARED = tuple(DIMENSIONS[key] for key in ("source", "source_group", "campaign", "channel_kind"))
_ADVERTISING = dict(ADVERTISING)
LEADS = (
    *_SHARED,
    DIMENSIONS["channel"],
    _chosen("kind", _("Type"), "kind", Lead.Kind.choices),
    _chosen("quality", _("Quality"), "quality", Lead.Quality.choices),
    Dimension(
        "advertising",
        _("Advertising"),
        "is_advertising",
        "advertising",
        names=lambda _values: {True: _ADVERTISING["yes"], False: _ADVERTISING["no"]},
        is_ordered=True,
        written=lambda value: "yes" if value else "no",
    ),
    _chosen("state", _("State"), "state", Lead.State.choices),
    dataclasses.replace(REASON, none_param="reasonless", none_label=_("No rejection reason")),
    _pipeline("deal__pipeline", **_WITHOUT_DEAL),
    _stage("deal__stage", **_WITHOUT_DEAL),
    _chosen("stage_group", _("Stage group"), "deal__state", Stage.Kind.choices, **_WITHOUT_DEAL),
    Dimension(
        "region", _("Region"), "x_region", "region", "no_region", _("No region"),
        names=_places(Lead, "region"), kept=_held("region"),
    ),
    Dimension(
        "object", _("Object of interest"), "object_of_interest", "object", "no_object", _("No object of interest")
    ),
    Dimension(
        "tags", _("Tag"), "x_tags", "tags", "no_tags", _("Without tags"), kept=_held("tags"), is_many=True
    ),
)  # fmt: skip
DEALS = (
    *_SHARED[:3],
    dataclasses.replace(_SHARED[3], none_param="no_channel_kind", none_label=_("No channel kind")),
    _chosen(
        "quality", _("Quality"), "quality", QUALITIES, none_param="no_quality", none_label=_("Without a quality")
    ),
    _pipeline("pipeline"),
    _stage("stage"),
    _chosen("stage_group", _("Stage group"), "state", Stage.Kind.choices, param="state"),
    dataclasses.replace(REASON, label=_("Reason of loss"), none_label=_("No reason of loss")),
    _chosen(
        "client_type", _("Client type"), "company__client_type", Company.ClientType.choices,
        none_param="no_client_type", none_label=_("No client type"),
    ),
    Dimension(
        "city", _("City"), "x_city", "city", "no_city", _("No city"), names=_places(Deal, "city"), kept=_held("city")
    ),
    Dimension(
        "product", _("Product"), "x_product", "product", "no_product", _("No product of the catalogue"),
        names=_named(Product), kept=_held("product"), is_many=True,
    ),
    Dimension("tags", _("Tag"), "x_tags", "tag", "no_tag", _("Without tags"), kept=_held("tag"), is_many=True),
)  # fmt: skip


def axes_of(subject: str, *, person: str) -> dict[str, Dimension]:
    """List the dimensions of leads or deals by their keys: those of time, those of all, and the fields the reader sees.

    `person` is the path of whom the manager filters mean.
    """
    people = [dimension(key, "source", person=person) for key in ("manager", "department")]
    if subject == "deals":
        people[0] = dataclasses.replace(
            people[0], param="owner", none_param="no_owner", none_label=_("Nobody is responsible")
        )
    own = LEADS if subject == "leads" else DEALS
    fields = [axis_of_field(field) for field in fields_of(ENTITIES[subject]) if field.kind in CHOSEN]
    return {axis.key: axis for axis in (*TIME, *own, *people, *fields)}


def axis_of_field(field: CustomField) -> Dimension:
    """Make the dimension of a field that is chosen from a list."""
    return Dimension(
        field.key,
        field.name,
        f"x_{field.key}",
        field.key,
        field.key,
        _("not filled in"),
        names=lambda values: _choices(field, values),
        none_value=NONE,
        kept=_held(field.key),
        is_many=field.kind == Kind.CHOICES,
        is_ordered=True,
        written=_flag if field.kind == Kind.FLAG else str,
    )


def _flag(value: Any) -> str:
    return YES if str(value) == "true" else NO


def _choices(field: CustomField, values: Iterable[Any]) -> Mapping[Any, Any]:
    if field.kind == Kind.FLAG:
        return {"true": gettext("yes"), "false": gettext("no")}
    return names().members() if field.kind == Kind.MEMBER else names().elements_of(field)
