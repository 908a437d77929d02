from collections.abc import Iterator

import pytest
from django.utils import translation

from channels.tests.adapters.dovecot import dovecot

__all__ = ["dovecot"]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Adapters answer in the language that is active; here no request and no tenant chooses one."""
    with translation.override("en"):
        yield
