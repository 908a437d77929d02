"""Fixtures that replace pytest-django's: databases are copied from a template, never flushed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from core.testing import databases


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Give this process a database of its own, copied from the migrated template."""
    TransactionTestCase._fixture_teardown = _leave_rows  # type: ignore[attr-defined]
    with django_db_blocker.unblock():
        name = databases.create_copy()
        databases.point_at(name)
    yield
    with django_db_blocker.unblock():
        databases.drop_copy(name)
        _forget_keys()


def _leave_rows(self: TransactionTestCase) -> None:
    """Flush nothing after a test that commits: only the owner may, and such tests make their own tenant."""


def _forget_keys() -> None:
    import redis

    link = redis.Redis.from_url(settings.REDIS_URL)
    for key in link.scan_iter(f"{settings.REDIS_NAMESPACE}:*", count=1000):
        link.delete(key)
    link.close()
