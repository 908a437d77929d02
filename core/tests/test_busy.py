from __future__ import annotations

from collections.abc import Iterator

import pytest

from core import busy
from core.busy import BUSY, STAYS_S, Busy


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    moment = [100.0]
    monkeypatch.setattr(busy.time, "monotonic", lambda: moment[0])
    yield moment


def ask_often(asked: Busy[int], values: Iterator[int], times: int) -> list[int]:
    return [asked.ask("a", lambda: next(values)) for _turn in range(times)]


def test_quiet_name_is_read_each_time(clock: list[float]) -> None:
    asked, values = Busy[int](), iter(range(1000))
    for turn in range(BUSY * 3):
        assert asked.ask("a", lambda: next(values)) == turn
        clock[0] += STAYS_S / 5


def test_busy_name_is_read_no_more_until_the_answer_is_old(clock: list[float]) -> None:
    asked, values = Busy[int](), iter(range(1000))
    assert ask_often(asked, values, BUSY + 5) == [*range(BUSY), *[BUSY] * 5]
    clock[0] += STAYS_S + 0.01
    assert asked.ask("a", lambda: next(values)) == BUSY + 1


def test_names_are_busy_each_by_itself(clock: list[float]) -> None:
    asked, values = Busy[int](), iter(range(1000))
    ask_often(asked, values, BUSY + 1)
    assert [asked.ask("b", lambda: -1), asked.ask("a", lambda: -1)] == [-1, BUSY]


def test_what_raises_is_not_kept(clock: list[float]) -> None:
    asked = Busy[int]()

    def fail() -> int:
        raise LookupError

    for _turn in range(BUSY + 2):
        with pytest.raises(LookupError):
            asked.ask("a", fail)
    assert asked.ask("a", lambda: 7) == 7


def test_names_of_strangers_do_not_pile_up(clock: list[float]) -> None:
    asked = Busy[int]()
    for number in range(3000):
        asked.ask(number, lambda: 1)
    assert len(asked._asked) <= 1000
