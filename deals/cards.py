"""Cards of the board as dicts of ready strings: a template that gets model objects takes five times as long."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activities.models import Activity
from core import formats
from core.addresses import ANY_ID
from core.templatetags.ui import KIND_WORDS, QUALITIES, channel_icon
from deals.card_markup import card_html
from deals.models import Stage
from tenants.custom_fields.definitions import Names, all_fields_of, fields_of, names
from tenants.custom_fields.wording import text_of
from tenants.models import CustomField

Row = Mapping[str, Any]

# What the formatter reads; given to .values()
READS = (
    "id", "number", "title", "stage_id", "state", "rank", "version", "amount", "currency", "note", "campaign", "city",
    "object_of_interest", "tags", "expected_on", "quality", "channel_kind", "stage_entered_at", "closed_at",
    "created_at", "next_activity_at", "next_activity_title", "next_activity_kind", "unread_count", "owner_id",
    "owner__name", "contact__name", "company__name", "source__name", "custom_values",
)  # fmt: skip

# What every pipeline may show on its cards, in the order of the chooser. The title is always there.
CARD_FIELDS: Mapping[str, str | Promise] = {
    "client": gettext_lazy("Client"),
    "amount": gettext_lazy("Amount"),
    "quality": gettext_lazy("Quality"),
    "channel": gettext_lazy("How the client came"),
    "next_step": gettext_lazy("Next step"),
    "unread": gettext_lazy("Unread messages"),
    "time_in_stage": gettext_lazy("Time in the stage"),
    "owner": gettext_lazy("Responsible"),
    "number": gettext_lazy("Number"),
    "source": gettext_lazy("Source"),
    "campaign": gettext_lazy("Campaign"),
    "city": gettext_lazy("City"),
    "object_of_interest": gettext_lazy("Object of interest"),
    "expected_on": gettext_lazy("Expected on"),
    "created_at": gettext_lazy("Created"),
    "tags": gettext_lazy("Tags"),
    "note": gettext_lazy("Note"),
}


def card_choices() -> dict[str, str | Promise]:
    """List what a pipeline may show on its cards, the company's own fields behind the others."""
    custom = {field.key: field.name for field in all_fields_of(CustomField.Entity.DEAL)}
    return {**CARD_FIELDS, **custom}


STEP_ICONS = {"plan": "calendar", "today": "clock", "late": "alert-circle", "none": "circle-dashed"}


@dataclasses.dataclass(frozen=True, slots=True)
class Formatter:
    """Formats the rows of one board; everything that is the same for all cards is worked out once."""

    fields: frozenset[str]
    limits_h: Mapping[Any, int | None]  # stage id -> its time limit
    now: dt.datetime
    today: dt.date
    tomorrow: dt.datetime
    query: str  # the board's state, for the record page's way back
    deal_url: str  # with ANY_ID in the deal's place
    move_url: str
    sprite: str  # address of the icons
    menu_label: str
    stages: Mapping[Any, str]  # id -> name
    place: Callable[[Row], tuple[str, str]]  # the column a card stands in, and its rank there
    movable: frozenset[Any]  # the stages whose cards have a menu
    custom: Sequence[CustomField]  # those chosen for the cards, in their order
    names: Names  # what their values stand for

    def __call__(self, row: Row) -> dict[str, Any]:
        pk = str(row["id"])
        lane, rank = self.place(row)
        card: dict[str, Any] = {
            "id": pk,
            "stage": lane,
            "rank": rank,
            "version": row["version"],
            "url": self.deal_url.replace(ANY_ID, pk) + self.query,
            "move_url": self.move_url.replace(ANY_ID, pk),
            "title": row["title"],
        }
        for name, maker in _PARTS.items():
            if name in self.fields:
                card |= maker(self, row)
        extras = [maker(row) for name, maker in _EXTRAS.items() if name in self.fields]
        if "stage" in self.fields:  # where the columns are no stages
            extras.insert(0, self.stages.get(row["stage_id"], ""))
        card["extra"] = " · ".join(filter(None, [*extras, *self._custom(row)]))
        may_edit = row["stage_id"] in self.movable
        card["html"] = card_html(card, sprite=self.sprite, menu_label=self.menu_label, may_edit=may_edit)
        return card

    def _custom(self, row: Row) -> list[str]:
        """Write the custom fields; a bare number or date would not say what it is, so each brings its name."""
        held = row["custom_values"]
        return [
            f"{field.name}: {text_of(field, held[field.key], self.names)}"
            for field in self.custom
            if field.key in held
        ]


def formatter(
    *,
    card_fields: Iterable[str],
    stages: Iterable[Stage],
    now: dt.datetime,
    query: str = "",
    movable: Iterable[Any] = (),
    place: Callable[[Row], tuple[str, str]] | None = None,
) -> Formatter:
    """Make the formatter of a board; `query` is appended to every card's address.

    `movable` are the ids of stages whose cards the reader may change; `place` says where a card stands on a board
    whose columns are no stages.
    """
    known, chosen = list(stages), frozenset(card_fields)
    today = timezone.localtime(now).date()
    return Formatter(
        fields=chosen,
        limits_h={stage.pk: stage.time_limit_h for stage in known},
        now=now,
        today=today,
        tomorrow=timezone.make_aware(dt.datetime.combine(today + dt.timedelta(days=1), dt.time.min)),
        query=query,
        deal_url=reverse("deals:detail", args=[ANY_ID]),
        move_url=reverse("deals:move", args=[ANY_ID]),
        sprite=static("icons/sprite.svg"),
        menu_label=_("Actions"),
        movable=frozenset(movable),
        stages={stage.pk: stage.name for stage in known},
        place=place or _in_stage,
        custom=[field for field in fields_of(CustomField.Entity.DEAL) if field.key in chosen],
        names=names(),
    )


