"""Letters the platform itself sends: invitations, password resets."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class OutgoingLetter(models.Model):
    """A letter waiting to be sent; deleted once the mail server took it, for it may hold a secret link."""

    recipient = models.EmailField()
    sender = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    reply_to = models.CharField(max_length=254, blank=True)
    calendar = models.TextField(blank=True)  # an invitation (RFC 5546), sent beside the text
    calendar_method = models.CharField(max_length=10, blank=True)
    attachment_name = models.CharField(max_length=200, blank=True, db_default="")
    attachment_type = models.CharField(max_length=100, blank=True, db_default="")
    attachment = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_try_at"], name="tenants_letter_due")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"
