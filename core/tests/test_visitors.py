"""Visitors of sites are told apart by address, behind front servers as well."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from core.visitors import address_of


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "told"),
    [
        (0, "203.0.113.9", "", "203.0.113.9"),
        (0, "8.8.8.8", "198.51.100.7", "8.8.8.8"),  # a header anybody may write
        (0, "10.0.0.2", "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # a front server nobody told us of
        (0, "", "198.51.100.7", "198.51.100.7"),  # a unix socket
        (
            2,
            "10.0.0.2",
            "198.51.100.7, 10.0.0.3",
            "198.51.100.7",
        ),  # not the inner front server, which all share
        (2, "10.0.0.2", "198.51.100.7", "198.51.100.7"),
        (1, "10.0.0.2", "8.8.8.8, 198.51.100.7", "198.51.100.7"),  # the first was written by the visitor
    ],
)
def test_address_of_a_visitor(settings: Any, proxies: int, peer: str, forwarded: str, told: str) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert address_of(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)) == told
