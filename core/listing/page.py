"""One page of a list, made from the URL: everything the template prints."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import django_filters
from django.http import QueryDict
from django.utils.functional import Promise, cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import formats
from core.listing import keyset
from core.listing.columns import Cell, Column
from core.listing.filters import Chip, active_chips
from core.listing.listing import Listing
from core.listing.markup import row_html

# Parameters of a list's URL that are not filters
STATE_PARAMS = ("sort", "cursor", "view", "filters")
MIN_WIDTH, MAX_WIDTH = 60, 600


@dataclasses.dataclass(frozen=True, slots=True)
class HeadCell:
    """A column's head with the link that sorts by it."""

    name: str
    label: str | Promise
    css: str
    width: int
    sort_url: str = ""
    direction: str = ""  # '', ascending, descending


@dataclasses.dataclass(frozen=True, slots=True)
class PageRow:
    id: str
    label: str
    cells: Sequence[tuple[HeadCell, Cell]]

    @property
    def html(self) -> SafeString:
        return row_html(self.id, self.label, [(head.css, cell) for head, cell in self.cells])


class ListPage:
    """Lazy: the template pays only for what it prints."""

    def __init__(
        self, listing: Listing, member: Any, params: QueryDict, arranged: Sequence[dict[str, Any]] = ()
    ) -> None:
        self.listing, self.member, self.params = listing, member, params
        self.sort = listing.sort(params.get("sort", ""))
        self.arranged = arranged
        self.filterset: django_filters.FilterSet = listing.filtered(member, params)
        self.cursor = (
            keyset.decode(str(params["cursor"]), listing.sort_field(member, self.sort))
            if "cursor" in params
            else None
        )

    @cached_property
    def columns(self) -> list[tuple[Column, int]]:
        """The chosen columns with their widths, in the member's order."""
        chosen: list[tuple[Column, int]] = []
        for wish in self.arranged:
            column = self.listing.column(str(wish.get("name", "")))
            if column and column not in [c for c, _w in chosen]:
                chosen.append((column, _width(wish.get("width"), column.width)))
        if not chosen:
            chosen = [(c, c.width) for c in self.listing.all_columns() if c.is_default]
        missing = [
            (c, c.width)
            for c in self.listing.all_columns()
            if c.is_fixed and c not in [x for x, _w in chosen]
        ]
        return missing + chosen

    @cached_property
    def choices(self) -> list[dict[str, Any]]:
        """Every column for the chooser: the shown ones first, in their order."""
        shown = [c for c, _w in self.columns]
        widths = {c.name: w for c, w in self.columns}
        rest = [c for c in self.listing.all_columns() if c not in shown]
        return [
            {
                "name": c.name,
                "label": c.label,
                "is_on": c in shown,
                "is_fixed": c.is_fixed,
                "width": widths.get(c.name, c.width),
            }
            for c in (*shown, *rest)
        ]

    @cached_property
    def head(self) -> list[HeadCell]:
        return [self._head_cell(column, width) for column, width in self.columns]

    def _head_cell(self, column: Column, width: int) -> HeadCell:
        if not column.sort:
            return HeadCell(column.name, column.label, column.css, width)
        is_current = self.sort.name == column.sort
        turned = column.sort if is_current and self.sort.is_descending else f"-{column.sort}"
        direction = ("descending" if self.sort.is_descending else "ascending") if is_current else ""
        url = self.url(sort=turned, cursor=None)
        return HeadCell(column.name, column.label, column.css, width, url, direction)

    @cached_property
    def _raw(self) -> list[dict[str, Any]]:
        """The rows of this page and one more in the direction of travel; one query."""
        rows = keyset.part(self.filterset, self.sort, self.cursor, self.listing.page_size + 1)
        return list(rows.values("id", *sorted({self.sort.field, *self.reads})))

    @property
    def reads(self) -> list[str]:
        """What the chosen columns are made of."""
        return sorted(set().union(*(column.reads for column, _w in self.columns)))

    @cached_property
    def raw(self) -> list[dict[str, Any]]:
        rows = self._raw[: self.listing.page_size]
        return rows[::-1] if self.cursor and self.cursor.is_back else rows

    @cached_property
    def rows(self) -> list[PageRow]:
        return self.printed(self.raw)

    def printed(self, raws: Sequence[dict[str, Any]]) -> list[PageRow]:
        """Make the rows of what was read."""
        columns = [(head, column) for head, (column, _w) in zip(self.head, self.columns, strict=True)]
        labelling = next((place for place, (_head, column) in enumerate(columns) if column.is_fixed), None)
        rows = []
        for raw in raws:
            pk, cells = str(raw["id"]), [(head, column.cell(raw)) for head, column in columns]
            rows.append(PageRow(pk, pk if labelling is None else cells[labelling][1].text, cells))
        return rows

    @cached_property
    def count(self) -> int:
        """Rows of the whole filter, capped; one query."""
        if not self.cursor and len(self._raw) <= self.listing.page_size:
            return len(self._raw)
        return keyset.capped_count(self.filterset.qs)

    @property
    def count_text(self) -> str:
        if self.count > keyset.COUNT_CAP:
            return _("more than %(count)s") % {"count": formats.number(keyset.COUNT_CAP)}
        return formats.number(self.count)

    @cached_property
    def summary(self) -> str:
        return self.listing.summary(self.filterset.qs)

    @property
    def next_url(self) -> str:
        has_more = len(self._raw) > self.listing.page_size
        is_back = bool(self.cursor and self.cursor.is_back)
        return self._cursor_url(self.raw[-1], is_back=False) if self.raw and (has_more or is_back) else ""

    @property
    def previous_url(self) -> str:
        if not self.cursor or not self.raw:
            return ""
        if self.cursor.is_back and len(self._raw) <= self.listing.page_size:
            return ""
        return self._cursor_url(self.raw[0], is_back=True)

    def _cursor_url(self, row: dict[str, Any], *, is_back: bool) -> str:
        return self.url(cursor=keyset.Cursor(row[self.sort.field], str(row["id"]), is_back).encode())

    @cached_property
    def chips(self) -> list[Chip]:
        return active_chips(self.filterset, self.params, self.url)

    @cached_property
    def usual_filters(self) -> list[Any]:
        """The fields of the filter form that are shown at once."""
        names = getattr(self.filterset, "usual", ())
        return [bound for bound in self.filterset.form if not names or bound.name in names]

    @cached_property
    def more_filters(self) -> list[Any]:
        """The fields that fold under 'more'."""
        return [bound for bound in self.filterset.form if bound not in self.usual_filters]

    @property
    def is_more_open(self) -> bool:
        """Whether one of the folded filters is in force."""
        labels = {bound.field.label for bound in self.more_filters}
        return any(chip.label in labels for chip in self.chips)

    @property
    def is_filtered(self) -> bool:
        return bool(self.chips)

    @property
    def query(self) -> str:
        """The URL's state without the place in it: what a saved view keeps."""
        kept = self.params.copy()
        for name in ("cursor", "view", "filters"):
            kept.pop(name, None)
        return kept.urlencode()

    def url(self, **changes: str | Sequence[str] | None) -> str:
        """This page's query string with some parameters changed; None removes one."""
        params = self.params.copy()
        params.pop("filters", None)
        for name, value in changes.items():
            params.pop(name, None)
            if isinstance(value, str):
                params[name] = value
            elif value is not None:
                params.setlist(name, list(value))
        if set(changes) - set(STATE_PARAMS):
            params.pop("cursor", None)
        return f"?{params.urlencode()}"

    @property
    def clear_url(self) -> str:
        kept = self.params.get("sort")
        return f"?sort={kept}" if kept else "?"


def build_page(
    listing: Listing, member: Any, params: QueryDict, arranged: Sequence[dict[str, Any]] = ()
) -> ListPage:
    """Make the page a URL asks for. `arranged` are the member's columns, as ListPreference keeps them."""
    return ListPage(listing, member, params, arranged)


def _width(value: Any, default: int) -> int:
    return max(MIN_WIDTH, min(MAX_WIDTH, value)) if isinstance(value, int) else default
