"""The copy of a deal that a document keeps: plain texts and numbers, as the client is to see them for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from deals.documents.errors import NothingToOffer
from deals.documents.happenings import Document
from deals.models import Deal, DealLine, OurCompany
from deals.products import arithmetic
from deals.products.arithmetic import Sums

SELLER = (
    "name", "legal_name", "inn", "kpp", "ogrn", "bank", "bik", "account", "correspondent_account", "address",
    "phone", "email", "site", "director_title", "director", "accountant", "logo_key", "stamp_key",
)  # fmt: skip
# What a text before or after the lines may name; deals.documents.showing fills it in.
TEXT_FIELDS = ("client", "contact", "manager", "company", "number", "date", "until", "total", "deal")


def take_lines(document: Document, deal: Deal) -> None:
    """Copy the deal's lines and their sums into a draft; raise NothingToOffer where there are none."""
    lines = list(DealLine.objects.filter(deal=deal))
    if not lines:
        raise NothingToOffer
    sums = [arithmetic.line_sums(line, is_tax_included=deal.is_tax_included) for line in lines]
    total = arithmetic.total_of(sums)
    document.currency = deal.currency
    document.total, document.tax = total.total, total.tax
    rates = [line.vat_percent for line in lines]
    document.content = document.content | {
        "is_tax_included": deal.is_tax_included,
        "lines": [_line(line, one) for line, one in zip(lines, sums, strict=True)],
        "taxes": [[str(rate), str(tax)] for rate, tax in arithmetic.taxes_of(zip(rates, sums, strict=True))],
        "discount": str(total.discount),
    }


def take_parties(document: Document, deal: Deal, seller: OurCompany) -> None:
    """Copy who sells and who buys, as their details stand now."""
    document.seller = seller
    details = document.client_details
    document.client_inn = details.inn if details else ""
    document.content = document.content | {
        "seller": {name: getattr(seller, name) for name in SELLER},
        "client": _client(deal, document),
        "manager": _manager(deal),
        "deal": deal.title,
    }


def lines_of(document: Document) -> Sequence[Mapping[str, Any]]:
    """List the copied lines."""
    found: Sequence[Mapping[str, Any]] = document.content.get("lines", [])
    return found


def _line(line: DealLine, sums: Sums) -> dict[str, Any]:
    is_share = line.discount_kind == DealLine.Discount.PERCENT
    return {
        "name": line.name,
        "sku": line.sku,
        "unit": line.unit,
        "quantity": str(line.quantity),
        "price": str(line.price),
        "discount": str(sums.discount),
        "discount_percent": str(line.discount) if is_share and line.discount else "",
        "vat": None if line.vat_percent is None else str(line.vat_percent),
        "tax": str(sums.tax),
        "total": str(sums.total),
    }


def _client(deal: Deal, document: Document) -> dict[str, str]:
    details, company, contact = document.client_details, deal.company, deal.contact
    return {
        "name": details.title if details else company.name if company else contact.name if contact else "",
        "inn": details.inn if details else "",
        "kpp": details.kpp if details else "",
        "ogrn": details.ogrn if details else "",
        "address": (details.legal_address if details else company.address if company else ""),
        "contact": contact.name if contact else "",
    }


def _manager(deal: Deal) -> dict[str, str]:
    owner = deal.owner
    return {"name": owner.name if owner else "", "email": owner.email if owner else ""}


def number_in(content: Mapping[str, Any], name: str) -> Decimal:
    """Read a number of the copy."""
    return Decimal(str(content.get(name) or 0))
