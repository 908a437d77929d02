"""Roles: only administrators change what people may do (P1)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import transaction

from tenants import field_rights, places
from tenants.access import Action, Scope, Section
from tenants.errors import AdministratorsOnly, StillInUse
from tenants.models import Invitation, Membership, Role
from tenants.services.references import delete_unreferenced

Grants = dict[str, dict[str, str]]
PlaceLevels = Mapping[str, str]  # "all" or a stage's id -> level


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
def set_pipeline_rights(
    *, by: Membership, pipeline_id: uuid.UUID, levels: Mapping[Role, PlaceLevels]
) -> None:
    """Say how far each role may go in a pipeline and its stages, see tenants.places; roles not named keep theirs.

    Only administrators do, and never for their own role.
    """
    if not by.role.is_admin:
        raise AdministratorsOnly
    held = Role.objects.select_for_update().filter(pk__in=[role.pk for role in levels]).order_by("pk")
    chosen = {role.pk: kept for role, kept in levels.items()}
    for role in held:
        if role.is_admin:
            continue
        kept = {key: str(places.Level(level)) for key, level in chosen[role.pk].items()}
        others = {key: value for key, value in role.pipeline_rights.items() if key != str(pipeline_id)}
        role.pipeline_rights = others | ({str(pipeline_id): kept} if kept else {})
        role.save(update_fields=["pipeline_rights"])


@transaction.atomic
def set_field_rights(*, by: Membership, levels: Mapping[Role, Mapping[str, str]]) -> None:
    """Say how far each role may go with the custom fields that are named by their keys, see tenants.field_rights.

    Only administrators do. Fields and roles not named keep theirs.
    """
    if not by.role.is_admin:
        raise AdministratorsOnly
    held = Role.objects.select_for_update().filter(pk__in=[role.pk for role in levels]).order_by("pk")
    chosen = {role.pk: kept for role, kept in levels.items()}
    for role in held.filter(is_admin=False):
        full = role.field_rights | {
            key: str(field_rights.Level(level)) for key, level in chosen[role.pk].items()
        }
        role.field_rights = {key: level for key, level in full.items() if level != field_rights.Level.FULL}
        role.save(update_fields=["field_rights"])


@transaction.atomic
def delete_role(*, role: Role, by: Membership) -> None:
    """Delete a role nobody has; raise StillInUse otherwise. Invitations into it are withdrawn."""
    if not by.role.is_admin or role.is_admin:
        raise AdministratorsOnly
    if role.members.exists():
        raise StillInUse(count=role.members.count())
    Invitation.objects.filter(role=role, accepted_at=None).delete()
    delete_unreferenced(role)
