"""Leads that were rejected without a reason are found among all that ever were."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0002_tables"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                fields=["tenant", "closed_at"],
                name="leads_lead_reasonless",
                condition=models.Q(deleted_at=None, rejection_reason=None, state="rejected"),
            ),
        ),
    ]
