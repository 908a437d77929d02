"""Texts of actions: how they are asked for, and which fields they may name."""

from __future__ import annotations

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from automation.facts import FIELDS
from core import placeholders

MAX_TEXT = 5000


def text_field(label: str | Promise, *, rows: int, required: bool = True) -> forms.CharField:
    """Ask for a text in which fields of the deal may be named."""
    widget = forms.Textarea(attrs={"rows": rows, "data-fields": "deal"})
    return forms.CharField(label=str(label), max_length=MAX_TEXT, required=required, widget=widget)


def check_fields(*texts: str) -> None:
    """Raise UnknownField where a text names what is not known of a deal."""
    placeholders.check(*texts, known=FIELDS)


def field_choices() -> list[tuple[str, str]]:
    """List the fields a text may name, as the form offers them."""
    return [(f"{{{name}}}", str(label)) for name, label in FIELDS.items()]


def shortened(text: str, *, most: int = 120) -> str:
    """Give the first line of a text, as a card has room for."""
    line = next(iter(text.strip().splitlines()), "")
    return line if len(line) <= most else _("%(text)s…") % {"text": line[:most].rstrip()}
