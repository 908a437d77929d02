"""Why two cards are probably one client, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import IdentityKey
from core import formats

Params = Mapping[str, Any]


def reasons_text(reasons: Iterable[Sequence[Any]]) -> str:
    """Say all reasons in one line: “the same name, the phone differs by one digit”."""
    return ", ".join(text for code, params in reasons if (text := reason_text(str(code), params)))


def reason_text(code: str, params: Params) -> str:
    """Say one reason; a code nobody knows says nothing."""
    if code in _PLAIN:
        return _PLAIN[code]()
    maker = _FILLED.get(code)
    return maker(params) if maker else ""


def _elsewhere(params: Params) -> str:
    kinds = dict(IdentityKey.Kind.choices)
    told = {"kind": kinds.get(params["kind"], params["kind"]), "value": formats.phone(f"+{params['value']}")}
    return _("%(kind)s has the number %(value)s of the other") % told


_PLAIN: dict[str, Callable[[], str]] = {
    "name_same": lambda: _("the same name"),
    "name_short": lambda: _("the same name in a short form"),
    "name_typo": lambda: _("a similar name"),
    "name_initials": lambda: _("the same surname and initial"),
    "name_part": lambda: _("part of the name"),
    "other_ways": lambda: _("known by different channels"),
    "firm_same": lambda: _("the same name"),
    "firm_typo": lambda: _("a similar name"),
    "firm_within": lambda: _("one name is part of the other"),
    "same_address": lambda: _("the same address"),
}
_FILLED: dict[str, Callable[[Params], str]] = {
    "phone_elsewhere": _elsewhere,
    "phone_near": lambda params: _("the phone differs by one digit"),
    "mail_name": lambda params: _("%(name)s@ at two mail services") % params,
    "mail_slip": lambda params: _("the e-mail differs by one letter"),
    "username": lambda params: _("the same username %(name)s") % params,
    "same_company": lambda params: _("both at %(name)s") % params,
    "same_inn": lambda params: _("the same INN %(inn)s") % params,
    "other_kpp": lambda params: _("the same INN %(inn)s, another KPP") % params,
    "same_site": lambda params: _("the same site %(site)s") % params,
    "same_phone": lambda params: (
        _("the same phone %(phone)s") % {"phone": formats.phone(f"+{params['value']}")}
    ),
    "same_mail": lambda params: _("the same e-mail %(value)s") % params,
    "same_domain": lambda params: _("the same domain %(value)s") % params,
}


def level_of(points: int) -> str:
    """Name how sure a score is: sure, likely or maybe."""
    return "sure" if points >= 80 else "likely" if points >= 65 else "maybe"


def level_text(points: int) -> str:
    """Say how sure a score is."""
    return {"sure": _("almost certainly"), "likely": _("probably"), "maybe": _("possibly")}[level_of(points)]
