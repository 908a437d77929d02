"""The list of all activities, planned and done: its columns and what each cell shows (C7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import DateTimeField, Field, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activities.addresses import page_of_card
from activities.filters import ActivityFilterSet
from activities.models import Activity, Call
from core import formats
from core.addresses import row_url
from core.listing import Cell, Column, Listing, register
from core.listing.columns import EMPTY, text_column, words
from core.listing.keyset import Sort
from core.templatetags.ui import channel_icon
from tenants.access import Section
from tenants.models import Membership

Row = Mapping[str, Any]
RESULT_TONES = {Call.Result.ANSWERED: "ok", Call.Result.MISSED: "danger"}
_kind_word = words(dict(Activity.Kind.choices))
_outcome_word = words(dict(Activity.Outcome.choices))
_direction_word = words(dict(Activity.Direction.choices))
_result_word = words(dict(Call.Result.choices))


def _title(row: Row) -> str:
    """The subject, else how its text begins, else what it is."""
    return row["subject"] or _first_line(row["text"]) or _kind_word(row["kind"])


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:140]


def _title_cell(row: Row) -> Cell:
    url = row_url("activities:show", row["id"])
    return Cell(_title(row), hint=_first_line(row["result"]), url=url, look="title")


def _kind_cell(row: Row) -> Cell:
    return Cell(_kind_word(row["kind"]), icon=channel_icon(row["kind"]))


def _is_late(row: Row) -> bool:
    return not row["is_done"] and row["due_at"] is not None and row["due_at"] < timezone.now()


def _state(row: Row) -> str:
    if row["is_done"]:
        return str(_("Done"))
    return str(_("Overdue")) if _is_late(row) else str(_("Planned"))


def _state_cell(row: Row) -> Cell:
    tone = "ok" if row["is_done"] else "danger" if _is_late(row) else ""
    return Cell(_state(row), look="label", tone=tone)


def _owner_cell(row: Row) -> Cell:
    return Cell(row["owner__name"], look="person", key=str(row["owner_id"])) if row["owner__name"] else EMPTY


def _client(row: Row) -> str:
    return ", ".join(name for name in (row["company__name"], row["contact__name"]) if name)


def _client_cell(row: Row) -> Cell:
    name = _client(row)
    card = "contact" if row["contact_id"] else "company"
    return Cell(name, url=page_of_card(card, row[f"{card}_id"]), title=name) if name else EMPTY


def _about(row: Row) -> str:
    if row["deal_id"]:
        return str(row["deal__title"])
    if row["lead_id"]:
        return row["lead__name"] or str(_("Inquiry No. %(number)s") % {"number": row["lead__number"]})
    return ""


def _about_cell(row: Row) -> Cell:
    name = _about(row)
    card = "deal" if row["deal_id"] else "lead"
    return Cell(name, url=page_of_card(card, row[f"{card}_id"]), title=name) if name else EMPTY


def _result(row: Row) -> str:
    """How it ended: what was chosen, else what the telephony says of a call."""
    if row["outcome"]:
        return _outcome_word(row["outcome"])
    return _result_word(row["call__result"]) if row["call__result"] else ""


def _result_cell(row: Row) -> Cell:
    text = _result(row)
    tone = "" if row["outcome"] else RESULT_TONES.get(row["call__result"], "")
    return Cell(text, tone=tone) if text else EMPTY


def _talk_cell(row: Row) -> Cell:
    return EMPTY if row["call__talk_s"] is None else Cell(formats.duration(row["call__talk_s"]))


def _direction(row: Row) -> str:
    return _direction_word(row["direction"]) if row["direction"] else ""


def _text_cell(text: str) -> Cell:
    return Cell(text, title=text) if text else EMPTY


def _moment_cell(value: dt.datetime | None, tone: str = "") -> Cell:
    return Cell(formats.stamp(value), title=formats.exact(value), tone=tone) if value else EMPTY


def _moment_column(name: str, label: Any, field: str) -> Column:
    return Column(
        name,
        label,
        (field,),
        lambda row: _moment_cell(row[field]),
        lambda row: row[field],
        width=130,
        is_default=False,
    )


COLUMNS = (
    Column("when", _("When"), ("stands_at", "is_done", "due_at"),
           lambda r: _moment_cell(r["stands_at"], "danger" if _is_late(r) else ""), lambda r: r["stands_at"],
           sort="when", width=130, css="num c-time"),
    Column("title", _("Activity"), ("subject", "text", "kind", "result"), _title_cell, _title, width=280,
           is_fixed=True, css="c-name"),
    Column("kind", _("Kind"), ("kind",), _kind_cell, lambda r: r["kind"], labels=dict(Activity.Kind.choices),
           width=120, css="c-q"),
    Column("state", _("State"), ("is_done", "due_at"), _state_cell, _state, width=120, css="c-stage"),
    Column("client", _("Client"), ("contact_id", "contact__name", "company_id", "company__name"), _client_cell,
           _client, width=200, css="c-client cut"),
    Column("about", _("Deal or lead"), ("deal_id", "deal__title", "lead_id", "lead__name", "lead__number"),
           _about_cell, _about, width=200, css="c-obj cut"),
    Column("outcome", _("Result"), ("outcome", "call__result"), _result_cell, _result, width=140, css="c-res"),
    Column("talk", _("Talk"), ("call__talk_s",), _talk_cell, lambda r: r["call__talk_s"], width=80, css="r c-in"),
    Column("owner", _("Who does it"), ("owner_id", "owner__name"), _owner_cell, lambda r: r["owner__name"] or "",
           width=170, css="c-man"),
    Column("direction", _("Direction"), ("direction",), lambda r: _text_cell(_direction(r)), _direction, width=120,
           is_default=False),
    Column("result", _("What came of it"), ("result",), lambda r: _text_cell(_first_line(r["result"])),
           lambda r: r["result"], width=240, is_default=False, css="cut"),
    text_column("department", _("Department"), "owner__department__name", width=140, is_default=False),
    text_column("author", _("Written down by"), "author__name", width=160, is_default=False),
    _moment_column("occurred", _("Done"), "occurred_at"),
    _moment_column("due", _("Due"), "due_at"),
    _moment_column("created", _("Written down"), "created_at"),
)  # fmt: skip


@register
class ActivityListing(Listing):
    """Calls, meetings, letters, messages, tasks and notes, the newest first."""

    page = "activities:all_list"
    section = Section.ACTIVITIES
    title = _("All activities")
    columns = COLUMNS
    filterset = ActivityFilterSet
    sorts = {"when": "stands_at"}
    default_sort = "-when"
    actions_template = "activities/list_actions.html"
    empty_template = "activities/all_list_empty.html"
    file_name = "activities"

    def rows(self, member: Membership, action: str = "view") -> QuerySet[Activity]:
        rows: QuerySet[Activity] = Activity.objects.visible_to(member, action).listed()
        return rows

    def filtered(self, member: Membership, params: QueryDict, action: str = "view") -> ActivityFilterSet:
        return ActivityFilterSet(params, queryset=self.rows(member, action), member=member)

    def sort_field(self, member: Any, sort: Sort) -> Field[Any, Any]:
        return DateTimeField()  # of no column: it is reckoned
