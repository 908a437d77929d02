"""By what deals can be grouped, on the board as columns and in the list as sections."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.db.models.functions import TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Source, SourceGroup
from core import formats
from deals.filters import QUALITIES
from deals.models import Stage
from tenants.custom_fields.definitions import field_of, fields_of, names
from tenants.field_rights import fills
from tenants.models import CustomField, Department, DirectoryElement, Membership

NONE = "none"  # the key of deals that have no value there
_ONE_OF_A_LIST = (CustomField.Kind.CHOICE, CustomField.Kind.ELEMENT)
Names = Mapping[str, str]  # key -> what the group is called, in the order of the groups


@dataclasses.dataclass(frozen=True, slots=True)
class Grouping:
    """One way to group deals. A key is a group's value as text: it stands in addresses."""

    name: str
    label: str | Promise
    expression: Any  # what the database groups by
    names: Callable[[set[str]], Names]
    none: str | Promise  # what the group without a value is called
    params: Callable[[str], dict[str, str]]  # of a key: the filters that find the group's deals
    field: str = ""  # of the deal, set by dragging a card into a group
    model: Any = None  # whose row the field refers to

    def condition(self, key: str) -> Q:
        """Build the filter for a group's deals."""
        if key == NONE:
            return Q(lane=None) | Q(lane="") if self.is_text else Q(lane=None)
        return Q(lane=_value(key))

    @property
    def is_text(self) -> bool:
        return self.name in ("client_type", "quality")

    def key_of(self, value: Any) -> str:
        """Write a group's value as a key."""
        if isinstance(value, dt.date):
            return f"{value:%Y-%m}"
        return str(value) if value not in (None, "") else NONE

    def always(self) -> Iterable[str]:
        """Name the groups a board shows with nothing in them, so that cards can be dropped there."""
        return ()

    def choices(self) -> Any:
        """Give the rows a dragged card may be given: people who work here, sources in use."""
        is_in_use = {"is_active": True} if self.model is Membership else {"is_archived": False}
        return self.model.objects.filter(**is_in_use)

    def is_key(self, key: str) -> bool:
        """Say whether a text from an address can be one of this grouping's keys."""
        if key == NONE:
            return True
        wanted = str if self.is_text else dt.date if self.name == "expected" else uuid.UUID
        return isinstance(_value(key), wanted)

    def ordered(self, keys: Iterable[str]) -> list[tuple[str, str]]:
        """Name the groups and put them in their order, deals without a value last."""
        wanted = set(keys)
        named = list(self.names(wanted - {NONE}).items()) if wanted - {NONE} else []
        return [*named, (NONE, str(self.none))] if NONE in wanted else named


def _value(key: str) -> Any:
    """Read a key back: an id, a month's first day, or a word. Nonsense is a word nobody has."""
    try:
        return uuid.UUID(key)
    except ValueError:
        pass
    try:
        return dt.date.fromisoformat(f"{key}-01")
    except ValueError:
        return key


def _rows(model: Any) -> Callable[[set[str]], Names]:
    def names(keys: set[str]) -> Names:
        rows = model.objects.filter(pk__in=keys).order_by("name")
        return {str(pk): name for pk, name in rows.values_list("pk", "name")}

    return names


def _stages(keys: set[str]) -> Names:
    rows = Stage.objects.filter(pk__in=keys).select_related("pipeline")
    ordered = list(rows.order_by("pipeline__position", "pipeline__name", "position", "id"))
    is_one = len({stage.pipeline_id for stage in ordered}) < 2
    return {str(s.pk): s.name if is_one else f"{s.pipeline.name} · {s.name}" for s in ordered}


def _months(keys: set[str]) -> Names:
    return {key: formats.month_and_year(dt.date.fromisoformat(f"{key}-01")) for key in sorted(keys)}


def _words(words: Mapping[str, Any]) -> Callable[[set[str]], Names]:
    return lambda keys: {key: str(word) for key, word in words.items() if key in keys}


def _filtered(name: str, flag: str) -> Callable[[str], dict[str, str]]:
    return lambda key: {flag: "1"} if key == NONE else {name: key}


def _month_filter(key: str) -> dict[str, str]:
    if key == NONE:
        return {"no_expected": "1"}
    first = dt.date.fromisoformat(f"{key}-01")
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    return {"expected_first": first.isoformat(), "expected_last": last.isoformat()}


_ALL = (
    Grouping("stage", _("Stage"), F("stage_id"), _stages, "", _filtered("stage", "")),
    Grouping(
        "owner", _("Responsible"), F("owner_id"), _rows(Membership), _("Nobody"),
        _filtered("owner", "no_owner"), "owner", Membership,
    ),
    Grouping(
        "department", _("Department"), F("owner__department_id"), _rows(Department), _("No department"),
        _filtered("department", "no_department"),
    ),
    Grouping(
        "source", _("Source"), F("source_id"), _rows(Source), _("No source"),
        _filtered("source", "no_source"), "source", Source,
    ),
    Grouping(
        "source_group", _("Source group"), F("source__group_id"), _rows(SourceGroup), _("No source group"),
        _filtered("source_group", "no_source_group"),
    ),
    Grouping(
        "client_type", _("Client type"), F("company__client_type"), _words(dict(Company.ClientType.choices)),
        _("No client type"), _filtered("client_type", "no_client_type"),
    ),
    Grouping(
        "expected", _("Month expected"), TruncMonth("expected_on"), _months, _("No expected date"), _month_filter,
    ),
    Grouping(
        "quality", _("Quality"), F("quality"), _words(dict(QUALITIES)),
        _("Without a quality"), _filtered("quality", "no_quality"),
    ),
)  # fmt: skip
GROUPINGS: Mapping[str, Grouping] = {one.name: one for one in _ALL}
ON_BOARD: Mapping[str, Grouping] = {
    one.name: one for one in _ALL if one.name != "stage"
}  # its columns are stages


class FieldGrouping(Grouping):
    """By a field of the company's own: one of a list, or an element of a directory."""

    def condition(self, key: str) -> Q:
        return Q(lane=None) if key == NONE else Q(lane=key)

    def is_key(self, key: str) -> bool:
        return len(key) <= 50

    def always(self) -> Iterable[str]:
        field = field_of(CustomField.Entity.DEAL, self.name)
        return names().elements_of(field, with_archived=False) if field.has_options else ()

    def choices(self) -> Any:
        return DirectoryElement.objects.filter(directory__fields__key=self.name, is_archived=False)


def list_groupings() -> Mapping[str, Grouping]:
    """Give everything a list of deals can be grouped by, the fields whoever is looking sees among it."""
    return {**GROUPINGS, **_of_fields()}


def board_groupings() -> Mapping[str, Grouping]:
    """Give everything a board can be grouped by."""
    return {**ON_BOARD, **_of_fields()}


def _of_fields() -> dict[str, Grouping]:
    fields = (field for field in fields_of(CustomField.Entity.DEAL) if field.kind in _ONE_OF_A_LIST)
    return {field.key: _by_field(field) for field in fields}


def _by_field(field: CustomField) -> Grouping:
    def named(keys: set[str]) -> Names:
        return {pk: name for pk, name in names().elements_of(field).items() if pk in keys}

    return FieldGrouping(
        name=field.key,
        label=field.name,
        expression=KT(f"custom_values__{field.key}"),
        names=named,
        none=_("Not filled in"),
        params=lambda key: {field.key: key},
        field=field.key if fills(field.key) else "",
        model=DirectoryElement,
    )
