"""Every address of the API: without a token, with a stranger's, with each scope alone, with nonsense."""

from __future__ import annotations

import json
import re
import uuid
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import make_member, make_tenant
from contacts.models import Source, SourceCost
from contacts.tests.api import Program
from core.tenancy import tenant_scope
from crm_project.api import api, description
from crm_project.tests.walkers.asking import ask, comparable
from crm_project.tests.walkers.routes import of_kind
from crm_project.tests.walkers.world import MISSING, World
from tenants.api import door, scopes
from tenants.models import ApiToken, Role

pytestmark = pytest.mark.django_db
API = of_kind("api")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OWN = {"tenants_apitoken"}  # the use of a token, noted by the door
CALLS = [
    (method.upper(), path, told) for path, told_of in description()["paths"].items()
    for method, told in told_of.items()
]  # fmt: skip


@pytest.fixture(autouse=True)
def _no_limits(monkeypatch):
    monkeypatch.setattr(door, "A_MINUTE", 100_000)
    monkeypatch.setattr(door, "WRONG_A_MINUTE", 100_000)


@pytest.fixture
def world(tenant, admin) -> World:
    return World(tenant, admin)


@pytest.fixture
def foreign() -> World:
    tenant = make_tenant()
    return World(tenant, make_member(tenant, "Stranger", Role.Code.ADMIN))


def headers_of(program: Program) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {program.secret}", "content_type": "application/json"}


# --- what there is ---------------------------------------------------------------------------
def test_description_tells_every_address_and_nothing_else():
    told = {re.sub(r"{\w+}", "{}", path) for path in description()["paths"]}
    assert told == {"/" + re.sub(r"<\w+:\w+>", "{}", route.path) for route in API}
    assert len({call["operationId"] for _method, _path, call in CALLS}) == len(CALLS)


def test_every_endpoint_demands_a_scope_that_exists():
    known = {scope.code for scope in scopes.every_scope()}
    for method, path, call in CALLS:
        assert call["x-scope"] in known, f"{method} {path}"
        assert call["security"] == [{"Token": []}], f"{method} {path}"
        assert (method == "GET") == call["x-scope"].endswith(":read"), f"{method} {path}"
    operations = [
        operation for bound in api._get_bound_routers()
        for view in bound.path_operations.values() for operation in view.operations
    ]  # fmt: skip
    assert len(operations) == len(CALLS)
    assert all(isinstance(one, door.Token) for operation in operations for one in operation.auth_callbacks)
    assert all(operation.auth_callbacks for operation in operations)


