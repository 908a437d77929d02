"""Which inquiry a sale is owed to: the models, and sums divided among touches without losing a kopeck. Pure."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.db import models
from django.utils.translation import gettext_lazy as _

KOPECK = Decimal("0.01")


class Model(models.TextChoices):
    """How a deal is shared out among the inquiries its client made, in the order they came."""

    FIRST = "first", _("First touch")
    LAST = "last", _("Last touch")
    LINEAR = "linear", _("Linear")
    POSITION = "position", _("Position-based")


MEANINGS = {
    Model.FIRST: _("The client's first inquiry gets the whole deal."),
    Model.LAST: _("The last inquiry before the deal was won gets the whole deal."),
    Model.LINEAR: _("All inquiries get equal shares."),
    Model.POSITION: _(
        "The first and the last inquiry get 40 per cent each, those between share 20; of two, each gets a half."
    ),
}
IS_SHARED = frozenset({Model.LINEAR, Model.POSITION})


@functools.lru_cache(maxsize=1024)
def weights(model: Model, count: int) -> tuple[Fraction, ...]:
    """Return the share of each of `count` touches (one at least), in their order; they add up to one."""
    match model:
        case Model.FIRST:
            return (Fraction(1), *[Fraction(0)] * (count - 1))
        case Model.LAST:
            return (*[Fraction(0)] * (count - 1), Fraction(1))
        case Model.POSITION if count > 2:
            between = Fraction(1, 5) / (count - 2)
            return (Fraction(2, 5), *[between] * (count - 2), Fraction(2, 5))
    return (Fraction(1, count),) * count


def divided(amount: Decimal, shares: Sequence[Fraction]) -> list[Decimal]:
    """Divide an amount by weights into whole kopecks that add up to exactly it (largest remainder).

    Of equal remainders the earlier share gets the kopeck. All weights zero: nothing is given to anybody.
    """
    if len(shares) == 1 and shares[0]:
        return [amount]
    whole = sum(shares)
    if not whole:
        return [Decimal(0) for _share in shares]
    kopecks = int(amount / KOPECK)
    exact = [kopecks * share / whole for share in shares]
    floors = [part.numerator // part.denominator for part in exact]
    left = kopecks - sum(floors)
    by_remainder = sorted(range(len(exact)), key=lambda place: (floors[place] - exact[place], place))
    for place in by_remainder[:left]:
        floors[place] += 1
    return [part * KOPECK for part in floors]
