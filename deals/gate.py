"""The stage gate: who may bring a deal into a stage, whether it has room, and what must be filled (D5, P1).

Asked by deals.services for every move and every creation, so by every button, drag, bulk action and import.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from deals import fields, rights
from deals.errors import (
    FieldsClosedToRole,
    MissingFields,
    ReasonRequired,
    StageClosedToRole,
    StageFull,
    WrongReason,
)
from deals.models import Deal, RejectionReason, Stage, StageRequirement
from tenants.models import Membership

LEAVE, ENTER = StageRequirement.Moment.LEAVE, StageRequirement.Moment.ENTER


def demands(*, leaving: Stage | None, entering: Stage | None) -> dict[str, list[str]]:
    """Name the fields demanded to leave and to enter, in the order of the registry. Two queries."""
    found: dict[str, set[str]] = {LEAVE: set(), ENTER: set()}
    of_stages = Q(stage=leaving, moment=LEAVE) | Q(stage=entering, moment=ENTER)
    for moment, name in StageRequirement.objects.filter(of_stages).values_list("moment", "field"):
        found[moment].add(name)
    if entering is not None and entering.kind == Stage.Kind.WON:
        found[ENTER].add("amount")  # D6: won records the amount
    return {moment: [n for n in fields.demandable() if n in names] for moment, names in found.items()}


def missing(deal: Deal, *, leaving: Stage | None, entering: Stage) -> list[str]:
    """Name the fields the deal lacks for this move, as far as whoever moves it may fill them."""
    asked = demands(leaving=leaving, entering=entering)
    names = {*asked[LEAVE], *asked[ENTER]}
    lacks = [name for name in fields.demandable() if name in names and not fields.is_filled(deal, name)]
    return askable(lacks)


def askable(names: Iterable[str]) -> list[str]:
    """Leave out what whoever is asked may not fill; the gate refuses by FieldsClosedToRole then."""
    return [name for name in names if fields.may_fill(name)]


def check(deal: Deal, *, leaving: Stage | None, entering: Stage) -> None:
    """Raise MissingFields unless the deal has everything for this move. Two queries."""
    check_against(deal, demands(leaving=leaving, entering=entering), leaving=leaving, entering=entering)


def check_against(deal: Deal, asked: dict[str, list[str]], *, leaving: Stage | None, entering: Stage) -> None:
    """Raise MissingFields unless the deal has what demands() named, FieldsClosedToRole where others have to fill it."""
    lacks = {m: [n for n in names if not fields.is_filled(deal, n)] for m, names in asked.items()}
    names = [n for n in fields.demandable() if n in lacks[LEAVE] or n in lacks[ENTER]]
    if any(not fields.may_fill(name) for name in names):
        raise FieldsClosedToRole(stage=entering.name)
    if names and not lacks[ENTER] and leaving is not None:
        raise MissingFields(fields=names, stage=leaving.name, is_leaving=True)
    if names:
        raise MissingFields(fields=names, stage=entering.name)


def check_right(stage: Stage, by: Membership | None) -> None:
    """Raise StageClosedToRole where the member's role may not bring deals in (P1)."""
    if not rights.may_enter(by, stage):
        raise StageClosedToRole(stage=stage.name)


def check_room(stage: Stage, count: int = 1) -> None:
    """Raise StageFull when so many more deals are beyond a strict card limit. One query where there is one.

    Whoever asks holds the stage, see deals.services.changes.hold_stage: two never take the last place.
    """
    limit = room(stage)
    if limit is not None and count > limit:
        raise StageFull(stage=stage.name, limit=stage.card_limit or 0)


def room(stage: Stage) -> int | None:
    """Return how many more deals a stage takes, None for any number."""
    if not stage.is_limit_strict or stage.card_limit is None:
        return None
    return max(0, stage.card_limit - Deal.objects.present().filter(stage=stage).count())


def check_reason(stage: Stage, reason: RejectionReason | None) -> None:
    """Raise ReasonRequired for a loss without a reason, WrongReason for one that isn't for deals (D6)."""
    if stage.kind != Stage.Kind.LOST:
        return
    if reason is None:
        raise ReasonRequired()
    if not reason.is_for_deals or reason.is_archived:
        raise WrongReason()


def check_blanking(deal: Deal, blanked: list[str]) -> None:
    """Raise MissingFields when a field is emptied that the stage the deal stands in demands."""
    demanded = demands(leaving=None, entering=deal.stage)[ENTER]
    if names := [name for name in demanded if name in blanked]:
        raise MissingFields(fields=names, stage=deal.stage.name)
