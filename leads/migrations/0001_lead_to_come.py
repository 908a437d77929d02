"""Leads by their name alone: dialogs and activities refer to them, and they refer to these (0002_tables)."""

from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    initial = True
    # The old ones between the first and the last, which 0002_tables replaces.
    replaces = [
        ("leads", "0002_channels"),
        ("leads", "0003_figures"),
        ("leads", "0004_exclusion"),
        ("leads", "0005_routing_rules"),
        ("leads", "0006_quality_rules"),
        ("leads", "0007_first_visit_and_suspicion"),
        ("leads", "0008_call_cards"),
        ("leads", "0009_custom_fields"),
        ("leads", "0010_fields_deeper"),
        ("leads", "0011_speed"),
    ]
    dependencies = []
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Lead",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        )
                    ],
                )
            ]
        )
    ]
