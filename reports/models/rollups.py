"""How far the counted figures reach, and what has changed under them since."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from core.tenancy import TenantOwned


class Subject(models.TextChoices):
    """What is counted beforehand."""

    LEADS = "leads"
    DEALS = "deals"
    MOVES = "moves"  # of deals, by the days on which they came to stages and left them
    SHARES = "shares"  # of deals, by the inquiries they are owed to
    OUTCOMES = "outcomes"  # of converted leads, by the deals they were turned into


class Rollup(TenantOwned):
    """The state of one subject's cells: days before `built_to` are counted, later ones are counted as they are asked for.

    Days are the company's. Where `zone` is no longer the company's zone, nothing of it is true any more.
    """

    subject = models.CharField(max_length=10, choices=Subject.choices)
    zone = models.CharField(max_length=64)
    built_to = models.DateTimeField()  # the beginning of a day

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "subject"], name="reports_rollup_subject")]


class Change(TenantOwned):
    """A moment of a counted day at which a row appeared, changed or went; written by triggers of the rows' own tables.

    Appended and never updated, so that two who change rows of one day don't wait for each other. A day with
    a change is counted from its rows until `reports.rollups.refresh` has counted it anew.
    """

    subject = models.CharField(max_length=10, choices=Subject.choices)
    moment = models.DateTimeField()
    noted_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["tenant", "subject", "moment"], name="reports_change_moment")]
