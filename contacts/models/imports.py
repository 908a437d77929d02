"""Files of clients that were loaded: how each is read, what became of its rows, and enough of before to undo it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from tenants.models import Job, Membership


class ImportQuerySet(TenantQuerySet["Import"]):
    def visible_to(self, member: Membership) -> ImportQuerySet:
        """One's own; administrators see those of all."""
        return self.all() if member.role.is_admin else self.filter(by=member)


class Import(TenantOwned):
    """One file on its way into the base: uploaded, laid out, checked, loaded, perhaps undone (C4, L23)."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", pgettext_lazy("of an import", "Columns to be chosen")
        CHECKING = "checking", pgettext_lazy("of an import", "Being checked")
        CHECKED = "checked", pgettext_lazy("of an import", "Checked")
        RUNNING = "running", pgettext_lazy("of an import", "Being loaded")
        STOPPED = "stopped", pgettext_lazy("of an import", "Stopped")
        DONE = "done", pgettext_lazy("of an import", "Loaded")
        FAILED = "failed", pgettext_lazy("of an import", "Broke off")
        UNDOING = "undoing", pgettext_lazy("of an import", "Being undone")
        UNDONE = "undone", pgettext_lazy("of an import", "Undone")

    WORKING = (State.CHECKING, State.RUNNING, State.UNDOING)

    what = models.CharField(max_length=20)  # a name in contacts.importing.kinds
    by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    file_name = models.CharField(_("file"), max_length=200)
    file_key = models.CharField(max_length=200, blank=True)  # empty: no longer kept
    size = models.PositiveIntegerField(default=0)  # bytes
    layout: Any = models.JSONField(default=dict)  # core.tabular.Layout
    heads: Any = models.JSONField(default=list)  # names of the columns
    mapping: Any = models.JSONField(default=list)  # for each column the name of a field, or nothing
    options: Any = models.JSONField(default=dict)  # contacts.importing.options.Options
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    job = TenantForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    # Who works on it just now: another who finds an old beat takes over, and the first finds the claim gone
    claim = models.UUIDField(null=True)
    beat_at = models.DateTimeField(null=True)
    is_stopping = models.BooleanField(default=False)
    total_count = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)  # rows that are settled, in the order of the file
    # {"check": {"created": n, …}, "run": {…}, "undo": {…}}, and of the check the first rows with mistakes
    report: Any = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)

    objects = manager_of(ImportQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="contacts_import_recent"),
            models.Index(
                fields=["tenant", "beat_at"],
                name="contacts_import_working",
                condition=models.Q(state__in=["checking", "running", "undoing"]),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING


class ImportBite(TenantOwned):
    """Some hundred rows that were written in one transaction: all of them, or none."""

    imported = TenantForeignKey(Import, models.CASCADE, related_name="bites")
    position = models.PositiveIntegerField()  # how many rows were settled before it
    # [[number in the file, state, id of the record, reason, what an undo needs], …]
    rows: Any = models.JSONField(default=list)
    failed_count = models.PositiveIntegerField(default=0)
    undone_at = models.DateTimeField(null=True)
    kept: Any = models.JSONField(default=list)  # rows the undo left alone: [[number, why], …]

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "imported", "position"], name="contacts_bite_once")
        ]


class ImportMapping(TenantOwned):
    """Which column meant what in tables with the same header: offered the next time."""

    what = models.CharField(max_length=20)
    fingerprint = models.CharField(max_length=32)  # core.tabular.heads
    columns: Any = models.JSONField(default=dict)  # {name of the column: name of the field}
    used_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "what", "fingerprint"], name="contacts_mapping_once")
        ]


class ExternalId(TenantOwned):
    """The number a record has in the program it was brought from: the next file finds it by that."""

    what = models.CharField(max_length=20)
    value = models.CharField(max_length=100)
    target_id = models.UUIDField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "what", "value"], name="contacts_external_once")
        ]
        indexes = [models.Index(fields=["tenant", "target_id"], name="contacts_external_target")]
