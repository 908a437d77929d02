"""Every address asked by nobody, by a stranger, by every role, with nonsense and without a token."""

from __future__ import annotations

from itertools import product

import pytest
from django.test import Client
from django.urls import reverse

from conftest import make_member, make_tenant
from crm_project.tests.walkers.asking import HTMX, ask, comparable, signed_in
from crm_project.tests.walkers.routes import Route, of_kind, routes
from crm_project.tests.walkers.world import MISSING, World, missing_address, row_arguments
from tenants.access import may
from tenants.models import Role

pytestmark = pytest.mark.django_db
TENANT = of_kind("tenant")
WITH_ROWS = [route for route in TENANT if row_arguments(route)]

# GETs that write on purpose: name -> tables.
WRITING_GETS = {
    "leads:detail": {"leads_lead"},  # opening a lead says it was opened, and counts its messages read
    "leads:wizard": {"leads_lead"},
    "leads:preview": {"leads_lead"},
    "deals:detail": {"deals_deal"},
    "activities:follow": {"activities_notification"},  # following a notification marks it read
}
# Views that only look POST-able: answered by GET alone, or guarded by the provider's own signature.
WITHOUT_CSRF = {
    "mailings:public",  # mail programs post there, and the token in the address is the whole right
    "channels:hook",
    "channels:hook_slash",
    "channels:hook_rest",
    "channels:hook_unknown",
    "channels:form_page",
    "channels:numbers_lend",
    "channels:chat_config",
    "channels:chat_start",
    "channels:chat_say",
    "channels:chat_order",
    "channels:chat_sync",
    "channels:chat_act",
    "channels:chat_file",
    "api:unknown",  # says that an address was mistyped
}
# Fragments that answer 'nothing any more' for a row that isn't there, whatever the reason.
EMPTY_WHEN_GONE = {"leads:row", "channels:dialog_row"}
PARTS = 3  # of the longest walks: workers share them
NONSENSE = (
    "?q=%00%27%22%3C&page=x&cursor=garbage&sort=-owner__tenant__name&period=never&owner=x&pipeline=x",
    "?owner__tenant__name=x&stage=01920000-0000-7000-8000-00000000dead&since=99999999&tab=x&lead=x&deal=x&contact=x",
    "?page=leads:list&from=2026-99-99&to=x&limit=-1&after=%F0%9F%98%80&view=x&group=x&columns=x",
)


@pytest.fixture
def world(tenant, admin) -> World:
    return World(tenant, admin)


@pytest.fixture(params=range(PARTS))
def part(request: pytest.FixtureRequest) -> slice:
    return slice(request.param, None, PARTS)


@pytest.fixture
def foreign() -> World:
    tenant = make_tenant()
    return World(tenant, make_member(tenant, "Stranger", Role.Code.ADMIN))


# --- what there is ---------------------------------------------------------------------------
def test_every_address_is_public_or_says_who_may_open_it():
    undeclared = [str(route) for route in routes() if not route.kind]
    assert undeclared == [], "add @require(section, action), @open_to_members or @public"
    nameless = [route.path for route in routes() if route.name.endswith("None") and route.kind != "platform"]
    assert nameless == []


def test_world_knows_the_rows_of_every_address(world):
    for route in TENANT:
        world.address(route)


# --- nobody ----------------------------------------------------------------------------------
def test_visitors_are_sent_to_the_login_page_or_told_that_the_session_ended(world):
    client, login = Client(raise_request_exception=False), reverse("account_login")
    wrong = []
    for route in TENANT:
        address = world.address(route)
        for method in ("GET", "POST"):
            answer = getattr(client, method.lower())(address)
            if answer.status_code != 302 or not answer["Location"].startswith(login):
                wrong.append(f"{method} {route}: {answer.status_code}")
            partial = getattr(client, method.lower())(address, **HTMX)
            if partial.status_code != 401 or partial.content:
                wrong.append(f"{method} {route} (HTMX): {partial.status_code}")
    assert wrong == []


def test_account_pages_break_for_nobody(admin):
    wrong = []
    for client in (Client(raise_request_exception=False), signed_in(admin)):
        for route in of_kind("account"):
            kwargs = {name: "1" if name in ("pk", "id") else "x-y" for name in route.kwargs}
            answer = client.get(reverse(route.name, kwargs=kwargs))
            if answer.status_code >= 500:
                wrong.append(f"{route}: {answer.status_code}")
    assert wrong == []


def test_public_pages_break_for_nobody():
    wrong = []
    client = Client(raise_request_exception=False)
    for route in of_kind("public"):
        for method in ("get", "post"):
            answer = getattr(client, method)(reverse(route.name, kwargs=dict.fromkeys(route.kwargs, "x")))
            if answer.status_code == 500:
                wrong.append(f"{method} {route}")
    assert wrong == []


# --- a stranger ------------------------------------------------------------------------------
def test_foreign_rows_look_like_missing_ones_and_stay_untouched(world, foreign, part):
    """A stranger's ids: same status and same page as ids that exist nowhere; no table is written."""
    client, wrong = signed_in(world.by), []
    for route in WITH_ROWS[part]:
        theirs, nowhere = foreign.address(route), missing_address(route, world)
        for method, headers in product(("GET", "POST"), ({}, HTMX)):
            told, body, written = ask(client, method, theirs, **headers)
            if told.status_code < 400 and route.name not in EMPTY_WHEN_GONE:
                wrong.append(f"{method} {route}: {told.status_code} for a foreign row")
            if written:
                wrong.append(f"{method} {route}: wrote {written}")
            if foreign.tenant.slug in body.replace(theirs, ""):
                wrong.append(f"{method} {route}: tells the other company's words")
            if (method == "POST") is not bool(headers):
                continue  # half of them is compared: a row that is none costs a page, too
            same, other, _written = ask(client, method, nowhere, **headers)
            if told.status_code != same.status_code:
                wrong.append(
                    f"{method} {route}: {told.status_code} for a foreign row, {same.status_code} for none"
                )
            elif comparable(body, theirs) != comparable(other, nowhere):
                wrong.append(f"{method} {route}: another page for a foreign row than for none")
    assert wrong == []


