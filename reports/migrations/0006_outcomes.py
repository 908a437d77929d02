"""Cells of what converted leads became, and triggers that note what changes them."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy
import reports.models.cells
from reports.migrations._notes_of_outcomes import NOTES_OF_OUTCOMES


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0005_cells_of_few_columns"),
        ("deals", "0001_tables"),
        ("leads", "0002_tables"),
        ("tenants", "0001_tables"),
    ]

    operations = [
        migrations.AlterField(
            model_name="change",
            name="subject",
            field=models.CharField(
                choices=[
                    ("leads", "Leads"),
                    ("deals", "Deals"),
                    ("moves", "Moves"),
                    ("shares", "Shares"),
                    ("outcomes", "Outcomes"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="rollup",
            name="subject",
            field=models.CharField(
                choices=[
                    ("leads", "Leads"),
                    ("deals", "Deals"),
                    ("moves", "Moves"),
                    ("shares", "Shares"),
                    ("outcomes", "Outcomes"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="LeadOutcome",
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
                ("is_advertising", models.BooleanField()),
                ("deal_state", models.CharField(blank=True, max_length=10)),
                ("deal_currency", models.CharField(blank=True, max_length=3)),
                ("shared_deal", reports.models.cells.Reference(null=True)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=20)),
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
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_leadoutcome_days"
                    )
                ],
            },
        ),
        NOTES_OF_OUTCOMES,
    ]
