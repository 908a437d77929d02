"""Recorded changes as sentences: an entry keeps a code and values, the words are made for each reader.

An app that records a change of its own hands the sentence in from AppConfig.ready():
register("robot_ran", "robot", lambda data: say(_("Robot %(name)s"), name=data["name"])).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core import formats
from tenants.custom_fields.definitions import is_custom
from tenants.field_rights import sees

Data = Mapping[str, Any]
Sentence = Callable[[Data], SafeString]


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One change, ready to print."""

    icon: str
    html: SafeString


_known: dict[str, tuple[str, Sentence]] = {}


def register(code: str, icon: str, sentence: Sentence) -> None:
    """Teach the timeline the sentence of a code."""
    _known[code] = (icon, sentence)


def describe(data: Data, subject: str = "") -> Line:
    """Say a recorded change in the reader's language; an unknown code shows the entry's subject."""
    icon, sentence = _known.get(str(data.get("code", "")), ("history", _unknown))
    return Line(icon, sentence({"subject": subject} | dict(data)))


def say(text: str, **values: object) -> SafeString:
    """Fill a translated sentence with values, each escaped and in bold."""
    bold = {name: format_html('<b class="b">{}</b>', value) for name, value in values.items()}
    return mark_safe(str(escape(text)) % {name: conditional_escape(value) for name, value in bold.items()})


def aside(text: object) -> SafeString:
    """Add a remark in the quiet colour."""
    return format_html(' <span class="sec">· {}</span>', text) if text else mark_safe("")


def _unknown(data: Data) -> SafeString:
    return format_html("{}", data.get("subject") or _("Changed"))


# --- Values ------------------------------------------------------------------------------------------
def edits(data: Data) -> SafeString:
    """List changed fields: «City: Moscow → Kazan»."""
    told, shown = data.get("fields") or [], seen_edits(data)
    if told and not shown:
        return format_html('<span class="sec">{}</span>', _("fields that your role does not see"))
    return mark_safe("; ".join(_edit(*edited(data, edit)) for edit in shown))


def seen_edits(data: Data) -> list[Mapping[str, Any]]:
    """List the changed fields whoever is looking sees: custom ones have rights of their own (tenants.field_rights)."""
    told = data.get("fields") or []
    return [edit for edit in told if not is_custom(str(edit.get("field", ""))) or sees(str(edit["field"]))]


def edited(data: Data, edit: Mapping[str, Any]) -> tuple[str, str, str]:
    """Say in the reader's language which field was changed, from what and to what."""
    model = str(
        data.get("model") or ("deals.Deal" if "deal" in data else "leads.Lead" if "lead" in data else "")
    )
    field = _field(model, str(edit.get("field", "")))
    # A custom field brings its name and kind as they were then: it may be gone by now.
    label = capfirst(str(edit.get("label") or getattr(field, "verbose_name", edit.get("field", ""))))
    kind, sides = str(edit.get("kind", "")), [str(edit.get(side) or "") for side in ("from", "to")]
    before, after = (_custom_value(kind, raw) if kind else _value(field, raw) for raw in sides)
    return label, before, after


def _edit(label: str, before: str, after: str) -> str:
    if not before:
        return say(_("%(field)s: %(value)s"), field=label, value=after)
    return say(_("%(field)s: %(before)s → %(after)s"), field=label, before=before, after=after or "—")


def _field(model: str, name: str) -> Any:
    try:
        return apps.get_model(model)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None


def _value(field: Any, raw: str) -> str:
    """Write a kept value for the reader: names of choices, numbers and moments in their language."""
    if not raw or field is None:
        return raw
    if field.choices:
        return str(dict(field.flatchoices).get(raw, raw))
    match field.get_internal_type():
        case "BooleanField":
            return _("yes") if raw == "True" else _("no")
        case "DateTimeField":
            return moment(raw)
        case "DateField":
            return _day(raw)
        case "DecimalField":
            return _number(raw)
    return raw


def _custom_value(kind: str, raw: str) -> str:
    """Write a kept value of a custom field; names of elements, colleagues and files are kept as such."""
    match kind:
        case "number" if raw:
            return _number(raw)
        case "date" if raw:
            return _day(raw)
        case "flag" if raw:
            return _("yes") if raw == "True" else _("no")
        case "money" if raw:
            return _sum(raw)
    return raw


def _sum(raw: str) -> str:
    amount, _space, currency = raw.partition(" ")
    try:
        return formats.money(Decimal(amount), currency)
    except InvalidOperation:
        return raw


def _number(raw: str) -> str:
    try:
        value = Decimal(raw)
    except InvalidOperation:
        return raw
    return formats.number(value, digits=0 if value == value.to_integral_value() else 2)


def _day(raw: str) -> str:
    try:
        return formats.short_date(dt.date.fromisoformat(raw))
    except ValueError:
        return raw


def moment(raw: object) -> str:
    """Write a kept ISO moment in the reader's zone; anything else as it is."""
    try:
        value = dt.datetime.fromisoformat(str(raw))
    except ValueError:
        return str(raw)
    return formats.exact(value if timezone.is_aware(value) else timezone.make_aware(value))


def span(seconds: object) -> str:
    """Write a length of time: 47 min, 3 h, 2 d."""
    return formats.minutes(float(str(seconds)) / 60) if seconds is not None else ""
