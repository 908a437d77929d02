"""Settings of custom fields and directories, and the forms of creation that ask for mandatory ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from contacts.models import Contact
from contacts.services import create_contact
from core.tenancy import tenant_scope
from deals.models import Deal, Stage
from deals.setup import create_starter_pipeline
from tenants.custom_fields.records import MODELS
from tenants.custom_fields.services import add_element, create_directory, create_field, hide_field
from tenants.models import CustomField, Directory, DirectoryElement, Membership, Tenant

NOW = dt.datetime(2026, 11, 28, 9, tzinfo=dt.UTC)
HTMX = {"HX-Request": "true"}
Kind = CustomField.Kind


@pytest.fixture
def ada(admin: Membership, client_of: Callable[[Membership], Client]) -> Client:
    return client_of(admin)


def test_a_choice_is_made_with_its_options(tenant: Tenant, ada: Client) -> None:
    url = reverse("tenants:field_create") + "?of=company&kind=choice"
    assert ada.post(url, {"name": "Размер", "options": "Малый\nмалый"}).status_code == 422
    assert ada.post(url, {"name": "Размер", "options": ""}).status_code == 422
    answer = ada.post(url, {"name": "Размер", "options": " Малый \n\nКрупный", "is_on_card": "on"})
    assert answer.url == reverse("tenants:fields") + "?of=company"  # type: ignore[attr-defined]
    with tenant_scope(tenant):
        field = CustomField.objects.get(entity="company")
        names = DirectoryElement.objects.filter(directory=field.directory).values_list("name", flat=True)
        assert list(names) == ["Малый", "Крупный"]
    assert "Размер" in ada.get(reverse("tenants:fields"), {"of": "company"}).content.decode()
    assert ada.post(url, {"name": "размер", "options": "x"}).status_code == 422  # the name is taken


def test_a_link_offers_the_companys_directories_only(tenant: Tenant, ada: Client) -> None:
    url = reverse("tenants:field_create") + "?of=deal&kind=element"
    assert "Справочников пока нет" in ada.get(url).content.decode()
    with tenant_scope(tenant):
        private = create_field(entity="deal", kind=Kind.CHOICE, name="Цвет", options=["x"]).directory
        objects = create_directory(name="Объекты")
    assert ada.post(url, {"name": "Объект", "directory": str(private.pk)}).status_code == 422
    assert ada.post(url, {"name": "Объект", "directory": str(objects.pk)}).status_code == 302


def test_fields_are_ordered_by_drag_and_by_buttons(tenant: Tenant, ada: Client) -> None:
    with tenant_scope(tenant):
        first, second, third = (create_field(entity="deal", kind=Kind.TEXT, name=n) for n in ("a", "b", "c"))
    url = reverse("tenants:field_order") + "?of=deal"
    order = ",".join(str(field.pk) for field in (third, first, second))
    assert ada.post(url, {"order": order}, headers=HTMX).status_code == 204
    assert ada.post(url, {"down": str(third.pk)}).status_code == 302
    with tenant_scope(tenant):
        assert [f.name for f in CustomField.objects.all()] == ["a", "c", "b"]


def test_a_field_is_deleted_restored_and_erased_after_its_count_was_told(
    tenant: Tenant, admin: Membership, ada: Client
) -> None:
    with tenant_scope(tenant):
        field = create_field(entity="contact", kind=Kind.TEXT, name="Хобби")
        for _number in range(3):
            create_contact(name="Иван", by=admin, now=NOW, **{field.key: "шахматы"})
    assert ada.post(reverse("tenants:field_erase", args=[field.pk])).status_code == 404  # not hidden yet
    assert ada.post(reverse("tenants:field_hide", args=[field.pk])).status_code == 302
    assert ada.get(reverse("tenants:field", args=[field.pk])).status_code == 404
    assert ada.post(reverse("tenants:field_restore", args=[field.pk])).status_code == 302
    ada.post(reverse("tenants:field_hide", args=[field.pk]))
    asked = ada.get(reverse("tenants:field_erase", args=[field.pk])).content.decode()
    assert "в 3 карточках" in asked
    assert ada.post(reverse("tenants:field_erase", args=[field.pk])).status_code == 302
    with tenant_scope(tenant):
        assert not CustomField.objects.exists()
        assert [c.custom_values for c in Contact.objects.all()] == [{}, {}, {}]


def test_a_name_taken_meanwhile_keeps_a_field_deleted(tenant: Tenant, ada: Client) -> None:
    with tenant_scope(tenant):
        field = create_field(entity="deal", kind=Kind.TEXT, name="Хобби")
        hide_field(field=field, now=NOW)
        create_field(entity="deal", kind=Kind.TEXT, name="Хобби")
    answer = ada.post(reverse("tenants:field_restore", args=[field.pk]), headers=HTMX)
    assert answer.status_code == 422


def test_elements_are_added_renamed_archived_and_ordered(tenant: Tenant, ada: Client) -> None:
    assert ada.post(reverse("tenants:directory_create"), {"name": "Склады"}).status_code == 302
    with tenant_scope(tenant):
        directory = Directory.objects.get()
    for name in ("Север", "Юг"):
        assert (
            ada.post(reverse("tenants:element_create", args=[directory.pk]), {"name": name}).status_code
            == 302
        )
    assert (
        ada.post(reverse("tenants:element_create", args=[directory.pk]), {"name": "север"}).status_code == 422
    )
    with tenant_scope(tenant):
        north, south = DirectoryElement.objects.all()
    assert ada.post(reverse("tenants:element", args=[north.pk]), {"name": "Арктика"}).status_code == 302
    ada.post(reverse("tenants:directory_order", args=[directory.pk]), {"up": str(south.pk)})
    ada.post(reverse("tenants:element_archive", args=[north.pk]))
    page = ada.get(reverse("tenants:directory", args=[directory.pk])).content.decode()
    assert page.index("Юг") < page.index("Арктика")
    ada.post(reverse("tenants:element_archive", args=[north.pk]), {"archived": "0"})
    with tenant_scope(tenant):
        assert not DirectoryElement.objects.filter(is_archived=True).exists()


def test_a_directory_fields_refer_to_stays(tenant: Tenant, ada: Client) -> None:
    with tenant_scope(tenant):
        directory = create_directory(name="Склады")
        add_element(directory=directory, name="Север")
        field = create_field(entity="deal", kind=Kind.ELEMENT, name="Склад", directory=directory)
        hide_field(field=field, now=NOW)
    url = reverse("tenants:directory_delete", args=[directory.pk])
    assert ada.post(url, headers=HTMX).status_code == 422
    ada.post(reverse("tenants:field_erase", args=[field.pk]))
    assert ada.post(url).status_code == 302
    with tenant_scope(tenant):
        assert not Directory.objects.exists()


def test_a_manager_changes_no_settings(
    tenant: Tenant, alice: Membership, client_of: Callable[[Membership], Client]
) -> None:
    client = client_of(alice)
    assert client.get(reverse("tenants:field_create")).status_code == 403
    assert client.post(reverse("tenants:field_order")).status_code == 403


@pytest.mark.parametrize(("entity", "url_name"), [("lead", "leads:create"), ("contact", "contacts:create"),
                                                  ("company", "contacts:company_create")])  # fmt: skip
def test_a_form_of_creation_asks_for_mandatory_fields(
    entity: str, url_name: str, tenant: Tenant, ada: Client
) -> None:
    with tenant_scope(tenant):
        asked = create_field(entity=entity, kind=Kind.DATE, name="Дата свадьбы", is_required=True)
        create_field(entity=entity, kind=Kind.TEXT, name="Пожелания")
    page = ada.get(reverse(url_name)).content.decode()
    assert "Дата свадьбы" in page and "Пожелания" not in page
    sent = {"name": "Иван"}
    assert ada.post(reverse(url_name), sent).status_code == 422
    assert ada.post(reverse(url_name), sent | {asked.key: "2027-06-01"}).status_code == 302
    with tenant_scope(tenant):
        made = apps.get_model(MODELS[entity]).objects.get()
        assert made.custom_values == {asked.key: "2027-06-01"}


def test_deals_made_by_hand_are_asked_for_mandatory_fields(tenant: Tenant, ada: Client) -> None:
    with tenant_scope(tenant):
        asked = create_field(entity="deal", kind=Kind.NUMBER, name="Гостей", is_required=True)
        pipeline = create_starter_pipeline(template="simple")
        stage = Stage.objects.filter(pipeline=pipeline).order_by("position")[0]
    assert "Гостей" in ada.get(reverse("deals:create")).content.decode()
    sent = {"title": "x", "stage": str(stage.pk)}
    assert ada.post(reverse("deals:create"), sent).status_code == 422
    assert ada.post(reverse("deals:create"), sent | {asked.key: "70"}).status_code == 302
    assert ada.post(reverse("deals:quick_create"), sent).status_code == 422
    assert ada.post(reverse("deals:quick_create"), sent | {asked.key: "80"}).status_code == 302
    with tenant_scope(tenant):
        assert sorted(d.custom_values[asked.key] for d in Deal.objects.all()) == ["70", "80"]
