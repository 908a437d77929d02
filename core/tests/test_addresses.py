"""Addresses of rows are those Django reverses, wherever the product is mounted."""

from __future__ import annotations

import uuid

import pytest
from django.urls import NoReverseMatch, get_script_prefix, reverse, set_script_prefix

from core.addresses import row_url

PK = uuid.UUID("01920000-0000-7000-8000-00000000abcd")


@pytest.mark.parametrize("name", ["deals:detail", "leads:detail", "contacts:company_detail"])
def test_address_of_a_row_is_the_reversed_one(name):
    assert row_url(name, PK) == row_url(name, str(PK)) == reverse(name, args=[PK])


def test_address_follows_the_place_the_product_is_mounted_at():
    before = get_script_prefix()
    try:
        set_script_prefix("/crm/")
        assert row_url("deals:detail", PK) == f"/crm/deals/{PK}/"
    finally:
        set_script_prefix(before)
    assert row_url("deals:detail", PK) == f"/deals/{PK}/"


def test_unknown_page_has_no_address():
    with pytest.raises(NoReverseMatch):
        row_url("deals:nowhere", PK)
