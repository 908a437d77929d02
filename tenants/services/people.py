"""Logins and memberships: who works here, in which role."""

from __future__ import annotations

import datetime as dt

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import transaction

from core.tenancy import current_tenant_id
from tenants import handover
from tenants.access import covers
from tenants.errors import LastAdministrator, MoreThanOwnRights, OwnMembership
from tenants.models import Department, Membership, Office, Role, Seat, User
from tenants.services.api_tokens import revoke_tokens_of
from tenants.services.hours import hours_changed


def create_login(*, email: str, password: str | None, name: str = "", **fields: str) -> User:
    """Create a user whose address counts as confirmed; without a password only a reset link opens it."""
    user = User.objects.create_user(email, password, name=name, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def add_member(
    *,
    user: User,
    role: Role,
    name: str = "",
    department: Department | None = None,
    office: Office | None = None,
    phone_extension: str = "",
) -> Membership:
    """Let a user into the active tenant; return the membership (the existing one, made active, if any)."""
    Seat.objects.get_or_create(user=user, tenant_id=role.tenant_id)
    member, created = Membership.objects.get_or_create(
        user=user,
        defaults={
            "name": name or user.name or user.email,
            "email": user.email,
            "role": role,
            "department": department,
            "office": office,
            "phone_extension": phone_extension,
        },
    )
    if not created:
        member.role, member.department, member.is_active, member.dismissed_at = role, department, True, None
        member.save(update_fields=["role", "department", "is_active", "dismissed_at"])
    return member


@transaction.atomic
def update_member(
    *,
    member: Membership,
    by: Membership,
    name: str,
    role: Role,
    department: Department | None = None,
    office: Office | None = None,
    phone_extension: str = "",
) -> Membership:
    """Change a colleague's place; raise LastAdministrator, OwnMembership or MoreThanOwnRights."""
    if role.pk != member.role_id:
        _check_role_change(member, role, by)
    member.name, member.role, member.department, member.office = name, role, department, office
    member.phone_extension = phone_extension
    member.save(update_fields=["name", "role", "department", "office", "phone_extension"])
    hours_changed()  # those of the department may be others
    return member


def _check_role_change(member: Membership, role: Role, by: Membership) -> None:
    if member.pk == by.pk and not by.role.is_admin:
        raise OwnMembership
    check_may_give(by, role)
    check_may_give(by, member.role)
    if member.role.is_admin and not role.is_admin:
        _keep_an_administrator(member)


def check_may_give(by: Membership, role: Role) -> None:
    """Raise MoreThanOwnRights when the role reaches further than the one who hands it out."""
    if not covers(by, role):
        raise MoreThanOwnRights


def _keep_an_administrator(leaving: Membership) -> None:
    """Raise LastAdministrator unless another stays. The lock makes two who leave at once queue up."""
    roles = list(Role.objects.filter(is_admin=True).select_for_update().values_list("pk", flat=True))
    others = Membership.objects.active().filter(role__in=roles, user__is_active=True).exclude(pk=leaving.pk)
    if not others.exists():
        raise LastAdministrator


@transaction.atomic
def dismiss_member(
    *, member: Membership, by: Membership, now: dt.datetime, hand_over_to: Membership | None = None
) -> Membership:
    """End a colleague's work here: no login, no token, history kept, open work handed over in the same step.

    Raises OwnMembership, LastAdministrator or MoreThanOwnRights.
    """
    if member.pk == by.pk:
        raise OwnMembership
    check_may_give(by, member.role)
    if member.role.is_admin:
        _keep_an_administrator(member)
    if hand_over_to is not None:
        handover.hand_over(member=member, to=hand_over_to, by=by, now=now)
    member.is_active, member.dismissed_at = False, now
    member.save(update_fields=["is_active", "dismissed_at"])
    Seat.objects.filter(user_id=member.user_id, tenant_id=current_tenant_id()).delete()
    revoke_tokens_of(member=member, by=by, now=now)
    transaction.on_commit(lambda: end_sessions(user_id=member.user_id))
    return member


def rehire_member(*, member: Membership, by: Membership, role: Role | None = None) -> Membership:
    """Let a dismissed colleague work again, in the old role unless another is given."""
    role = role or member.role
    check_may_give(by, role)
    member.role, member.is_active, member.dismissed_at = role, True, None
    member.save(update_fields=["role", "is_active", "dismissed_at"])
    Seat.objects.get_or_create(user_id=member.user_id, tenant_id=current_tenant_id())
    return member


def update_profile(
    *, member: Membership, name: str, language: str = "", time_zone: str = "", mail_signature: str = ""
) -> User:
    """Change one's own name, as colleagues see it too, language, time zone and signature of letters."""
    user = member.user
    user.name, user.language, user.time_zone = name, language, time_zone
    user.save(update_fields=["name", "language", "time_zone"])
    member.name, member.mail_signature = name, mail_signature
    member.save(update_fields=["name", "mail_signature"])
    return user


def end_sessions(*, user_id: int) -> int:
    """Log a user out everywhere unless another company still employs them; return how many sessions ended."""
    if Seat.objects.filter(user_id=user_id, tenant__is_active=True).exists():
        return 0  # their session there goes on; here the middleware finds no seat any more
    sessions = list(UserSession.objects.filter(user_id=user_id))
    for session in sessions:
        session.end()
    return len(sessions)