def _in_stage(row: Row) -> tuple[str, str]:
    return str(row["stage_id"]), repr(row["rank"])


def step_of(moment: dt.datetime | None, *, now: dt.datetime, tomorrow: dt.datetime) -> str:
    """Name the part of the activity bar a next step belongs to: plan, today, late or none."""
    if moment is None:
        return "none"
    return "late" if moment < now else "today" if moment < tomorrow else "plan"


def hours(count: int) -> str:
    """Write a time limit kept in hours: 8 h, 3 d."""
    return formats.minutes(count * 60)


# --- Parts of a card: each gives the template's variables for one field ------------------------------
def _client(card: Formatter, row: Row) -> dict[str, Any]:
    return {"client": row["company__name"] or row["contact__name"] or ""}


def _amount(card: Formatter, row: Row) -> dict[str, Any]:
    return {"amount": formats.money(row["amount"], row["currency"]), "has_mid": True}


def _quality(card: Formatter, row: Row) -> dict[str, Any]:
    if row["quality"] not in QUALITIES:
        return {}
    css, word = QUALITIES[row["quality"]]
    return {"quality": str(word), "quality_css": css, "has_mid": True}


def _channel(card: Formatter, row: Row) -> dict[str, Any]:
    kind = row["channel_kind"]
    if not kind and not row["source__name"]:
        return {}
    word = ", ".join(filter(None, (str(KIND_WORDS.get(kind, "")), row["source__name"])))
    return {"channel": word, "channel_icon": channel_icon(kind), "has_mid": True}


def _next_step(card: Formatter, row: Row) -> dict[str, Any]:
    if row["state"] != Stage.Kind.OPEN:
        return {"has_foot": True}
    moment = row["next_activity_at"]
    step = step_of(moment, now=card.now, tomorrow=card.tomorrow)
    shown = {"next_css": step, "next_icon": STEP_ICONS[step], "has_foot": True}
    if moment is None:
        return shown | {"next": _("No step"), "next_title": _("Nothing is planned")}
    kind, title = str(_KINDS.get(row["next_activity_kind"], "")), row["next_activity_title"]
    # A narrow card cuts off the end: when comes first, then call or meeting, then the subject.
    short = " ".join(filter(None, (_when(card, moment), kind.lower())))
    return shown | {
        "next": f"{short} · {title}" if title else short,
        "next_title": f"{_STEP_WORDS[step]}: {title or kind}, {formats.exact(moment)}",
    }


_KINDS = dict(Activity.Kind.choices)
_STEP_WORDS = {
    "plan": gettext_lazy("Planned"),
    "today": gettext_lazy("Today"),
    "late": gettext_lazy("Overdue"),
}


def _when(card: Formatter, moment: dt.datetime) -> str:
    """Write when the next step is as short as a card needs: 15:00, yesterday, tomorrow, 19 Nov."""
    day = timezone.localtime(moment).date()
    match (day - card.today).days:
        case 0:
            return formats.clock(moment)
        case -1:
            return _("yesterday")
        case 1:
            return _("tomorrow")
    return formats.short_date(day)


def _time_in_stage(card: Formatter, row: Row) -> dict[str, Any]:
    seconds = (card.now - row["stage_entered_at"]).total_seconds()
    limit_h = card.limits_h.get(row["stage_id"])
    is_over = limit_h is not None and row["state"] == Stage.Kind.OPEN and seconds > limit_h * 3600
    title = _("In this stage since %(when)s") % {"when": formats.exact(row["stage_entered_at"])}
    if is_over and limit_h is not None:
        title += ". " + _("The limit is %(time)s") % {"time": hours(limit_h)}
    return {
        "time": formats.minutes(max(0.0, seconds) / 60),
        "time_css": " t-danger b" if is_over else "",
        "time_title": title,
        "has_foot": True,
    }


def _unread(card: Formatter, row: Row) -> dict[str, Any]:
    count = row["unread_count"]
    if not count:
        return {}
    title = ngettext("%(count)s unread message", "%(count)s unread messages", count) % {"count": count}
    return {"unread": count if count < 100 else "99+", "unread_title": title, "has_foot": True}


def _owner(card: Formatter, row: Row) -> dict[str, Any]:
    name = row["owner__name"]
    if not name:
        return {}
    initials, tint = _avatar(name, row["owner_id"])
    return {"owner": name, "initials": initials, "tint": tint, "has_foot": True}


@functools.lru_cache(maxsize=1024)
def _avatar(name: str, key: Any) -> tuple[str, int]:
    return formats.initials(name), formats.tint(key)


_PARTS: Mapping[str, Callable[[Formatter, Row], dict[str, Any]]] = {
    "client": _client,
    "amount": _amount,
    "quality": _quality,
    "channel": _channel,
    "next_step": _next_step,
    "time_in_stage": _time_in_stage,
    "unread": _unread,
    "owner": _owner,
}
# Everything else shares one line, so that a card never has more than five.
_EXTRAS: Mapping[str, Callable[[Row], str]] = {
    "number": lambda row: formats.numbered(row["number"]),
    "source": lambda row: row["source__name"] or "",
    "campaign": lambda row: row["campaign"],
    "city": lambda row: row["city"],
    "object_of_interest": lambda row: row["object_of_interest"],
    "expected_on": lambda row: formats.short_date(row["expected_on"]) if row["expected_on"] else "",
    "created_at": lambda row: formats.short_date(row["created_at"]),
    "tags": lambda row: " ".join(f"#{tag}" for tag in row["tags"]),
    "note": lambda row: row["note"][:120],
}
