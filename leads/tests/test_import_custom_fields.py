"""Custom fields in files: columns find them by their names, values are read, mistakes told, undone like others."""

from __future__ import annotations

import pytest

from contacts.importing.reporting import mistakes_of
from contacts.models import Company, Contact
from contacts.tests.importing import brought, tally, undone
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.setup import create_starter_pipeline
from leads.models import Lead
from tenants.custom_fields.definitions import names
from tenants.custom_fields.services import create_field
from tenants.custom_fields.wording import text_of

pytestmark = pytest.mark.django_db
ROWS = {
    "contacts": {"ФИО": "Иванов Иван", "Телефон": "89162041877"},
    "companies": {"Название": "Ромашка", "ИНН": "7707083893"},
    "deals": {"ID": "7", "Название сделки": "Поставка", "Основной контакт": "Мария"},
    "leads": {"ID": "5", "Название лида": "Заявка", "Имя": "Евгений", "Мобильный телефон": "89162041877"},
}
MODELS = {"contacts": Contact, "companies": Company, "deals": Deal, "leads": Lead}
ENTITIES = {"contacts": "contact", "companies": "company", "deals": "deal", "leads": "lead"}


@pytest.fixture
def make_fields(tenant, admin):
    """Return a function that makes a number and a choice of an entity."""

    def make(what: str):
        with tenant_scope(tenant):
            create_starter_pipeline(name="Продажи", by=admin)
            entity = ENTITIES[what]
            number = create_field(entity=entity, kind="number", name="Число столов")
            choice = create_field(entity=entity, kind="choice", name="Упаковка", options=["Коробка", "Мешок"])
            return number, choice

    return make


def told(record, *fields):
    return [text_of(field, record.custom_values.get(field.key), names()) for field in fields]


@pytest.mark.parametrize("what", list(ROWS))
def test_column_called_like_the_field_fills_it(tenant, admin, make_fields, what):
    number, choice = make_fields(what)
    done = brought([ROWS[what] | {"Число столов": "1 200,5", "Упаковка": "мешок"}], admin, what=what)
    assert {number.key, choice.key} <= set(done.mapping)
    with tenant_scope(tenant):
        record = MODELS[what].objects.get()
        assert record.custom_values[number.key] == "1200.5"
        assert told(record, choice) == ["Мешок"]


@pytest.mark.parametrize("what", list(ROWS))
def test_value_that_does_not_fit_is_a_mistake_of_its_row(tenant, admin, make_fields, what):
    make_fields(what)
    rows = [ROWS[what] | {"Число столов": "много", "Упаковка": "", "ID": ""}]
    done = brought(rows, admin, what=what)
    assert tally(done) == (0, 0, 0, 1)
    with tenant_scope(tenant):
        (reason,) = mistakes_of(done).values()
        assert "много" in reason and "Число столов" in reason
        assert not MODELS[what].objects.exists()


@pytest.mark.parametrize("what", ["contacts", "companies", "deals"])
def test_only_empty_fields_are_filled_and_undoing_puts_them_back(tenant, admin, make_fields, what):
    number, choice = make_fields(what)
    brought([ROWS[what] | {"Число столов": "5", "Упаковка": ""}], admin, what=what)
    again = ROWS[what] | {"Число столов": "9", "Упаковка": "Коробка"}
    done = brought([again], admin, what=what, policy="fill")
    assert tally(done) == (0, 1, 0, 0)
    with tenant_scope(tenant):
        assert told(MODELS[what].objects.get(), number, choice) == ["5", "Коробка"]
    undone(done, admin)
    with tenant_scope(tenant):
        record = MODELS[what].objects.get()
        assert record.custom_values == {number.key: "5"}
        entries = [one.data.get("fields", []) for one in record.activities.order_by("created_at")]
        assert [edit["field"] for edits in entries for edit in edits][:1] == [choice.key]
