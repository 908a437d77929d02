"""Replies written once and used many times."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from tenants.access import Action, Scope, Section, department_ids, scope_of
from tenants.models import Department, Membership


class CannedQuerySet(TenantQuerySet["CannedReply"]):
    def usable_by(self, member: Membership) -> CannedQuerySet:
        """The member's own ones, those of the departments above, and the company's."""
        theirs = models.Q(owner=member) | models.Q(department__in=_departments_above(member))
        return self.filter(theirs | models.Q(owner=None, department=None))

    def editable_by(self, member: Membership) -> CannedQuerySet:
        """The member's own ones, and the shared ones within the right to change colleagues' entries."""
        condition = models.Q(owner=member)
        scope = scope_of(member, Section.ACTIVITIES, Action.EDIT)
        if scope == Scope.ALL:
            condition |= models.Q(owner=None)
        elif scope == Scope.DEPARTMENT:
            condition |= models.Q(department__in=department_ids(member))
        return self.filter(condition)


class CannedReply(TenantOwned):
    """A reply or a mail to insert into the composer: one's own, a department's, or the whole company's."""

    shortcut = models.CharField(_("shortcut"), max_length=40)
    subject = models.CharField(
        _("subject"), max_length=300, blank=True, help_text=_("With a subject it is a template of a mail.")
    )
    text = models.TextField(_("text"), max_length=10_000)
    owner = TenantForeignKey(Membership, models.CASCADE, null=True, blank=True, related_name="+")
    department = TenantForeignKey(Department, models.CASCADE, null=True, blank=True, related_name="+")

    objects = manager_of(CannedQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        ordering = ["shortcut", "id"]
        constraints = [
            models.UniqueConstraint(
                "tenant",
                "owner",
                "department",
                Lower("shortcut"),
                nulls_distinct=False,
                name="channels_canned_shortcut",
            ),
            models.CheckConstraint(
                condition=models.Q(owner=None) | models.Q(department=None), name="channels_canned_one_holder"
            ),
        ]

    def __str__(self) -> str:
        return f"/{self.shortcut}"


def _departments_above(member: Membership) -> list[uuid.UUID]:
    """The member's department and everything it belongs to."""
    place: uuid.UUID | None = member.department_id
    parents = dict(Department.objects.values_list("pk", "parent_id")) if place is not None else {}
    found: list[uuid.UUID] = []
    while place is not None and place not in found:
        found.append(place)
        place = parents.get(place)
    return found
