"""Moving deals: the gate, won and lost, history, order, and who was faster."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from activities.models import Activity
from deals import ranks
from deals.errors import (
    DealChangedMeanwhile,
    DealGone,
    MissingFields,
    NotAllowed,
    PipelineArchived,
    ReasonRequired,
    WrongReason,
)
from deals.models import Deal, StageChange
from deals.services import archive_pipeline, delete_deal, move_deal, set_requirements, update_deal
from deals.setup import create_starter_pipeline

HOUR = dt.timedelta(hours=1)


def column(stage) -> list[str]:
    return [d.title for d in Deal.objects.present().filter(stage=stage).order_by("rank", "id")]


def test_move_deal_keeps_the_history_with_names_and_seconds(scope, make_deal, stages, alice, now):
    deal = move_deal(deal=make_deal(amount=Decimal(7)), stage=stages["second"], by=alice, now=now + HOUR)
    change = StageChange.objects.filter(deal=deal).order_by("at").last()
    assert (change.from_name, change.to_name) == (stages["first"].name, stages["second"].name)
    assert (change.seconds_in_from, change.amount, change.by) == (3600, Decimal(7), alice)
    assert (deal.stage, deal.stage_entered_at, deal.version) == (stages["second"], now + HOUR, 2)
    entry = Activity.objects.get(deal=deal, data__code="stage_moved")
    assert (entry.data["from"], entry.data["to"]) == (stages["first"].name, stages["second"].name)


def test_move_deal_asks_to_enter_and_to_leave(scope, make_deal, stages, alice, now):
    set_requirements(stage=stages["first"], leave=["city"])
    set_requirements(stage=stages["second"], enter=["note", "amount"])
    deal = make_deal()
    with pytest.raises(MissingFields) as refusal:
        move_deal(deal=deal, stage=stages["second"], by=alice, now=now)
    assert refusal.value.fields == ["amount", "city", "note"]
    assert stages["second"].name in str(refusal.value)
    assert StageChange.objects.filter(deal=deal).count() == 1
    moved = move_deal(
        deal=deal, stage=stages["second"], by=alice, now=now,
        values={"amount": Decimal(1), "city": "Тверь", "note": "x"},
    )  # fmt: skip
    assert (moved.stage, moved.city) == (stages["second"], "Тверь")


@pytest.mark.parametrize("target", ["second", "third", "won", "lost", "archived"])
def test_move_deal_never_skips_what_leaving_demands(scope, make_deal, stages, reason, alice, now, target):
    set_requirements(stage=stages["first"], leave=["city"])
    deal = make_deal(amount=Decimal(1))
    with pytest.raises(MissingFields) as refusal:
        move_deal(deal=deal, stage=stages[target], by=alice, now=now, reason=reason)
    assert (refusal.value.fields, refusal.value.stage) == (["city"], stages["first"].name)
    assert Deal.objects.get().stage == stages["first"]


def test_move_deal_rolls_values_back_with_a_refusal(scope, make_deal, stages, alice, now):
    set_requirements(stage=stages["second"], enter=["note"])
    with pytest.raises(MissingFields):
        move_deal(deal=make_deal(), stage=stages["second"], by=alice, now=now, values={"city": "Тверь"})
    assert Deal.objects.get().city == ""


def test_move_to_lost_asks_for_a_reason_for_deals(scope, make_deal, stages, reason, alice, now):
    deal = make_deal()
    with pytest.raises(ReasonRequired):
        move_deal(deal=deal, stage=stages["lost"], by=alice, now=now)
    reason.is_for_deals = False
    with pytest.raises(WrongReason):
        move_deal(deal=deal, stage=stages["lost"], by=alice, now=now, reason=reason)
    reason.is_for_deals = True
    lost = move_deal(deal=deal, stage=stages["lost"], by=alice, now=now, reason=reason, comment=" dear ")
    assert (lost.state, lost.closed_at, lost.rejection_reason, lost.rejection_comment) == (
        "lost",
        now,
        reason,
        "dear",
    )
    assert Activity.objects.get(data__code="stage_moved").data["reason"] == reason.name


def test_move_to_won_records_amount_and_date(scope, make_deal, stages, alice, now):
    deal = make_deal()
    with pytest.raises(MissingFields) as refusal:
        move_deal(deal=deal, stage=stages["won"], by=alice, now=now)
    assert refusal.value.fields == ["amount"]
    won = move_deal(deal=deal, stage=stages["won"], by=alice, now=now, values={"amount": Decimal(90)})
    assert (won.state, won.closed_at, won.amount) == ("won", now, Decimal(90))
    assert StageChange.objects.get(deal=deal, to_kind="won").amount == Decimal(90)


def test_reopening_clears_what_closing_set(scope, make_deal, stages, reason, alice, now):
    lost = move_deal(deal=make_deal(), stage=stages["lost"], by=alice, now=now, reason=reason, comment="x")
    deal = move_deal(deal=lost, stage=stages["second"], by=alice, now=now + HOUR)
    assert (deal.state, deal.closed_at, deal.rejection_reason, deal.rejection_comment) == (
        "open",
        None,
        None,
        "",
    )
    assert StageChange.objects.filter(deal=deal).count() == 3


def test_move_deal_refuses_an_older_card_and_says_where_it_went(scope, make_deal, stages, alice, head, now):
    deal = make_deal()
    move_deal(deal=deal, stage=stages["second"], by=head, now=now)
    with pytest.raises(DealChangedMeanwhile) as refusal:
        move_deal(deal=deal, stage=stages["third"], by=alice, now=now + HOUR, version=deal.version)
    assert "Helen" in str(refusal.value)
    assert stages["second"].name in str(refusal.value)
    assert Deal.objects.get().stage == stages["second"]


def test_move_deal_blames_the_editor_when_the_stage_is_the_same(scope, make_deal, stages, alice, head, now):
    deal = make_deal()
    update_deal(deal=deal, by=head, now=now + HOUR, city="Тверь")
    with pytest.raises(DealChangedMeanwhile) as refusal:
        move_deal(deal=deal, stage=stages["second"], by=alice, now=now + HOUR, version=deal.version)
    assert (refusal.value.who, refusal.value.stage) == ("Helen", "")


def test_move_deal_refuses_strangers_and_deleted_deals(scope, make_deal, stages, bob, head, now):
    deal = make_deal()
    with pytest.raises(NotAllowed):
        move_deal(deal=deal, stage=stages["second"], by=bob, now=now)
    delete_deal(deal=deal, by=head, now=now)
    with pytest.raises(DealGone):
        move_deal(deal=deal, stage=stages["second"], by=head, now=now)


def test_move_deal_between_pipelines_keeps_its_currency(scope, make_deal, alice, now):
    other = create_starter_pipeline(template="service")
    other.currency = "EUR"
    other.save()
    stage = other.stages.order_by("position").first()
    deal = move_deal(deal=make_deal(amount=Decimal(5)), stage=stage, by=alice, now=now)
    assert (deal.pipeline, deal.currency) == (other, "RUB")
    archive_pipeline(pipeline=other)
    with pytest.raises(PipelineArchived):
        move_deal(
            deal=make_deal(),
            stage=stage.__class__.objects.select_related("pipeline").get(pk=stage.pk),
            by=alice,
            now=now,
        )


def test_move_deal_puts_the_card_where_it_was_dropped(scope, make_deal, stages, alice, now):
    third, second, first = (make_deal(t) for t in ("third", "second", "first"))
    card = move_deal(deal=make_deal("moved"), stage=stages["second"], by=alice, now=now)
    move_deal(deal=card, stage=stages["first"], by=alice, now=now, after=first, before=second)
    assert column(stages["first"]) == ["first", "moved", "second", "third"]
    move_deal(deal=card, stage=stages["first"], by=alice, now=now, after=third)
    assert column(stages["first"]) == ["first", "second", "third", "moved"]
    move_deal(deal=card, stage=stages["first"], by=alice, now=now, before=first)
    assert column(stages["first"]) == ["moved", "first", "second", "third"]


def test_reordering_a_column_is_no_change_of_the_deal(scope, make_deal, stages, alice, now):
    below = make_deal("below")
    card = make_deal("card")
    moved = move_deal(deal=card, stage=stages["first"], by=alice, now=now, after=below)
    assert moved.version == card.version
    assert StageChange.objects.filter(deal=card).count() == 1
    assert column(stages["first"]) == ["below", "card"]


def test_move_deal_past_a_hidden_neighbour_stays_between_its_own(scope, make_deal, stages, alice, now):
    last, hidden, top = (make_deal(t) for t in ("last", "hidden", "top"))
    card = make_deal("card", stage=stages["second"])
    move_deal(deal=card, stage=stages["first"], by=alice, now=now, after=top, before=last)
    assert column(stages["first"]).index("card") in (1, 2)


def test_ranks_are_rebalanced_when_the_gap_is_used_up(scope, make_deal, stages, alice, now):
    bottom, top = make_deal("bottom"), make_deal("top")
    for serial in range(60):
        card = make_deal(str(serial), stage=stages["second"])
        bottom.refresh_from_db()
        move_deal(deal=card, stage=stages["first"], by=alice, now=now, after=top, before=bottom)
        bottom = card
    order = column(stages["first"])
    assert order == ["top", *[str(n) for n in reversed(range(60))], "bottom"]
    numbers = list(Deal.objects.filter(stage=stages["first"]).values_list("rank", flat=True))
    assert len(set(numbers)) == len(numbers)


def test_rebalance_keeps_the_order(scope, make_deal, stages):
    for title in "cba":
        make_deal(title)
    Deal.objects.update(rank=5.0)
    before = column(stages["first"])
    ranks.rebalance(stages["first"])
    assert column(stages["first"]) == before
    assert sorted(Deal.objects.values_list("rank", flat=True)) == [1024.0, 2048.0, 3072.0]


def test_move_deal_is_announced_to_open_pages(
    scope, make_deal, stages, alice, now, django_capture_on_commit_callbacks, monkeypatch
):
    from core.live import publishing

    deal, heard = make_deal(), []
    monkeypatch.setattr(publishing, "_send", lambda channel, message: heard.append(message))
    with django_capture_on_commit_callbacks(execute=True):
        move_deal(deal=deal, stage=stages["second"], by=alice, now=now)
    told = [message for message in heard if "deal.changed" in message]
    assert len(told) == 1
    assert all(part in told[0] for part in (str(deal.pk), str(stages["second"].pk), str(stages["first"].pk)))
