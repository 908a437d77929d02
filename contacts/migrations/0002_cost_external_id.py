"""Costs that programs send: their own name for each, so that one sent twice is there once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0001_tables"),
    ]

    operations = [
        migrations.AddField(
            model_name="sourcecost",
            name="external_id",
            field=models.CharField(blank=True, editable=False, max_length=100),
        ),
        migrations.AlterField(
            model_name="campaignsource",
            name="origin",
            field=models.CharField(
                choices=[
                    ("hand", "by hand"),
                    ("yandex_direct", "Yandex Direct"),
                    ("vk_ads", "VK Ads"),
                    ("google_ads", "Google Ads"),
                    ("file", "another file"),
                    ("api", "by API"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="sourcecost",
            name="origin",
            field=models.CharField(
                choices=[
                    ("hand", "by hand"),
                    ("yandex_direct", "Yandex Direct"),
                    ("vk_ads", "VK Ads"),
                    ("google_ads", "Google Ads"),
                    ("file", "another file"),
                    ("api", "by API"),
                ],
                default="hand",
                editable=False,
                max_length=16,
                verbose_name="how",
            ),
        ),
        migrations.AddConstraint(
            model_name="sourcecost",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=("tenant", "external_id"),
                name="contacts_cost_external",
            ),
        ),
    ]
