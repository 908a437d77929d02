"""In which order and how wide the panels lie: what a person said, else what their role has, else the usual."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Forbidden
from reports.models import StartPage
from reports.start.panels import FULL, PANELS, Panel, panel_named
from tenants.access import Action, Section, may
from tenants.models import Membership, Role

Owner = Membership | Role
_MANAGER = (
    ("counters", 3), ("plan", 1), ("overdue", 1), ("month", 1), ("queue", 1), ("cooling", 1), ("happened", 1),
)  # fmt: skip
_TEAM = (
    ("counters", 3), ("loads", 2), ("month", 1), ("overdue", 1), ("queue", 1), ("best", 1), ("plan", 1),
    ("cooling", 1), ("happened", 1), ("leaks", 2), ("response", 1),
)  # fmt: skip
_MARKETER = (
    ("counters", 3), ("money", 2), ("quality", 1), ("funnel", 1), ("month", 1), ("best", 1), ("queue", 1),
    ("cooling", 1), ("happened", 1),
)  # fmt: skip
_USUAL: dict[str, tuple[tuple[str, int], ...]] = {Role.Code.MANAGER: _MANAGER, Role.Code.MARKETER: _MARKETER}


class MayNotArrange(Forbidden):
    def default_message(self) -> Any:
        return _("Only who may change settings arranges the start page of a role.")


@dataclasses.dataclass(frozen=True, slots=True)
class Placed:
    """A panel where somebody put it."""

    panel: Panel
    width: int
    choice: str = ""

    @property
    def key(self) -> str:
        return self.panel.key


Arrangement = Sequence[Placed]


class Step(models.TextChoices):
    """Where one panel is moved without dragging."""

    EARLIER = "earlier", _("Move up")
    LATER = "later", _("Move down")
    FIRST = "first", _("Move to the beginning")
    LAST = "last", _("Move to the end")


# --- Reading -------------------------------------------------------------------------------------------
def arrangement_of(member: Membership) -> Arrangement:
    """Read what the member is shown; one query, and nothing they may not see."""
    found = StartPage.objects.filter(models.Q(member=member) | models.Q(role_id=member.role_id))
    rows = sorted(found, key=lambda row: row.member_id is None)
    return _seen_by(member, _read(rows[0].panels) if rows else usual(member.role))


def arrangement_for(role: Role) -> Arrangement:
    """Read what people of a role are shown who arranged nothing of their own."""
    row = StartPage.objects.filter(role=role).first()
    return _seen_by(anybody_of(role), _read(row.panels) if row else usual(role))


def anybody_of(role: Role) -> Membership:
    """Make a member of the role, to ask what such a one may see; it is not stored."""
    return Membership(tenant=role.tenant, role=role)


def usual(role: Role) -> Arrangement:
    """What a role has while nobody said otherwise."""
    return [Placed(_known(key), width) for key, width in _USUAL.get(role.code, _TEAM)]


def left_out(member: Membership, placed: Arrangement) -> list[Panel]:
    """List the panels that the member may have and doesn't."""
    keys = {one.key for one in placed}
    return [one for one in PANELS if one.key not in keys and one.is_for(member)]


def is_arranged(owner: Owner) -> bool:
    """Say whether somebody arranged this person's page, or this role's."""
    return StartPage.objects.filter(**_of(owner)).exists()


def _seen_by(member: Membership, placed: Arrangement) -> Arrangement:
    return [one for one in placed if one.panel.is_for(member)]


def _known(key: str) -> Panel:
    panel = panel_named(key)
    assert panel is not None, key
    return panel


def _read(rows: Iterable[dict[str, Any]]) -> Arrangement:
    """Panels that were taken out of the product since are left out."""
    found = ((panel_named(row["panel"]), row) for row in rows)
    return [Placed(panel, row["width"], row.get("choice", "")) for panel, row in found if panel]


def _of(owner: Owner) -> dict[str, Any]:
    return {"role" if isinstance(owner, Role) else "member": owner}


# --- Changes of an arrangement ---------------------------------------------------------------------------
def moved(placed: Arrangement, key: str, step: Step) -> Arrangement:
    """Move one panel; at the end of the way it stays."""
    order = [one.key for one in placed if one.key != key]
    if len(order) == len(placed):
        return placed
    at = [one.key for one in placed].index(key)
    to = {Step.EARLIER: max(0, at - 1), Step.LATER: at + 1, Step.FIRST: 0, Step.LAST: len(order)}[step]
    return in_order(placed, [*order[:to], key, *order[to:]])


def in_order(placed: Arrangement, keys: Sequence[str]) -> Arrangement:
    """Put the panels into an order; those it doesn't name, as they were put in meanwhile, come last."""
    places = {key: place for place, key in enumerate(keys)}
    return sorted(placed, key=lambda one: places.get(one.key, len(places)))


def with_panel(placed: Arrangement, panel: Panel) -> Arrangement:
    """Put a panel in, last."""
    if any(one.panel is panel for one in placed):
        return placed
    return [*placed, Placed(panel, panel.widths[0])]


def without(placed: Arrangement, key: str) -> Arrangement:
    return [one for one in placed if one.key != key]


def widened(placed: Arrangement, key: str, width: int) -> Arrangement:
    """Give a panel a width it can take; any other changes nothing."""
    return _changed(placed, key, lambda one: width in one.panel.widths, width=width)


def chosen(placed: Arrangement, key: str, choice: str, member: Membership) -> Arrangement:
    """Say which of its subjects a panel shows; one that it doesn't offer changes nothing."""

    def is_offered(one: Placed) -> bool:
        return bool(one.panel.choices and choice in dict(one.panel.choices(member)))

    return _changed(placed, key, is_offered, choice=choice)


def _changed(
    placed: Arrangement, key: str, may_change: Callable[[Placed], bool], **changes: Any
) -> Arrangement:
    return [
        dataclasses.replace(one, **changes) if one.key == key and may_change(one) else one for one in placed
    ]


# --- Keeping it --------------------------------------------------------------------------------------------
@transaction.atomic
def arrange(*, owner: Owner, placed: Arrangement, by: Membership) -> None:
    """Keep an arrangement of one's own page, or of a role.

    Raises MayNotArrange.
    """
    _check(owner, by)
    rows = [{"panel": one.key, "width": min(one.width, FULL), "choice": one.choice} for one in placed]
    StartPage.objects.update_or_create(**_of(owner), defaults={"panels": rows})


@transaction.atomic
def forget(*, owner: Owner, by: Membership) -> None:
    """Go back to what the role has, or a role to the usual.

    Raises MayNotArrange.
    """
    _check(owner, by)
    StartPage.objects.filter(**_of(owner)).delete()


def _check(owner: Owner, by: Membership) -> None:
    if owner != by and not (isinstance(owner, Role) and may(by, Section.SETTINGS, Action.EDIT)):
        raise MayNotArrange()
