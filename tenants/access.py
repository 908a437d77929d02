"""Who may do what with whose rows: the one place that knows (P1).

A role grants, for each section and action, a scope: none, own, department (and everything below
it) or all. Administrators have all of everything.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from tenants import field_rights, places
from tenants.models import Department, Membership, Role


class Scope(models.TextChoices):
    NONE = "none", _("Nothing")
    OWN = "own", _("Own")
    DEPARTMENT = "department", _("Department")
    ALL = "all", _("All")


_REACH = {scope: step for step, scope in enumerate(Scope)}


class Section(models.TextChoices):
    LEADS = "leads", _("Leads")
    DEALS = "deals", _("Deals")
    CONTACTS = "contacts", _("Contacts")
    COMPANIES = "companies", _("Companies")
    ACTIVITIES = "activities", _("Activities")
    MAILINGS = "mailings", _("Mailings")
    REPORTS = "reports", _("Reports")
    CHANNELS = "channels", _("Channels")
    SETTINGS = "settings", _("Settings")
    STAGES = (
        "stages",
        _("Stages of pipelines"),
    )  # deleting them is a right of its own; the rest is of settings


class Action(models.TextChoices):
    VIEW = "view", _("View")
    ADD = "add", _("Add")
    EDIT = "edit", _("Edit")
    DELETE = "delete", _("Delete")
    EXPORT = "export", _("Export")
    IMPORT = "import", _("Import")


_CLIENTS = (Section.LEADS, Section.DEALS, Section.CONTACTS, Section.COMPANIES, Section.ACTIVITIES)

_MAILING = (Action.VIEW, Action.ADD, Action.EDIT, Action.DELETE, Action.EXPORT)


def _same(scope: Scope, sections: Iterable[Section], actions: Iterable[Action]) -> dict[str, dict[str, str]]:
    return {str(s): {str(a): str(scope) for a in actions} for s in sections}


def starting_grants(code: str) -> dict[str, dict[str, str]]:
    """Return the rights of a role every tenant starts with; {section: {action: scope}}."""
    every, no_loss = list(Action), [Action.VIEW, Action.ADD, Action.EDIT]
    match code:
        case Role.Code.ADMIN:
            return _same(Scope.ALL, Section, every)
        case Role.Code.HEAD:
            return (
                _same(Scope.DEPARTMENT, _CLIENTS, every)
                | _same(Scope.DEPARTMENT, [Section.MAILINGS], _MAILING)
                | _same(Scope.ALL, [Section.CONTACTS, Section.COMPANIES], every)
                | _same(Scope.ALL, [Section.REPORTS], [Action.VIEW, Action.EXPORT])
            )
        case Role.Code.DISPATCHER:
            return (
                _same(Scope.ALL, [Section.LEADS], no_loss)
                | _same(Scope.ALL, [Section.CONTACTS, Section.COMPANIES], no_loss)
                | _same(Scope.ALL, [Section.DEALS], [Action.VIEW, Action.ADD])
                | _same(Scope.OWN, [Section.ACTIVITIES], no_loss)
            )
        case Role.Code.MANAGER:
            return (
                _same(
                    Scope.OWN, [Section.LEADS, Section.DEALS, Section.ACTIVITIES], [*no_loss, Action.EXPORT]
                )
                | _same(Scope.ALL, [Section.CONTACTS, Section.COMPANIES], [Action.VIEW, Action.ADD])
                | _same(Scope.ALL, [Section.REPORTS], [Action.VIEW])
                | _same(Scope.OWN, [Section.MAILINGS], _MAILING)
                | {"contacts": {"view": "all", "add": "all", "edit": "own"}}
                | {"companies": {"view": "all", "add": "all", "edit": "own"}}
            )
        case Role.Code.MARKETER:
            return (
                _same(Scope.ALL, [Section.LEADS, Section.DEALS], [Action.VIEW, Action.EXPORT])
                | _same(Scope.ALL, [Section.CONTACTS, Section.COMPANIES], [Action.VIEW])
                | _same(Scope.ALL, [Section.MAILINGS], _MAILING)
                | _same(Scope.ALL, [Section.REPORTS], [Action.VIEW, Action.EXPORT])
            )
    return {}


def scope_of(member: Membership, section: str, action: str = Action.VIEW) -> Scope:
    """Return how far the member's right reaches."""
    if not member.is_active:
        return Scope.NONE
    if member.role.is_admin:
        return Scope.ALL
    return Scope(member.role.grants.get(str(section), {}).get(str(action), Scope.NONE))


