"""Custom fields of deals: set through the services, told in the history, demanded by stages, searched and exported."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict

from activities.changes import describe
from activities.models import Activity
from core.listing import build_page, listing_for
from core.tenancy import tenant_scope
from deals.errors import DealsLackFields, MissingFields
from deals.fields import label_of, requirable
from deals.models import Deal, Pipeline, Stage
from deals.services import create_deal, create_stage, delete_stage, move_deal, set_requirements, update_deal
from deals.services.bulk import preview_move
from deals.setup import create_starter_pipeline
from tenants.custom_fields.definitions import names
from tenants.custom_fields.errors import BadValue, FieldNameTaken, FieldNotHidden, UnknownField
from tenants.custom_fields.files import store_file
from tenants.custom_fields.records import holders
from tenants.custom_fields.services import (
    add_element,
    create_directory,
    create_field,
    erase_field,
    hide_field,
    order_fields,
    rename_element,
    restore_field,
    update_field,
)
from tenants.exports import write_list
from tenants.models import CustomField, DirectoryElement, ListPreference, Membership, Tenant

NOW = dt.datetime(2026, 11, 28, 9, tzinfo=dt.UTC)
Kind = CustomField.Kind


def make(kind: str, name: str = "", **values: Any) -> CustomField:
    if kind in (Kind.CHOICE, Kind.CHOICES):
        values.setdefault("options", ["Red", "Green"])
    if kind == Kind.ELEMENT:
        values["directory"] = create_directory(name=name or "Warehouses")
        add_element(directory=values["directory"], name="North")
    if kind == Kind.MONEY:
        values.setdefault("currency", "RUB")
    return create_field(entity="deal", kind=kind, name=name or f"My {kind}", **values)


@pytest.fixture
def deal(scope: Tenant, pipeline: Pipeline, alice: Membership) -> Deal:
    return create_deal(title="Сделка", pipeline=pipeline, by=alice, now=NOW)


def fresh(deal: Deal) -> Deal:
    return Deal.objects.get(pk=deal.pk)


def set_value(deal: Deal, field: CustomField, value: Any, by: Membership) -> Deal:
    return update_deal(deal=deal, by=by, now=NOW, **{field.key: value})


# --- Setting -----------------------------------------------------------------------------------------
def test_a_deal_is_made_with_custom_values(scope: Tenant, pipeline: Pipeline, alice: Membership) -> None:
    field = make(Kind.NUMBER)
    made = create_deal(title="x", pipeline=pipeline, by=alice, now=NOW, **{field.key: "12.50"})
    assert fresh(made).custom_values == {field.key: "12.5"}


def test_a_change_is_told_from_what_to_what(deal: Deal, alice: Membership) -> None:
    field, day = make(Kind.CHOICE, "Colour"), make(Kind.DATE, "Visit")
    red, green = names().elements_of(field)
    set_value(deal, field, red, alice)
    update_deal(deal=deal, by=alice, now=NOW, city="Тверь", **{field.key: green, day.key: "2025-03-01"})
    told = Activity.objects.filter(deal=deal, data__code="fields_changed").order_by("-id").first()
    assert told is not None
    text = str(describe(told.data).html)
    assert "Colour" in text and "Red" in text and "Green" in text and "Тверь" in text
    assert "2025-03-01" not in text  # the day is written for the reader


def test_the_same_value_changes_nothing(deal: Deal, alice: Membership) -> None:
    field = make(Kind.TEXT)
    version = set_value(deal, field, "x", alice).version
    assert set_value(deal, field, "x", alice).version == version


def test_an_emptied_field_leaves_no_key(deal: Deal, alice: Membership) -> None:
    field = make(Kind.FLAG)
    set_value(deal, field, False, alice)
    assert fresh(deal).custom_values == {field.key: False}
    set_value(deal, field, None, alice)
    assert fresh(deal).custom_values == {}


def test_a_bad_value_changes_nothing_else(deal: Deal, alice: Membership) -> None:
    field = make(Kind.NUMBER)
    with pytest.raises(BadValue):
        update_deal(deal=deal, by=alice, now=NOW, city="Тверь", **{field.key: "many"})
    assert fresh(deal).city == ""


# --- Renaming, hiding, erasing -----------------------------------------------------------------------
def test_renaming_a_field_and_an_option_keeps_values(deal: Deal, alice: Membership) -> None:
    field = make(Kind.CHOICE)
    red = next(iter(names().elements_of(field)))
    set_value(deal, field, red, alice)
    update_field(field=field, name="Paint")
    rename_element(element=DirectoryElement.objects.get(pk=red), name="Crimson")
    assert label_of(field.key) == "Paint"
    assert fresh(deal).custom_values == {field.key: red} and names().element(red) == "Crimson"


def test_a_hidden_field_is_nowhere_and_comes_back_with_its_values(
    deal: Deal, pipeline: Pipeline, stages: dict[str, Stage], alice: Membership
) -> None:
    field = make(Kind.TEXT)
    set_value(deal, field, "kept", alice)
    set_requirements(stage=stages["second"], enter=[field.key])
    hide_field(field=field, now=NOW)
    assert field.key not in [one.name for one in requirable()]
    assert listing_for("deals:list").column(field.key) is None
    with pytest.raises(UnknownField):
        set_value(deal, field, "new", alice)
    assert update_deal(deal=deal, by=alice, now=NOW, city="Тверь").custom_values == {field.key: "kept"}
    empty = create_deal(title="Без поля", pipeline=pipeline, by=alice, now=NOW)
    move_deal(deal=empty, stage=stages["second"], by=alice, now=NOW)  # no longer demanded
    restore_field(field=field)
    assert fresh(deal).custom_values == {field.key: "kept"}
    assert listing_for("deals:list").column(field.key) is not None


def test_a_field_is_erased_only_after_it_was_hidden(deal: Deal, alice: Membership) -> None:
    field, other = make(Kind.CHOICE), make(Kind.TEXT)
    update_deal(
        deal=deal,
        by=alice,
        now=NOW,
        **{field.key: next(iter(names().elements_of(field))), other.key: "stays"},
    )
    with pytest.raises(FieldNotHidden):
        erase_field(field=field, now=NOW)
    hide_field(field=field, now=NOW)
    assert holders(field).count() == 1
    directory = field.directory_id
    assert erase_field(field=field, now=NOW) == 1
    assert fresh(deal).custom_values == {other.key: "stays"}
    assert not DirectoryElement.objects.filter(directory=directory).exists()
    assert make(Kind.TEXT, "Another").key not in (field.key, other.key)


@pytest.mark.usefixtures("scope")
def test_a_field_cannot_come_back_under_a_name_that_is_taken() -> None:
    field = make(Kind.TEXT, "Budget")
    with pytest.raises(FieldNameTaken):
        make(Kind.NUMBER, "budget")
    hide_field(field=field, now=NOW)
    make(Kind.NUMBER, "budget")
    with pytest.raises(FieldNameTaken):
        restore_field(field=field)


@pytest.mark.usefixtures("scope")
def test_fields_stand_in_the_order_they_are_put() -> None:
    first, second, third = (make(Kind.TEXT, name) for name in ("a", "b", "c"))
    order_fields(entity="deal", order=[third, first])
    assert [one.label for one in requirable()][-3:] == ["C", "A", "B"]


# --- Stages ------------------------------------------------------------------------------------------
def test_a_stage_demands_a_custom_field(deal: Deal, stages: dict[str, Stage], alice: Membership) -> None:
    field = make(Kind.FLAG, "Contract signed")
    set_requirements(stage=stages["second"], enter=[field.key])
    with pytest.raises(MissingFields, match="contract signed"):
        move_deal(deal=deal, stage=stages["second"], by=alice, now=NOW)
    assert preview_move([deal], stages["second"]).done == 0
    moved = move_deal(deal=deal, stage=stages["second"], by=alice, now=NOW, values={field.key: False})
    assert moved.stage == stages["second"] and moved.custom_values == {field.key: False}
    with pytest.raises(MissingFields):
        set_value(deal, field, None, alice)  # the stage it stands in demands it


def test_a_deleted_stage_sends_no_deal_where_its_field_is_missing(
    deal: Deal, pipeline: Pipeline, stages: dict[str, Stage], alice: Membership
) -> None:
    field = make(Kind.NUMBER)
    home = create_stage(pipeline=pipeline, name="Дом")
    set_requirements(stage=home, enter=[field.key])
    with pytest.raises(DealsLackFields):
        delete_stage(stage=deal.stage, by=alice, now=NOW, move_to=home)
    set_value(deal, field, "1", alice)
    assert delete_stage(stage=deal.stage, by=alice, now=NOW, move_to=home) == 1


@pytest.mark.usefixtures("scope")
def test_no_stage_can_demand_a_field_of_contacts(stages: dict[str, Stage]) -> None:
    of_contacts = create_field(entity="contact", kind=Kind.TEXT, name="x")
    with pytest.raises(ValueError, match=of_contacts.key):
        set_requirements(stage=stages["second"], enter=[of_contacts.key])


# --- Filters -----------------------------------------------------------------------------------------
def found(query: str, member: Membership) -> set[str]:
    return {d.title for d in listing_for("deals:list").filtered(member, QueryDict(query)).qs}


def test_each_kind_filters(scope: Tenant, pipeline: Pipeline, alice: Membership, bob: Membership) -> None:
    fields = {kind: make(kind) for kind in Kind.values}
    key = {kind: field.key for kind, field in fields.items()}
    red, green = names().elements_of(fields[Kind.CHOICE])
    one, two = names().elements_of(fields[Kind.CHOICES])
    (north,) = names().elements_of(fields[Kind.ELEMENT])
    file = store_file(upload=SimpleUploadedFile("a.pdf", b"x"), by=alice)

    def add(title: str, **values: Any) -> None:
        held = {key[kind]: value for kind, value in values.items()}
        create_deal(title=title, pipeline=pipeline, by=alice, now=NOW, **held)

    add("empty")
    add("a", text="Синий 100%", number="9.5", money="1000", date="2026-01-31", choice=red, choices=[one, two],
        flag=True, member=str(alice.pk), element=north, file=file)  # fmt: skip
    add("b", text="красный", number="10", money={"amount": "50", "currency": "USD"}, date="2026-02-01", choice=green,
        choices=[two], flag=False, member=str(bob.pk))  # fmt: skip

    def asks(kind: str, value: str, suffix: str = "") -> set[str]:
        return found(f"{key[kind]}{suffix}={value}", alice)

    assert asks("text", "КРАС") == {"b"} and asks("text", "0%25") == {"a"} and asks("text", "_") == set()
    assert asks("number", "10", "_min") == {"b"} and asks("number", "9.5", "_max") == {"a"}
    assert asks("number", "9", "_min") == {"a", "b"}
    assert found(f"{key['number']}_min=9.6&{key['number']}_max=10", alice) == {"b"}
    assert found(f"{key['number']}_min=9.6&{key['number']}_max=9.7", alice) == set()
    assert found(f"{key['date']}_from=2026-01-01&{key['date']}_to=2026-01-31", alice) == {"a"}
    assert asks("money", "100", "_min") == {"a"} and asks("money", "100", "_max") == {"b"}
    assert asks("date", "2026-02-01", "_from") == {"b"} and asks("date", "2026-01-31", "_to") == {"a"}
    assert asks("choice", red) == {"a"} and asks("choice", "none") == {"empty"}
    assert found(f"{key['choice']}={red}&{key['choice']}=none", alice) == {"a", "empty"}
    assert asks("choices", two) == {"a", "b"} and asks("choices", one) == {"a"}
    assert asks("flag", "yes") == {"a"} and asks("flag", "no") == {"b"} and asks("flag", "none") == {"empty"}
    assert asks("member", str(bob.pk)) == {"b"} and asks("element", north) == {"a"}
    assert asks("file", "yes") == {"a"} and asks("file", "none") == {"empty", "b"}
    assert asks("choice", "no-such-element") == set()
    assert asks("number", "many", "_min") == set()  # what nobody understands finds nothing
    assert found(f"{key['flag']}=yes&{key['number']}_min=10", alice) == set()


def test_a_filter_finds_no_other_tenants_deals(
    tenant: Tenant, other_tenant: Tenant, pipeline: Pipeline, alice: Membership, charlie: Membership
) -> None:
    """Both have a field of one key; the function looks with a role that sees all, and must keep to one tenant."""
    for owner, title in ((alice, "ours"), (charlie, "theirs")):
        with tenant_scope(owner.tenant):
            field = make(Kind.FLAG)
            home = pipeline if owner == alice else create_starter_pipeline(template="simple")
            create_deal(title=title, pipeline=home, by=owner, now=NOW, **{field.key: True})
    with tenant_scope(tenant):
        assert found(f"{field.key}=yes", alice) == {"ours"}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM search.custom_values('deal', %s, NULL)",
                [field.key],
            )
            assert cursor.fetchone() == (1,)


# --- Lists and files ---------------------------------------------------------------------------------
def test_columns_and_exports_show_custom_values(deal: Deal, admin: Membership, tmp_path: Path) -> None:
    number, colour = make(Kind.NUMBER, "Area"), make(Kind.CHOICES, "Colours")
    options = list(names().elements_of(colour))
    update_deal(deal=deal, by=admin, now=NOW, **{number.key: "1234.5", colour.key: options})
    listing = listing_for("deals:list")
    arranged = [{"name": "title"}, {"name": number.key}, {"name": colour.key}]
    row = build_page(listing, admin, QueryDict(), arranged).rows[0]
    assert [cell.text for _head, cell in row.cells][1:] == ["1\u00a0234,5", "Red, Green"]
    ListPreference.objects.create(member=admin, page="deals:list", columns=arranged)
    path = tmp_path / "deals.csv"
    write_list(
        tenant_id=admin.tenant_id, member=admin, listing=listing, query="", file_format="csv", path=path
    )
    with path.open(encoding="utf-8-sig") as file:
        head, line = list(csv.reader(file, delimiter=";"))[:2]
    assert head[1:] == ["Area", "Colours"] and line[2] == "Red; Green"
