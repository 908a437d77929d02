"""Channels: calls refer to them, and dialogs refer to calls (0002_tables)."""

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy


class Migration(migrations.Migration):
    initial = True
    # The old ones between the first and the last, which 0002_tables replaces.
    replaces = [
        ("channels", "0002_rhythm_and_notices"),
        ("channels", "0003_event_details"),
        ("channels", "0004_forms"),
        ("channels", "0005_chat"),
        ("channels", "0006_missed_calls"),
        ("channels", "0007_dialogs_workspace"),
        ("channels", "0008_scripts"),
        ("channels", "0009_number_time_zone"),
        ("channels", "0010_mailings"),
    ]
    dependencies = [("contacts", "0001_tables"), ("deals", "0001_tables"), ("tenants", "0001_tables")]
    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("kind", models.CharField(editable=False, max_length=20, verbose_name="kind")),
                (
                    "channel_kind",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("messenger", "Messenger"),
                            ("call", "Calls"),
                            ("request", "Requests"),
                            ("chat", "Chat"),
                            ("callback", "Callback"),
                        ],
                        editable=False,
                        max_length=12,
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="switched on")),
                ("is_lead_source", models.BooleanField(default=True, verbose_name="lead source")),
                ("settings", models.JSONField(default=dict, editable=False)),
                ("encrypted_secrets", models.BinaryField(default=bytes)),
                (
                    "response_limit_min",
                    models.PositiveIntegerField(default=15, verbose_name="answer within, working minutes"),
                ),
                (
                    "new_lead_after_h",
                    models.PositiveIntegerField(default=72, verbose_name="a new lead after hours of silence"),
                ),
                (
                    "is_reason_required",
                    models.BooleanField(default=False, verbose_name="rejection reason is mandatory"),
                ),
                ("cursor", models.JSONField(default=dict, editable=False)),
                ("last_event_at", models.DateTimeField(editable=False, null=True)),
                ("last_error", models.CharField(blank=True, editable=False, max_length=500)),
                ("last_error_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("drained_by", models.UUIDField(editable=False, null=True)),
                ("drained_until", models.DateTimeField(editable=False, null=True)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "pipeline",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deals.pipeline",
                        verbose_name="pipeline of its leads",
                    ),
                ),
                (
                    "responsible",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.membership",
                        verbose_name="responsible person",
                    ),
                ),
                (
                    "responsible_role",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.role",
                        verbose_name="responsible role",
                    ),
                ),
                (
                    "source",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contacts.source",
                        verbose_name="source of its leads",
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
                ("dead_noticed_at", models.DateTimeField(editable=False, null=True)),
                ("rhythm", models.JSONField(default=dict, editable=False)),
                ("silence_noticed_at", models.DateTimeField(editable=False, null=True)),
                ("trouble_noticed_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("name"),
                        name="channels_channel_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("responsible", None), ("responsible_role", None), _connector="OR"
                        ),
                        name="channels_channel_one_responsible",
                    ),
                ],
                "ordering": ["created_at"],
                "verbose_name": "channel",
                "verbose_name_plural": "channels",
            },
        )
    ]
