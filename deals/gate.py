"""The stage gate: what must be filled before a deal leaves one stage and enters another (D5).

Asked by deals.services for every move and every creation, so by every button, drag, bulk action and import.
"""

from __future__ import annotations

from django.db.models import Q

from deals import fields
from deals.errors import MissingFields, ReasonRequired, WrongReason
from deals.models import Deal, RejectionReason, Stage, StageRequirement

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
    """Name the fields the deal lacks for this move."""
    asked = demands(leaving=leaving, entering=entering)
    names = {*asked[LEAVE], *asked[ENTER]}
    return [name for name in fields.demandable() if name in names and not fields.is_filled(deal, name)]


def check(deal: Deal, *, leaving: Stage | None, entering: Stage) -> None:
    """Raise MissingFields unless the deal has everything for this move. Two queries."""
    check_against(deal, demands(leaving=leaving, entering=entering), leaving=leaving, entering=entering)


def check_against(deal: Deal, asked: dict[str, list[str]], *, leaving: Stage | None, entering: Stage) -> None:
    """Raise MissingFields unless the deal has what demands() named."""
    lacks = {m: [n for n in names if not fields.is_filled(deal, n)] for m, names in asked.items()}
    names = [n for n in fields.demandable() if n in lacks[LEAVE] or n in lacks[ENTER]]
    if names and not lacks[ENTER] and leaving is not None:
        raise MissingFields(fields=names, stage=leaving.name, is_leaving=True)
    if names:
        raise MissingFields(fields=names, stage=entering.name)


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
