"""A document ready to print, in its own language: the page and the PDF say the same because both print this."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import formats, placeholders
from deals.documents import qr
from deals.documents.content import lines_of, number_in
from deals.documents.happenings import Document
from deals.documents.words import in_words
from deals.models import Invoice
from deals.models.documents import shown_number
from deals.terms import exact_number, rate_text


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """A label and what it says."""

    label: str
    value: str
    is_strong: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line, ready to print."""

    name: str
    sku: str
    quantity: str
    unit: str
    price: str
    discount: str
    vat: str
    total: str


@dataclasses.dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that stands on a document."""

    language: str
    is_invoice: bool
    title: str
    until: str
    seller_name: str
    seller: list[str]
    bank: list[Pair]
    client_name: str
    client: list[str]
    before: str
    after: str
    rows: list[Row]
    has_unit: bool
    has_discount: bool
    has_vat: bool
    currency: str
    totals: list[Pair]
    words: str
    signatures: list[Pair]
    manager: str
    payment_code: str  # the text of the payment code, nothing without one
    labels: Mapping[str, str]


def sheet_of(document: Document) -> Sheet:
    """Print a document in its language, whoever reads it."""
    with translation.override(document.language):
        return _sheet(document)


def document_title(document: Document) -> str:
    """Name a document with its date, in the language now active: Invoice No. 12 of 28 November 2026."""
    told = {"number": shown_number(document.number), "day": long_day(document.issued_on)}
    if isinstance(document, Invoice):
        return _("Invoice %(number)s of %(day)s") % told
    if document.version > 1:
        return _("Proposal %(number)s of %(day)s, version %(version)s") % (
            told | {"version": document.version}
        )
    return _("Proposal %(number)s of %(day)s") % told


def long_day(day: dt.date) -> str:
    """Write a day in full: 28 ноября 2026 г., 28 November 2026."""
    return date_format(day, "DATE_FORMAT" if translation.get_language() == "ru" else "j F Y")


def filled_texts(document: Document) -> dict[str, str]:
    """Fill the names in the texts before and after the lines; a line that has nothing to say goes."""
    with translation.override(document.language):
        return _filled(document)


def _filled(document: Document) -> dict[str, str]:
    content = document.content
    values = {
        "client": str(
            content.get("client", {}).get("contact") or content.get("client", {}).get("name") or ""
        ),
        "contact": str(content.get("client", {}).get("contact") or ""),
        "company": str(content.get("client", {}).get("name") or ""),
        "manager": str(content.get("manager", {}).get("name") or ""),
        "number": document.number,
        "date": long_day(document.issued_on),
        "until": long_day(last_day) if (last_day := last_day_of(document)) else "",
        "total": money(document.total, document.currency),
        "deal": str(content.get("deal") or ""),
    }
    return {side: placeholders.fill(str(content.get(side) or ""), values) for side in ("before", "after")}


def last_day_of(document: Document) -> dt.date | None:
    """The last day of an offer, or the day to pay by."""
    return document.due_on if isinstance(document, Invoice) else document.valid_until


def money(value: Decimal, currency: str) -> str:
    """Write a sum with its coins always: 1 200,00 ₽, £1,200.00."""
    return formats.money(value, currency, has_coins=True)


# --- Parts -------------------------------------------------------------------------------------------
def _sheet(document: Document) -> Sheet:
    content, is_invoice = document.content, isinstance(document, Invoice)
    seller, client = content.get("seller", {}), content.get("client", {})
    texts = _filled(document) if document.is_draft else content
    rows = [_row(line) for line in lines_of(document)]
    return Sheet(
        language=document.language,
        is_invoice=is_invoice,
        title=document_title(document),
        until=_until(document),
        seller_name=seller.get("legal_name") or seller.get("name", ""),
        seller=_party(seller) + [seller[name] for name in ("phone", "email", "site") if seller.get(name)],
        bank=_bank(seller),
        client_name=client.get("name", ""),
        client=_party(client)
        + ([client["contact"]] if client.get("contact") not in ("", client.get("name")) else []),
        before=str(texts.get("before") or ""),
        after=str(texts.get("after") or ""),
        rows=rows,
        has_unit=any(row.unit for row in rows),
        has_discount=any(row.discount for row in rows),
        has_vat=any(row.vat for row in rows),
        currency=formats.currency_sign(document.currency),
        totals=_totals(document),
        words=in_words(document.total, document.currency, document.language) if is_invoice else "",
        signatures=_signatures(seller),
        manager=", ".join(filter(None, content.get("manager", {}).values())),
        payment_code=_payment_code(document) if is_invoice else "",
        labels=_labels(),
    )


def _until(document: Document) -> str:
    day = last_day_of(document)
    if day is None:
        return ""
    told = {"day": long_day(day)}
    return (
        _("To be paid by %(day)s") % told
        if isinstance(document, Invoice)
        else _("Valid until %(day)s") % told
    )


def _party(details: Mapping[str, str]) -> list[str]:
    codes = [
        f"{label} {details[name]}"
        for name, label in (("inn", _("INN")), ("kpp", _("KPP")), ("ogrn", _("OGRN")))
        if details.get(name)
    ]
    return [part for part in (", ".join(codes), details.get("address", "")) if part]


def _bank(seller: Mapping[str, str]) -> list[Pair]:
    labels = (
        ("bank", _("Bank")),
        ("bik", _("BIK")),
        ("correspondent_account", _("Correspondent account")),
        ("account", _("Account")),
    )
    return [Pair(label, seller[name]) for name, label in labels if seller.get(name)]


def _row(line: Mapping[str, Any]) -> Row:
    discount = number_in(line, "discount")
    share = line.get("discount_percent")
    return Row(
        name=line["name"],
        sku=line["sku"],
        quantity=exact_number(number_in(line, "quantity")),
        unit=line["unit"],
        price=formats.number(number_in(line, "price"), digits=2),
        discount=(rate_text(Decimal(share)) if share else formats.number(discount, digits=2))
        if discount
        else "",
        vat="" if line["vat"] is None else rate_text(Decimal(line["vat"])),
        total=formats.number(number_in(line, "total"), digits=2),
    )


def _totals(document: Document) -> list[Pair]:
    content, currency = document.content, document.currency
    pairs = []
    if discount := number_in(content, "discount"):
        pairs.append(Pair(_("Discount"), money(discount, currency)))
    pattern = _("Including VAT %(rate)s") if content.get("is_tax_included") else _("VAT %(rate)s on top")
    for rate, tax in content.get("taxes", []):
        pairs.append(Pair(pattern % {"rate": rate_text(Decimal(rate))}, money(Decimal(tax), currency)))
    if not content.get("taxes"):
        pairs.append(Pair(_("Without VAT"), "—"))
    total = Pair(
        _("To be paid") if isinstance(document, Invoice) else _("Total"),
        money(document.total, currency),
        True,
    )
    return [*pairs, total]


def _signatures(seller: Mapping[str, str]) -> list[Pair]:
    found = []
    if seller.get("director"):
        found.append(Pair(seller.get("director_title") or _("Director"), seller["director"]))
    if seller.get("accountant"):
        found.append(Pair(_("Chief accountant"), seller["accountant"]))
    return found


def _payment_code(document: Document) -> str:
    left = document.remaining if isinstance(document, Invoice) else document.total
    return qr.payload(
        seller=document.content.get("seller", {}),
        total=left,
        currency=document.currency,
        purpose=_purpose(document),
    )


def _purpose(document: Document) -> str:
    """Write what a payment is for, as banks want it: with the number, the day and the tax."""
    told = {
        "number": document.number,
        "day": document.issued_on.strftime("%d.%m.%Y"),
        "tax": f"{document.tax:.2f}",
    }
    if document.tax:
        return _("Payment of invoice %(number)s of %(day)s, including VAT %(tax)s") % told
    return _("Payment of invoice %(number)s of %(day)s, without VAT") % told


def _labels() -> dict[str, str]:
    return {
        "seller": _("Seller"),
        "client": _("Buyer"),
        "number": "№" if translation.get_language() == "ru" else "#",
        "name": _("Name"),
        "quantity": _("Quantity"),
        "unit": _("Unit"),
        "price": _("Price"),
        "discount": _("Discount"),
        "vat": _("VAT"),
        "sum": _("Sum"),
        "manager": _("Your manager"),
        "pay": _("Pay by the code in your bank’s app"),
        "details": _("Bank details"),
        "page": _("page"),
    }
