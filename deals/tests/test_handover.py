"""Giving a deal to a colleague whose deals one may not see."""

from __future__ import annotations

import pytest
from django.urls import reverse

from activities.models import Activity, Notification
from core.tenancy import tenant_scope
from deals.services import move_deal, set_requirements

HTMX = {"HX-Request": "true"}


@pytest.fixture
def deal(make_deal):
    return make_deal()


def test_plain_handover_leads_to_the_board_and_says_who_has_it(deal, alice, bob, client_of):
    page = reverse("deals:assign", args=[deal.pk])
    sent = {"owner": str(bob.pk), "next": reverse("deals:detail", args=[deal.pk])}
    answer = client_of(alice).post(page, sent, follow=True)
    assert answer.redirect_chain == [(reverse("deals:board"), 302)]
    assert "Bob" in str(next(iter(answer.context["messages"])))


@pytest.mark.parametrize("name", ["assign", "field"])
def test_handover_on_the_deals_page_leaves_it(deal, alice, bob, client_of, name):
    page = reverse("deals:detail", args=[deal.pk])
    args = [deal.pk, "owner"] if name == "field" else [deal.pk]
    headers = HTMX | {"HX-Current-URL": f"http://testserver{page}?from=board"}
    sent = {"owner": str(bob.pk)}
    answer = client_of(alice).post(reverse(f"deals:{name}", args=args), sent, headers=headers)
    assert answer.headers["HX-Redirect"] == reverse("deals:board")


def test_handover_on_the_board_stays_there(deal, alice, bob, client_of):
    headers = HTMX | {"HX-Current-URL": "http://testserver/deals/?pipeline=1"}
    page = reverse("deals:assign", args=[deal.pk])
    answer = client_of(alice).post(page, {"owner": str(bob.pk)}, headers=headers)
    assert "HX-Redirect" not in answer.headers
    assert "deal:moved" in answer.headers["HX-Trigger"]


def test_move_that_asks_for_a_responsible_can_hand_over_too(tenant, deal, stages, alice, bob, client_of):
    with tenant_scope(tenant):
        set_requirements(stage=stages["second"], enter=["owner"])
    sent = {"stage": str(stages["second"].pk), "asked": "1", "ask": "owner", "owner": str(bob.pk)}
    answer = client_of(alice).post(reverse("deals:move", args=[deal.pk]), sent)
    assert answer.headers["Location"] == reverse("deals:board")


def test_handover_by_one_who_still_sees_the_deal_stays_on_its_page(deal, head, bob, client_of):
    page = reverse("deals:assign", args=[deal.pk])
    answer = client_of(head).post(page, {"owner": str(bob.pk)})
    assert answer.headers["Location"] == reverse("deals:detail", args=[deal.pk])


def test_deal_made_for_a_colleague_leads_to_the_board(stages, alice, bob, client_of):
    sent = {"stage": str(stages["first"].pk), "title": "M", "owner": str(bob.pk)}
    answer = client_of(alice).post(reverse("deals:create"), sent)
    assert answer.headers["Location"] == reverse("deals:board")


@pytest.mark.parametrize("target", ["first", "second"])
def test_move_deal_with_another_responsible_tells_them(tenant, deal, stages, alice, bob, now, target):
    with tenant_scope(tenant):
        values = {"owner": bob, "city": "Тверь"}
        move_deal(deal=deal, stage=stages[target], by=alice, now=now, values=values)
        told = Notification.objects.get()
        assert (told.member, told.code) == (bob, "deal_assigned")
        entry = Activity.objects.get(data__code="owner_changed")
        assert (entry.data["from"], entry.data["to"]) == ("Alice", "Bob")
        other = Activity.objects.get(data__code="fields_changed" if target == "first" else "stage_moved")
        assert [edit["field"] for edit in other.data["fields"]] == ["city"]
