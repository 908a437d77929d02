"""Fields a role doesn't see, or only sees: on every path, and who may say so."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from activities.changes import describe
from activities.models import Activity
from contacts.importing import custom as importing
from contacts.searching import parse
from core.listing import build_page, listing_for
from core.tenancy import tenant_scope
from deals.errors import FieldsClosedToRole, MissingFields
from deals.models import Deal, Pipeline, Stage
from deals.services import create_deal, move_deal, set_requirements, update_deal
from deals.setup import create_starter_pipeline
from tenants import access
from tenants.custom_fields.errors import FieldClosedToRole, UnknownField
from tenants.custom_fields.files import store_file
from tenants.custom_fields.services import create_field
from tenants.errors import AdministratorsOnly
from tenants.exports import write_list
from tenants.field_rights import seen_by
from tenants.models import CustomField, ListPreference, Membership, Role, Tenant
from tenants.services import set_field_rights

NOW = dt.datetime(2026, 11, 28, 9, tzinfo=dt.UTC)
Kind = CustomField.Kind
SECRET = "Маржа сорок процентов"


@pytest.fixture
def pipeline(tenant: Tenant) -> Pipeline:
    with tenant_scope(tenant):
        return create_starter_pipeline(template="simple")


@pytest.fixture
def field(tenant: Tenant) -> CustomField:
    with tenant_scope(tenant):
        return create_field(entity="deal", kind=Kind.TEXT, name="Наценка", is_searchable=True)


@pytest.fixture
def deal(tenant: Tenant, pipeline: Pipeline, alice: Membership, field: CustomField) -> Deal:
    with tenant_scope(tenant):
        made = create_deal(title="Сделка", pipeline=pipeline, by=alice, now=NOW)
        return update_deal(deal=made, by=alice, now=NOW, **{field.key: SECRET})


@pytest.fixture
def narrow(admin: Membership, alice: Membership, field: CustomField) -> Callable[[str], None]:
    """Return a function that says how far Alice's role may go with the field."""

    def set_level(level: str) -> None:
        with tenant_scope(admin.tenant):
            set_field_rights(by=admin, levels={alice.role: {field.key: level}})
        alice.role = _role(alice)

    return set_level


def _role(member: Membership) -> Role:
    with tenant_scope(member.tenant_id):
        return Role.objects.get(pk=member.role_id)


PAGES = {
    "record": lambda deal: reverse("deals:detail", args=[deal.pk]),
    "history": lambda deal: f"{reverse('activities:history')}?deal={deal.pk}",
    "timeline": lambda deal: f"{reverse('activities:timeline')}?deal={deal.pk}",
    "feed": lambda deal: reverse("activities:team_feed"),
    "board": lambda deal: reverse("deals:board"),
    "list": lambda deal: reverse("deals:list"),
}


@pytest.mark.parametrize("place", PAGES)
def test_no_page_shows_a_field_the_role_does_not_see(
    place: str,
    deal: Deal,
    field: CustomField,
    pipeline: Pipeline,
    alice: Membership,
    admin: Membership,
    narrow: Callable[[str], None],
    client_of: Callable[[Membership], Client],
) -> None:
    with tenant_scope(alice.tenant):
        Pipeline.objects.filter(pk=pipeline.pk).update(card_fields=[field.key])
        for member in (alice, admin):
            columns = [{"name": "title"}, {"name": field.key}]
            ListPreference.objects.create(member=member, page="deals:list", columns=columns)
    narrow("hidden")
    address = PAGES[place](deal)
    assert SECRET in client_of(admin).get(address).content.decode()
    shown = client_of(alice).get(address).content.decode()
    assert SECRET not in shown and field.name not in shown


def test_a_filter_and_an_order_by_an_unseen_field_do_nothing(
    deal: Deal, field: CustomField, alice: Membership, pipeline: Pipeline, narrow: Callable[[str], None]
) -> None:
    narrow("hidden")
    with tenant_scope(alice.tenant), seen_by(alice):
        create_deal(title="Другая", pipeline=pipeline, by=alice, now=NOW)
        page = build_page(listing_for("deals:list"), alice, QueryDict(f"{field.key}=Маржа&sort={field.key}"))
        assert len(page.rows) == 2 and page.chips == [] and page.sort.name != field.key
        assert field.key not in {choice["name"] for choice in page.choices}


def test_the_search_finds_nothing_by_an_unseen_field(
    deal: Deal, alice: Membership, narrow: Callable[[str], None]
) -> None:
    assert parse("маржа").typed
    with tenant_scope(alice.tenant), seen_by(alice):
        assert list(Deal.objects.search("маржа")) == [deal]
    narrow("hidden")
    with tenant_scope(alice.tenant), seen_by(alice):
        assert list(Deal.objects.search("маржа")) == []


def test_an_export_has_no_column_of_an_unseen_field(
    deal: Deal, field: CustomField, alice: Membership, tmp_path: Path, narrow: Callable[[str], None]
) -> None:
    narrow("hidden")
    with tenant_scope(alice.tenant):
        columns = [{"name": "title"}, {"name": field.key}]
        ListPreference.objects.create(member=alice, page="deals:list", columns=columns)
    path, listing = tmp_path / "deals.csv", listing_for("deals:list")
    write_list(
        tenant_id=alice.tenant_id, member=alice, listing=listing, query="", file_format="csv", path=path
    )
    with path.open(encoding="utf-8-sig") as file:
        head, line = list(csv.reader(file, delimiter=";"))[:2]
    assert len(head) == 1 and line == ["Сделка"]


