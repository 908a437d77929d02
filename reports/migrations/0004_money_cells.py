"""Cells of deals shared out among the inquiries they are owed to, and triggers that note what changes a share."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy
from reports.migrations._notes_of_shares import NOTES_OF_SHARES


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0003_dashboard"),
        ("contacts", "0001_tables"),
        ("deals", "0001_tables"),
        ("leads", "0002_tables"),
        ("tenants", "0001_tables"),
    ]

    operations = [
        migrations.AlterField(
            model_name="change",
            name="subject",
            field=models.CharField(
                choices=[("leads", "Leads"), ("deals", "Deals"), ("moves", "Moves"), ("shares", "Shares")],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="rollup",
            name="subject",
            field=models.CharField(
                choices=[("leads", "Leads"), ("deals", "Deals"), ("moves", "Moves"), ("shares", "Shares")],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="DealShare",
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
                ("dimension", models.CharField(max_length=12)),
                ("value", models.CharField(blank=True, max_length=200)),
                ("non_advertising", models.BooleanField()),
                ("currency", models.CharField(max_length=3)),
                ("touch_count", models.PositiveIntegerField()),
                ("firsts", models.PositiveIntegerField()),
                ("lasts", models.PositiveIntegerField()),
                ("touches", models.PositiveIntegerField()),
                ("first_sum", models.DecimalField(decimal_places=2, max_digits=20)),
                ("last_sum", models.DecimalField(decimal_places=2, max_digits=20)),
                ("linear_sum", models.DecimalField(decimal_places=2, max_digits=20)),
                ("position_sum", models.DecimalField(decimal_places=2, max_digits=20)),
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
                        fields=["tenant", "basis", "grain", "dimension", "non_advertising", "starts_on"],
                        name="reports_dealshare_days",
                    ),
                    models.Index(
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_dealshare_count"
                    ),
                ],
            },
        ),
        NOTES_OF_SHARES,
    ]
