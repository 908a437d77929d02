"""Payments in words: why a match is one, and what the timeline and the bell say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.changes import Data, aside, say
from deals.payments.matching import Match, Sureness

REASONS: Mapping[str, str | Promise] = {
    "number": gettext_lazy("the number is in the purpose"),
    "number_bare": gettext_lazy("a like number is in the purpose"),
    "inn": gettext_lazy("the payer’s INN fits"),
    "other_inn": gettext_lazy("another payer"),
    "day": gettext_lazy("the date fits"),
    "amount": gettext_lazy("the amount fits"),
    "part": gettext_lazy("a part of the amount"),
    "more": gettext_lazy("more than is due: the rest will wait"),
    "several": gettext_lazy("several invoices fit equally"),
}
SURENESS: Mapping[Sureness, str | Promise] = {
    Sureness.SURE: gettext_lazy("sure"),
    Sureness.LIKELY: gettext_lazy("likely"),
    Sureness.POSSIBLE: gettext_lazy("possible"),
}
TONES = {Sureness.SURE: "t-ok", Sureness.LIKELY: "", Sureness.POSSIBLE: "t-warn"}


def reasons_of(match: Match) -> str:
    """Say why an invoice was offered."""
    return ", ".join(str(REASONS[code]) for code in match.reasons)


def not_moved(data: Data) -> SafeString:
    """Say in the timeline that a payment came and the gate let the deal through no further."""
    told = say(_("A payment came, but the deal did not move to %(stage)s"), stage=data.get("stage", ""))
    return SafeString(told + aside(data.get("text", "")))


def not_moved_notice(params: Mapping[str, Any]) -> tuple[str, str]:
    """Say the same in the bell."""
    title = _("Paid, but not moved to “%(stage)s”: %(deal)s") % {
        "stage": params.get("stage", ""),
        "deal": params.get("deal", ""),
    }
    return title, str(params.get("text", ""))
