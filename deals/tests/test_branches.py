"""The tree of branches on a company's card with the sums of their deals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.services import create_company
from core.tenancy import tenant_scope
from deals.branch_sums import sums_of
from deals.services import create_deal
from deals.setup import create_starter_pipeline

NOW = timezone.now()


@pytest.fixture
def family(tenant, alice):
    """A head with one open deal, and a branch that has won one, one in dollars and one in roubles."""
    with tenant_scope(tenant):
        pipeline = create_starter_pipeline(template="simple")
        won = pipeline.stages.get(kind="won")
        head = create_company(name="Head", owner=alice, by=alice, now=NOW)
        branch = create_company(name="North", owner=alice, by=alice, now=NOW, head_company=head)
        made = {"pipeline": pipeline, "by": alice, "now": NOW, "owner": alice}
        create_deal(title="a", company=head, amount=Decimal(100), **made)
        for amount, currency in ((10, "USD"), (500, "RUB")):
            create_deal(
                title="b", company=branch, amount=Decimal(amount), currency=currency, stage=won, **made
            )
        create_deal(title="no amount", company=branch, **made)
    return head, branch


def test_sums_are_kept_by_currency(scope, alice, family, django_assert_num_queries):
    head, branch = family
    with django_assert_num_queries(1):
        each, together = sums_of([head.pk, branch.pk], alice)
    assert (each[head.pk].open_count, each[head.pk].open) == (1, {"RUB": 100})
    assert (each[branch.pk].won_count, each[branch.pk].won) == (2, {"RUB": 500, "USD": 10})
    assert (together.open_count, together.open, together.won) == (2, {"RUB": 100}, {"RUB": 500, "USD": 10})


def test_panel_shows_only_deals_the_member_may_see(alice, bob, head, family, client_of):
    url = f"{reverse('deals:branches')}?company={family[0].pk}"
    assert client_of(alice).get(url).context["together"].open_count == 2
    assert client_of(head).get(url).context["together"].open_count == 2
    page = client_of(bob).get(url)
    assert page.context["together"].open_count == 0
    assert "North" in page.content.decode() and "branch-line" not in page.content.decode()


def test_panel_of_another_tenant_or_of_none_is_missing(charlie, family, client_of):
    client = client_of(charlie)
    for query in (f"company={family[0].pk}", "company=x", ""):
        assert client.get(f"{reverse('deals:branches')}?{query}").status_code == 404


def test_panel_costs_the_same_for_two_branches_and_for_forty(tenant, alice, family, client_of):
    client, url = client_of(alice), f"{reverse('deals:branches')}?company={family[0].pk}"

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    cost()  # the first request reads the session and the person too
    before = cost()
    with tenant_scope(tenant):
        for number in range(40):
            create_company(name=f"B{number}", by=alice, now=NOW, owner=alice, head_company=family[number % 2])
    assert cost() == before
