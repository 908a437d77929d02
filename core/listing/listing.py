"""The declaration of a list, and the registry by which jobs and saved views find it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import Field, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise

from core.listing.columns import Column
from core.listing.files import FileFormat
from core.listing.keyset import Sort


class Listing:
    """What one list shows. Subclasses declare; core.listing.page does the work."""

    page: ClassVar[str]  # URL name; also the key of saved views and column preferences
    section: ClassVar[str]  # of tenants.access
    title: ClassVar[str | Promise]
    columns: ClassVar[Sequence[Column]]
    filterset: ClassVar[type[django_filters.FilterSet]]
    sorts: ClassVar[Mapping[str, str]]  # URL name -> field that is never null
    default_sort: ClassVar[str]
    page_size: ClassVar[int] = 50
    actions_template: ClassVar[str] = ""  # buttons of the selection bar
    plan_url: ClassVar[str] = ""  # URL name that plans something for the ticked rows
    mail_url: ClassVar[str] = ""  # URL name that begins a mailing to the people of the ticked rows
    empty_template: ClassVar[str] = ""
    file_name: ClassVar[str] = "export"
    file_formats: ClassVar[Sequence[FileFormat]] = ()  # beside CSV and XLSX

    def rows(self, member: Any, action: str = "view") -> QuerySet[Any]:
        """Return everything of this list the member may see (or export, or edit)."""
        raise NotImplementedError

    def summary(self, queryset: QuerySet[Any]) -> str:
        """Say something about the whole filtered set, or nothing; costs at most one query."""
        return ""

    def filtered(self, member: Any, params: QueryDict, action: str = "view") -> django_filters.FilterSet:
        """Bind the filters of a URL to the member's rows."""
        return self.filterset(params, queryset=self.rows(member, action))

    def all_columns(self) -> Sequence[Column]:
        """List the columns there are to choose from; a list may add those of the tenant it is read in."""
        return self.columns

    def file_format(self, name: str) -> FileFormat | None:
        return next((one for one in self.file_formats if one.name == name), None)

    def column(self, name: str) -> Column | None:
        return next((c for c in self.all_columns() if c.name == name), None)

    def sort(self, param: str) -> Sort:
        """Read the order from a URL; the default for anything unknown."""
        name = param.removeprefix("-")
        if name not in self.sorts:
            param, name = self.default_sort, self.default_sort.removeprefix("-")
        return Sort(name, self.sorts[name], param.startswith("-"))

    def sort_field(self, member: Any, sort: Sort) -> Field[Any, Any]:
        field: Field[Any, Any] = self.rows(member).model._meta.get_field(sort.field)
        return field


_listings: dict[str, Listing] = {}


def register(listing: type[Listing]) -> type[Listing]:
    """Make a list known under its page name; a class decorator."""
    _listings[listing.page] = listing()
    return listing


def listing_for(page: str) -> Listing:
    """Return the list of a page; raise KeyError for unknown pages."""
    return _listings[page]
