import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("activities", "0001_initial"),
        ("contacts", "0001_initial"),
        ("deals", "0001_initial"),
        ("leads", "0001_initial"),
        ("tenants", "0001_initial"),
    ]

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
            ],
            options={
                "verbose_name": "channel",
                "verbose_name_plural": "channels",
                "ordering": ["created_at"],
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
            },
        ),
        migrations.CreateModel(
            name="Dialog",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("external_id", models.CharField(max_length=300)),
                ("recipient", models.CharField(blank=True, max_length=254)),
                ("subject", models.CharField(blank=True, max_length=300)),
                ("last_message_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "channel",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dialogs",
                        to="channels.channel",
                    ),
                ),
                (
                    "contact",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="dialogs",
                        to="contacts.contact",
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
                "verbose_name": "dialog",
                "verbose_name_plural": "dialogs",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "-last_message_at"], name="channels_dialog_recent")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "channel", "external_id"), name="channels_dialog_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("method", models.CharField(default="POST", max_length=8)),
                ("url", models.TextField(blank=True)),
                ("query", models.TextField(blank=True)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Waiting"),
                            ("processed", "Processed"),
                            ("dead", "Could not be processed"),
                        ],
                        default="received",
                        max_length=10,
                    ),
                ),
                ("attempt_count", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("processed_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "channel",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="channels.channel",
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
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "ordering": ["-received_at"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "-received_at", "-id"], name="channels_event_new"),
                    models.Index(
                        condition=models.Q(("state", "received")),
                        fields=["tenant", "channel", "received_at", "id"],
                        name="channels_event_due",
                    ),
                    models.Index(fields=["tenant", "channel", "-received_at"], name="channels_event_channel"),
                    models.Index(
                        condition=models.Q(("state", "dead")),
                        fields=["tenant", "channel", "-received_at"],
                        name="channels_event_dead",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventItem",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=300)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("lead", "New lead"),
                            ("joined", "Joined"),
                            ("duplicate", "Duplicate"),
                            ("ignored", "Ignored"),
                            ("failed", "Failed"),
                            ("pending", "Waiting"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("waits_for", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "channel",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="channels.channel",
                    ),
                ),
                (
                    "event",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="channels.event",
                    ),
                ),
                (
                    "lead",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="leads.lead",
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
                "verbose_name": "journal item",
                "verbose_name_plural": "journal items",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "channel", "outcome"], name="channels_item_outcome"),
                    models.Index(fields=["tenant", "-at"], name="channels_item_new"),
                    models.Index(
                        condition=models.Q(("waits_for", ""), _negated=True),
                        fields=["tenant", "channel", "waits_for"],
                        name="channels_item_waiting",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "duplicate"), _negated=True),
                        fields=("tenant", "channel", "key"),
                        name="channels_item_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FileFetch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("ref", models.TextField()),
                ("attempt_count", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "attachment",
                    core.tenancy.TenantOneToOneField(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="activities.attachment",
                    ),
                ),
                (
                    "channel",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels.channel",
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
                "indexes": [models.Index(fields=["tenant", "next_try_at"], name="channels_fetch_due")],
            },
        ),
        migrations.CreateModel(
            name="HookRoute",
            fields=[
                ("token_hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("channel_id", models.UUIDField(unique=True)),
                ("kind", models.CharField(max_length=20)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.tenant"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("external_id", models.CharField(blank=True, max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("queued", "Waiting to be sent"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("delivered", "Delivered"),
                            ("read", "Read"),
                            ("failed", "Not sent"),
                        ],
                        default="received",
                        max_length=10,
                    ),
                ),
                ("error", models.CharField(blank=True, max_length=500)),
                ("attempt_count", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("html", models.TextField(blank=True)),
                ("quoted_text", models.TextField(blank=True)),
                ("headers", models.JSONField(default=dict)),
                ("is_automatic", models.BooleanField(default=False)),
                ("edited_at", models.DateTimeField(null=True)),
                ("is_deleted", models.BooleanField(default=False)),
                (
                    "activity",
                    core.tenancy.TenantOneToOneField(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="message",
                        to="activities.activity",
                    ),
                ),
                (
                    "channel",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="channels.channel",
                    ),
                ),
                (
                    "dialog",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="channels.dialog",
                    ),
                ),
                (
                    "lead",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="messages",
                        to="leads.lead",
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
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "sending"])),
                        fields=["tenant", "next_try_at"],
                        name="channels_message_due",
                    ),
                    models.Index(
                        fields=["tenant", "channel", "external_id"], name="channels_message_external"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("tenant", "dialog", "external_id"),
                        name="channels_message_once",
                    )
                ],
            },
        ),
    ]
