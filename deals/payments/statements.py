"""A bank's file on its way: looked at, confirmed by a person, taken back. Only the confirmation writes payments."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from core import locks
from core.errors import Refusal
from deals.models import BankEntry, Invoice, Payment, StatementImport
from deals.payments.errors import StatementSettled, StatementsForbidden, TooManyPayments
from deals.payments.matching import Candidate, Match, Money, Sureness, matches
from deals.payments.services import assign_entry, take_back
from deals.payments.statement import Incoming, parse
from tenants.access import Action, Scope, Section, scope_of
from tenants.models import Membership

MAX_INCOMING = 500  # payments one page shows and one form sends
_PREVIEW_DAYS = 2
DISMISS = "dismiss"


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One incoming payment of a file that is looked at: what is known of it, and what it may be for."""

    index: int
    payment: Incoming
    is_known: bool
    matches: Sequence[Match] = ()

    @property
    def proposed(self) -> Match | None:
        """What is chosen unless somebody chooses otherwise."""
        first = self.matches[0] if self.matches else None
        return first if first is not None and first.sureness != Sureness.POSSIBLE else None


@dataclasses.dataclass(slots=True)
class Outcome:
    """What a confirmation has done."""

    paid: int = 0
    waiting: int = 0
    dismissed: int = 0
    known: int = 0
    refused: list[tuple[str, str]] = dataclasses.field(default_factory=list)  # payer, why


def may_import(member: Membership) -> bool:
    """A statement shows all the money of the company: only who may change every deal sees it."""
    return scope_of(member, Section.DEALS, Action.EDIT) == Scope.ALL


@transaction.atomic
def open_statement(*, raw: bytes, file_name: str, by: Membership, now: dt.datetime) -> StatementImport:
    """Keep what a file says for a person to look at; no payment is written yet.

    Raises what the parser refuses, TooManyPayments and StatementsForbidden; then no row is left behind.
    """
    if not may_import(by):
        raise StatementsForbidden
    found = parse(raw)
    if len(found.incoming) > MAX_INCOMING:
        raise TooManyPayments(count=len(found.incoming), limit=MAX_INCOMING)
    old = StatementImport.objects.filter(state=StatementImport.State.PREVIEW)
    old.filter(created_at__lt=now - dt.timedelta(days=_PREVIEW_DAYS)).delete()
    return StatementImport.objects.create(
        file_name=file_name[:200],
        accounts=[account[:34] for account in found.accounts],
        first_on=found.first_on,
        last_on=found.last_on,
        rows=[_kept(payment) for payment in found.incoming],
        counts={
            "outgoing": found.outgoing_count,
            "own": found.own_count,
            "repeated": found.repeated_count,
            "broken": [[one.line, str(one.reason)] for one in found.broken[:100]],
        },
        created_at=now,
        created_by=by,
    )


def preview(statement: StatementImport) -> list[Line]:
    """Say of each payment whether it is known and what it may be for; two queries for any number of payments.

    Sure matches are settled first, and each takes its money from the invoice before the next is looked at.
    """
    payments = [_read(row) for row in statement.rows]
    known = _known_keys(payments)
    lines: dict[int, Line] = {}
    wants = {candidate.id: candidate for candidate in candidates()}
    order = sorted(range(len(payments)), key=lambda i: _rank(payments[i], wants.values()))
    for index in order:
        payment = payments[index]
        is_known = _key(payment) in known
        found = [] if is_known else matches(_money(payment), wants.values())
        line = Line(index, payment, is_known, found)
        if (chosen := line.proposed) is not None:
            _take(wants, chosen.candidate, payment.amount)
        lines[index] = line
    return [lines[index] for index in range(len(payments))]


@transaction.atomic
def confirm(
    *, statement: StatementImport, choices: Mapping[int, str], by: Membership, now: dt.datetime
) -> Outcome:
    """Write the payments of a statement. `choices`: index of a payment to an invoice's id, DISMISS or "" to wait.

    What is known from another file is passed over, so the same file twice changes nothing. An invoice that can't be
    paid leaves its money waiting, and says why. Raises StatementSettled and StatementsForbidden.
    """
    if not may_import(by):
        raise StatementsForbidden
    held = StatementImport.objects.select_for_update().get(pk=statement.pk)
    if held.state != StatementImport.State.PREVIEW:
        raise StatementSettled
    locks.hold("bank entries")  # of two files with the same payments the second one finds them known
    outcome = Outcome()
    payments = [_read(row) for row in held.rows]
    known = _known_keys(payments)
    for index, payment in enumerate(payments):
        if _key(payment) in known:
            outcome.known += 1
        else:
            _enter(held, payment, choices.get(index, ""), outcome, by=by, now=now)
    held.state, held.confirmed_at, held.rows = StatementImport.State.DONE, now, []
    held.save(update_fields=["state", "confirmed_at", "rows"])
    return outcome


