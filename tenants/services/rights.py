"""Roles: only administrators change what people may do (P1)."""

from __future__ import annotations

from django.db import transaction

from tenants.access import Action, Scope, Section
from tenants.errors import AdministratorsOnly, StillInUse
from tenants.models import Invitation, Membership, Role
from tenants.services.references import delete_unreferenced

Grants = dict[str, dict[str, str]]


def save_role(*, by: Membership, name: str, grants: Grants, role: Role | None = None) -> Role:
    """Create a role or change one; the administrators' own stays as it is but for its name."""
    if not by.role.is_admin:
        raise AdministratorsOnly
    role = role or Role()
    role.name = name
    if not role.is_admin:
        role.grants = clean_grants(grants)
    role.save()
    return role


def clean_grants(grants: Grants) -> Grants:
    """Keep known sections, actions and scopes; leave out what grants nothing."""
    cleaned: Grants = {}
    for section in Section.values:
        given = grants.get(section, {})
        kept = {a: given[a] for a in Action.values if given.get(a) in Scope.values and given[a] != Scope.NONE}
        if kept:
            cleaned[section] = kept
    return cleaned


@transaction.atomic
def delete_role(*, role: Role, by: Membership) -> None:
    """Delete a role nobody has; raise StillInUse otherwise. Invitations into it are withdrawn."""
    if not by.role.is_admin or role.is_admin:
        raise AdministratorsOnly
    if role.members.exists():
        raise StillInUse(count=role.members.count())
    Invitation.objects.filter(role=role, accepted_at=None).delete()
    delete_unreferenced(role)
