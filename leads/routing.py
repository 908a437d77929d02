"""Who answers for a new lead: a person, or a role any member of which takes it (L5)."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from contacts.models import Contact
from leads.seams import LeadChannel
from tenants.models import Membership, Role


class Responsible(NamedTuple):
    """A person or a role, and the code of the reason."""

    member: Membership | None
    role: Role | None
    reason: str


def responsible_for(channel: LeadChannel | None, contact: Contact | None = None) -> Responsible:
    """Choose by the channel's rule; a client who has a manager goes to that manager, unless the channel names
    a person.

    A channel that names nobody gives its leads to the managers, so that none is left without a responsible.
    """
    if channel is not None and (person := _working(channel.responsible)):
        return Responsible(person, None, "channel_person")
    if contact is not None and (owner := _working(contact.owner)):
        return Responsible(owner, None, "contact_owner")
    if channel is not None and channel.responsible_role is not None:
        return Responsible(None, channel.responsible_role, "channel_role")
    return Responsible(None, _manager_role(), "default_role")


def reason_text(code: str) -> str:
    """Say in the reader's language why the lead went there."""
    texts = {
        "channel_person": _("by the channel's rule"),
        "channel_role": _("by the channel's rule"),
        "contact_owner": _("looks after this client"),
        "default_role": _("the channel names nobody"),
        "by_hand": _("handed over by hand"),
        "answered": _("answered the call"),
        "taken": _("took it"),
        "created": _("typed it in"),
        "converted": _("chosen on accepting"),
        "landed": _("went straight into the pipeline"),
    }
    return texts.get(code, "")


def _working(member: Membership | None) -> Membership | None:
    return member if member is not None and member.is_active else None


def _manager_role() -> Role | None:
    roles = Role.objects.filter(code__in=[Role.Code.MANAGER, Role.Code.ADMIN])
    return roles.order_by("-code").first()  # manager before admin
