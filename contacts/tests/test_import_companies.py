"""Loading companies: legal details, heads and branches, duplicates, undo."""

from __future__ import annotations

import pytest
from django.utils import timezone

from contacts.importing.reporting import mistakes_of
from contacts.models import Company, LegalDetails
from contacts.search_text import refresh_company
from contacts.services import create_company
from contacts.tests.importing import brought, tally, undone
from core.tenancy import tenant_scope

pytestmark = pytest.mark.django_db
ROW = {
    "Название": "ООО «Ромашка»", "ИНН": "7707083893", "КПП": "773601001", "Телефон": "8 495 123-45-67",
    "Почта": "info@romashka.example", "Сайт": "romashka.example", "Адрес": "Москва, Тверская, 1", "Оборот": "1 500 000 ₽",
    "Сотрудников": "12", "Теги": "опт",
}  # fmt: skip


def test_row_becomes_a_company_with_its_details(tenant, admin):
    assert tally(brought([ROW], admin, what="companies")) == (1, 0, 0, 0)
    with tenant_scope(tenant):
        company, details = Company.objects.get(), LegalDetails.objects.get()
        assert (company.name, company.headcount, company.turnover) == ("ООО «Ромашка»", 12, 1_500_000)
        assert (details.inn, details.kpp, details.title) == ("7707083893", "773601001", "ООО «Ромашка»")
        assert set(company.points.values_list("value", flat=True)) == {
            "+74951234567",
            "info@romashka.example",
        }
        before = (company.search_text, company.bare_name)
        refresh_company(company)
        assert (company.search_text, company.bare_name) == before


@pytest.mark.parametrize(
    "same", [{"ИНН": "7707083893", "Название": "Другое имя"}, {"Название": "Ромашка, ооо"}]
)
def test_company_is_known_again_by_inn_or_name(tenant, admin, same):
    brought([ROW], admin, what="companies")
    assert tally(brought([same | {"Отрасль": "Цветы"}], admin, what="companies")) == (0, 1, 0, 0)
    with tenant_scope(tenant):
        assert Company.objects.get().industry == "Цветы"


def test_inn_that_lost_its_zero_is_mended_and_a_wrong_one_told(tenant, admin):
    rows = [{"Название": "А", "ИНН": "560000018"}, {"Название": "Б", "ИНН": "7707083890"}]
    done = brought(rows, admin, what="companies")
    with tenant_scope(tenant):
        assert "7707083890" in mistakes_of(done)[3]
        assert list(LegalDetails.objects.values_list("inn", flat=True)) in ([], ["0560000018"])


def test_branches_find_their_head_in_the_same_file_and_no_loop_is_made(tenant, admin):
    rows = [
        {"Название": "Холдинг", "Головная компания": ""},
        {"Название": "Завод", "Головная компания": "Холдинг"},
        {"Название": "Цех", "Головная компания": "ООО Завод"},
        {"Название": "Холдинг", "Головная компания": "Цех"},
        {"Название": "Сирота", "Головная компания": "Нигде"},
    ]
    assert tally(brought(rows, admin, what="companies")) == (3, 0, 0, 2)
    with tenant_scope(tenant):
        heads = dict(Company.objects.values_list("name", "head_company__name"))
        assert heads == {"Холдинг": None, "Завод": "Холдинг", "Цех": "Завод"}


def test_undo_takes_details_and_values_back(tenant, admin):
    with tenant_scope(tenant):
        company = create_company(name="Ромашка", industry="Цветы", by=admin, now=timezone.now())
    done = brought(
        [ROW | {"Отрасль": "Торговля"}, {"Название": "Лилия"}], admin, what="companies", policy="overwrite"
    )
    undone(done, admin)
    with tenant_scope(tenant):
        company.refresh_from_db()
        assert (company.name, company.industry, company.turnover) == ("Ромашка", "Цветы", None)
        assert not company.legal_details.exists() and not company.points.exists()
        assert list(Company.objects.present()) == [company]