def may(member: Membership, section: str, action: str = Action.VIEW) -> bool:
    """Say whether the member has the right at all, over whatever rows."""
    return scope_of(member, section, action) != Scope.NONE


def may_export(member: Membership, section: str) -> bool:
    """Say whether the member may export; the tenant can forbid it to all but administrators (L17)."""
    if member.tenant.is_export_restricted and not member.role.is_admin:
        return False
    return may(member, section, Action.EXPORT)


def may_import(member: Membership, section: str) -> bool:
    """Say whether the member may load files of these: the right itself, and to add and change what it makes."""
    return all(may(member, section, action) for action in (Action.IMPORT, Action.ADD, Action.EDIT))


def covers(member: Membership, role: Role) -> bool:
    """Say whether everything the role grants is within the member's own rights: nobody hands out more."""
    if member.role.is_admin:
        return member.is_active
    if role.is_admin or not (
        places.goes_no_further(role, member.role) and field_rights.goes_no_further(role, member.role)
    ):
        return False
    return all(
        _REACH[Scope(scope)] <= _REACH[scope_of(member, section, action)]
        for section, actions in role.grants.items()
        for action, scope in actions.items()
    )


def reach(
    member: Membership,
    section: str,
    action: str = Action.VIEW,
    *,
    people: Iterable[str] = ("owner",),
    roles: Iterable[str] = (),
) -> models.Q:
    """Build the filter for the rows the member may reach.

    `people` names the fields that hold a responsible member, `roles` those that hold a responsible
    role. Used by `visible_to()` of every queryset, and by nothing else.
    """
    scope = scope_of(member, section, action)
    if scope == Scope.ALL:
        return models.Q()
    if scope == Scope.NONE:
        return models.Q(pk__in=[])
    condition = models.Q()
    for field in people:
        condition |= models.Q(**{field: member})
        if scope == Scope.DEPARTMENT and (colleagues := colleague_ids(member)):
            condition |= models.Q(**{f"{field}__in": colleagues})
    for field in roles:
        condition |= models.Q(**{field: member.role_id})
    return condition


def colleague_ids(member: Membership) -> list[uuid.UUID]:
    """List everybody in the member's department and below it, dismissed people too; cached for one request.

    As ids and not as a join: an OR over a join hides the indexes of the rows from PostgreSQL.
    """
    return [pk for pk, _role, _is_active in _colleagues(member)]


def colleague_role_ids(member: Membership) -> set[uuid.UUID]:
    """List the roles of those who work there now."""
    return {role for _pk, role, is_active in _colleagues(member) if is_active}


def _colleagues(member: Membership) -> list[tuple[uuid.UUID, uuid.UUID, bool]]:
    cached: list[tuple[uuid.UUID, uuid.UUID, bool]] | None = getattr(member, "_colleagues", None)
    if cached is None:
        departments = department_ids(member)
        people = Membership.objects.filter(department__in=departments)
        cached = list(people.values_list("pk", "role_id", "is_active")) if departments else []
        member._colleagues = cached  # type: ignore[attr-defined]
    return cached


def department_ids(member: Membership) -> list[uuid.UUID]:
    """List the member's department and everything below it; cached on the instance for one request."""
    cached: list[uuid.UUID] | None = getattr(member, "_department_ids", None)
    if cached is None:
        cached = _subtree(member.department_id) if member.department_id else []
        member._department_ids = cached  # type: ignore[attr-defined]
    return cached


def _subtree(root: uuid.UUID) -> list[uuid.UUID]:
    children: dict[uuid.UUID | None, list[uuid.UUID]] = {}
    for pk, parent in Department.objects.values_list("pk", "parent_id"):
        children.setdefault(parent, []).append(pk)
    found, queue = [], [root]
    while queue:
        node = queue.pop()
        found.append(node)
        queue.extend(c for c in children.get(node, []) if c not in found)
    return found


def require(section: str, action: str = Action.VIEW) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a view: 403 unless the member has the right over some rows."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            member: Membership = request.member  # type: ignore[attr-defined]
            if not may(member, section, action):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        wrapped.access = (str(section), str(action))  # type: ignore[attr-defined]  # read by the URL walkers
        return wrapped

    return decorate


def open_to_members(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Declare a view that every member may open, whatever the role; it shows only what is theirs."""
    view.access = None  # type: ignore[attr-defined]  # read by the URL walkers
    return view
