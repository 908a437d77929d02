"""Canned replies: written by everybody for themselves, by heads for their departments, by administrators for all."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from channels.dialogs.wording import FIELDS
from channels.models import CannedReply
from core import placeholders
from core.errors import Conflict, Forbidden
from tenants.access import Action, Scope, Section, department_ids, scope_of
from tenants.models import Department, Membership


class ShortcutTaken(Conflict):
    """Two replies of one holder can't have the same shortcut."""

    code = "shortcut_taken"

    def default_message(self) -> str | Promise:
        return gettext_lazy("There is a reply with this shortcut already.")


class NotYourReply(Forbidden):
    """Shared replies are changed by heads and administrators."""

    code = "not_your_reply"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Your role does not allow changing replies of others.")


def may_share_with_all(member: Membership) -> bool:
    """Say whether the member writes replies for the whole company."""
    return scope_of(member, Section.ACTIVITIES, Action.EDIT) == Scope.ALL


def sharing_departments(member: Membership) -> list[Department]:
    """List the departments the member writes replies for."""
    scope, rows = scope_of(member, Section.ACTIVITIES, Action.EDIT), Department.objects.order_by("name")
    if scope == Scope.ALL:
        return list(rows)
    return list(rows.filter(pk__in=department_ids(member))) if scope == Scope.DEPARTMENT else []


@transaction.atomic
def save_canned(
    *,
    by: Membership,
    shortcut: str,
    text: str,
    subject: str = "",
    owner: Membership | None = None,
    department: Department | None = None,
    reply: CannedReply | None = None,
) -> CannedReply:
    """Write a new reply, or change one; without owner and department it is the whole company's.

    Raises UnknownField, ShortcutTaken, and NotYourReply for holders that `by` doesn't write for.
    """
    if reply is not None:
        _check_right(reply, by)
    _check_holder(owner, department, by)
    placeholders.check(subject, text, known=FIELDS)
    alike = CannedReply.objects.filter(owner=owner, department=department, shortcut__iexact=shortcut)
    if alike.exclude(pk=reply.pk if reply is not None else uuid.UUID(int=0)).exists():
        raise ShortcutTaken
    saved = reply or CannedReply()
    saved.shortcut, saved.subject, saved.text = shortcut, subject, text
    saved.owner, saved.department = owner, department
    saved.save()
    return saved


@transaction.atomic
def delete_canned(*, reply: CannedReply, by: Membership) -> None:
    """Delete a reply; what was sent with it stays."""
    _check_right(reply, by)
    reply.delete()


def _check_right(reply: CannedReply, by: Membership) -> None:
    if not CannedReply.objects.editable_by(by).filter(pk=reply.pk).exists():
        raise NotYourReply


def _check_holder(owner: Membership | None, department: Department | None, by: Membership) -> None:
    if owner is not None:
        is_allowed = owner == by
    elif department is not None:
        is_allowed = department in sharing_departments(by)
    else:
        is_allowed = may_share_with_all(by)
    if not is_allowed:
        raise NotYourReply
