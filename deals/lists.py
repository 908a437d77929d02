"""The list of deals: its columns and what each cell shows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Company
from core import formats
from core.addresses import row_url
from core.listing import Cell, Column, register
from core.listing.columns import EMPTY, text_column, words
from core.templatetags.ui import KIND_WORDS, QUALITIES, channel_icon
from core.tenancy import current_tenant_id
from deals import cards
from deals.filters import DealFilterSet
from deals.models import Deal, Stage
from deals.sums import purse_of
from tenants.access import Section
from tenants.custom_fields.listing import CustomListing
from tenants.models import CustomField, Membership, Tenant

Row = Mapping[str, Any]
STATE_TONES = {"open": "", "won": "ok", "lost": "danger", "archived": ""}
STEP_TONES = {"late": "danger", "today": "warn", "plan": "", "none": "muted"}


def _title_cell(row: Row, query: str = "") -> Cell:
    url = row_url("deals:detail", row["id"]) + query
    return Cell(row["title"], hint=row["note"][:120], url=url, look="title")


def _client_cell(row: Row) -> Cell:
    if row["company_id"]:
        return Cell(row["company__name"], hint=row["contact__name"] or "", title=row["company__name"])
    return Cell(row["contact__name"], title=row["contact__name"]) if row["contact__name"] else EMPTY


def _client(row: Row) -> str:
    return ", ".join(name for name in (row["company__name"], row["contact__name"]) if name)


def _stage_cell(row: Row) -> Cell:
    return Cell(row["stage__name"], look="label", tone=STATE_TONES[row["state"]])


def _amount_cell(row: Row) -> Cell:
    return Cell(formats.money(row["amount"], row["currency"])) if row["amount"] is not None else EMPTY


def _owner_cell(row: Row) -> Cell:
    return Cell(row["owner__name"], look="person", key=str(row["owner_id"])) if row["owner__name"] else EMPTY


def _quality_cell(row: Row) -> Cell:
    return (
        Cell(str(QUALITIES[row["quality"]][1]), look="quality", key=row["quality"])
        if row["quality"] in QUALITIES
        else EMPTY
    )


def _quality(row: Row) -> str:
    return str(QUALITIES[row["quality"]][1]) if row["quality"] in QUALITIES else ""


_client_type_word = words(dict(Company.ClientType.choices))


def _client_type(row: Row) -> str:
    return _client_type_word(row["company__client_type"]) if row["company__client_type"] else ""


def _client_type_cell(row: Row) -> Cell:
    return Cell(word) if (word := _client_type(row)) else EMPTY


def _channel(row: Row) -> str:
    return str(KIND_WORDS.get(row["channel_kind"], ""))


def _channel_cell(row: Row) -> Cell:
    return Cell(word, icon=channel_icon(row["channel_kind"])) if (word := _channel(row)) else EMPTY


def _probability_cell(row: Row) -> Cell:
    return Cell(
        formats.percent(row["stage__probability_percent"]), tone="" if row["state"] == "open" else "muted"
    )


def _next_cell(row: Row) -> Cell:
    moment = row["next_activity_at"]
    if row["state"] != Stage.Kind.OPEN:
        return EMPTY
    now = timezone.now()
    tomorrow = timezone.make_aware(
        dt.datetime.combine(timezone.localdate() + dt.timedelta(days=1), dt.time.min)
    )
    step = cards.step_of(moment, now=now, tomorrow=tomorrow)
    if moment is None:
        return Cell(str(_("No next step")), tone="muted", icon=cards.STEP_ICONS[step])
    hint = formats.ago(moment, now=now)
    return Cell(row["next_activity_title"], hint=hint, tone=STEP_TONES[step], icon=cards.STEP_ICONS[step])


def _time_cell(row: Row) -> Cell:
    seconds = (timezone.now() - row["stage_entered_at"]).total_seconds()
    limit = row["stage__time_limit_h"]
    is_over = limit is not None and row["state"] == Stage.Kind.OPEN and seconds > limit * 3600
    return Cell(formats.minutes(max(0.0, seconds) / 60), tone="danger" if is_over else "")


def _moment_column(name: str, label: Any, field: str, **options: Any) -> Column:
    def cell(row: Row) -> Cell:
        value = row[field]
        return Cell(formats.ago(value), title=formats.exact(value)) if value else EMPTY

    return Column(name, label, (field,), cell, lambda row: row[field], **options)


def _date_cell(row: Row) -> Cell:
    return Cell(formats.short_date(row["expected_on"])) if row["expected_on"] else EMPTY


COLUMNS = (
    Column("title", _("Deal"), ("title", "note"), _title_cell, lambda r: r["title"], sort="title", width=260,
           is_fixed=True, css="c-name"),
    text_column("number", _("Number"), "number", sort="number", width=90, is_default=False, css="r"),
    Column("client", _("Client"), ("company_id", "company__name", "contact__name"), _client_cell, _client, width=200,
           css="c-client cut"),
    Column("stage", _("Stage"), ("stage__name", "state"), _stage_cell, lambda r: r["stage__name"], width=150,
           css="c-stage"),
    text_column("pipeline", _("Pipeline"), "pipeline__name", width=160, is_default=False),
    Column("amount", _("Amount"), ("amount", "currency"), _amount_cell, lambda r: r["amount"], width=130,
           css="r c-sum"),
    text_column("currency", _("Currency"), "currency", width=80, is_default=False),
    Column("next", _("Next step"), ("next_activity_at", "next_activity_title", "state"), _next_cell,
           lambda r: r["next_activity_at"], width=220, css="c-next cut"),
    Column("time_in_stage", _("In stage"), ("stage_entered_at", "stage__time_limit_h", "state"), _time_cell,
           lambda r: r["stage_entered_at"], sort="stage_entered", width=100, css="r c-in"),
    Column("owner", _("Responsible"), ("owner_id", "owner__name"), _owner_cell, lambda r: r["owner__name"] or "",
           width=160, css="c-man"),
    text_column("department", _("Department"), "owner__department__name", width=140, is_default=False),
    text_column("source", _("Source"), "source__name", width=140, css="c-src cut"),
    text_column("source_group", _("Source group"), "source__group__name", width=140, is_default=False),
    text_column("campaign", _("Campaign"), "campaign", width=160, is_default=False),
    Column("client_type", _("Client type"), ("company__client_type",), _client_type_cell, _client_type, width=140,
           is_default=False),
    Column("channel", _("How the client came"), ("channel_kind",), _channel_cell, _channel, width=150,
           is_default=False),
    Column("quality", _("Quality"), ("quality",), _quality_cell, _quality, width=130, css="c-q"),
    text_column("city", _("City"), "city", width=120, is_default=False),
    text_column("object_of_interest", _("Object of interest"), "object_of_interest", width=180, is_default=False),
    Column("tags", _("Tags"), ("tags",), lambda r: Cell(", ".join(r["tags"])) if r["tags"] else EMPTY,
           lambda r: ", ".join(r["tags"]), width=160, is_default=False),
    Column("expected_on", _("Expected on"), ("expected_on",), _date_cell, lambda r: r["expected_on"], width=120,
           is_default=False),
    _moment_column("created_at", _("Created"), "created_at", sort="created", width=140, css="c-created"),
    _moment_column("closed_at", _("Closed"), "closed_at", width=140, is_default=False),
    _moment_column("last_activity_at", _("Last activity"), "last_activity_at", width=140, is_default=False),
    text_column("created_by", _("Created by"), "created_by__name", width=140, is_default=False),
    Column("probability", _("Probability"), ("stage__probability_percent", "state"), _probability_cell,
           lambda r: r["stage__probability_percent"], width=110, is_default=False, css="r"),
    text_column("reason", _("Reason of loss"), "rejection_reason__name", width=160, is_default=False),
)  # fmt: skip


@register
class DealListing(CustomListing):
    """Deals as rows; the same filters as the board."""

    page = "deals:list"
    entity = CustomField.Entity.DEAL
    section = Section.DEALS
    title = _("Deals")
    columns = COLUMNS
    filterset = DealFilterSet
    sorts = {
        "created": "created_at",
        "title": "title",
        "number": "number",
        "stage_entered": "stage_entered_at",
    }
    default_sort = "-created"
    actions_template = "deals/list_actions.html"
    plan_url = "activities:plan_deals"
    mail_url = "mailings:to_deals"
    empty_template = "deals/list_empty.html"
    file_name = "deals"

    def __init__(self, query: str = "") -> None:
        """`query` is added to the deals' addresses: their way back into this state of the list."""
        title = dataclasses.replace(COLUMNS[0], cell=functools.partial(_title_cell, query=query))
        self.columns = (title, *COLUMNS[1:])

    def rows(self, member: Membership, action: str = "view") -> QuerySet[Deal]:
        rows: QuerySet[Deal] = Deal.objects.present().visible_to(member, action)
        return rows

    def summary(self, queryset: QuerySet[Deal]) -> str:
        """Sum the whole filtered set, each currency by itself, and all of them where the day's rates are known."""
        rows = queryset.order_by().values_list("currency").annotate(total=Sum("amount"))
        sums = {currency: total for currency, total in rows if total}
        purse = purse_of(Tenant.objects.get(pk=current_tenant_id()), timezone.now())
        return " ".join(filter(None, (purse.beside(sums), purse.together(sums))))
