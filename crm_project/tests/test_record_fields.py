"""The four record pages: own and custom fields in their place, who was faster, who changed what, the list around."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conftest import make_member
from contacts.services import create_company, create_contact, update_company, update_contact
from core.tenancy import tenant_scope
from deals.services import create_deal, update_deal
from deals.setup import create_starter_pipeline
from leads.services import create_manual_lead, update_lead
from tenants.custom_fields.services import create_field
from tenants.models import CustomField, Membership, Role, Tenant

HX = {"HX-Request": "true"}
Kind = CustomField.Kind
ENTITIES = ("deal", "lead", "contact", "company")
FIELD = {
    "deal": "deals:field",
    "lead": "leads:field",
    "contact": "contacts:field",
    "company": "contacts:company_field",
}
PAGE = {
    "deal": "deals:detail",
    "lead": "leads:detail",
    "contact": "contacts:detail",
    "company": "contacts:company_detail",
}
LIST = {
    "deal": "deals:list",
    "lead": "leads:list",
    "contact": "contacts:list",
    "company": "contacts:company_list",
}
OWN = {"deal": "city", "lead": "region", "contact": "position", "company": "city"}
UPDATE: dict[str, Callable[..., Any]] = {
    "deal": update_deal, "lead": update_lead, "contact": update_contact, "company": update_company,
}  # fmt: skip


def make(entity: str, by: Membership, **values: Any) -> Any:
    now = timezone.now()
    match entity:
        case "deal":
            pipeline = create_starter_pipeline(name=f"P{now.timestamp()}", template="simple")
            return create_deal(title="Record", pipeline=pipeline, by=by, now=now, **values)
        case "lead":
            return create_manual_lead(name="Record", by=by, now=now, **values)
        case "contact":
            return create_contact(name="Record", owner=by, by=by, now=now, **values)
    return create_company(name="Record", owner=by, by=by, now=now, **values)


def change(entity: str, record: Any, by: Membership, **values: Any) -> None:
    UPDATE[entity](**{entity: record}, by=by, now=timezone.now(), **values)


def fresh(record: Any) -> Any:
    return type(record).objects.get(pk=record.pk)


def mark_in(page: str) -> str:
    found = re.search(r'name="mark" value="(\w+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_custom_field_is_shown_and_edited_in_its_place(
    entity: str, tenant: Tenant, admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    with tenant_scope(tenant):
        field = create_field(entity=entity, kind=Kind.NUMBER, name="Гостей на банкете", group="Свадьба")
        record = make(entity, admin)
    client = client_of(admin)
    page = client.get(reverse(PAGE[entity], args=[record.pk])).content.decode()
    assert "Гостей на банкете" in page and "Свадьба" in page
    url, inline = reverse(FIELD[entity], args=[record.pk, field.key]), HX | {"HX-Target": f"fact-{field.key}"}
    form = client.get(url, headers=inline).content.decode()
    assert "data-inline" in form and "<html" not in form
    bad = client.post(url, {field.key: "много", "mark": mark_in(form)}, headers=inline)
    assert bad.status_code == 422 and "«много»" in bad.content.decode()
    with tenant_scope(tenant):
        change(entity, record, admin, **{field.key: "5"})
    mended = client.post(url, {field.key: "6", "mark": mark_in(bad.content.decode())}, headers=inline)
    assert mended.status_code == 422  # a typing mistake in between forgets nobody's change
    form = mended.content.decode()
    assert client.post(url, {field.key: "1 200", "mark": mark_in(form)}, headers=inline).status_code in (
        200,
        204,
    )
    assert client.post(url, {field.key: "70"}).status_code == 302  # without scripts
    with tenant_scope(tenant):
        record = fresh(record)
        assert record.custom_values == {field.key: "70"}


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("is_custom", [True, False])
def test_the_later_of_two_at_one_field_is_told_and_may_insist(
    entity: str,
    is_custom: bool,
    tenant: Tenant,
    admin: Membership,
    client_of: Callable[[Membership], Client],
) -> None:
    colleague = make_member(tenant, "Zoe", Role.Code.ADMIN)
    with tenant_scope(tenant):
        field = create_field(entity=entity, kind=Kind.TEXT, name="Пожелания")
        other = create_field(entity=entity, kind=Kind.TEXT, name="Прочее")
        record = make(entity, admin)
    client, name = client_of(admin), field.key if is_custom else OWN[entity]
    url, inline = reverse(FIELD[entity], args=[record.pk, name]), HX | {"HX-Target": f"fact-{name}"}
    form = client.get(url, headers=inline).content.decode()
    with tenant_scope(tenant):
        change(entity, record, admin, **{other.key: "elsewhere"})
        record = fresh(record)
        change(entity, record, colleague, **{name: "theirs"})
    late = client.post(url, {name: "mine", "mark": mark_in(form), "version": "1"}, headers=inline)
    assert late.status_code == 422
    told = late.content.decode()
    assert "Это поле уже изменено" in told and colleague.name in told and "mine" in told
    with tenant_scope(tenant):
        record = fresh(record)
        assert (record.custom_values.get(name) if is_custom else getattr(record, name)) == "theirs"
    again = client.post(url, {name: "mine", "mark": mark_in(told), "version": "1"}, headers=inline)
    assert again.status_code in (200, 204)
    with tenant_scope(tenant):
        record = fresh(record)
        assert (record.custom_values.get(name) if is_custom else getattr(record, name)) == "mine"
        assert record.custom_values[other.key] == "elsewhere"


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_change_elsewhere_on_the_record_is_no_conflict(
    entity: str, tenant: Tenant, admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    with tenant_scope(tenant):
        field = create_field(entity=entity, kind=Kind.TEXT, name="Прочее")
        record = make(entity, admin)
    client, name = client_of(admin), OWN[entity]
    url, inline = reverse(FIELD[entity], args=[record.pk, name]), HX | {"HX-Target": f"fact-{name}"}
    form = client.get(url, headers=inline).content.decode()
    with tenant_scope(tenant):
        change(entity, record, admin, **{field.key: "elsewhere"})
    sent = {name: "mine", "mark": mark_in(form), "version": "1"}
    assert client.post(url, sent, headers=inline).status_code in (200, 204)


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_file_is_added_handed_out_and_taken_away(
    entity: str, tenant: Tenant, admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    with tenant_scope(tenant):
        field = create_field(entity=entity, kind=Kind.FILE, name="План")
        record = make(entity, admin)
    client, args = client_of(admin), [record.pk, field.key]
    url, file_url = reverse(FIELD[entity], args=args), reverse(f"{FIELD[entity]}_file", args=args)
    assert client.get(file_url).status_code == 404
    upload = SimpleUploadedFile("план.pdf", b"plan", content_type="text/html")
    assert client.post(url, {field.key: upload}).status_code == 302
    answer = client.get(file_url)
    assert b"".join(answer.streaming_content) == b"plan"  # type: ignore[attr-defined]
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert client.post(url, {}).status_code == 302  # nothing chosen: the file stays
    assert client.get(file_url).status_code == 200
    assert client.post(url, {f"{field.key}-clear": "1"}).status_code == 302
    assert client.get(file_url).status_code == 404


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_history_tells_who_changed_what(
    entity: str, tenant: Tenant, admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    with tenant_scope(tenant):
        field = create_field(entity=entity, kind=Kind.MONEY, name="Бюджет", currency="RUB")
        record = make(entity, admin)
        change(entity, record, admin, **{field.key: "1000", OWN[entity]: "Первое"})
        record = fresh(record)
        change(entity, record, admin, **{field.key: "2500.50", OWN[entity]: "Второе"})
    page = client_of(admin).get(reverse("activities:history"), {entity: record.pk}).content.decode()
    cells = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]
             for row in re.findall(r"<tr>(.*?)</tr>", page, re.S)]  # fmt: skip
    changed = [cell[1:] for cell in cells if len(cell) == 5]
    assert [admin.name, "Бюджет", "1\u00a0000\u00a0₽", "2\u00a0500,50\u00a0₽"] in changed
    assert [c[2:] for c in changed if c[0] == admin.name and "Первое" in c] == [
        ["Первое", "Второе"],
        ["—", "Первое"],
    ]


def test_the_history_of_a_card_one_may_not_see_is_missing(
    tenant: Tenant, admin: Membership, charlie: Membership, client_of: Callable[[Membership], Client]
) -> None:
    with tenant_scope(tenant):
        deal = make("deal", admin)
    assert client_of(charlie).get(reverse("activities:history"), {"deal": deal.pk}).status_code == 404


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_page_leads_to_its_neighbours_in_the_list(
    entity: str, tenant: Tenant, admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    with tenant_scope(tenant):
        field = create_field(entity=entity, kind=Kind.FLAG, name="Важно")
        records = [make(entity, admin, **{field.key: number != 1}) for number in range(4)]
    client = client_of(admin)
    listed = client.get(reverse(LIST[entity]), {field.key: "yes"}).content.decode()
    address = next(m for m in re.findall(r'href="([^"]+)"', listed) if str(records[2].pk) in m)
    page = client.get(address.replace("&amp;", "&")).content.decode()
    assert "2 из 3" in page
    assert re.search(rf'href="[^"]*{records[3].pk}[^"]*"[^>]*data-key="\["', page)
    assert re.search(rf'href="[^"]*{records[0].pk}[^"]*"[^>]*data-key="\]"', page)


@pytest.mark.parametrize("entity", ENTITIES)
def test_pages_cost_the_same_with_few_and_many_fields(
    entity: str, tenant: Tenant, admin: Membership, client_of: Callable[[Membership], Client]
) -> None:
    with tenant_scope(tenant):
        kinds = (Kind.TEXT, Kind.CHOICE, Kind.CHOICES, Kind.MEMBER, Kind.DATE)

        def add(kind: str, name: str) -> CustomField:
            return create_field(
                entity=entity, kind=kind, name=name, options=["a", "b"] if "choice" in kind else ()
            )

        first = {kind: add(kind, kind) for kind in kinds}
        record = make(entity, admin, **{first[Kind.TEXT].key: "x", first[Kind.MEMBER].key: str(admin.pk)})
    client, url = client_of(admin), reverse(PAGE[entity], args=[record.pk])
    client.get(url)  # the first look marks it read
    counts = []
    for round_ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
            assert client.get(reverse(LIST[entity]), {"filters": "1"}).status_code == 200
        counts.append(len(queries))
        with tenant_scope(tenant):
            for number in range(4 if round_ == 0 else 0):
                for kind in kinds:
                    add(kind, f"{kind} {number}")
    assert counts[0] == counts[1]
