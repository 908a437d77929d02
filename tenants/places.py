"""How far a role may go in single pipelines and stages, beside its rights over deals (P1).

A role's `pipeline_rights` narrow what it may do with deals, by where they stand; nothing there narrows nothing:
{pipeline id: {"all": level, stage id: level}}, a stage's own level before that of the whole pipeline. As ids and not
as references, because pipelines live in an app above; one that is gone leaves a word nobody asks for.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import Role

WHOLE = "all"  # the key of a whole pipeline's level


class Level(models.TextChoices):
    """From nothing to everything the role's rights over deals allow."""

    HIDDEN = "hidden", _("Not seen")
    VIEW = "view", _("Only seen")
    ENTER = "enter", _("Brought in, then only seen")
    FULL = "full", _("As the role allows")


_ORDER = {level: step for step, level in enumerate(Level)}


def level_of(role: Role, pipeline_id: uuid.UUID | str, stage_id: uuid.UUID | str = "") -> Level:
    """Return how far the role may go in a stage, or in a stage of the pipeline nothing is said about."""
    if role.is_admin:
        return Level.FULL
    kept: dict[str, str] = role.pipeline_rights.get(str(pipeline_id), {})
    return Level(kept.get(str(stage_id)) or kept.get(WHOLE) or Level.FULL)


def reaches(level: Level, needed: Level) -> bool:
    """Say whether a level is at least the needed one."""
    return _ORDER[level] >= _ORDER[needed]


def goes_no_further(role: Role, than: Role) -> bool:
    """Say whether a role reaches no place that the other doesn't: nobody hands out more than they have."""
    for pipeline_id, kept in than.pipeline_rights.items():
        stages = {*kept, *role.pipeline_rights.get(pipeline_id, {})} - {WHOLE}
        for stage_id in ("", *stages):
            if not reaches(level_of(than, pipeline_id, stage_id), level_of(role, pipeline_id, stage_id)):
                return False
    return True
