"""Browsers of the login tests."""

from __future__ import annotations

import ipaddress
import random

from django.test import Client


def browser_at(address: str = "") -> Client:
    """Open a browser at an address of its own: limits count by it, and tests run side by side."""
    return Client(
        REMOTE_ADDR=address or str(ipaddress.IPv6Address(0x2001 << 112 | random.getrandbits(48) << 64))
    )
