"""Cells of few columns, kept by day as well, beside those that tell much apart."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy
import reports.models.cells
from core.migrating import each_tenant


def forget_leads(_apps: Any, schema_editor: Any) -> None:
    """Let the sweeper count every tenant's leads anew, into the new tables."""
    for tenant_id, cursor in each_tenant(schema_editor):
        cursor.execute("DELETE FROM reports_rollup WHERE tenant_id = %s AND subject = 'leads'", [tenant_id])


BEFORE = (
    "dealmove",
    "dealorigin",
    "dealpeople",
    "dealshare",
    "dealstay",
    "leadanswer",
    "leadanswerpeople",
    "leadhour",
    "leadorigin",
    "leadpeople",
    "leadregion",
)


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0004_money_cells"),
        ("tenants", "0001_tables"),
    ]

    operations = [
        migrations.RunPython(forget_leads, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="leadanswer",
            name="hour",
        ),
        migrations.RemoveField(
            model_name="leadregion",
            name="responsible",
        ),
        migrations.RemoveField(
            model_name="leadregion",
            name="responsible_role",
        ),
        migrations.RemoveField(
            model_name="leadregion",
            name="taken_by",
        ),
        migrations.CreateModel(
            name="LeadAnswerHour",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("basis", models.CharField(max_length=8)),
                ("grain", models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5)),
                ("starts_on", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("channel_kind", models.CharField(max_length=12)),
                ("channel", reports.models.cells.Reference(null=True)),
                ("is_advertising", models.BooleanField()),
                ("answer", models.CharField(max_length=10)),
                ("is_missed", models.BooleanField()),
                ("is_unprocessed", models.BooleanField()),
                ("step", models.PositiveSmallIntegerField(null=True)),
                ("hour", models.PositiveSmallIntegerField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
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
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_leadanshour_days"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadChannel",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("basis", models.CharField(max_length=8)),
                ("grain", models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5)),
                ("starts_on", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("channel_kind", models.CharField(max_length=12)),
                ("quality", models.CharField(max_length=14)),
                ("state", models.CharField(max_length=10)),
                ("is_advertising", models.BooleanField()),
                ("rejection_reason", reports.models.cells.Reference(null=True)),
                ("channel", reports.models.cells.Reference(null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
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
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_leadchannel_days"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadHands",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("basis", models.CharField(max_length=8)),
                ("grain", models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5)),
                ("starts_on", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("taken_by", reports.models.cells.Reference(null=True)),
                ("responsible", reports.models.cells.Reference(null=True)),
                ("responsible_role", reports.models.cells.Reference(null=True)),
                ("quality", models.CharField(max_length=14)),
                ("state", models.CharField(max_length=10)),
                ("is_advertising", models.BooleanField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
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
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_leadhands_days"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadRegionPeople",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("basis", models.CharField(max_length=8)),
                ("grain", models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5)),
                ("starts_on", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("region", models.CharField(blank=True, max_length=100)),
                ("state", models.CharField(max_length=10)),
                ("is_advertising", models.BooleanField()),
                ("taken_by", reports.models.cells.Reference(null=True)),
                ("responsible", reports.models.cells.Reference(null=True)),
                ("responsible_role", reports.models.cells.Reference(null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
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
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_leadregpeople_days"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadSource",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("basis", models.CharField(max_length=8)),
                ("grain", models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5)),
                ("starts_on", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("source", reports.models.cells.Reference(null=True)),
                ("campaign", models.CharField(blank=True, max_length=200)),
                ("quality", models.CharField(max_length=14)),
                ("state", models.CharField(max_length=10)),
                ("is_advertising", models.BooleanField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
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
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_leadsource_days"
                    )
                ],
            },
        ),
        *(
            migrations.AlterField(
                model_name=name,
                name="tenant",
                field=models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    default=core.tenancy.current_tenant_id,
                    editable=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="tenants.tenant",
                ),
            )
            for name in BEFORE
        ),
    ]