def test_second_foreign_row_of_an_address_looks_like_a_missing_one(world, foreign):
    """/own contact/foreign key/ must not differ from /own contact/no key/."""
    client, wrong = signed_in(world.by), []
    for route in (r for r in WITH_ROWS if len(row_arguments(r)) > 1):
        first, *others = row_arguments(route)
        own = {first: world.value(route, first)}
        theirs = reverse(route.name, kwargs=own | {name: foreign.value(route, name) for name in others})
        nowhere = reverse(route.name, kwargs=own | dict.fromkeys(others, MISSING))
        for method in ("GET", "POST"):
            told, body, written = ask(client, method, theirs)
            same, other, _written = ask(client, method, nowhere)
            if (told.status_code, comparable(body, theirs)) != (
                same.status_code,
                comparable(other, nowhere),
            ) or written:
                wrong.append(
                    f"{method} {route}: {told.status_code} against {same.status_code}, wrote {written}"
                )
    assert wrong == []


def test_lists_and_pages_say_nothing_of_the_other_company(world, foreign, part):
    """Pages of a row of one's own are asked plainly: what is searched and made for a row is not theirs."""
    client, wrong = signed_in(world.by), []
    queries = ("", "?q=canary", f"?lead={foreign.rows['lead'].pk}&deal={foreign.rows['deal'].pk}")
    for route in TENANT[part]:
        for query in ("",) if route in WITH_ROWS else queries:
            _answer, body, _written = ask(client, "GET", world.address(route) + query)
            if f"canary-{foreign.tenant.slug}" in body:
                wrong.append(f"{route}{query}")
    assert wrong == []


# --- the roles -------------------------------------------------------------------------------
@pytest.mark.parametrize("code", Role.Code.values)
def test_role_opens_what_it_may_and_nothing_else(code, world, tenant, sales):
    """And reading writes nothing. The administrator sees whole pages, the others what the frame is around."""
    headers = {} if code == Role.Code.ADMIN else HTMX
    member = world.by if code == Role.Code.ADMIN else make_member(tenant, code.title(), code, sales)
    client, wrong = signed_in(member), []
    for route in TENANT:
        is_allowed = route.access is None or may(member, *route.access)
        for method in ("GET", "POST"):
            answer, body, written = ask(client, method, world.address(route), **headers)
            if answer.status_code == 405:
                continue
            if not is_allowed and (answer.status_code != 403 or written):
                wrong.append(f"{method} {route}: {answer.status_code} without the right, wrote {written}")
            elif is_allowed and answer.status_code == 403 and "data-reason" not in body:
                wrong.append(f"{method} {route}: 403 with the right")
            elif method == "GET" and (surplus := written_by_reading(route, written)):
                wrong.append(f"GET {route} wrote {surplus}")
            if answer.status_code >= 500:
                wrong.append(f"{method} {route}: {answer.status_code}")
    assert wrong == []


def written_by_reading(route: Route, written: set[str]) -> set[str]:
    surplus = written - WRITING_GETS.get(route.name, set())
    is_explained = route.name in WRITING_GETS and surplus <= {"activities_activity"}
    return set() if is_explained else surplus


# --- what a request may do -------------------------------------------------------------------
def test_unsafe_requests_need_a_token(world):
    client, wrong = signed_in(world.by, checks_csrf=True), []
    for route in (*TENANT, *(r for r in of_kind("public") if not r.kwargs)):
        answer, _body, written = ask(client, "POST", world.address(route))
        if answer.status_code not in (403, 405) or written:
            wrong.append(f"POST {route}: {answer.status_code}, wrote {written}")
    bare = (route for route in routes() if route.kind != "api")  # a token in a header is no cookie
    exempt = {route.name for route in bare if getattr(route.view, "csrf_exempt", False)}
    assert {name for name in exempt if not name.startswith("account")} <= WITHOUT_CSRF
    assert wrong == []


def test_nonsense_breaks_nothing(world, part):
    """Lists all of it, pages of a row some of it, in turn."""
    client, wrong = signed_in(world.by), []
    for turn, route in enumerate(TENANT[part]):
        for query in NONSENSE[turn % len(NONSENSE) :][:1] if route in WITH_ROWS else NONSENSE:
            answer, _body, _written = ask(client, "GET", world.address(route) + query)
            if answer.status_code >= 500:
                wrong.append(f"GET {route}{query}: {answer.status_code}")
        garbage = {
            "name": "x" * 5000,
            "pk": "x",
            "version": "x",
            "stage": str(MISSING),
            "ids": ["x"],
            "next": "//evil",
        }
        answer, _body, _written = ask(client, "POST", world.address(route), garbage)
        if answer.status_code >= 500:
            wrong.append(f"POST {route}: {answer.status_code}")
        if answer.status_code in (301, 302) and "evil" in answer["Location"]:
            wrong.append(f"POST {route} leads away")
    assert wrong == []


def test_walkers_would_notice_an_undeclared_page(settings):
    def careless(request):
        raise AssertionError

    assert Route("leads:careless", "leads/careless/", (), careless).kind == ""
