"""What reports break rows down by, and the link each value opens."""

from __future__ import annotations

import copy as copying
import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.models import Channel
from contacts.models import Source, SourceGroup
from core import formats
from core.listing.rest import Marks
from deals.filters import CHANNEL_KINDS
from deals.models import RejectionReason
from tenants.models import Department, Membership

Names = Callable[[Iterable[Any]], Mapping[Any, Any]]


def _named(model: Callable[[], Any]) -> Names:
    def read(values: Iterable[Any]) -> Mapping[Any, Any]:
        return dict(model().objects.filter(pk__in=list(values)).values_list("pk", "name"))

    return read


def _itself(values: Iterable[Any]) -> Mapping[Any, Any]:
    return {value: value for value in values}


@dataclasses.dataclass(frozen=True, slots=True)
class Dimension:
    """A way to group rows: the column that tells the value, and the filters that open one group.

    `column` is one of the cells' (reports.models.cells), or of the rows where no cell has it; with `kept`, it is the name
    under which that expression on the rows of a filter set is read. With `group`, what is grouped by is something its
    value belongs to: it gives {value: group}.
    """

    key: str
    label: str | Promise
    column: str
    param: str
    none_param: str = ""
    none_label: str | Promise = ""
    names: Names = _itself
    group: Callable[[], Mapping[Any, Any]] | None = None
    none_value: str = "on"
    kept: Callable[[Any], Any] | None = None
    is_many: bool = False  # a row may have several values
    is_ordered: bool = False  # `names` tells the order
    every: Callable[[], Sequence[Any]] | None = None  # the values that are shown whether they occur or not
    written: Callable[[Any], str] = str  # the value in a URL

    def narrowed(self, params: QueryDict, value: Any) -> QueryDict:
        """The filters of one group inside the filters of the report."""
        copy = shallow(params)
        if value in (None, ""):
            copy[self.none_param] = self.none_value
        else:
            is_taken = self.is_many and self.param in params
            copy[f"also_{self.param}" if is_taken else self.param] = self.written(value)
        return copy

    def rest(self, params: QueryDict, shown: Iterable[Any]) -> QueryDict:
        """The filters of all groups but these and the one without a value."""
        copy, name = shallow(params), f"not_{self.param}"
        before = str(params.get(name, "")).split(".") if name in params else []
        copy[name] = Marks(tuple(sorted({*before, *Marks.of(shown).marks}))).param
        return copy

    def groups(self) -> Callable[[Any], Any]:
        """Return what tells the group of a column's value; one query at most."""
        if self.group is None:
            return lambda value: None if value == "" else value
        return self.group().get

    def named(self, values: Iterable[Any]) -> dict[Any, str]:
        """Name groups; one query at most. A row that is gone leaves its figures without a name.

        In their own order where they have one.
        """
        asked = [value for value in values if value is not None]
        known = self.names(asked)
        if self.is_ordered:
            places = {value: place for place, value in enumerate(known)}
            asked.sort(key=lambda value: places.get(value, len(places)))
        found = {value: self._shown(known.get(value, _("Deleted"))) for value in asked}
        return {**found, None: str(self.none_label)}

    def _shown(self, name: Any) -> str:
        # a phone line is called by its number
        return formats.phone(str(name)) if self.key == "channel" else str(name)


def _groups_of_sources() -> Mapping[Any, Any]:
    return dict(Source.objects.values_list("pk", "group"))


def _departments_of_people() -> Mapping[Any, Any]:
    return dict(Membership.objects.values_list("pk", "department"))


def _person(column: str) -> Dimension:
    return Dimension(
        "manager",
        _("Manager"),
        column,
        "manager",
        "no_manager",
        _("Nobody"),
        names=_named(lambda: Membership),
    )


def _department(column: str) -> Dimension:
    return Dimension(
        "department",
        _("Department"),
        column,
        "department",
        "no_department",
        _("No department"),
        names=_named(lambda: Department),
        group=_departments_of_people,
    )


REASON = Dimension(
    "reason",
    _("Rejection reason"),
    "rejection_reason",
    "reason",
    "no_reason",
    _("Without a reason"),
    names=_named(lambda: RejectionReason),
)
DIMENSIONS = {
    d.key: d
    for d in (
        Dimension(
            "source",
            _("Source"),
            "source",
            "source",
            "no_source",
            _("No source"),
            names=_named(lambda: Source),
        ),
        Dimension(
            "source_group",
            _("Source group"),
            "source",
            "source_group",
            "no_source_group",
            _("No group"),
            names=_named(lambda: SourceGroup),
            group=_groups_of_sources,
        ),
        Dimension("campaign", _("Campaign"), "campaign", "campaign", "no_campaign", _("No campaign")),
        Dimension(
            "channel_kind",
            _("Channel kind"),
            "channel_kind",
            "channel_kind",
            names=lambda _values: dict(CHANNEL_KINDS),
            is_ordered=True,
        ),
        Dimension(
            "channel",
            _("Channel"),
            "channel",
            "channel",
            "no_channel",
            _("No channel"),
            names=_named(lambda: Channel),
        ),
        _person("taken_by"),
        _department("taken_by"),
    )
}


HOUR = Dimension(
    "hour", _("Hour"), "hour", "hour", names=lambda values: {value: f"{value:02}:00" for value in values}
)


def dimension(key: str, default: str, *, person: str, own: Sequence[Dimension] = ()) -> Dimension:
    """Return the asked dimension; `person` is the column of whom the manager filters mean.

    `own` are those that only this report knows.
    """
    found = ({one.key: one for one in own} | DIMENSIONS).get(key, DIMENSIONS[default])
    of_people = {"manager": _person, "department": _department}
    return of_people[found.key](person) if found.key in of_people else found


def shallow(params: QueryDict) -> QueryDict:
    """Copy parameters to set others in them: QueryDict.copy() also copies each value, which takes four times as long."""
    return copying.copy(params)


def rows_url(params: QueryDict, **narrowing: Any) -> str:
    """The lead list that shows exactly the counted rows."""
    copy = shallow(params)
    for name in ("by", "compare", "filters", "cursor"):
        copy.pop(name, None)
    for name, value in narrowing.items():
        copy.setlist(name, [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)])
    return f"{reverse('leads:list')}?{copy.urlencode()}"
