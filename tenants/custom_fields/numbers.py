"""Numbers of custom fields as the index of FieldValue holds them."""

from __future__ import annotations

from decimal import Decimal

_NINES = str.maketrans("0123456789", "9876543210")


def number_key(number: Decimal) -> str:
    """Write a number so that bytes tell the order, as the triggers do (tenants/migrations/_field_values.py)."""
    written = f"{abs(number):025.6f}"
    return f"a{written.translate(_NINES)}" if number < 0 else f"b{written}"
