"""A robot can do nothing that its maker may not (D9): asked when it is saved, and again whenever it acts."""

from __future__ import annotations

from automation.actions import Action
from deals.models import Deal
from tenants.access import Action as Right
from tenants.access import may, may_export
from tenants.models import Membership


def may_make(member: Membership, action: Action) -> bool:
    """Say whether the member may let a robot do this at all."""
    return all(
        may_export(member, section) if right == Right.EXPORT else may(member, section, right)
        for section, right in action.rights
    )


def reaches(member: Membership, action: Action, deal: Deal) -> bool:
    """Say whether the member may do this with this deal. One query at most."""
    right = Right.EDIT if action.needs_edit else Right.VIEW
    return may_make(member, action) and Deal.objects.visible_to(member, right).filter(pk=deal.pk).exists()
