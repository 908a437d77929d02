"""Where we leak (R12): what is counted, with money and age, and what helps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.tenancy import tenant_scope
from deals.models import Deal
from leads.models import Lead
from tenants.models import Membership, Tenant

SignIn = Callable[[Membership], Client]
MakeLead = Callable[..., Lead]
NAME = "reports:leaks"


@pytest.fixture
def holes(
    tenant: Tenant, make_lead: MakeLead, make_deal: Callable[..., Deal], alice: Membership, bob: Membership
) -> None:
    """The case of docs/reports.md."""
    now = timezone.now()

    def ago(days: int) -> dt.datetime:
        return now - dt.timedelta(days=days, hours=1)

    make_lead(waiting_since=ago(3), responsible=alice)
    make_lead(waiting_since=ago(5), received_at=ago(5), is_advertising=False)
    make_lead(first_response_at=now, state="in_work", taken_by=bob)
    make_lead(state="rejected", closed_at=ago(1), taken_by=alice)
    late, stepless, nobodys, lost = (make_deal(alice, days_ago=10, amount=100) for _n in range(4))
    with tenant_scope(tenant):
        Deal.objects.filter(pk=late.pk).update(next_activity_at=ago(2))
        Deal.objects.filter(pk=nobodys.pk).update(owner=None, next_activity_at=now + dt.timedelta(days=1))
        Deal.objects.filter(pk=lost.pk).update(
            state="lost", stage=lost.pipeline.stages.get(kind="lost"), closed_at=ago(7), amount=70
        )
        Deal.objects.filter(pk=stepless.pk).update(last_activity_at=ago(4), currency="USD")


def _found(client: Client, query: str = "") -> dict[str, tuple[Any, ...]]:
    rows = client.get(f"{reverse(NAME)}?{query}").context["rows"]
    return {row["key"]: (row["leak"].count, row["leak"].age_days, row["leak"].amounts) for row in rows}


def test_places_have_count_age_and_money(client_of: SignIn, admin: Membership, holes: None) -> None:
    found = _found(client_of(admin))
    assert found["unanswered"] == (2, 3, ())
    assert found["unowned"] == (1, 5, ())
    assert found["unowned_deals"][0] == 1
    assert found["without_step"] == (1, 4, (("USD", 100),))
    assert found["overdue"] == (1, 2, (("RUB", 100),))
    assert found["stalled"] == (0, None, ())
    assert found["no_reason"][:2] == (1, 1)
    assert found["lost_for_good"] == (1, 7, (("RUB", 70),))


def test_every_number_opens_its_rows(
    client_of: SignIn, admin: Membership, alice: Membership, holes: None, opened_numbers: Any
) -> None:
    assert len(opened_numbers(client_of(admin), reverse(NAME))) == 7
    assert opened_numbers(client_of(alice), reverse(NAME))


def test_managers_see_their_own_leaks(client_of: SignIn, bob: Membership, holes: None) -> None:
    assert not any(count for count, _age, _amounts in _found(client_of(bob)).values())


def test_filters_of_people_reach_deals_too(
    client_of: SignIn, admin: Membership, bob: Membership, holes: None
) -> None:
    found = _found(client_of(admin), f"manager={bob.pk}")
    assert found["overdue"][0] == 0 and found["without_step"][0] == 0


def test_what_leaks_can_be_handed_out_and_planned(
    client_of: SignIn, admin: Membership, bob: Membership, holes: None, tenant: Tenant
) -> None:
    """The buttons send all rows of the place to the dialogs of the lists."""
    client = client_of(admin)
    rows = {row["key"]: row for row in client.get(reverse(NAME)).context["rows"]}
    assert rows["no_reason"]["assign_url"] == "" and rows["no_reason"]["plan_url"]
    for key in ("unanswered", "overdue"):
        sent = {"all": "1", "query": rows[key]["query"], "next": rows[key]["url"]}
        for url in (rows[key]["assign_url"], rows[key]["plan_url"]):
            dialog = client.post(url, sent, headers={"HX-Request": "true", "HX-Target": "dialog-body"})
            assert dialog.status_code in (200, 422), (key, url)
            assert b"<form" in dialog.content
    sent = {"all": "1", "next": rows["unanswered"]["url"], "asked": "1", "to": f"m{bob.pk}"}
    client.post(rows["unanswered"]["assign_url"], sent)
    with tenant_scope(tenant):
        assert Lead.objects.filter(responsible=bob, state="new").count() == 2


def test_nothing_leaks_in_an_empty_company(client_of: SignIn, admin: Membership) -> None:
    page = client_of(admin).get(reverse(NAME))
    assert not page.context["has_leaks"] and page.context["sentence"] == {}
