"""Keeps the copy of a login's address in each company true when its owner changes it."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import email_changed
from django.db import transaction
from django.dispatch import receiver

from core.tenancy import tenant_scope
from tenants.models import Membership, Seat, User


@receiver(email_changed)
def follow(sender: Any, user: User, **kwargs: Any) -> None:
    """Update the memberships after commit: the request is inside one company's scope, others are not open to it."""
    transaction.on_commit(lambda: _copy_address(user.pk))


def _copy_address(user_id: int) -> None:
    email = User.objects.values_list("email", flat=True).get(pk=user_id)
    for tenant_id in Seat.objects.filter(user_id=user_id).values_list("tenant_id", flat=True):
        with tenant_scope(tenant_id):
            Membership.objects.filter(user_id=user_id).update(email=email)
