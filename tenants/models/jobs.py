"""Long work that runs in the background and can be left and found again."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models.people import Membership


class Job(TenantOwned):
    """One export, bulk change or recomputation, with its progress and its result."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    member = TenantForeignKey(Membership, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=40)  # 'leads.export', …
    title = models.CharField(max_length=200)
    params: Any = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    done_count = models.PositiveIntegerField(default=0)
    total_count = models.PositiveIntegerField(null=True)
    error = models.TextField(blank=True)
    report: Any = models.JSONField(default=dict)
    file_key = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("background job")
        verbose_name_plural = _("background jobs")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["tenant", "member", "-created_at"], name="tenants_job_recent")]

    def __str__(self) -> str:
        return self.title
