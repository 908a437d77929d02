"""One visible open deal per client, where the pipeline says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from activities.models import Activity
from activities.services import plan_activity
from contacts.merging import merge_cards, undo_merge
from contacts.merging.parts import questions
from contacts.models import Company, Contact
from contacts.services import create_company, create_contact
from core.tenancy import tenant_scope
from deals.errors import NotAllowed
from deals.models import Deal, Pipeline
from deals.services import (
    archive_pipeline,
    create_deal,
    fold_deals,
    move_deal,
    restore_deal,
    unfold_deals,
    update_pipeline,
    visible_deal,
)
from deals.setup import create_starter_pipeline
from tenants.models import Membership, Tenant

SignIn = Callable[[Membership], Client]
DAY = dt.timedelta(days=1)


@pytest.fixture
def one_deal(tenant: Tenant, pipeline: Pipeline) -> Pipeline:
    with tenant_scope(tenant):
        return update_pipeline(pipeline=pipeline, has_one_open_deal=True)


@pytest.fixture
def people(tenant: Tenant, alice: Membership, now: dt.datetime) -> list[Contact]:
    with tenant_scope(tenant):
        return [create_contact(by=alice, now=now, name=name, owner=alice) for name in ("Мария", "Маша")]


def open_now() -> list[str]:
    return sorted(Deal.objects.open().values_list("title", flat=True))


def test_the_most_advanced_deal_stays(scope, one_deal, people, stages, make_deal, alice, now):
    old = make_deal("Old", contact=people[0])
    far = make_deal("Far", contact=people[1], amount=Decimal(5))
    move_deal(deal=far, stage=stages["second"], by=alice, now=now)
    merge = merge_cards(survivor=people[0], others=[people[1]], by=alice, now=now)
    assert open_now() == ["Far"]
    folded = Deal.objects.get(pk=old.pk)
    assert (folded.folded_into, folded.deleted_at, folded.stage) == (far, now, stages["first"])
    assert visible_deal(old.pk) == far
    codes = [line.data["code"] for line in Activity.objects.filter(deal=far, kind="change").order_by("id")]
    assert codes[-1] == "deal_took_in"
    undo_merge(merge=merge, by=alice, now=now)
    assert open_now() == ["Far", "Old"]
    assert Deal.objects.get(pk=far.pk).amount == 5


def test_the_chosen_deal_stays_and_takes_the_plans(scope, one_deal, people, make_deal, alice, now):
    small, big = make_deal("Small", contact=people[0]), make_deal("Big", contact=people[1])
    plan = plan_activity(
        kind="call", subject="Call", due_at=now + DAY, owner=alice, by=alice, now=now, deal=big
    )
    [question] = questions(people, alice)
    assert [option.value for option in question.options] == [str(small.pk), str(big.pk)]
    merge = merge_cards(
        survivor=people[0], others=[people[1]], by=alice, now=now, answers={question.name: str(small.pk)}
    )
    assert open_now() == ["Small"]
    assert Activity.objects.get(pk=plan.pk).deal == small
    assert Deal.objects.get(pk=small.pk).next_activity_title == "Call"
    undo_merge(merge=merge, by=alice, now=now)
    assert Activity.objects.get(pk=plan.pk).deal == big
    assert [d.next_activity_title for d in Deal.objects.order_by("number")] == ["", "Call"]


def test_other_pipelines_and_closed_deals_are_left_alone(
    scope, one_deal, people, stages, make_deal, alice, now
):
    elsewhere = create_starter_pipeline(name="Elsewhere")
    make_deal("A", contact=people[0])
    won = make_deal("Won", contact=people[1], amount=Decimal(1))
    move_deal(deal=won, stage=stages["won"], by=alice, now=now)
    make_deal("B", contact=people[1], pipeline=elsewhere)
    make_deal("C", contact=people[0], pipeline=elsewhere)
    assert questions(people, alice) == []
    merge_cards(survivor=people[0], others=[people[1]], by=alice, now=now)
    assert open_now() == ["A", "B", "C"] and Deal.objects.get(pk=won.pk).state == "won"


def test_several_deals_of_one_card_alone_are_no_question(scope, one_deal, people, make_deal, alice, now):
    make_deal("A", contact=people[0]), make_deal("B", contact=people[0])
    assert questions(people, alice) == []
    merge_cards(survivor=people[0], others=[people[1]], by=alice, now=now)
    assert open_now() == ["A", "B"]


def test_deals_one_may_not_edit_stay_visible(scope, one_deal, people, make_deal, alice, bob, now):
    make_deal("Mine", contact=people[0])
    make_deal("Bob's", contact=people[1], owner=bob)
    assert questions(people, alice) == []
    merge_cards(survivor=people[0], others=[people[1]], by=alice, now=now)
    assert open_now() == ["Bob's", "Mine"]
    with pytest.raises(NotAllowed):
        mine, foreign = Deal.objects.order_by("-title")
        fold_deals(visible=mine, others=[foreign], by=alice, now=now)


def test_companies_fold_deals_without_a_person(scope, one_deal, people, make_deal, alice, now):
    firms = [create_company(name=name, by=alice, now=now, owner=alice) for name in ("Ромашка", "Лютик")]
    for title, firm in zip(("A", "B"), firms, strict=True):
        make_deal(title, company=firm)
    make_deal("With a person", company=firms[1], contact=people[0])
    merge_cards(survivor=firms[0], others=[firms[1]], by=alice, now=now)
    assert open_now() == ["A", "With a person"]
    assert Company.objects.present().count() == 1


def test_deal_restored_by_hand_is_not_touched_by_the_undo(scope, one_deal, people, make_deal, admin, now):
    a, b = make_deal("A", contact=people[0]), make_deal("B", contact=people[1])
    merge = merge_cards(survivor=people[0], others=[people[1]], by=admin, now=now)
    restored = restore_deal(deal=b, by=admin, now=now)
    assert restored.folded_into is None and open_now() == ["A", "B"]
    version = restored.version
    undo_merge(merge=merge, by=admin, now=now)
    assert Deal.objects.get(pk=b.pk).version == version and a.pk


def test_unfolding_what_was_folded_again_elsewhere_does_nothing(scope, one_deal, make_deal, admin, now):
    a, b, c = make_deal("A"), make_deal("B"), make_deal("C")
    kept = fold_deals(visible=a, others=[b], by=admin, now=now)
    restore_deal(deal=b, by=admin, now=now)
    fold_deals(visible=c, others=[b], by=admin, now=now)
    unfold_deals(folded=kept, by=admin, now=now)
    assert Deal.objects.get(pk=b.pk).folded_into == c


# --- Pages -------------------------------------------------------------------------------------------
def test_folded_deal_says_which_one_stands_for_it(
    tenant: Tenant,
    one_deal: Pipeline,
    people: list[Contact],
    make_deal: Any,
    alice: Membership,
    client_of: SignIn,
    now: dt.datetime,
) -> None:
    a, b = make_deal("Alpha", contact=people[0]), make_deal("Beta", contact=people[1])
    with tenant_scope(tenant):
        merge_cards(survivor=people[0], others=[people[1]], by=alice, now=now)
    client = client_of(alice)
    gone = client.get(reverse("deals:detail", args=[b.pk])).content.decode()
    assert reverse("deals:detail", args=[a.pk]) in gone and "вошла в единственную видимую сделку" in gone
    stays = client.get(reverse("deals:detail", args=[a.pk])).content.decode()
    assert "Вошли в эту сделку" in stays and "Beta" in stays
    for page in ("deals:board", "deals:list"):
        body = client.get(f"{reverse(page)}?pipeline={one_deal.pk}").content.decode()
        assert "Alpha" in body and "Beta" not in body


def test_merge_form_asks_which_deal_stays(
    tenant: Tenant,
    one_deal: Pipeline,
    people: list[Contact],
    make_deal: Any,
    alice: Membership,
    client_of: SignIn,
) -> None:
    make_deal("Alpha", contact=people[0])
    beta = make_deal("Beta", contact=people[1])
    client, address = client_of(alice), f"{reverse('contacts:merge')}?ids={people[0].pk}&ids={people[1].pk}"
    body = client.get(address).content.decode()
    name = f"deal-{one_deal.pk}"
    assert f'name="{name}"' in body and "Какая сделка останется видимой" in body
    answer = client.post(address, {"survivor": str(people[0].pk), name: str(beta.pk)})
    assert answer.status_code == 302
    with tenant_scope(tenant):
        assert open_now() == ["Beta"]


def test_setting_is_saved_with_the_pipeline(
    tenant: Tenant, pipeline: Pipeline, admin: Membership, client_of: SignIn
) -> None:
    typed = {"name": pipeline.name, "currency": "RUB", "has_one_open_deal": "on"}
    assert client_of(admin).post(reverse("deals:pipeline", args=[pipeline.pk]), typed).status_code == 302
    with tenant_scope(tenant):
        assert Pipeline.objects.get(pk=pipeline.pk).has_one_open_deal


def test_archived_pipeline_folds_all_the_same(scope, one_deal, people, make_deal, alice, now):
    make_deal("A", contact=people[0]), make_deal("B", contact=people[1])
    archive_pipeline(pipeline=one_deal)
    merge_cards(survivor=people[0], others=[people[1]], by=alice, now=now)
    assert len(open_now()) == 1


def test_create_deal_by_hand_is_never_refused(scope, one_deal, people, make_deal, alice, now):
    """The setting offers the open deal first; a second one is somebody's decision."""
    make_deal("A", contact=people[0])
    create_deal(title="B", pipeline=one_deal, contact=people[0], by=alice, now=now)
    assert open_now() == ["A", "B"]
