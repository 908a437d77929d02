"""Deliveries of several channels, each sent twice and shuffled: the ledger balances, people see the same in the end.

The full size of it is `bench.intake --mixed 20000`.
"""

from __future__ import annotations

import pytest

from bench.mixed import run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_repetitions_end_like_the_ordered_run(seed: int) -> None:
    assert run(60, seed=seed)
