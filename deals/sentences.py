"""The sentences of the changes that lines and documents record, for each reader in their language."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from activities.changes import Data, aside, say
from core import formats


def money_of(data: Data, name: str) -> str:
    """Write a sum the entry holds; nothing where it holds none."""
    try:
        return formats.money(Decimal(str(data[name])), str(data.get("currency") or "RUB"))
    except (KeyError, InvalidOperation):
        return ""


def lines_changed(data: Data) -> SafeString:
    """Say which line came, changed or went, and what the amount became by it."""
    patterns = {
        "added": _("Product added: %(line)s"),
        "changed": _("Product changed: %(line)s"),
        "removed": _("Product removed: %(line)s"),
        "terms": _("The amount follows the products"),
    }
    told = say(
        patterns.get(str(data.get("act")), patterns["changed"]), line=formats.inner(str(data.get("line", "")))
    )
    before, after = money_of(data, "from"), money_of(data, "to")
    if not after:
        return told
    amount = f"{before} → {after}" if before else after
    return format_html("{}{}", told, aside(_("amount %(amount)s") % {"amount": amount}))
