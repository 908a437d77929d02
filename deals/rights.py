"""Where a member may see, bring in and change deals: the role's rights per pipeline and stage (P1).

Beside the role's rights over deals and never beyond them. The system (no member) goes everywhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Q

from tenants.access import Action
from tenants.models import Membership
from tenants.places import WHOLE, Level, level_of, reaches

if TYPE_CHECKING:
    from deals.models import Pipeline, Stage

# What a deal's place has to allow for each action on it; adding asks where it is added, by may_enter
_NEEDED = {Action.VIEW: Level.VIEW, Action.EXPORT: Level.VIEW}


def within_reach(member: Membership, action: str) -> Q:
    """Build the filter for deals whose place allows the action; asks the database nothing."""
    return _places(member, _NEEDED.get(Action(action), Level.FULL), "stage")


def stages_to_enter(member: Membership) -> Q:
    """Build the filter for stages the member may bring deals into."""
    return _places(member, Level.ENTER, "pk")


def _places(member: Membership, needed: Level, stage: str) -> Q:
    """Build the filter for rows of a `pipeline` whose `stage` (the name of its field) allows the level."""
    condition = Q()
    if member.role.is_admin:
        return condition
    for pipeline_id, kept in member.role.pipeline_rights.items():
        allowed = [pk for pk, level in kept.items() if pk != WHOLE and reaches(Level(level), needed)]
        refused = [pk for pk, level in kept.items() if pk != WHOLE and not reaches(Level(level), needed)]
        if not reaches(level_of(member.role, pipeline_id), needed):
            condition &= ~Q(pipeline=uuid.UUID(pipeline_id)) | Q(**{f"{stage}__in": _ids(allowed)})
        elif refused:
            condition &= ~Q(**{f"{stage}__in": _ids(refused)})
    return condition


def _ids(texts: Iterable[str]) -> list[uuid.UUID]:
    return [uuid.UUID(text) for text in texts]


def level_in(member: Membership | None, stage: Stage) -> Level:
    """Return how far the member may go with deals of the stage."""
    return Level.FULL if member is None else level_of(member.role, stage.pipeline_id, stage.pk)


def may_see(member: Membership | None, stage: Stage) -> bool:
    """Say whether the member sees the stage at all."""
    return reaches(level_in(member, stage), Level.VIEW)


def may_enter(member: Membership | None, stage: Stage) -> bool:
    """Say whether the member may bring a deal into the stage."""
    return reaches(level_in(member, stage), Level.ENTER)


def may_change(member: Membership | None, stage: Stage) -> bool:
    """Say whether the member may change deals that stand in the stage, and take them out of it."""
    return reaches(level_in(member, stage), Level.FULL)


def shows(member: Membership, pipeline: Pipeline) -> bool:
    """Say whether the member sees the pipeline: as a whole, or one of its stages."""
    kept: dict[str, str] = member.role.pipeline_rights.get(str(pipeline.pk), {})
    levels = [level_of(member.role, pipeline.pk), *(Level(v) for k, v in kept.items() if k != WHOLE)]
    return member.role.is_admin or any(reaches(level, Level.VIEW) for level in levels)
