"""Template tags of forms: a field with its label, hint and errors tied together. docs/ui.md shows them in use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    ModelChoiceField,
    RadioSelect,
    Select,
    Textarea,
)
from django.forms.boundfield import BoundWidget
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def groups_last(fields: Iterable[BoundField]) -> list[BoundField]:
    """Order the fields of a filter form: what is typed or picked, then yes or no, then groups of choices."""
    return sorted(fields, key=lambda bound: (_is_group(bound), isinstance(bound.field.widget, CheckboxInput)))


def _is_group(bound: BoundField) -> bool:
    return isinstance(bound.field.widget, CheckboxSelectMultiple | RadioSelect)


def _control_class(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, Select) else "form-control"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _control_attrs(bound: BoundField, hint: str) -> dict[str, Any]:
    """Give a control our class and tie it to its hint and errors."""
    widget = bound.field.widget
    has_errors = bool(bound.errors)
    described = _joined(f"{bound.auto_id}_err" if has_errors else "", f"{bound.auto_id}_hint" if hint else "")
    attrs: dict[str, Any] = {
        "class": _joined(
            _control_class(bound), widget.attrs.get("class", ""), "is-err" if has_errors else ""
        ),
        "aria-describedby": described or False,
    }
    if has_errors:
        attrs["aria-invalid"] = "true"
    if isinstance(widget, Textarea) and str(widget.attrs.get("rows")) == "10":  # Django's own default
        attrs["rows"] = "3"
    return attrs


def _word_blank(bound: BoundField) -> None:
    """Put a word in the place of the row of hyphens Django offers as 'nothing chosen'."""
    field, (_value, hyphens) = bound.field, BLANK_CHOICE_DASH[0]
    if isinstance(field, ModelChoiceField) and field.empty_label == hyphens:
        field.empty_label = _("Choose") if field.required else "—"
        field.widget.choices = field.choices


def _options(bound: BoundField) -> list[BoundWidget]:
    for option in bound.subwidgets:
        option.data["attrs"]["class"] = "form-check-input"
    return list(bound.subwidgets)


@register.simple_tag
def control(
    bound: BoundField, hint: str = "", placeholder: str | bool | None = None, css: str = ""
) -> SafeString:
    """Render only the control of a field, in our class and tied to what {% field %} would show."""
    attrs = _control_attrs(bound, hint)
    attrs["class"] = _joined(attrs["class"], css)
    if placeholder is not None:
        attrs["placeholder"] = placeholder
    return bound.as_widget(attrs=attrs)


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField,
    css: str = "",
    label: str = "",
    hint: str | bool = "",
    placeholder: str | bool | None = None,
    autofocus: bool = False,
) -> dict[str, Any]:
    """Render one field of a form: label, control, hint, errors, tied together for screen readers.

    hint=False and placeholder=False drop the form's own.
    """
    shown_hint = "" if hint is False else str(hint or bound.help_text or "")
    attrs = _control_attrs(bound, shown_hint)
    if placeholder is not None:
        attrs["placeholder"] = placeholder
    if autofocus:
        attrs["autofocus"] = True
    is_group = _is_group(bound)
    _word_blank(bound)
    return {
        "bound": bound,
        "control": "" if is_group else bound.as_widget(attrs=attrs),
        "options": _options(bound) if is_group else [],
        "label": label or bound.label,
        "hint": shown_hint,
        "errors": list(bound.errors),
        "css": css,
        "is_check": isinstance(bound.field.widget, CheckboxInput),
        "is_group": is_group,
    }
