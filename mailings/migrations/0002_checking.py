"""How far the worker is in judging the people of a large mailing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0002_tables"),
        ("mailings", "0001_tables"),
        ("tenants", "0002_api_tokens"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="mailing",
            name="mailings_mailing_due",
        ),
        migrations.AddField(
            model_name="mailing",
            name="check_total",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="mailing",
            name="checked_count",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="checked_to",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="mailing",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["scheduled", "sending"]), ("check_total__isnull", False), _connector="OR"
                ),
                fields=["tenant", "due_at"],
                name="mailings_mailing_due",
            ),
        ),
    ]
