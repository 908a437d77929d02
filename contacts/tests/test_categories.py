"""The directory of client types and industries: built in until it is changed, then the tenant's own."""

from __future__ import annotations

import pytest
from django.utils import timezone, translation

from contacts import categories
from contacts.categories import services
from contacts.categories.services import CategoryInUse, CategoryNameTaken
from contacts.models import Company, CompanyCategory
from contacts.services import create_company, update_company
from core.tenancy import tenant_scope

NOW = timezone.now()
TYPE = "client_type"


def test_untouched_directory_is_the_built_in_one_in_the_readers_language(scope):
    assert [word.code for word in categories.words_of(TYPE)] == Company.ClientType.values
    for language, word in (("en", "Wholesale"), ("ru", "Опт")):
        with translation.override(language):
            assert categories.label_of(TYPE, "wholesale").startswith(word)
    assert categories.label_of(TYPE, "gone") == "gone" and categories.label_of(TYPE, "") == ""
    assert not CompanyCategory.objects.exists()


def test_first_change_makes_the_directory_the_tenants_own(scope, alice):
    services.rename_category(kind=TYPE, code="retail", name="Shops", by=alice)
    made = services.create_category(kind=TYPE, name="Dealers", by=alice)
    words = categories.words_of(TYPE)
    assert len(words) == len(Company.ClientType.values) + 1 and words[-1].code == made.code
    assert categories.label_of(TYPE, "retail") == "Shops"
    assert not CompanyCategory.objects.filter(kind="industry").exists()


@pytest.mark.parametrize("name", ["DEALERS", "Shops"])
def test_two_entries_are_not_called_the_same(scope, alice, name):
    services.create_category(kind=TYPE, name="Dealers", by=alice)
    services.rename_category(kind=TYPE, code="retail", name="Shops", by=alice)
    with pytest.raises(CategoryNameTaken):
        services.create_category(kind=TYPE, name=name, by=alice)
    services.rename_category(kind=TYPE, code="retail", name="shops", by=alice)


def test_archived_entry_is_offered_only_where_it_is_chosen(scope, alice):
    services.archive_category(kind=TYPE, code="retail", by=alice, is_archived=True)
    assert "retail" not in dict(categories.choices(TYPE))
    assert "retail" in dict(categories.choices(TYPE, chosen="retail"))
    services.archive_category(kind=TYPE, code="retail", by=alice, is_archived=False)
    assert "retail" in dict(categories.choices(TYPE))


def test_entry_in_use_is_not_deleted(scope, alice):
    create_company(name="A", client_type="retail", by=alice, now=NOW)
    with pytest.raises(CategoryInUse):
        services.delete_category(kind=TYPE, code="retail", by=alice)
    services.delete_category(kind=TYPE, code="tender", by=alice)
    assert "tender" not in [word.code for word in categories.words_of(TYPE)]


def test_entries_move(scope, alice):
    services.move_category(kind=TYPE, code="chain", by=alice, step=-1)
    assert [word.code for word in categories.words_of(TYPE)][:2] == ["chain", "wholesale"]


def test_history_keeps_own_words_and_translates_the_built_in_ones(scope, alice):
    made = services.create_category(kind=TYPE, name="Dealers", by=alice)
    company = create_company(name="A", client_type="retail", by=alice, now=NOW)
    update_company(company=company, client_type=made.code, by=alice, now=NOW)
    [edit] = company.activities.order_by("pk").last().data["fields"]
    assert (edit["from"], edit["to"]) == ("retail", "Dealers")


# --- Pages -------------------------------------------------------------------------------------------
def test_admin_adds_renames_archives_and_a_company_takes_it(tenant, admin, alice, client_of):
    client, base = client_of(admin), "/settings/company-types/"
    assert client.post(f"{base}client_type/new/", {"name": " Dealers  abroad "}).status_code == 302
    with tenant_scope(tenant):
        made = CompanyCategory.objects.get(name="Dealers abroad")
        company = create_company(name="A", owner=alice, by=alice, now=NOW)
    field = f"/companies/{company.pk}/field/client_type/"
    assert client_of(alice).post(field, {"client_type": made.code}).status_code == 302
    assert client_of(alice).post(field, {"client_type": "nonsense"}).status_code == 422
    page = client.get(f"{base}?kind=client_type")
    assert [row["count"] for row in page.context["rows"] if row["word"].code == made.code] == [1]
    url = f"{base}client_type/{made.code}/"
    assert client.post(url, {"name": "Partners"}).status_code == 302
    assert "Partners" in client_of(alice).get(f"/companies/{company.pk}/").content.decode()
    assert "Partners" in client_of(alice).get("/companies/").content.decode()
    assert client.post(f"{url}delete/").status_code in (302, 422)
    client.post(f"{url}archive/")
    assert "Partners" in client.get(f"{base}?kind=client_type&archived=1").content.decode()
    assert client_of(alice).get(base).status_code == 403


@pytest.mark.parametrize("path", ["?kind=nonsense", "nonsense/new/", "client_type/nonsense/"])
def test_unknown_entries_are_missing(admin, client_of, path):
    assert client_of(admin).get(f"/settings/company-types/{path}").status_code == 404
