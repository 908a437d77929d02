"""The rights matrix of a role as the page shows and sends it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from tenants.access import Action, Scope, Section
from tenants.models import Role
from tenants.services.rights import Grants

_ON_OFF = (Scope.NONE, Scope.ALL)
_EVERY = tuple(Scope)
# Sections without rows of somebody's own: the right is there or not. Reports count the leads and deals
# their reader sees, so they have none either.
_WHOLE = {Section.REPORTS, Section.CHANNELS, Section.SETTINGS, Section.STAGES}
_ACTIONS = {
    Section.ACTIVITIES: (Action.VIEW, Action.ADD, Action.EDIT, Action.DELETE, Action.EXPORT),
    Section.MAILINGS: (Action.VIEW, Action.ADD, Action.EDIT, Action.DELETE, Action.EXPORT),
    Section.REPORTS: (Action.VIEW, Action.EXPORT),
    Section.CHANNELS: (Action.VIEW, Action.ADD, Action.EDIT),  # a channel is switched off, never deleted
    Section.SETTINGS: (Action.VIEW, Action.ADD, Action.EDIT, Action.DELETE),
    Section.STAGES: (Action.DELETE,),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """One right: the name of its field, the scopes to choose from, the chosen one."""

    name: str
    action: Action
    scopes: tuple[Scope, ...]
    chosen: Scope


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One section; a cell is None where the section has no such action."""

    section: Section
    cells: list[Cell | None]


def rows(role: Role) -> list[Row]:
    """Lay a role's rights out, a row a section and a column an action."""
    return [Row(section, [_cell(role, section, action) for action in Action]) for section in Section]


def grants(data: Mapping[str, str]) -> Grants:
    """Read the rights from a sent form; what isn't there grants nothing."""
    found: Grants = {}
    for section in Section:
        for action in _ACTIONS.get(section, tuple(Action)):
            scope = data.get(_name(section, action), Scope.NONE)
            if scope in _scopes(section, action) and scope != Scope.NONE:
                found.setdefault(str(section), {})[str(action)] = str(scope)
    return found


def _cell(role: Role, section: Section, action: Action) -> Cell | None:
    if action not in _ACTIONS.get(section, tuple(Action)):
        return None
    scopes = _scopes(section, action)
    chosen = Scope.ALL if role.is_admin else Scope(role.grants.get(section, {}).get(action, Scope.NONE))
    if chosen not in scopes:  # 'own' of something that has no owner yet
        chosen = Scope.ALL
    return Cell(_name(section, action), action, scopes, chosen)


def _scopes(section: Section, action: Action) -> tuple[Scope, ...]:
    return _ON_OFF if section in _WHOLE or action in (Action.ADD, Action.IMPORT) else _EVERY


def _name(section: Section, action: Action) -> str:
    return f"{section}.{action}"
