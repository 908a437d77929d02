"""The lead list for heads: its columns (L14) and what each cell shows."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from activities.models import Call
from core import formats
from core.addresses import row_url
from core.listing import Cell, Column, register
from core.listing.columns import EMPTY, text_column, words
from core.templatetags.ui import channel_icon
from deals.models import Deal
from leads import quality
from leads.filters import LeadFilterSet
from leads.models import Lead
from tenants.custom_fields.listing import CustomListing
from tenants.models import CustomField, Membership, Tenant

Row = Mapping[str, Any]
STATES = dict(Lead.State.choices) | {"new": _("Unsorted")}
KINDS, RESULTS, QUALITIES = dict(Lead.Kind.choices), dict(Call.Result.choices), dict(Lead.Quality.choices)
state_word, kind_word, result_word = words(STATES), words(KINDS), words(RESULTS)
STATE_TONES = {"new": "danger", "in_work": "acc", "rejected": "", "converted": "ok"}
RESULT_LOOKS = {"answered": ("ok", "check"), "missed": ("danger", "x"), "busy": ("warn", "minus")}


def _name(row: Row) -> str:
    """The deal's name, else who it was; # marks a non-advertising lead without a deal (L14).

    A deal the reader may not see, or a deleted one, names nothing here.
    """
    if row["sees_deal"]:
        return str(row["deal__title"])
    name = row["name"] or formats.phone(row["phone"] or "") or row["email"] or formats.numbered(row["number"])
    return str(name) if row["is_advertising"] else f"# {name}"


def _name_cell(row: Row, way_back: str = "") -> Cell:
    told = row["deal__note"] or row["name"] if row["sees_deal"] else ""
    hint = told or row["summary"] or ""
    is_deal = row["sees_deal"]
    url = (
        row_url("deals:detail", row["deal_id"]) if is_deal else row_url("leads:detail", row["id"]) + way_back
    )
    return Cell(_name(row), hint=hint[:200], url=url, look="title")


def _is_deals(row: Row) -> bool:
    """Whether the stage of a lead is that of the deal it became, which the reader may see."""
    return bool(row["state"] == "converted" and row["sees_deal"])


def _stage(row: Row) -> str:
    return str(row["deal__stage__name"]) if _is_deals(row) else state_word(row["state"])


def _stage_of_file() -> Callable[[Row], str]:
    """Make _stage() for many rows: the words of the states are translated once."""
    states = {state: str(word) for state, word in STATES.items()}
    return lambda row: str(row["deal__stage__name"]) if _is_deals(row) else states[row["state"]]


def _stage_cell(row: Row) -> Cell:
    return Cell(_stage(row), look="label", tone="" if _is_deals(row) else STATE_TONES[row["state"]])


def _glyph(row: Row) -> str:
    if row["kind"] == Lead.Kind.MISSED_CALL:
        return channel_icon("call_missed")
    if row["kind"] == Lead.Kind.CALL:
        return channel_icon(f"call_{row['call__direction'] or 'in'}")
    return channel_icon(row["channel__kind"] or row["kind"])


def _phone_cell(row: Row) -> Cell:
    if not row["phone"]:
        return Cell(row["email"] or "—", icon=_glyph(row), tone="" if row["email"] else "muted")
    return Cell(formats.phone(row["phone"]), icon=_glyph(row), url=f"tel:{row['phone']}")


def _duration_cell(row: Row) -> Cell:
    seconds = row["call__talk_s"] or row["call__duration_s"]
    if row["call_id"] and (row["call__recording_url"] or row["call__recording_ref"]):
        url = row_url("channels:recording", row["call_id"])
        return Cell(
            formats.duration(seconds), url=url, look="player", key=str(seconds or 0), title=_name(row)
        )
    return Cell(formats.duration(seconds)) if seconds else EMPTY


def _result_cell(row: Row) -> Cell:
    result = row["call__result"]
    if not result:
        return EMPTY
    tone, icon = RESULT_LOOKS.get(result, ("", ""))
    return Cell(result_word(result), tone=tone, icon=icon)


def _shown_person(row: Row) -> str:
    return "taken_by" if row["shown_manager"] == Tenant.ShownManager.TAKER else "deal__owner"


def _person(row: Row, what: str) -> Any:
    """A fact about the manager the tenant chose to show; the other one where that one is nobody (L16)."""
    first = _shown_person(row)
    second = "deal__owner" if first == "taken_by" else "taken_by"
    is_somebody = row[f"{first}__name"] is not None
    return row[f"{first if is_somebody else second}__{what}"]


def _differs(row: Row) -> bool:
    taker, owner = row["taken_by_id"], row["deal__owner_id"]
    return bool(taker and owner and taker != owner)


def _manager_cell(row: Row) -> Cell:
    name = _person(row, "name")
    if not name:
        waits_for = row["responsible__name"]
        text = gettext("for %(name)s") % {"name": waits_for} if waits_for else gettext("Nobody")
        return Cell(text, tone="muted", title=gettext("Nobody took it") if waits_for else "")
    other = "deal__owner__name" if _shown_person(row) == "taken_by" else "taken_by__name"
    is_marked = _differs(row)
    title = (
        gettext("Taken by %(taker)s, the deal is run by %(owner)s")
        % {"taker": row["taken_by__name"], "owner": row["deal__owner__name"]}
        if is_marked
        else ""
    )
    hint = row[other] if is_marked else ""
    return Cell(name, look="person", key=name, hint=hint, is_marked=is_marked, title=title)


def _quality_cell(row: Row) -> Cell:
    reason = quality.reason_text(row["quality_reason"], row["quality_params"] or {})
    return Cell(look="quality", key=row["quality"], hint=str(reason))


def _about_person(what: str) -> tuple[str, ...]:
    """Name what _person() reads to tell a fact."""
    return tuple({"shown_manager", *(f"{who}__{fact}" for who in _WHO for fact in ("name", what))})


_WHO = ("taken_by", "deal__owner")
_NAMED = ("number", "name", "phone", "email", "is_advertising", "sees_deal", "deal__title")
_NAMES = (*_NAMED, "summary", "deal_id", "deal__note")
_CALL = ("call_id", "call__talk_s", "call__duration_s", "call__recording_url", "call__recording_ref")


@register
class LeadListing(CustomListing):
    """«Список лидов»."""

    page = "leads:list"
    entity = CustomField.Entity.LEAD
    section = "leads"
    title = _("Leads")
    filterset = LeadFilterSet
    sorts = {"time": "received_at", "number": "number", "last": "last_inquiry_at"}
    default_sort = "-time"
    actions_template = "leads/list_actions.html"
    plan_url = "activities:plan_leads"
    mail_url = "mailings:to_leads"
    empty_template = "leads/list_empty.html"
    file_name = "leads"
    columns = (
        Column(
            "time",
            _("Time"),
            ("received_at",),
            lambda row: Cell(formats.stamp(row["received_at"]), title=formats.exact(row["received_at"])),
            lambda row: row["received_at"],
            sort="time",
            width=124,
            css="num c-time",
        ),
        Column("name", _("Name"), _NAMES, _name_cell, _name, _NAMED, width=196, is_fixed=True, css="c-name"),
        Column(
            "stage",
            _("Stage"),
            ("state", "sees_deal", "deal__stage__name"),
            _stage_cell,
            _stage,
            make_plain=_stage_of_file,
            width=136,
            css="c-stage",
        ),
        Column(
            "phone",
            _("Phone"),
            ("phone", "email", "kind", "channel__kind", "call__direction"),
            _phone_cell,
            lambda row: row["phone"] or row["email"],
            ("phone", "email"),
            width=172,
            css="c-phone nw",
        ),
        Column(
            "duration",
            _("Recording"),
            (*_NAMES, *_CALL),
            _duration_cell,
            lambda row: row["call__talk_s"],
            ("call__talk_s",),
            width=172,
            css="c-dur",
        ),
        text_column("source", _("Source"), "source__name", width=118, css="c-src cut"),
        Column(
            "result",
            _("Result"),
            ("call__result",),
            _result_cell,
            lambda row: row["call__result"] or "",
            labels=RESULTS,
            width=124,
            css="c-res nw",
        ),
        Column(
            "manager",
            _("Manager"),
            (*_about_person("name"), "responsible__name", "taken_by_id", "deal__owner_id"),
            _manager_cell,
            lambda row: _person(row, "name") or "",
            _about_person("name"),
            width=168,
            css="c-man",
        ),
        Column(
            "type",
            _("Type"),
            ("kind",),
            lambda row: Cell(kind_word(row["kind"])),
            lambda row: row["kind"],
            labels=KINDS,
            width=116,
            css="c-type",
        ),
        Column(
            "department",
            _("Department"),
            _about_person("department__name"),
            lambda row: Cell(_person(row, "department__name") or "—"),
            lambda row: _person(row, "department__name") or "",
            width=110,
            css="c-dep",
        ),
        Column(
            "office",
            _("Office"),
            _about_person("office__name"),
            lambda row: Cell(_person(row, "office__name") or "—"),
            lambda row: _person(row, "office__name") or "",
            width=92,
            css="c-off",
        ),
        Column(
            "quality",
            _("Quality"),
            ("quality", "quality_reason", "quality_params"),
            _quality_cell,
            lambda row: row["quality"],
            ("quality",),
            labels=QUALITIES,
            width=138,
            css="c-q",
        ),
        text_column("channel", _("Channel"), "channel__name", width=140, css="c-ch cut"),
        text_column("object", _("Object"), "object_of_interest", width=120, css="c-obj cut"),
        Column(
            "owner",
            _("Deal owner"),
            ("deal__owner__name",),
            lambda row: (
                Cell(row["deal__owner__name"], look="person", key=row["deal__owner__name"])
                if row["deal__owner__name"]
                else EMPTY
            ),
            lambda row: row["deal__owner__name"] or "",
            width=160,
            is_default=False,
        ),
        Column(
            "reason",
            _("Rejection reason"),
            ("rejection_reason__name",),
            lambda row: Cell(row["rejection_reason__name"] or "—"),
            lambda row: row["rejection_reason__name"] or "",
            is_default=False,
        ),
        text_column("number", _("Number"), "number", sort="number", width=80, is_default=False, css="num"),
        text_column("email", _("E-mail"), "email", width=180, is_default=False),
        text_column("company", _("Company"), "company_name", width=160, is_default=False),
        text_column("campaign", _("Campaign"), "campaign", is_default=False),
        text_column("term", _("Key phrase"), "term", is_default=False),
        text_column("region", _("Region"), "region", is_default=False),
        text_column("summary", _("Text"), "summary", width=260, is_default=False),
    )

    def __init__(self, way_back: str = "") -> None:
        """`way_back` is added to the leads' addresses: back into this state of the list."""
        cell = functools.partial(_name_cell, way_back=way_back)
        columns: Any = (
            dataclasses.replace(c, cell=cell) if c.name == "name" else c for c in type(self).columns
        )
        self.columns = tuple(columns)

    def rows(self, member: Membership, action: str = "view") -> QuerySet[Lead]:
        """Every lead the member may reach, and whether they may see the deal it became."""
        deals = Deal.objects.present().visible_to(member).filter(pk=OuterRef("deal_id"))
        return Lead.objects.present().visible_to(member, action).annotate(sees_deal=Exists(deals))

    def filtered(self, member: Membership, params: QueryDict, action: str = "view") -> LeadFilterSet:
        """Bind the filters, and show the same manager that they mean."""
        rows = self.rows(member, action)
        bound = LeadFilterSet(params, queryset=rows, shown_manager=member.tenant.shown_manager)
        bound.queryset = rows.annotate(shown_manager=Value(bound.whose))
        return bound
