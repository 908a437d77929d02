"""Figures counted beforehand, the notes of what changed in them, scheduled reports and the start page."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import core.ids
import core.tenancy
import reports.models.cells
from core.migrating import CreateModels
from reports.migrations._notes_of_changes import NOTES_OF_CHANGES


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("reports", "0001_rollups"),
        ("reports", "0002_notes_of_changes"),
        ("reports", "0003_schedules"),
    ]
    dependencies = [("deals", "0001_tables"), ("leads", "0002_tables"), ("tenants", "0001_tables")]
    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Change",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "subject",
                            models.CharField(choices=[("leads", "Leads"), ("deals", "Deals")], max_length=10),
                        ),
                        ("moment", models.DateTimeField()),
                        (
                            "noted_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                default=core.tenancy.current_tenant_id,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "subject", "moment"], name="reports_change_moment")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DealOrigin",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("basis", models.CharField(max_length=8)),
                        (
                            "grain",
                            models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5),
                        ),
                        ("starts_on", models.DateField()),
                        ("count", models.PositiveIntegerField()),
                        ("pipeline", reports.models.cells.Reference()),
                        ("stage", reports.models.cells.Reference()),
                        ("state", models.CharField(max_length=10)),
                        ("furthest", reports.models.cells.Reference(null=True)),
                        ("left_from", reports.models.cells.Reference(null=True)),
                        ("currency", models.CharField(max_length=3)),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=20)),
                        ("source", reports.models.cells.Reference(null=True)),
                        ("channel_kind", models.CharField(blank=True, max_length=12)),
                        ("quality", models.CharField(blank=True, max_length=14)),
                        ("rejection_reason", reports.models.cells.Reference(null=True)),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                default=core.tenancy.current_tenant_id,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "basis", "grain", "starts_on"],
                                name="reports_dealorigin_days",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DealPeople",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("basis", models.CharField(max_length=8)),
                        (
                            "grain",
                            models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5),
                        ),
                        ("starts_on", models.DateField()),
                        ("count", models.PositiveIntegerField()),
                        ("pipeline", reports.models.cells.Reference()),
                        ("stage", reports.models.cells.Reference()),
                        ("state", models.CharField(max_length=10)),
                        ("furthest", reports.models.cells.Reference(null=True)),
                        ("left_from", reports.models.cells.Reference(null=True)),
                        ("currency", models.CharField(max_length=3)),
                        ("amount", models.DecimalField(decimal_places=2, max_digits=20)),
                        ("owner", reports.models.cells.Reference(null=True)),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                default=core.tenancy.current_tenant_id,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "basis", "grain", "starts_on"],
                                name="reports_dealpeople_days",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DealStay",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("basis", models.CharField(max_length=8)),
                        (
                            "grain",
                            models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5),
                        ),
                        ("starts_on", models.DateField()),
                        ("count", models.PositiveIntegerField()),
                        ("pipeline", reports.models.cells.Reference()),
                        ("stage", reports.models.cells.Reference(null=True)),
                        ("length", models.PositiveSmallIntegerField()),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                default=core.tenancy.current_tenant_id,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "basis", "grain", "starts_on"], name="reports_dealstay_days"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LeadOrigin",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("basis", models.CharField(max_length=8)),
                        (
                            "grain",
                            models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5),
                        ),
                        ("starts_on", models.DateField()),
                        ("count", models.PositiveIntegerField()),
                        ("channel_kind", models.CharField(max_length=12)),
                        ("quality", models.CharField(max_length=14)),
                        ("state", models.CharField(max_length=10)),
                        ("is_advertising", models.BooleanField()),
                        ("rejection_reason", reports.models.cells.Reference(null=True)),
                        ("channel", reports.models.cells.Reference(null=True)),
                        ("source", reports.models.cells.Reference(null=True)),
                        ("campaign", models.CharField(blank=True, max_length=200)),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                default=core.tenancy.current_tenant_id,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "basis", "grain", "starts_on"],
                                name="reports_leadorigin_days",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LeadPeople",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("basis", models.CharField(max_length=8)),
                        (
                            "grain",
                            models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5),
                        ),
                        ("starts_on", models.DateField()),
                        ("count", models.PositiveIntegerField()),
                        ("channel_kind", models.CharField(max_length=12)),
                        ("quality", models.CharField(max_length=14)),
                        ("state", models.CharField(max_length=10)),
                        ("is_advertising", models.BooleanField()),
                        ("rejection_reason", reports.models.cells.Reference(null=True)),
                        ("taken_by", reports.models.cells.Reference(null=True)),
                        ("responsible", reports.models.cells.Reference(null=True)),
                        ("responsible_role", reports.models.cells.Reference(null=True)),
                        ("owner", reports.models.cells.Reference(null=True)),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                default=core.tenancy.current_tenant_id,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "basis", "grain", "starts_on"],
                                name="reports_leadpeople_days",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Schedule",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("page", models.CharField(max_length=60)),
                        ("query", models.TextField(blank=True)),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        (
                            "cadence",
                            models.CharField(
                                choices=[
                                    ("day", "Every day"),
                                    ("workday", "Every working day"),
                                    ("week", "Every week"),
                                    ("month", "Every month"),
                                ],
                                default="week",
                                max_length=7,
                                verbose_name="how often",
                            ),
                        ),
                        (
                            "weekday",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "Monday"),
                                    (1, "Tuesday"),
                                    (2, "Wednesday"),
                                    (3, "Thursday"),
                                    (4, "Friday"),
                                    (5, "Saturday"),
                                    (6, "Sunday"),
                                ],
                                default=0,
                                help_text="Of what is sent every week.",
                                verbose_name="day of the week",
                            ),
                        ),
                        (
                            "day",
                            models.PositiveSmallIntegerField(
                                default=1,
                                help_text="Of what is sent every month.",
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(28),
                                ],
                                verbose_name="day of the month",
                            ),
                        ),
                        ("at", models.TimeField(default="09:00", verbose_name="at what time")),
                        (
                            "format",
                            models.CharField(
                                choices=[("xlsx", "Excel (XLSX)"), ("pdf", "PDF")],
                                default="xlsx",
                                max_length=4,
                                verbose_name="file",
                            ),
                        ),
                        ("is_paused", models.BooleanField(default=False, verbose_name="paused")),
                        ("next_at", models.DateTimeField(editable=False)),
                        ("last_sent_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "owner",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                default=core.tenancy.current_tenant_id,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "next_at"], name="reports_schedule_due")],
                        "ordering": ["name"],
                        "verbose_name": "scheduled report",
                        "verbose_name_plural": "scheduled reports",
                    },
                ),
                migrations.CreateModel(
                    name="Recipient",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                default=core.tenancy.current_tenant_id,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                        (
                            "schedule",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="recipients",
                                to="reports.schedule",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "schedule", "member"), name="reports_recipient_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rollup",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "subject",
                            models.CharField(choices=[("leads", "Leads"), ("deals", "Deals")], max_length=10),
                        ),
                        ("zone", models.CharField(max_length=64)),
                        ("built_to", models.DateTimeField()),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                default=core.tenancy.current_tenant_id,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "subject"), name="reports_rollup_subject"
                            )
                        ],
                    },
                ),
            ]
        ),
        NOTES_OF_CHANGES,
    ]