def test_references_in_the_description_lead_somewhere():
    whole = description()
    references = set(re.findall(r"#/components/schemas/(\w+)", str(whole)))
    assert references and references <= whole["components"]["schemas"].keys()
    assert whole["openapi"] == "3.1.0" and {"title", "version"} <= whole["info"].keys()
    for _method, path, call in CALLS:
        named = {one["name"] for one in call["parameters"] if one["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))


def test_reference_reads_every_endpoint_out_in_both_languages():
    for language, word in (("ru", "Записать расходы"), ("en", "Write costs down")):
        page = Client().get("/api/v1/", HTTP_ACCEPT_LANGUAGE=language)
        text = page.content.decode()
        assert page.status_code == 200 and word in text
        assert all(f'id="{call["operationId"]}"' in text for _method, _path, call in CALLS)
        assert text.count("<script") == 1 and "js/boot" in text  # the theme's; nothing comes from elsewhere
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    assert Client().get("/api/v1/openapi.json").json()["paths"].keys() == description()["paths"].keys()


# --- nobody and strangers --------------------------------------------------------------------
def test_without_a_token_every_address_says_401(world):
    wrong = []
    for route in API:
        for method in METHODS:
            for sent in ({}, {"HTTP_AUTHORIZATION": "Bearer crm_nothing"}):
                answer = getattr(Client(), method.lower())(world.address(route), **sent)
                if answer.status_code != 401 or not answer.has_header("WWW-Authenticate"):
                    wrong.append(f"{method} {route}: {answer.status_code}")
    assert wrong == []


def test_foreign_rows_look_like_missing_ones_and_stay_untouched(world, foreign):
    program, wrong = Program(world.by), []
    for route in (route for route in API if route.kwargs):
        theirs, nowhere = foreign.address(route), foreign.address(route)
        for name in route.kwargs:
            nowhere = nowhere.replace(str(foreign.value(route, name)), str(MISSING))
        for method in METHODS:
            told, body, written = ask(program.client, method, theirs, **headers_of(program))
            same, other, _written = ask(program.client, method, nowhere, **headers_of(program))
            if (told.status_code, comparable(body, theirs)) != (same.status_code, comparable(other, nowhere)):
                wrong.append(f"{method} {route}: {told.status_code} against {same.status_code}")
            if told.status_code not in (404, 405, 422) or written - OWN:
                wrong.append(f"{method} {route}: {told.status_code}, wrote {written}")
    assert wrong == []


def test_lists_say_nothing_of_the_other_company(world, foreign):
    program = Program(world.by)
    for route in (route for route in API if not route.kwargs):
        _answer, body, _written = ask(program.client, "GET", world.address(route), **headers_of(program))
        assert f"canary-{foreign.tenant.slug}" not in body, route
        assert str(foreign.rows["cost"].pk) not in body, route


# --- scopes and roles ------------------------------------------------------------------------
def test_scope_alone_opens_its_endpoints_and_no_other(world):
    wrong = []
    for code in (scope.code for scope in scopes.every_scope()):
        program = Program(world.by, [code])
        for method, path, call in CALLS:
            answer, _body, written = ask(program.client, method, filled(path, world), **headers_of(program))
            is_open = call["x-scope"] == code
            if is_open == (answer.status_code == 403):
                wrong.append(f"{code}: {method} {path}: {answer.status_code}")
            if (not is_open or method == "GET") and written - OWN:
                wrong.append(f"{code}: {method} {path}: wrote {written}")
    assert wrong == []


def test_role_does_what_its_scopes_ask_of_it(world, tenant, sales):
    """Tokens keep their scopes when a role changes; the rights are asked at each request."""
    wrong = []
    for code in Role.Code.values:
        member = make_member(tenant, code.title(), code, sales)
        allowed = {scope.code for scope in scopes.allowed_to(member)}
        program = Program(member)
        with tenant_scope(tenant):
            ApiToken.objects.update(scopes=[scope.code for scope in scopes.every_scope()])
        for method, path, call in CALLS:
            answer, _body, written = ask(program.client, method, filled(path, world), **headers_of(program))
            is_refused = answer.status_code == 403
            if is_refused == (call["x-scope"] in allowed) or (answer.status_code >= 400 and written - OWN):
                wrong.append(f"{code}: {method} {path}: {answer.status_code}, wrote {written}")
    assert wrong == []


def filled(path: str, world: World) -> str:
    """Put the world's own rows into a path of the description."""
    rows = {"{cost_id}": "cost", "{source_id}": "source"}
    for sign, name in rows.items():
        path = path.replace(sign, str(world.rows[name].pk))
    return path


# --- nonsense --------------------------------------------------------------------------------
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
)
NAMES = sorted({
    name for schema in description()["components"]["schemas"].values() for name in schema.get("properties", {})
})  # fmt: skip
LIKELY = st.sampled_from(
    [
        "2026-11-28",
        "9999-12-31",
        "12.50",
        "RUB",
        "api",
        str(uuid.UUID(int=0)),
        "",
        "a\x00b",
        "\ud800",
        "-1",
        0,
        [],
        {},
    ]
)
BODIES = st.recursive(
    st.dictionaries(st.sampled_from(NAMES), LIKELY | JSON, max_size=8),
    lambda inner: st.fixed_dictionaries({"costs": st.lists(inner, max_size=3)}),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CALLS), BODIES | JSON, st.dictionaries(st.sampled_from(NAMES), LIKELY, max_size=3))
def test_nothing_that_is_sent_breaks_an_endpoint(tenant, admin, call, body, query):
    program = Program(admin)
    with tenant_scope(tenant):
        source = Source.objects.get_or_create(name="S")[0]
        cost = SourceCost.objects.create(
            source=source, starts_on="2026-01-01", ends_on="2026-01-01", amount=1
        )
    method, path, told = call
    path = path.replace("{cost_id}", str(cost.pk)).replace("{source_id}", str(source.pk))
    asked = urlencode({name: str(value) for name, value in query.items()}, errors="replace")
    answer = program.client.generic(
        method, f"{path}?{asked}", json.dumps(body).encode(), **headers_of(program)
    )
    assert str(answer.status_code) in told["responses"], answer.content
    assert not connection.needs_rollback
    if answer.status_code >= 400:
        assert answer.json()["code"] and answer.json()["message"]
