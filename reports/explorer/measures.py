"""What the explorer can tell of a group of rows."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Func, Q, Sum, When
from django.db.models.functions import Coalesce, Extract
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import formats
from reports.exchange import Exchange
from reports.lengths import percentile, step_of
from reports.rollups.cubes import AMOUNT, COUNT, Measure


@dataclasses.dataclass(slots=True)
class Tally:
    """So many rows, and what else was added up of them."""

    count: int = 0
    hits: int = 0  # converted leads, won deals, deals with an amount
    amounts: dict[str, Decimal] = dataclasses.field(default_factory=dict)
    steps: Counter[int] = dataclasses.field(default_factory=Counter)

    def add(self, extra: Any, figures: Sequence[Any]) -> None:
        """Add a group of like rows: `extra` is their currency or the step of a length."""
        count, hits, amount = (*figures, 0, 0)[:3]
        self.count += count
        self.hits += hits or 0
        if amount:
            self.amounts[extra] = self.amounts.get(extra, Decimal(0)) + amount
        if isinstance(extra, int):
            self.steps[extra] += count


Told = Callable[[Tally, Exchange], Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """A measure: what is read, what it makes of a tally, how that is written.

    `extra` is a column that groups are told apart by besides; `step` an expression of the step of a length (reports.
    lengths) to use as one; `needs` a column that cells must have for it. `adds_up`: the figures of parts are a whole, so
    shares mean something.
    """

    key: str
    label: str | Promise
    value: Told
    shown: Callable[[Any, Exchange], str]
    sums: Mapping[str, Measure]
    extra: str = ""
    step: Callable[[], Any] | None = None
    needs: str = ""
    adds_up: bool = False
    has_cells: bool = True
    hint: str | Promise = ""


def _hits(condition: Q) -> Measure:
    return Measure(Count("pk", filter=condition), Coalesce(Sum("count", filter=condition), 0))


def _share(tally: Tally, _exchange: Exchange) -> float | None:
    return 100 * tally.hits / tally.count if tally.count else None


def _amount(tally: Tally, exchange: Exchange) -> Decimal:
    return exchange.total(tally.amounts)


def _average(tally: Tally, exchange: Exchange) -> Decimal | None:
    """Divide by the deals that have an amount; of currencies without a rate nothing is told."""
    return exchange.total(tally.amounts) / tally.hits if tally.hits else None


def _median(tally: Tally, _exchange: Exchange) -> float | None:
    return percentile(tally.steps, 0.5)


def _number(value: Any, _exchange: Exchange) -> str:
    return formats.number(value)


def _percent(value: Any, _exchange: Exchange) -> str:
    return "—" if value is None else formats.percent(value)


def _money(value: Any, exchange: Exchange) -> str:
    return "—" if value is None else formats.money(value, exchange.currency)


def _minutes(value: Any, _exchange: Exchange) -> str:
    return "—" if value is None else formats.minutes(round(value))


def _duration(value: Any, _exchange: Exchange) -> str:
    return "—" if value is None else formats.duration(value)


def _step_of_answer() -> Any:
    return Case(When(response_min__isnull=False, then=step_of("response_min")))


def _step_to_close() -> Any:
    """Of open deals none."""
    return Case(When(closed_at__isnull=False, then=step_of("seconds_to_close")))


def seconds_to_close() -> Any:
    """Build the expression of the seconds from making a deal to closing it."""
    return Extract(
        Func(F("closed_at") - F("created_at"), template="greatest(%(expressions)s, interval '0')"), "epoch"
    )


COUNTED = {"count": COUNT}
FIGURES: Mapping[str, Sequence[Figure]] = {
    "leads": (
        Figure("count", _("Leads"), lambda t, _e: t.count, _number, COUNTED, adds_up=True),
        Figure(
            "conversion", _("Conversion"), _share, _percent, COUNTED | {"hits": _hits(Q(state="converted"))},
            needs="state", hint=_("Converted leads of all leads of the group."),
        ),
        Figure(
            "targeted", _("Share of targeted"), _share, _percent, COUNTED | {"hits": _hits(Q(quality="targeted"))},
            needs="quality", hint=_("Targeted leads of all leads of the group."),
        ),
        Figure(
            "response", _("First response, median"), _median, _minutes, COUNTED, extra="x_step", step=_step_of_answer,
            has_cells=False, hint=_("Working minutes to the first answer, within half a per cent; of the answered leads."),
        ),
    ),
    "deals": (
        Figure("count", _("Deals"), lambda t, _e: t.count, _number, COUNTED, adds_up=True),
        Figure(
            "amount", _("Sum of amounts"), _amount, _money, COUNTED | {"hits": COUNT, "amount": AMOUNT},
            extra="currency", adds_up=True, hint=_("In the company’s currency, by the rates of the period’s last day."),
        ),
        Figure(
            "average", _("Average amount"), _average, _money,
            COUNTED | {"hits": Measure(Count("amount"), Sum("count")), "amount": AMOUNT},
            extra="currency", has_cells=False, hint=_("Of the deals that have an amount."),
        ),
        Figure(
            "conversion", _("Won, %"), _share, _percent, COUNTED | {"hits": _hits(Q(state="won"))}, needs="state",
            hint=_("Won deals of all deals of the group."),
        ),
        Figure(
            "cycle", _("Time to close, median"), _median, _duration, COUNTED, extra="x_step", step=_step_to_close,
            has_cells=False, hint=_("From making a deal to closing it, within half a per cent; of the closed deals."),
        ),
    ),
}  # fmt: skip


def figure_of(subject: str, key: str) -> Figure:
    """Find a measure; the number of rows for an unknown one."""
    return next((one for one in FIGURES[subject] if one.key == key), FIGURES[subject][0])
