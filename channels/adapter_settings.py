"""Settings of a channel as its adapter declares them: put together for it; read from text, checked, split by secrecy."""

from __future__ import annotations

import secrets as random
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels import secrets
from channels.adapters import adapter_for
from channels.adapters.base import Adapter, Field, Settings
from channels.models import Channel
from core.errors import Refusal

_TRUE = frozenset({"1", "true", "yes", "on", "да"})
_FALSE = frozenset({"", "0", "false", "no", "off", "нет"})
MAX_LENGTH = 4000


class InvalidSettings(Refusal):
    """Some settings don't fit; `errors` has a text for each field."""

    code = "invalid_settings"

    def __init__(self, errors: Mapping[str, str | Promise]) -> None:
        self.errors = dict(errors)
        super().__init__(
            "; ".join(f"{name}: {text}" for name, text in self.errors.items()), errors=self.errors
        )


class _Wrong(ValueError):
    """A value of the wrong kind."""


def settings_of(channel: Channel) -> Settings:
    """Return what the channel's adapter works with: plain settings and decrypted secrets."""
    values = secrets.read(channel)
    values.pop(secrets.HOOK_TOKEN, None)
    defaults = {field.name: field.default for field in adapter_for(channel.kind).fields}
    return defaults | channel.settings | values


def read_settings(
    adapter: Adapter, given: Mapping[str, Any], *, plain: Mapping[str, Any], secret: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Lay new values over the present ones and return (plain, secret). Raises InvalidSettings.

    A secret left empty keeps its present value; None takes it away. Generated ones are made when missing.
    What the provider told is kept too when left empty: a page opened before knows nothing of it.
    """
    fields = {field.name: field for field in adapter.fields}
    errors: dict[str, str | Promise] = {
        name: _("There is no such setting.") for name in given if name not in fields
    }
    kept, hidden = dict(plain), dict(secret)
    for name in given.keys() & fields.keys():
        try:
            _put(fields[name], given[name], kept, hidden)
        except _Wrong as wrong:
            errors[name] = str(wrong)
    for field in fields.values():
        if field.kind == "secret" and field.is_generated and not hidden.get(field.name):
            hidden[field.name] = random.token_urlsafe(24)
        is_missing = field.is_required and field.is_asked(kept) and _is_empty(field, kept, hidden)
        if is_missing and field.name not in errors:
            errors[field.name] = _("This is needed.")
    if errors:
        raise InvalidSettings(errors)
    return kept, hidden


def _put(field: Field, value: Any, kept: dict[str, Any], hidden: dict[str, str]) -> None:
    if field.is_learned and not _text(value):
        kept.setdefault(field.name, "")
    elif field.kind != "secret":
        kept[field.name] = _read(field, value)
    elif value is None:
        hidden.pop(field.name, None)
    elif text := _text(value):
        hidden[field.name] = text


def _read(field: Field, value: Any) -> Any:
    match field.kind:
        case "bool":
            return _bool(value)
        case "number":
            number = _number(value)
            _validate(field, str(number))
            return number
        case "choice":
            text = _text(value)
            if text not in [str(key) for key, _label in field.choices] and (text or field.is_required):
                raise _Wrong(
                    _("Choose one of: %(names)s.") % {"names": ", ".join(k for k, _label in field.choices)}
                )
            return text
    text = _text(value)
    _validate(field, text)
    return text


def _validate(field: Field, text: str) -> None:
    if text and field.validate is not None:
        try:
            field.validate(text)
        except ValueError as wrong:
            raise _Wrong(str(wrong)) from None


def _text(value: Any) -> str:
    text = str(value if value is not None else "").strip()
    if len(text) > MAX_LENGTH or "\x00" in text:
        raise _Wrong(_("This is too long, or has characters that can't be kept."))
    return text


def _bool(value: Any) -> bool:
    text = str(value if value is not None else "").strip().lower()
    if text not in _TRUE | _FALSE:
        raise _Wrong(_("Say yes or no."))
    return text in _TRUE


def _number(value: Any) -> int | str:
    text = _text(value)
    if not text:
        return ""
    try:
        return int(text)
    except ValueError:
        raise _Wrong(_("This must be a whole number.")) from None


def _is_empty(field: Field, kept: Mapping[str, Any], hidden: Mapping[str, str]) -> bool:
    value = hidden.get(field.name) if field.kind == "secret" else kept.get(field.name, field.default)
    return value in ("", None)
