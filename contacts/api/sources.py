"""Sources and their groups, for programs."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from ninja import Query, Router, Status
from pydantic import BaseModel, Field

from contacts.api.scopes import SOURCES_READ, SOURCES_WRITE
from contacts.models import Source
from contacts.sources import services
from contacts.sources.forms import SourceForm
from core.listing.keyset import Sort
from tenants.api import paging
from tenants.api.answers import FormRefused
from tenants.api.endpoints import endpoint
from tenants.api.fields import Body, Filters, Limit, Text
from tenants.requests import MemberRequest

router = Router(tags=["Sources"])
Name = Annotated[Text, Field(min_length=1, max_length=100)]


class SourceIn(Body):
    """A new source."""

    name: Name
    group_id: uuid.UUID | None = None
    utm_source: Text = Field(
        "", max_length=100, description=gettext_noop("Inquiries marked so get this source by themselves.")
    )
    is_advertising: bool = Field(True, description=gettext_noop("Counts in advertising statistics."))


class SourceChange(Body):
    """What to change of a source; what is left out stays."""

    name: Name | None = None
    group_id: uuid.UUID | None = None
    utm_source: Text | None = Field(None, max_length=100)
    is_advertising: bool | None = None
    is_archived: bool | None = Field(
        None, description=gettext_noop("Archived: no longer offered, history stays.")
    )


class SourceOut(BaseModel):
    """A source as it is."""

    id: uuid.UUID
    name: str
    group_id: uuid.UUID | None
    group: str | None
    utm_source: str
    is_advertising: bool
    is_archived: bool


class SourcePage(BaseModel):
    items: list[SourceOut]
    next: str | None = Field(description=gettext_noop("Give it as `after` to go on; null at the end."))


class SourceFilters(Filters):
    name: Text | None = Field(None, max_length=100)
    utm_source: Text | None = Field(None, max_length=100)
    is_archived: bool | None = None
    after: str = Field("", max_length=200)
    limit: Limit = paging.USUAL


@endpoint(router, "GET", "/sources", scope=SOURCES_READ, url_name="sources", returns=SourcePage,
          summary=gettext_noop("List sources"),
          about=gettext_noop(
              "In the order they were made in. Names are compared as a whole, however their capitals "
              "are written."
          ))  # fmt: skip
def list_sources(request: MemberRequest, filters: Query[SourceFilters]) -> dict[str, Any]:
    """List sources by name, mark or state."""
    rows = Source.objects.select_related("group")
    if filters.is_archived is not None:
        rows = rows.filter(is_archived=filters.is_archived)
    for name in ("name", "utm_source"):
        if (wanted := getattr(filters, name)) is not None:
            rows = rows.filter(**{f"{name}__iexact": wanted})
    found = paging.page(rows, Sort("id", "id", False), after=filters.after, limit=filters.limit)
    return found | {"items": [_told(source) for source in found["items"]]}


@endpoint(router, "POST", "/sources", scope=SOURCES_WRITE, url_name="sources", returns=SourceOut, status=201,
          summary=gettext_noop("Add a source"))  # fmt: skip
def create_source(request: MemberRequest, body: SourceIn) -> Status[dict[str, Any]]:
    """Add a source, as the settings' form would."""
    values = _checked(SourceForm(_typed(body.model_dump())))
    return Status(201, _told(services.create_source(by=request.member, **values)))


@endpoint(router, "GET", "/sources/{uuid:source_id}", scope=SOURCES_READ, url_name="source", returns=SourceOut,
          summary=gettext_noop("Read a source"))  # fmt: skip
def read_source(request: MemberRequest, source_id: uuid.UUID) -> dict[str, Any]:
    """Tell one source."""
    return _told(_source_or_404(source_id))


@endpoint(router, "PATCH", "/sources/{uuid:source_id}", scope=SOURCES_WRITE, url_name="source", returns=SourceOut,
          summary=gettext_noop("Change a source"),
          about=gettext_noop("What is left out stays; group_id null takes the source out of its group."))  # fmt: skip
def change_source(request: MemberRequest, source_id: uuid.UUID, body: SourceChange) -> dict[str, Any]:
    """Change what is given of a source."""
    source = _source_or_404(source_id)
    given = body.model_dump(exclude_none=True, exclude={"group_id"})
    if "group_id" in body.model_fields_set:
        given["group_id"] = body.group_id
    is_archived = given.pop("is_archived", source.is_archived)
    if given:
        values = _checked(SourceForm(_typed(_told(source) | given), instance=source))
        source = services.update_source(source=source, by=request.member, **values)
    if is_archived != source.is_archived:
        services.archive_source(source=source, by=request.member, is_archived=is_archived)
    return _told(source)


def _source_or_404(pk: uuid.UUID) -> Source:
    return get_object_or_404(Source.objects.select_related("group"), pk=pk)


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """Give the form what a person would have typed."""
    return values | {"group": values["group_id"]}


def _checked(form: SourceForm) -> dict[str, Any]:
    if not form.is_valid():
        raise FormRefused(form)
    return form.cleaned_data


def _told(source: Source) -> dict[str, Any]:
    same = ("id", "name", "group_id", "utm_source", "is_advertising", "is_archived")
    told = {name: getattr(source, name) for name in same}
    return told | {"group": source.group.name if source.group else None}
