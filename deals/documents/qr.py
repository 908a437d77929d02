"""The payment code on Russian invoices: GOST R 56042-2014, format ST0001, UTF-8. Every bank's app reads it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from decimal import Decimal

from contacts import requisites

MAX_PURPOSE = 210  # of a payment order
CURRENCY = "RUB"


def payload(*, seller: Mapping[str, str], total: Decimal, currency: str, purpose: str) -> str:
    """Write the code's text; nothing where the details aren't complete or the currency isn't the rouble.

    Obligatory are name, account, bank, BIK and correspondent account (GOST R 56042-2014, table 1).
    """
    required = ("legal_name", "account", "bank", "bik", "correspondent_account", "inn")
    if currency != CURRENCY or total <= 0 or not all(seller.get(name) for name in required):
        return ""
    if not requisites.is_account(seller["account"], seller["bik"]):
        return ""
    fields = {
        "Name": seller["legal_name"][:160],
        "PersonalAcc": seller["account"],
        "BankName": seller["bank"][:45],
        "BIC": seller["bik"],
        "CorrespAcc": seller["correspondent_account"],
        "Sum": str(int(total * 100)),
        "Purpose": purpose[:MAX_PURPOSE],
        "PayeeINN": seller["inn"],
        "KPP": seller.get("kpp", ""),
    }
    return "|".join(["ST00012", *(f"{name}={_plain(value)}" for name, value in fields.items() if value)])


def svg(text: str) -> str:
    """Draw the code as SVG."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False, encoding="utf-8").save(
        out, kind="svg", xmldecl=False, svgns=True, border=2, dark="#000", light="#fff"
    )
    return out.getvalue().decode()


def data_uri(text: str) -> str:
    """Draw the code as the source of an image."""
    import segno

    uri: str = segno.make(text, error="m", micro=False, encoding="utf-8").svg_data_uri(
        border=2, dark="#000", light="#fff"
    )
    return uri


def _plain(value: str) -> str:
    """The bar parts the fields: a value has none."""
    return " ".join(value.replace("|", "/").split())
