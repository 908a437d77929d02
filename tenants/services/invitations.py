"""Invitations: a link that works once, for seven days, for one address."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from core.tenancy import current_tenant_id, tenant_scope
from tenants import mail
from tenants.errors import AlreadyMember, InvitationForAnother, InvitationInvalid
from tenants.models import Department, Invitation, Membership, Role, Tenant, User
from tenants.services.people import add_member, check_may_give, create_login

LIFETIME = dt.timedelta(days=7)
_SALT = "tenants.invitation"


@dataclasses.dataclass(frozen=True, slots=True)
class Invited:
    """A fresh invitation and its link; only the hash of the token is kept."""

    invitation: Invitation
    url: str


@transaction.atomic
def invite_member(
    *,
    email: str,
    role: Role,
    by: Membership | None,
    now: dt.datetime,
    name: str = "",
    department: Department | None = None,
) -> Invited:
    """Invite a person by mail; an older invitation of the same address stops working.

    Without `by` it is the platform's operator who invites. Raises AlreadyMember or MoreThanOwnRights.
    The letter goes out after commit.
    """
    email = email.strip().lower()
    if by is not None:
        check_may_give(by, role)
    if Membership.objects.active().filter(email__iexact=email).exists():
        raise AlreadyMember
    Invitation.objects.filter(email=email, accepted_at=None).delete()
    secret = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        email=email,
        name=name,
        role=role,
        department=department,
        token_hash=_hash(secret),
        invited_by=by,
        expires_at=now + LIFETIME,
    )
    token = signing.dumps([current_tenant_id(), secret], salt=_SALT)
    url = settings.PUBLIC_URL + reverse("tenants:invitation", args=[token])
    mail.queue(_letter(invitation, url, role.tenant))
    return Invited(invitation, url)


def withdraw_invitation(*, invitation: Invitation, by: Membership) -> None:
    """Make an invitation's link useless."""
    invitation.delete()


def tenant_of(token: str) -> Tenant:
    """Return the tenant a token speaks of; raise InvitationInvalid for a forged or old one."""
    try:
        tenant_id, _secret = signing.loads(token, salt=_SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise InvitationInvalid from error
    tenant = Tenant.objects.filter(pk=tenant_id, is_active=True).first()
    if tenant is None:
        raise InvitationInvalid
    return tenant


def find_invitation(*, token: str, now: dt.datetime, is_locked: bool = False) -> Invitation:
    """Find the open invitation of a token in the active tenant; raise InvitationInvalid."""
    try:
        tenant_id, secret = signing.loads(token, salt=_SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise InvitationInvalid from error
    if tenant_id != current_tenant_id():
        raise InvitationInvalid
    rows = Invitation.objects.select_related("role", "department", "invited_by")
    if is_locked:
        rows = rows.select_for_update(of=("self",))
    invitation = rows.filter(token_hash=_hash(secret), accepted_at=None, expires_at__gt=now).first()
    if invitation is None:
        raise InvitationInvalid
    return invitation


def is_invited(*, token: str, user: User, now: dt.datetime) -> bool:
    """Say whether the token is an open invitation of this user's address."""
    try:
        with tenant_scope(tenant_of(token)):
            return find_invitation(token=token, now=now).email == user.email
    except InvitationInvalid:
        return False


def accept_invitation(*, token: str, user: User, now: dt.datetime) -> Membership:
    """Let a user with a login in as the invitation says; it works once.

    Raises InvitationInvalid, or InvitationForAnother when the user's address is a different one.
    """
    with tenant_scope(tenant_of(token)):
        invitation = find_invitation(token=token, now=now, is_locked=True)
        if invitation.email != user.email:
            raise InvitationForAnother
        return _let_in(invitation, user, now)


def accept_with_new_login(*, token: str, name: str, password: str, now: dt.datetime) -> Membership:
    """Make the login an invitation's address lacks, and let it in; raise InvitationInvalid.

    The invitation is locked first: of two who press at once the second finds it used.
    """
    with tenant_scope(tenant_of(token)):
        invitation = find_invitation(token=token, now=now, is_locked=True)
        return _let_in(invitation, create_login(email=invitation.email, password=password, name=name), now)


def _let_in(invitation: Invitation, user: User, now: dt.datetime) -> Membership:
    member = add_member(
        user=user, role=invitation.role, name=user.name or invitation.name, department=invitation.department
    )
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    return member


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _letter(invitation: Invitation, url: str, tenant: Tenant) -> EmailMultiAlternatives:
    context = {"invitation": invitation, "url": url, "tenant": tenant, "days": LIFETIME.days}
    with translation.override(tenant.language):
        subject = render_to_string("tenants/email/invitation_subject.txt", context)
        text = render_to_string("tenants/email/invitation.txt", context)
        html = render_to_string("tenants/email/invitation.html", context)
    letter = EmailMultiAlternatives(
        " ".join(subject.split()), text, settings.DEFAULT_FROM_EMAIL, [invitation.email]
    )
    letter.attach_alternative(html, "text/html")
    return letter
