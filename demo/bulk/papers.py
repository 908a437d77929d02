"""Bulk proposals, invoices and the money that came for them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from core.ids import uuid7
from deals.models import BankEntry, DealLine, Invoice, OurCompany, Payment, Proposal, StatementImport
from demo.bulk.world import Row, World

SHARE = 0.4  # of the deals somebody asked an offer for
VAT = Decimal(22)
ACCOUNT = "40702810900000000001"
PROPOSAL_STATES, STATE_WEIGHTS = ("accepted", "sent", "viewed", "declined", "expired"), (4, 2, 2, 1, 1)


def desk() -> tuple[OurCompany, StatementImport]:
    """Make who sells, and the bank's file that payments are read from."""
    seller = OurCompany.objects.create(name="Ромашка", legal_name="ООО «Ромашка»", inn="7701234567")
    return seller, StatementImport.objects.create(file_name="1c.txt", accounts=[ACCOUNT], state="done")


def of_deal(world: World, deal: dict[str, Any], client: str) -> Iterator[Row]:
    """Make the lines, the proposal, and most often the invoice and the payments of some of the deals."""
    rng = world.rng
    if rng.random() >= SHARE:
        return
    lines = [_line(world, deal, place) for place in range(rng.choice((1, 2, 2, 3)))]
    for line in lines:
        yield (DealLine, line)
    state = rng.choices(PROPOSAL_STATES, STATE_WEIGHTS)[0]
    total = sum((line["quantity"] * line["price"] for line in lines), Decimal(0))
    offered = _document(world, deal, client, lines, total, days=1)
    yield (Proposal, offered | _proposal(deal, offered, state))
    if deal["state"] == "won" or state == "accepted":
        billed = _document(world, deal, client, lines, total, days=5)
        paid = total if deal["state"] == "won" else rng.choice((Decimal(0), Decimal(0), total / 2))
        yield (Invoice, billed | _invoice(deal, offered["id"], billed, paid))
        if paid:
            yield from _payment(world, billed, client, paid)


def _line(world: World, deal: dict[str, Any], place: int) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "deal_id": deal["id"],
        "position": place,
        "name": world.rng.choice(world.words["item"]),
        "quantity": Decimal(world.rng.choice((1, 1, 2, 5, 10))),
        "price": Decimal(world.rng.randrange(1_000, 300_000, 500)),
        "vat_percent": VAT,
    }


def _document(
    world: World, deal: dict[str, Any], client: str, lines: list[dict[str, Any]], total: Decimal, *, days: int
) -> dict[str, Any]:
    at = min(deal["created_at"] + dt.timedelta(days=days), world.now)
    seller, _statement = world.desk
    rows = [{"name": row["name"], "quantity": str(row["quantity"]), "price": str(row["price"]), "unit": "", "sku": "",
             "discount": "0", "discount_percent": "", "vat": str(VAT), "tax": "0",
             "total": str(row["quantity"] * row["price"])} for row in lines]  # fmt: skip
    opened = at + dt.timedelta(hours=3) if world.rng.random() < 0.6 else None
    return {
        "id": uuid7(),
        "deal_id": deal["id"],
        "seller_id": seller.pk,
        "issued_on": at.date(),
        "currency": deal["currency"],
        "total": total,
        "tax": (total * VAT / (100 + VAT)).quantize(Decimal("0.01")),
        "content": {
            "seller": {"name": seller.name, "legal_name": seller.legal_name},
            "client": {"name": client},
            "lines": rows,
            "taxes": [],
            "is_tax_included": True,
            "discount": "0",
            "deal": deal["title"],
        },
        "sent_at": at,
        "viewed_at": opened,
        "last_viewed_at": opened,
        "view_count": 1 if opened else 0,
        "created_at": at,
        "created_by_id": deal["owner_id"],
    }


def _proposal(deal: dict[str, Any], offered: dict[str, Any], state: str) -> dict[str, Any]:
    return {
        "number": f"КП-{deal['number']}",
        "state": state,
        "valid_until": offered["issued_on"] + dt.timedelta(days=14),
        "answered_at": offered["sent_at"] if state in ("accepted", "declined") else None,
    }


def _invoice(
    deal: dict[str, Any], proposal: uuid.UUID, billed: dict[str, Any], paid: Decimal
) -> dict[str, Any]:
    return {
        "number": str(deal["number"]),
        "proposal_id": proposal,
        "state": "paid" if paid == billed["total"] else "partly_paid" if paid else "sent",
        "due_on": billed["issued_on"] + dt.timedelta(days=7),
        "paid": paid,
        "paid_on": billed["issued_on"] if paid == billed["total"] else None,
    }


def _payment(world: World, billed: dict[str, Any], client: str, paid: Decimal) -> Iterator[Row]:
    _seller, statement = world.desk
    entry = uuid7() if world.rng.random() < 0.5 else None
    if entry:
        told = {
            "id": entry,
            "statement_id": statement.pk,
            "account": ACCOUNT,
            "number": str(len(world.sales)),
            "on": billed["issued_on"],
            "came_on": billed["issued_on"],
            "amount": paid,
            "assigned": paid,
            "currency": billed["currency"],
            "payer": client,
            "purpose": world.rng.choice(world.words["item"]),
        }
        yield (BankEntry, told)
    yield (
        Payment,
        {
            "id": uuid7(),
            "invoice_id": billed["id"],
            "entry_id": entry,
            "amount": paid,
            "currency": billed["currency"],
            "paid_on": billed["issued_on"],
            "created_at": billed["created_at"],
            "created_by_id": billed["created_by_id"],
        },
    )
