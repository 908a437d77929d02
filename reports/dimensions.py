"""What leads can be broken down by, and the link each value opens."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import formats
from leads.filters import CHANNEL_KINDS


@dataclasses.dataclass(frozen=True, slots=True)
class Dimension:
    """A way to group leads: the columns that tell value and name, and the filters that open one group."""

    key: str
    label: str | Promise
    value_field: str
    name_field: str
    param: str
    none_param: str = ""
    none_label: str | Promise = ""
    names: tuple[tuple[str, Any], ...] = ()

    def narrowed(self, params: QueryDict, value: Any) -> QueryDict:
        """The filters of one group inside the filters of the report."""
        copy = params.copy()
        if value in (None, ""):
            copy[self.none_param] = "on"
        else:
            copy[self.param] = str(value)
        return copy

    def name(self, value: Any, name: Any) -> str:
        if value in (None, ""):
            return str(self.none_label)
        named = str(dict(self.names).get(value, name) if self.names else name)
        return (
            formats.phone(named) if self.key == "channel" else named
        )  # a phone line is called by its number


def _person(field: str) -> Dimension:
    return Dimension(
        "manager", _("Manager"), f"{field}_id", f"{field}__name", "manager", "no_manager", _("Nobody")
    )


DIMENSIONS = {
    d.key: d
    for d in (
        Dimension("source", _("Source"), "source_id", "source__name", "source", "no_source", _("No source")),
        Dimension(
            "source_group",
            _("Source group"),
            "source__group_id",
            "source__group__name",
            "source_group",
            "no_source_group",
            _("No group"),
        ),
        Dimension(
            "campaign", _("Campaign"), "campaign", "campaign", "campaign", "no_campaign", _("No campaign")
        ),
        Dimension(
            "channel_kind",
            _("Channel kind"),
            "channel_kind",
            "channel_kind",
            "channel_kind",
            names=tuple(CHANNEL_KINDS),
        ),
        Dimension(
            "channel", _("Channel"), "channel_id", "channel__name", "channel", "no_channel", _("No channel")
        ),
        _person("taken_by"),
    )
}


def dimension(key: str, default: str, *, person: str) -> Dimension:
    """Return the asked dimension; `person` is the field of whom the manager filters mean."""
    found = DIMENSIONS.get(key, DIMENSIONS[default])
    return _person(person) if found.key == "manager" else found


def rows_url(params: QueryDict, **narrowing: Any) -> str:
    """The lead list that shows exactly the counted rows."""
    copy = params.copy()
    for name in ("by", "compare", "filters", "cursor"):
        copy.pop(name, None)
    for name, value in narrowing.items():
        copy.setlist(name, [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)])
    return f"{reverse('leads:list')}?{copy.urlencode()}"
