"""Every column of every list can be exported, and says in the file what it says on the page."""

from __future__ import annotations

import csv

import pytest
from django.http import QueryDict
from django.utils import translation

from core.listing import build_page, listing_for
from core.tenancy import tenant_scope
from crm_project.tests.walkers.world import World
from tenants.exports import write_list
from tenants.management.commands.export_rows import PAGES
from tenants.models import ListPreference, Membership

pytestmark = pytest.mark.django_db


def exported(tenant, admin, page, tmp_path) -> list[list[str]]:
    """Export a list with all of its columns; return heads and rows."""
    with tenant_scope(tenant):
        columns = [{"name": column.name} for column in listing_for(page).columns]
        ListPreference.objects.create(member=admin, page=page, columns=columns)
        member = Membership.objects.select_related("role", "tenant", "user").get(pk=admin.pk)
    path = tmp_path / "rows.csv"
    write_list(
        tenant_id=tenant.pk, member=member, listing=listing_for(page), query="", file_format="csv", path=path
    )
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


@pytest.mark.parametrize("page", PAGES.values())
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_column_is_exported(tenant, admin, page, language, tmp_path):
    World(tenant, admin)
    with translation.override(language):
        heads, *rows = exported(tenant, admin, page, tmp_path)
        assert heads == [str(column.label) for column in listing_for(page).columns]
        assert {len(row) for row in rows} == {len(heads)}


def test_file_says_the_words_of_the_page(tenant, admin, tmp_path):
    World(tenant, admin)
    listing = listing_for("leads:list")
    with translation.override("en"):
        _heads, row = exported(tenant, admin, "leads:list", tmp_path)
        with tenant_scope(tenant):
            [shown] = build_page(listing, admin, QueryDict()).rows
    texts = {head.name: cell.text for head, cell in shown.cells}
    written = dict(zip([column.name for column in listing.columns], row, strict=True))
    assert written["stage"] == texts["stage"] == "Unsorted"
    assert written["type"] == texts["type"] == "Manual"
    assert written["quality"] == "Unverified"
    assert written["name"] == texts["name"]
