"""How far deals came and where they left."""

from __future__ import annotations

from deals import funnel
from deals.models import Deal
from deals.services import move_deal


def left(stage) -> list[str]:
    return [deal.title for deal in funnel.left_from(Deal.objects.all(), stage)]


def test_lost_deal_left_its_stage_also_after_it_was_archived(scope, make_deal, stages, reason, alice, now):
    deal = make_deal("lost", stage=stages["second"])
    lost = move_deal(deal=deal, stage=stages["lost"], by=alice, now=now, reason=reason)
    assert left(stages["second"]) == ["lost"]
    move_deal(deal=lost, stage=stages["archived"], by=alice, now=now)
    assert left(stages["second"]) == ["lost"]


def test_deal_won_at_last_and_archived_left_nowhere(scope, make_deal, stages, reason, alice, now):
    deal = make_deal(stage=stages["second"], amount=1)
    deal = move_deal(deal=deal, stage=stages["lost"], by=alice, now=now, reason=reason)
    for name in ("third", "won", "archived"):
        deal = move_deal(deal=deal, stage=stages[name], by=alice, now=now)
    assert left(stages["second"]) == left(stages["third"]) == []
