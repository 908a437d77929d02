import django.db.models.deletion
from django.db import migrations, models

import core.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0001_initial"),
        ("channels", "0001_initial"),
        ("contacts", "0001_initial"),
        ("deals", "0001_initial"),
        ("leads", "0001_initial"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="activity",
            name="deal",
            field=core.tenancy.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="activities",
                to="deals.deal",
            ),
        ),
        migrations.AddField(
            model_name="activity",
            name="lead",
            field=core.tenancy.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="activities",
                to="leads.lead",
            ),
        ),
        migrations.AddField(
            model_name="call",
            name="channel",
            field=core.tenancy.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="channels.channel",
            ),
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["tenant", "deal", "-occurred_at", "-id"], name="activities_deal_line"),
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["tenant", "lead", "-occurred_at", "-id"], name="activities_lead_line"),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.UniqueConstraint(
                fields=("tenant", "channel", "external_id"), name="activities_call_once"
            ),
        ),
    ]
