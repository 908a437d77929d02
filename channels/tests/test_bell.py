"""The bell rings once for a wave, and for every company in it."""

from __future__ import annotations

import threading

import pytest

from channels import bell


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note which companies the broker is told of; the first one is told slowly."""
    told: list[int] = []
    monkeypatch.setattr(bell, "send", lambda task, tenant_id: told.append(tenant_id))
    monkeypatch.setattr(bell, "PAUSE_S", 0.2)
    monkeypatch.setattr(bell, "_bell", bell._Bell())
    return told


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def test_bell_rings_once_for_what_comes_at_once(heard: list[int]) -> None:
    bell.ring(1)
    wait(0.05)
    for tenant_id in (1, 2, 1, 1, 2):
        bell.ring(tenant_id)
    wait(0.6)
    assert heard[0] == 1  # the first did not wait for others
    assert sorted(heard[1:]) == [1, 2]


def test_bell_rings_again_afterwards(heard: list[int]) -> None:
    bell.ring(1)
    wait(0.5)
    bell.ring(1)
    wait(0.5)
    assert heard == [1, 1]
