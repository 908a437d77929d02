"""Settings are remembered for a while, for one tenant, and only where somebody asked for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from core import remembering
from core.remembering import forget
from core.remembering import remembered_for_a_while as remembered
from core.tenancy import tenant_scope
from tenants.models import Tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def read() -> Callable[[], int]:
    """A setting that is another one each time it is read."""
    serial = itertools.count(1)
    return lambda: next(serial)


def test_outside_of_remembering_it_is_read_each_time(scope: Tenant, read: Callable[[], int]) -> None:
    assert [remembered("a", read), remembered("a", read)] == [1, 2]


def test_inside_it_is_read_once_by_its_key(scope: Tenant, read: Callable[[], int]) -> None:
    with remembering.remembering(stays_s=60):
        assert [
            remembered("a", read),
            remembered("b", read),
            remembered("a", read),
        ] == [1, 2, 1]
    assert remembered("a", read) == 3


def test_all_of_it_is_read_anew_when_it_grows_old(
    scope: Tenant, read: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("core.remembering.time.monotonic", lambda: now[0])
    with remembering.remembering(stays_s=1):
        assert [remembered("a", read), remembered("b", read)] == [1, 2]
        now[0] = 1.5
        assert [remembered("b", read), remembered("a", read)] == [3, 4]


def test_all_of_it_is_read_anew_when_told_so(scope: Tenant, read: Callable[[], int]) -> None:
    forget()  # nothing to forget
    with remembering.remembering(stays_s=60):
        assert remembered("a", read) == 1
        forget()
        assert remembered("a", read) == 2


def test_tenants_remember_apart(tenant: Tenant, other_tenant: Tenant, read: Callable[[], int]) -> None:
    with remembering.remembering(stays_s=60):
        found = []
        for one in (tenant, other_tenant, tenant):
            with tenant_scope(one):
                found.append(remembered("a", read))
    assert found == [1, 2, 1]
