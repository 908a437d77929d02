"""How far a role may go with single custom fields (C6, P1), and through whose eyes fields are looked at right now.

A role's `field_rights` narrow what it may do with the values of a field: {key: level}, nothing there narrows nothing.
Pages, exports, imports and robots run in `seen_by(member)`; inside, custom_fields.definitions knows only the fields
that member sees and custom_fields.setting sets only those they may fill. Outside of it works the system itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import Membership, Role


class Level(models.TextChoices):
    """From nothing to everything the role's rights over the record allow."""

    HIDDEN = "hidden", _("Not seen")
    VIEW = "view", _("Only seen")
    FULL = "full", _("As the role allows")


_ORDER = {level: step for step, level in enumerate(Level)}
_eyes: ContextVar[Membership | None] = ContextVar("fields_seen_by", default=None)


@contextlib.contextmanager
def seen_by(member: Membership | None) -> Iterator[None]:
    """Look at custom fields with a member's rights; with nobody's (None) as the system does."""
    token = _eyes.set(member)
    try:
        yield
    finally:
        _eyes.reset(token)


def level_of(role: Role, key: str) -> Level:
    """Return how far the role may go with a field, whether there still is one or not."""
    if role.is_admin:
        return Level.FULL
    return Level(role.field_rights.get(key) or Level.FULL)


def sees(key: str) -> bool:
    """Say whether whoever is looking sees the field's values."""
    member = _eyes.get()
    return member is None or level_of(member.role, key) != Level.HIDDEN


def fills(key: str) -> bool:
    """Say whether whoever is looking may change the field's values."""
    member = _eyes.get()
    return member is None or level_of(member.role, key) == Level.FULL


def unseen() -> frozenset[str]:
    """Name the fields whoever is looking does not see: what is made for a role is kept by them."""
    member = _eyes.get()
    kept = {} if member is None or member.role.is_admin else member.role.field_rights
    return frozenset(key for key, level in kept.items() if level == Level.HIDDEN)


def goes_no_further(role: Role, than: Role) -> bool:
    """Say whether a role reaches no field that the other doesn't: nobody hands out more than they have."""
    return all(_ORDER[level_of(role, key)] <= _ORDER[level_of(than, key)] for key in than.field_rights)
