"""Lengths of time in steps, each one per cent longer than the one before: they can be counted, added up and still tell a median.

A median told from steps is within half a per cent of the true one, from whatever the steps were read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from django.db.models import F, FloatField, IntegerField, Value
from django.db.models.functions import Cast, Coalesce, Floor, Ln

RATIO = 1.01


def step_of(field: str) -> Cast:
    """Build the expression of the step that a number of seconds lies in; nothing known is no time.

    In floating point: logarithms of PostgreSQL's exact numbers take thirty times as long.
    """
    seconds = Cast(Coalesce(F(field), 0), FloatField()) + Cast(Value(1.0), FloatField())
    return Cast(Floor(Ln(seconds) / Cast(Value(math.log(RATIO)), FloatField())), IntegerField())


def percentile(steps: Mapping[int, int], share: float) -> float | None:
    """Tell the seconds that a share (0-1) of the counted lengths stay within; None without any.

    `steps` counts lengths by their step.
    """
    total, seen = sum(steps.values()), 0
    for step in sorted(steps):
        seen += steps[step]
        if seen >= share * total:
            return float(RATIO ** (step + 0.5) - 1)
    return None
