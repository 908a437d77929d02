"""The API of sources: what the settings' own form says, without the page."""

from __future__ import annotations

import uuid

import pytest

from contacts.models import Source
from contacts.sources import services
from contacts.tests.api import Program
from core.errors import Conflict
from core.tenancy import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(admin) -> Program:
    return Program(admin)


def test_source_is_made_read_and_changed(program, tenant, admin):
    with tenant_scope(tenant):
        group = services.create_group(name="Adverts", by=admin)
    made = program("POST", "sources", {"name": " VK ", "utm_source": "VK_ads", "group_id": str(group.pk)})
    assert made.status_code == 201
    told = made.json()
    assert told | {"id": ""} == {
        "id": "", "name": "VK", "group_id": str(group.pk), "group": "Adverts", "utm_source": "vk_ads",
        "is_advertising": True, "is_archived": False,
    }  # fmt: skip
    assert program("GET", f"sources/{told['id']}").json() == told
    changed = program("PATCH", f"sources/{told['id']}", {"is_advertising": False, "is_archived": True}).json()
    assert changed == told | {"is_advertising": False, "is_archived": True}
    freed = program("PATCH", f"sources/{told['id']}", {"group_id": None, "name": "VK Ads"}).json()
    assert freed == changed | {"group_id": None, "group": None, "name": "VK Ads"}


def test_refusals_are_those_of_the_form(program, tenant, charlie):
    program("POST", "sources", {"name": "VK", "utm_source": "vk"})
    with tenant_scope(charlie.tenant):
        foreign = services.create_group(name="Theirs", by=charlie)
    for body, field, code in (
        ({"name": "vk"}, "", "unique"),
        ({"name": "B", "utm_source": "VK"}, "", "unique"),
        ({"name": "B", "group_id": str(foreign.pk)}, "group", "invalid_choice"),
        ({"name": "B", "group_id": str(uuid.uuid4())}, "group", "invalid_choice"),
        ({"name": "  "}, "name", "too_short"),
        ({}, "name", "missing"),
        ({"name": "B", "is_advertising": "maybe"}, "is_advertising", "not_a_flag"),
    ):
        answer = program("POST", "sources", body)
        assert answer.status_code == 422, body
        mistake = answer.json()["errors"][0]
        assert mistake["message"]
        if code != "unique":
            assert (mistake.get("field", ""), mistake["code"]) == (field, code)
    with tenant_scope(tenant):
        assert Source.objects.count() == 1


def test_list_filters_and_pages(program, tenant, admin):
    with tenant_scope(tenant):
        made = [services.create_source(name=f"Source {n}", by=admin) for n in range(7)]
        services.archive_source(source=made[3], by=admin, is_archived=True)
    assert [one["name"] for one in program("GET", "sources?name=source 2").json()["items"]] == ["Source 2"]
    assert len(program("GET", "sources?is_archived=false").json()["items"]) == 6
    seen, after = [], ""
    while True:
        told = program("GET", f"sources?limit=3&after={after}").json()
        seen += [one["name"] for one in told["items"]]
        if told["next"] is None:
            break
        after = told["next"]
    assert seen == [f"Source {n}" for n in range(7)]


def test_another_companys_source_is_as_a_missing_one(program, charlie):
    with tenant_scope(charlie.tenant):
        theirs = services.create_source(name="Secret", by=charlie)
    for method, body in (("GET", None), ("PATCH", {"name": "Mine"})):
        told = program(method, f"sources/{theirs.pk}", body)
        same = program(method, f"sources/{uuid.uuid4()}", body)
        assert (told.status_code, told.content) == (same.status_code, same.content)
        assert told.status_code == 404
    assert program("GET", "sources").json()["items"] == []
    assert program("POST", "sources", {"name": "Secret"}).status_code == 201


def test_refusal_halfway_leaves_nothing_behind(program, tenant, admin, monkeypatch):
    def refuse(**values):
        raise Conflict("no")

    with tenant_scope(tenant):
        source = services.create_source(name="VK", by=admin)
    monkeypatch.setattr(services, "archive_source", refuse)
    answer = program("PATCH", f"sources/{source.pk}", {"name": "Other", "is_archived": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    with tenant_scope(tenant):
        assert Source.objects.get().name == "VK"