def test_an_export_stands_in_the_order_of_a_field(
    deal: Deal, field: CustomField, pipeline: Pipeline, admin: Membership, tmp_path: Path
) -> None:
    with tenant_scope(admin.tenant):
        create_deal(title="Вторая", pipeline=pipeline, by=admin, now=NOW, **{field.key: "Аванс"})
        create_deal(title="Пустая", pipeline=pipeline, by=admin, now=NOW)
        ListPreference.objects.create(member=admin, page="deals:list", columns=[{"name": "title"}])
    path, listing = tmp_path / "deals.csv", listing_for("deals:list")
    write_list(
        tenant_id=admin.tenant_id, member=admin, listing=listing, query=f"sort={field.key}",
        file_format="csv", path=path,
    )  # fmt: skip
    assert path.read_text(encoding="utf-8-sig").split()[1:] == ["Вторая", "Сделка", "Пустая"]


def test_services_and_imports_set_only_what_the_role_may_fill(
    deal: Deal, field: CustomField, alice: Membership, narrow: Callable[[str], None]
) -> None:
    narrow("view")
    with tenant_scope(alice.tenant), seen_by(alice):
        with pytest.raises(FieldClosedToRole):
            update_deal(deal=deal, by=alice, now=NOW, **{field.key: "x"})
        assert importing.fields("deal") == []
    narrow("hidden")
    with tenant_scope(alice.tenant), seen_by(alice), pytest.raises(UnknownField):
        update_deal(deal=deal, by=alice, now=NOW, **{field.key: "x"})
    with tenant_scope(alice.tenant):
        assert Deal.objects.get(pk=deal.pk).custom_values[field.key] == SECRET


def test_a_field_that_is_only_seen_has_no_form(
    deal: Deal,
    field: CustomField,
    alice: Membership,
    narrow: Callable[[str], None],
    client_of: Callable[[Membership], Client],
) -> None:
    address, alice_at = reverse("deals:field", args=[deal.pk, field.key]), client_of(alice)
    assert alice_at.get(address).status_code == 200
    narrow("view")
    assert alice_at.get(address).status_code == 403
    assert alice_at.post(address, {field.key: "x"}).status_code == 403
    record = alice_at.get(reverse("deals:detail", args=[deal.pk])).content.decode()
    assert SECRET in record and address not in record
    narrow("hidden")
    assert alice_at.get(address).status_code == 404


def test_a_file_is_handed_out_to_those_who_see_its_field(
    deal: Deal, alice: Membership, admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    with tenant_scope(alice.tenant):
        plan = create_field(entity="deal", kind=Kind.FILE, name="План")
        file = store_file(upload=SimpleUploadedFile("plan.pdf", b"x"), by=alice)
        update_deal(deal=deal, by=alice, now=NOW, **{plan.key: file})
        set_field_rights(by=admin, levels={alice.role: {plan.key: "hidden"}})
    address = reverse("deals:field_file", args=[deal.pk, plan.key])
    assert client_of(alice).get(address).status_code == 404
    assert client_of(admin).get(address).status_code == 200


def test_a_stage_that_demands_it_refuses_without_naming_it(
    deal: Deal, field: CustomField, pipeline: Pipeline, alice: Membership, narrow: Callable[[str], None]
) -> None:
    with tenant_scope(alice.tenant):
        target = Stage.objects.filter(pipeline=pipeline).order_by("position")[1]
        set_requirements(stage=target, enter=[field.key], leave=[])
        update_deal(deal=deal, by=alice, now=NOW, **{field.key: None})
        with pytest.raises(MissingFields):
            move_deal(deal=deal, stage=target, by=alice, now=NOW)
    narrow("hidden")
    with tenant_scope(alice.tenant), seen_by(alice), pytest.raises(FieldsClosedToRole) as refusal:
        move_deal(deal=deal, stage=target, by=alice, now=NOW)
    assert field.name not in str(refusal.value.message)


def test_a_form_does_not_ask_for_a_mandatory_field_of_others(
    field: CustomField,
    alice: Membership,
    pipeline: Pipeline,
    narrow: Callable[[str], None],
    client_of: Callable,
) -> None:
    with tenant_scope(alice.tenant):
        CustomField.objects.filter(pk=field.pk).update(is_required=True)
    narrow("view")
    form = client_of(alice).get(reverse("deals:create")).content.decode()
    assert f'name="{field.key}"' not in form


def test_only_administrators_say_who_sees_a_field(
    head: Membership, alice: Membership, admin: Membership, field: CustomField, client_of: Callable
) -> None:
    with tenant_scope(head.tenant), pytest.raises(AdministratorsOnly):
        set_field_rights(by=head, levels={alice.role: {field.key: "full"}})
    address = f"{reverse('tenants:field_rights')}?of=deal"
    answer = client_of(admin).post(address, {f"{role.pk}.{field.key}": "hidden" for role in _roles(admin)})
    assert answer.status_code == 302
    assert _role(alice).field_rights == {field.key: "hidden"}
    assert client_of(admin).get(address).status_code == 200


def _roles(member: Membership) -> list[Role]:
    with tenant_scope(member.tenant):
        return list(Role.objects.filter(is_admin=False))


def test_nobody_hands_out_a_role_that_sees_more(
    alice: Membership, head: Membership, narrow: Callable
) -> None:
    narrow("hidden")
    with tenant_scope(alice.tenant):
        seeing = Role(name="Seeing")
        assert not access.covers(alice, seeing)
        assert access.covers(head, seeing)


def test_an_entry_of_unseen_fields_only_says_that(deal: Deal, alice: Membership, narrow: Callable) -> None:
    narrow("hidden")
    with tenant_scope(alice.tenant), seen_by(alice):
        entry = Activity.objects.filter(deal=deal, data__code="fields_changed").get()
        assert SECRET not in describe(entry.data).html and "Наценка" not in describe(entry.data).html
