"""Panels of the start page: who has which, how they are arranged, and what they cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.template.loader import get_template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conftest import make_member
from core.tenancy import tenant_scope
from deals.models import Deal
from leads.models import Lead
from reports.models import StartPage
from reports.start import arranging
from reports.start.panels import PANELS
from tenants.models import Membership, Role, Tenant

SignIn = Callable[[Membership], Client]
ARRANGE = "/start/arrange/"
_SHOWN = re.compile(r'id="panel-(\w+)" ')


def shown(client: Client, query: str = "") -> list[str]:
    """List the panels of the start page in their order."""
    return _SHOWN.findall(client.get(f"/{query}").content.decode())


def panel_url(key: str) -> str:
    return reverse("reports:panel", args=[key])


def role_of(tenant: Tenant, code: str) -> Role:
    with tenant_scope(tenant):
        return Role.objects.get(code=code)


def test_every_panel_is_complete() -> None:
    assert len({one.key for one in PANELS}) == len(PANELS)
    for one in PANELS:
        assert get_template(one.template)
        assert one.widths and set(one.widths) <= {1, 2, 3}
        assert set(one.listens) <= {"lead", "deal", "activity"}


@pytest.mark.parametrize("code", list(Role.Code))
def test_each_role_is_served_the_panels_it_may_have_and_no_other(
    tenant: Tenant, client_of: SignIn, code: str
) -> None:
    member = make_member(tenant, "Somebody", code)
    client = client_of(member)
    page = client.get(ARRANGE).content.decode()
    for one in PANELS:
        with tenant_scope(tenant):
            is_for = one.is_for(member)
        assert (f'value="{one.key}"' in page) == is_for
        answer = client.get(f"{panel_url(one.key)}?whose=team")
        assert answer.status_code == (200 if is_for else 403), one.key


def test_manager_is_offered_nothing_of_a_team(client_of: SignIn, alice: Membership) -> None:
    client = client_of(alice)
    assert {"loads", "best"}.isdisjoint(shown(client, "?whose=team"))
    assert client.get(f"{panel_url('loads')}?whose=team").status_code == 403
    client.post(ARRANGE, {"panel": "loads"})
    assert "loads" not in shown(client, "?whose=team")


def test_unknown_panel_is_missing(client_of: SignIn, admin: Membership) -> None:
    assert client_of(admin).get(panel_url("nonsense")).status_code == 404


def test_panel_tells_of_rows_the_reader_sees(
    client_of: SignIn, alice: Membership, bob: Membership, make_lead: Callable[..., Lead]
) -> None:
    for member in (alice, alice, bob):
        make_lead(taken_by=member, state="in_work", received_at=timezone.now())
    for member, count in ((alice, 2), (bob, 1)):
        context = client_of(member).get(panel_url("response")).context
        assert context["response"]["whole"].total == count


@pytest.mark.parametrize("key", ["response", "quality", "funnel", "leaks"])
def test_numbers_of_a_panel_open_exactly_their_rows(
    client_of: SignIn,
    admin: Membership,
    directories: dict[str, Any],
    make_lead: Callable[..., Lead],
    make_deal: Callable[..., Deal],
    opened_numbers: Callable[[Client, str], dict[str, int]],
    key: str,
) -> None:
    make_deal(admin)
    make_lead(source=directories["ads"], received_at=timezone.now())
    make_lead(source=directories["ads"], quality="repeat", state="rejected")
    make_lead()
    assert opened_numbers(client_of(admin), panel_url(key))


# --- Arranging -----------------------------------------------------------------------------------------
def test_person_arranges_their_own_page(client_of: SignIn, alice: Membership, bob: Membership) -> None:
    client, before = client_of(alice), shown(client_of(alice))
    client.post(ARRANGE, {"panel": before[1], "step": "earlier"})
    assert shown(client) == [before[1], before[0], *before[2:]]
    client.post(ARRANGE, {"panel": before[1], "step": "last"})
    assert shown(client) == [before[0], *before[2:], before[1]]
    client.post(ARRANGE, {"order": ",".join(["nonsense", *before])})
    assert shown(client) == before
    client.post(ARRANGE, {"panel": "plan", "remove": "1"})
    client.post(ARRANGE, {"panel": "funnel"})
    assert shown(client) == [*(key for key in before if key != "plan"), "funnel"]
    assert shown(client_of(bob)) == before


def test_panel_takes_only_widths_it_can(client_of: SignIn, alice: Membership) -> None:
    client = client_of(alice)
    for width, kept in (("2", 2), ("7", 2), ("0", 2), ("x", 2), ("3", 3)):
        client.post(ARRANGE, {"panel": "plan", "width": width})
        assert f'dash-w{kept}" id="panel-plan"' in client.get("/").content.decode()


def test_panel_shows_only_what_it_offers(
    tenant: Tenant, client_of: SignIn, alice: Membership, directories: dict[str, Any]
) -> None:
    client, pk = client_of(alice), str(directories["pipeline"].pk)
    client.post(ARRANGE, {"panel": "funnel"})
    for choice in (pk, "nonsense"):
        client.post(ARRANGE, {"panel": "funnel", "choice": choice})
        assert f"choice={pk}" in client.get("/").content.decode()


def test_reset_brings_back_what_the_role_has(client_of: SignIn, alice: Membership) -> None:
    client, before = client_of(alice), shown(client_of(alice))
    client.post(ARRANGE, {"panel": "plan", "remove": "1"})
    assert shown(client) != before
    client.post(ARRANGE, {"reset": "1"})
    assert shown(client) == before


def test_page_without_panels_offers_to_arrange(client_of: SignIn, alice: Membership) -> None:
    client = client_of(alice)
    for key in shown(client):
        client.post(ARRANGE, {"panel": key, "remove": "1"})
    html = client.get("/").content.decode()
    assert not _SHOWN.findall(html) and 'class="nothing"' in html


def test_administrator_arranges_for_everybody_of_a_role_but_those_who_have_their_own(
    tenant: Tenant, client_of: SignIn, admin: Membership, alice: Membership, bob: Membership
) -> None:
    own = client_of(bob)
    own.post(ARRANGE, {"panel": "plan", "step": "last"})
    before = shown(own)
    url = reverse("reports:arrange_role", args=[role_of(tenant, "manager").pk])
    client = client_of(admin)
    client.post(url, {"panel": "month", "step": "first"})
    client.post(url, {"panel": "loads"})  # not for managers
    assert shown(client_of(alice))[0] == "month" and "loads" not in shown(client_of(alice))
    assert shown(own) == before
    own.post(ARRANGE, {"reset": "1"})
    assert shown(own) == shown(client_of(alice))
    client.post(url, {"reset": "1"})
    assert shown(client_of(alice))[0] == "counters"


def test_right_that_is_taken_away_takes_its_panels_along(
    tenant: Tenant, client_of: SignIn, alice: Membership
) -> None:
    client = client_of(alice)
    client.post(ARRANGE, {"panel": "response"})
    assert "response" in shown(client)
    with tenant_scope(tenant):
        role = Role.objects.get(pk=alice.role_id)
        role.grants.pop("reports")
        role.save()
    assert "response" not in shown(client)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_arranges_for_a_role(
    tenant: Tenant, client_of: SignIn, alice: Membership, charlie: Membership, admin: Membership, method: str
) -> None:
    url = reverse("reports:arrange_role", args=[role_of(tenant, "manager").pk])
    assert getattr(client_of(alice), method)(url, {"reset": "1"}).status_code == 403
    stranger = make_member(charlie.tenant, "Their admin", Role.Code.ADMIN)
    assert getattr(client_of(stranger), method)(url, {"reset": "1"}).status_code == 404
    with tenant_scope(tenant), pytest.raises(arranging.MayNotArrange):
        arranging.arrange(owner=admin, placed=[], by=alice)
    with tenant_scope(tenant):
        assert not StartPage.objects.exists()


# --- What it costs ---------------------------------------------------------------------------------------
def count_queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("key", [one.key for one in PANELS])
def test_panel_costs_a_constant_number_of_queries(
    client_of: SignIn,
    admin: Membership,
    directories: dict[str, Any],
    make_lead: Callable[..., Lead],
    make_deal: Callable[..., Deal],
    key: str,
) -> None:
    client, counts = client_of(admin), []
    for number in (2, 8):
        for _index in range(number):
            make_lead(source=directories["ads"], taken_by=admin, state="in_work")
            make_lead(state="new")
            make_deal(admin)
        counts.append(count_queries(client, panel_url(key)))
    assert counts[0] == counts[1]


def test_panels_that_are_not_shown_cost_nothing(client_of: SignIn, alice: Membership) -> None:
    client = client_of(alice)
    whole = count_queries(client, "/")
    for key in shown(client):
        client.post(ARRANGE, {"panel": key, "remove": "1"})
    empty = count_queries(client, "/")
    client.post(ARRANGE, {"panel": "money"})
    assert count_queries(client, "/") == empty < whole - 12  # asked for after the first paint
