"""Values of custom fields in words: for people, for files, for the history."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import formats
from tenants.custom_fields.definitions import Names
from tenants.models import CustomField

Kind = CustomField.Kind


def text_of(field: CustomField, value: Any, names: Names) -> str:
    """Write a value in the reader's language; nothing for an empty one."""
    if value is None:
        return ""
    match field.kind:
        case Kind.NUMBER:
            return number_text(value)
        case Kind.MONEY:
            return formats.money(Decimal(value["amount"]), value["currency"])
        case Kind.DATE:
            return formats.short_date(dt.date.fromisoformat(value))
        case Kind.FLAG:
            return _("yes") if value else _("no")
    return named(field, value, names)


def named(field: CustomField, value: Any, names: Names) -> str:
    """Write what is the same in every language: text, and the names of elements, colleagues and files."""
    match field.kind:
        case Kind.CHOICE | Kind.ELEMENT:
            return names.element(value)
        case Kind.CHOICES:
            return ", ".join(filter(None, map(names.element, value)))
        case Kind.MEMBER:
            return names.member(value)
        case Kind.FILE:
            return str(value["name"])
    return str(value)


def plain(field: CustomField, value: Any, names: Names) -> Any:
    """Give what a file gets: numbers and days as such, several options with ; between. parse() reads it back."""
    if value is None:
        return ""
    match field.kind:
        case Kind.NUMBER:
            return Decimal(value)
        case Kind.MONEY:
            is_usual = value["currency"] == field.currency
            return Decimal(value["amount"]) if is_usual else f"{value['amount']} {value['currency']}"
        case Kind.DATE:
            return dt.date.fromisoformat(value)
        case Kind.CHOICES:
            return "; ".join(filter(None, map(names.element, value)))
    return text_of(field, value, names)


def kept(field: CustomField, value: Any, names: Names) -> str:
    """Write a value as the history keeps it: names, not ids; activities.changes says numbers and days to readers."""
    if value is None:
        return ""
    match field.kind:
        case Kind.MONEY:
            return f"{value['amount']} {value['currency']}"
        case Kind.FLAG:
            return str(value)
    return named(field, value, names)[:300]


def number_text(value: str) -> str:
    """Write a kept number with as many digits as it has."""
    _whole, _point, places = value.partition(".")
    return formats.number(Decimal(value), digits=len(places))
