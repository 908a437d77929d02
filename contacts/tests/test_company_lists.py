"""Filters and columns of companies and contacts by what companies are."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import timezone

from contacts.categories import services as directory
from contacts.lists import CompanyListing, ContactListing
from contacts.models import LegalDetails
from contacts.services import create_company, create_contact, dismiss_member, link_company, save_legal_details
from core.tenancy import tenant_scope

NOW = timezone.now()


@pytest.fixture
def clients(tenant, alice):
    """A chain with a branch, and an office of its own; a person in the branch and one who has left it."""
    with tenant_scope(tenant):
        made = {"by": alice, "now": NOW}
        chain = create_company(
            name="Chain", client_type="chain", industry="food", potential=Decimal(900), city="Тула", **made
        )
        branch = create_company(name="Branch", client_type="retail", head_company=chain, **made)
        create_company(name="Office", industry="it", potential=Decimal(100), **made)
        save_legal_details(details=LegalDetails(company=branch, title="ООО", inn="7707083893"))
        here = create_contact(name="Here", city="Тула", **made)
        gone = create_contact(name="Gone", **made)
        link_company(contact=here, company=branch)
        place = link_company(contact=gone, company=branch)
        dismiss_member(member=place, by=alice, now=NOW, on=NOW.date())
    return {"chain": chain, "branch": branch}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "Branch Chain Office"),
        ("client_type=chain&client_type=retail", "Branch Chain"),
        ("client_type=nonsense", ""),
        ("industry=food", "Chain"),
        ("potential_from=500", "Chain"),
        ("potential_to=500", "Office"),
        ("potential_from=100&potential_to=900", "Chain Office"),
        ("potential_from=x", ""),
        ("city=тула", "Chain"),
        ("within={chain}", "Branch Chain"),
        ("within={branch}", "Branch"),
        ("within=nonsense", ""),
        ("within=01920000-0000-7000-8000-00000000dead", ""),
        ("has_branches=on", "Chain"),
        ("head=on", "Chain Office"),
        ("has_inn=on", "Branch"),
        ("no_inn=on", "Chain Office"),
        ("inn=7707 083893", "Branch"),
        ("inn=1", ""),
    ],
)
def test_companies_are_narrowed(scope, alice, clients, query, found):
    asked = QueryDict(query.format(chain=clients["chain"].pk, branch=clients["branch"].pk))
    rows = CompanyListing().filtered(alice, asked).qs
    assert sorted(rows.values_list("name", flat=True)) == found.split()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("company={chain}", "Here"),
        ("client_type=retail", "Here"),
        ("client_type=chain", ""),
        ("industry=food", ""),
        ("no_company=on", "Gone"),
        ("city=Тула", "Here"),
    ],
)
def test_contacts_are_narrowed_by_where_they_work(scope, alice, clients, query, found):
    asked = QueryDict(query.format(chain=clients["chain"].pk))
    rows = ContactListing().filtered(alice, asked).qs
    assert sorted(rows.values_list("name", flat=True)) == found.split()


def test_list_shows_the_tenants_words_and_the_chosen_company(tenant, alice, clients, client_of):
    with tenant_scope(tenant):
        directory.rename_category(kind="client_type", code="chain", name="Networks", by=alice)
    client, url = client_of(alice), f"/companies/?within={clients['chain'].pk}"
    assert "Networks" in client.get(url).content.decode()
    text = client.get(f"{url}&filters=1").content.decode()
    assert "Networks" in text and f'value="{clients["chain"].pk}" selected' in text
    assert f'value="{clients["branch"].pk}"' not in text.replace('name="ids" value', "")