@transaction.atomic
def undo(*, statement: StatementImport, by: Membership, now: dt.datetime) -> int:
    """Take a statement back: its payments are undone, its lines go, the file can be read again. Return how many.

    Deals stay where they are. Raises StatementSettled, StatementsForbidden.
    """
    if not may_import(by):
        raise StatementsForbidden
    held = StatementImport.objects.select_for_update().get(pk=statement.pk)
    if held.state != StatementImport.State.DONE:
        raise StatementSettled
    locks.hold("bank entries")  # nobody assigns this money, in whatever order, from another file meanwhile
    rows = Payment.objects.valid().filter(entry__statement=held).select_related("invoice")
    payments = list(rows.order_by("invoice_id", "pk"))
    for payment in payments:
        take_back(payment=payment, by=by, now=now)
    Payment.objects.filter(entry__statement=held).update(entry=None)
    BankEntry.objects.filter(statement=held).delete()
    held.state, held.undone_at, held.undone_by = StatementImport.State.UNDONE, now, by
    held.save(update_fields=["state", "undone_at", "undone_by"])
    return len(payments)


@transaction.atomic
def discard(*, statement: StatementImport) -> None:
    """Throw a file away that nobody has confirmed."""
    StatementImport.objects.filter(pk=statement.pk, state=StatementImport.State.PREVIEW).delete()


def candidates() -> list[Candidate]:
    """List the invoices that wait for money; one query."""
    rows = Invoice.objects.unpaid().order_by("issued_on", "id")
    names = ("id", "number", "issued_on", "total", "paid", "currency", "client_inn")
    return [
        Candidate(pk, number, issued_on, total, total - paid, currency, inn)
        for pk, number, issued_on, total, paid, currency, inn in rows.values_list(*names)
        if total > paid
    ]


def matches_of(entry: BankEntry) -> list[Match]:
    """List the invoices that waiting money may be for."""
    return matches(Money(entry.rest, entry.currency, entry.payer_inn, entry.purpose), candidates())


# --- Parts -------------------------------------------------------------------------------------------
def _enter(
    statement: StatementImport,
    payment: Incoming,
    choice: str,
    outcome: Outcome,
    *,
    by: Membership,
    now: dt.datetime,
) -> None:
    account, payer_key, number, on, amount = _key(payment)
    entry = BankEntry.objects.create(
        statement=statement,
        account=account,
        payer_key=payer_key,
        number=number,
        on=on,
        amount=amount,
        currency=payment.currency,
        came_on=payment.came_on,
        payer=payment.payer,
        payer_inn=payment.payer_inn,
        purpose=payment.purpose,
        is_dismissed=choice == DISMISS,
    )
    if choice in ("", DISMISS):
        outcome.dismissed += choice == DISMISS
        outcome.waiting += choice == ""
        return
    try:
        with transaction.atomic():
            paid = assign_entry(entry=entry, invoice=Invoice.objects.get(pk=_uuid(choice)), by=by, now=now)
    except Invoice.DoesNotExist:
        outcome.waiting += 1
    except Refusal as refusal:
        outcome.waiting += 1
        outcome.refused.append((payment.payer or payment.number, str(refusal.message)))
    else:
        outcome.paid += 1
        outcome.waiting += paid.amount < entry.amount


def _rank(payment: Incoming, wants: Iterable[Candidate]) -> int:
    """Let sure matches choose first."""
    found = matches(_money(payment), wants)
    return -found[0].points if found else 1


def _take(wants: dict[uuid.UUID, Candidate], chosen: Candidate, amount: Decimal) -> None:
    rest = chosen.remaining - amount
    if rest > 0:
        wants[chosen.id] = dataclasses.replace(chosen, remaining=rest)
    else:
        del wants[chosen.id]


def _money(payment: Incoming) -> Money:
    return Money(payment.amount, payment.currency, payment.payer_inn, payment.purpose)


def _key(payment: Incoming) -> tuple[str, str, str, dt.date, Decimal]:
    """The columns of the constraint deals_entry_once."""
    return payment.key


def _known_keys(payments: Sequence[Incoming]) -> set[tuple[str, str, str, dt.date, Decimal]]:
    """Find which of these payments other files had; one query."""
    days = {payment.on for payment in payments}
    rows = BankEntry.objects.filter(account__in={payment.account for payment in payments}, on__in=days)
    return set(rows.values_list("account", "payer_key", "number", "on", "amount"))


def _kept(payment: Incoming) -> dict[str, Any]:
    """Write a payment as JSON."""
    return dataclasses.asdict(payment) | {
        "on": payment.on.isoformat(),
        "came_on": payment.came_on.isoformat(),
        "amount": str(payment.amount),
    }


def _read(row: Mapping[str, Any]) -> Incoming:
    days = {name: dt.date.fromisoformat(row[name]) for name in ("on", "came_on")}
    return Incoming(**(dict(row) | days | {"amount": Decimal(row["amount"])}))


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
