"""Dialogs and messages, the inbox journal, forms, chats and scripts."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy
from core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True
    # The first and the last of the old ones: a database with only one of them is in between and is refused.
    replaces = [("channels", "0001_initial"), ("channels", "0011_speed")]
    dependencies = [
        ("activities", "0001_tables"),
        ("channels", "0001_channel"),
        ("contacts", "0001_tables"),
        ("deals", "0001_tables"),
        ("leads", "0001_lead_to_come"),
        ("tenants", "0001_tables"),
    ]
    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="CannedReply",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("shortcut", models.CharField(max_length=40, verbose_name="shortcut")),
                        (
                            "subject",
                            models.CharField(
                                blank=True,
                                help_text="With a subject it is a template of a mail.",
                                max_length=300,
                                verbose_name="subject",
                            ),
                        ),
                        ("text", models.TextField(max_length=10000, verbose_name="text")),
                        (
                            "department",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.department",
                            ),
                        ),
                        (
                            "owner",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.membership",
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
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("tenant"),
                                models.F("owner"),
                                models.F("department"),
                                django.db.models.functions.text.Lower("shortcut"),
                                name="channels_canned_shortcut",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("owner", None), ("department", None), _connector="OR"),
                                name="channels_canned_one_holder",
                            ),
                        ],
                        "ordering": ["shortcut", "id"],
                        "verbose_name": "canned reply",
                        "verbose_name_plural": "canned replies",
                    },
                ),
                migrations.CreateModel(
                    name="DialogOutcome",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        (
                            "effect",
                            models.CharField(
                                choices=[
                                    ("keep", "stays as it is"),
                                    ("reject", "is rejected"),
                                    ("accept", "is accepted first"),
                                ],
                                default="keep",
                                help_text="One that stays is joined by the client's next message; after the other two a new inquiry starts.",
                                max_length=10,
                                verbose_name="the open inquiry",
                            ),
                        ),
                        ("position", models.PositiveIntegerField(default=0)),
                        ("is_archived", models.BooleanField(default=False, verbose_name="archived")),
                        (
                            "reason",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="deals.rejectionreason",
                                verbose_name="reason of the rejection",
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
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("tenant"),
                                django.db.models.functions.text.Lower("name"),
                                name="channels_outcome_name",
                            )
                        ],
                        "ordering": ["position", "name"],
                        "verbose_name": "outcome of a dialog",
                        "verbose_name_plural": "outcomes of dialogs",
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
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
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
                        (
                            "assignee",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "closed_by",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("last_direction", models.CharField(blank=True, max_length=3)),
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
                        ("preview", models.CharField(blank=True, max_length=300)),
                        ("search_text", models.TextField(blank=True)),
                        ("unread_count", models.PositiveIntegerField(default=0)),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("waiting_since", models.DateTimeField(null=True)),
                        (
                            "outcome",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="channels.dialogoutcome",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "channel", "external_id"), name="channels_dialog_once"
                            )
                        ],
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-last_message_at"], name="channels_dialog_recent"
                            ),
                            models.Index(
                                condition=models.Q(("closed_at", None)),
                                fields=["tenant", "-last_message_at", "-id"],
                                name="channels_dialog_open",
                            ),
                            models.Index(
                                condition=models.Q(("closed_at", None)),
                                fields=["tenant", "waiting_since", "id"],
                                name="channels_dialog_waiting",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                models.F("tenant"),
                                django.contrib.postgres.indexes.OpClass("search_text", "gin_trgm_ops"),
                                gin_pending_list_limit=128,
                                name="channels_dialog_search",
                            ),
                        ],
                        "verbose_name": "dialog",
                        "verbose_name_plural": "dialogs",
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
                        ("details", models.BinaryField(null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "-received_at", "-id"], name="channels_event_new"),
                            models.Index(
                                condition=models.Q(("state", "received")),
                                fields=["tenant", "channel", "received_at", "id"],
                                name="channels_event_due",
                            ),
                            models.Index(
                                fields=["tenant", "channel", "-received_at"], name="channels_event_channel"
                            ),
                            models.Index(
                                condition=models.Q(("state", "dead")),
                                fields=["tenant", "channel", "-received_at"],
                                name="channels_event_dead",
                            ),
                        ],
                        "ordering": ["-received_at"],
                        "verbose_name": "event",
                        "verbose_name_plural": "events",
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
                        ("suspicion", models.CharField(blank=True, default="", max_length=20)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("outcome", "duplicate"), _negated=True),
                                fields=("tenant", "channel", "key"),
                                name="channels_item_once",
                            )
                        ],
                        "indexes": [
                            models.Index(
                                fields=["tenant", "channel", "outcome"], name="channels_item_outcome"
                            ),
                            models.Index(fields=["tenant", "-at"], name="channels_item_new"),
                            models.Index(
                                condition=models.Q(("suspicion", ""), _negated=True),
                                fields=["tenant", "channel", "suspicion", "-at"],
                                name="channels_item_suspicious",
                            ),
                            models.Index(
                                condition=models.Q(("waits_for", ""), _negated=True),
                                fields=["tenant", "channel", "waits_for"],
                                name="channels_item_waiting",
                            ),
                        ],
                        "verbose_name": "journal item",
                        "verbose_name_plural": "journal items",
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
                        "indexes": [
                            models.Index(fields=["tenant", "next_try_at"], name="channels_fetch_due")
                        ],
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.tenant",
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
                        (
                            "missed_call",
                            core.tenancy.TenantOneToOneField(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="missed_text",
                                to="activities.call",
                            ),
                        ),
                        ("is_once", models.BooleanField(db_default=False, default=False)),
                        ("is_uncertain", models.BooleanField(db_default=False, default=False)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("external_id", ""), _negated=True),
                                fields=("tenant", "dialog", "external_id"),
                                name="channels_message_once",
                            )
                        ],
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
                        "verbose_name": "message",
                        "verbose_name_plural": "messages",
                    },
                ),
                migrations.CreateModel(
                    name="MissedCallPlan",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "callback_within_min",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="call back within, working minutes"
                            ),
                        ),
                        (
                            "sms_text",
                            models.CharField(
                                blank=True, max_length=500, verbose_name="text in working hours"
                            ),
                        ),
                        (
                            "sms_text_closed",
                            models.CharField(
                                blank=True, max_length=500, verbose_name="text outside working hours"
                            ),
                        ),
                        (
                            "sms_pause_h",
                            models.PositiveIntegerField(
                                default=24, verbose_name="one text to a number in so many hours"
                            ),
                        ),
                        (
                            "channel",
                            core.tenancy.TenantOneToOneField(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="missed_call_plan",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "sms_channel",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="channels.channel",
                                verbose_name="texts go through",
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
                        "verbose_name": "plan for missed calls",
                        "verbose_name_plural": "plans for missed calls",
                    },
                ),
                migrations.CreateModel(
                    name="SiteNumber",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("number", models.CharField(max_length=32, verbose_name="number")),
                        (
                            "utm_source",
                            models.CharField(
                                blank=True, max_length=100, verbose_name="source, as in utm_source"
                            ),
                        ),
                        (
                            "campaign",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="campaign, as in utm_campaign"
                            ),
                        ),
                        (
                            "region",
                            models.CharField(
                                blank=True, max_length=100, verbose_name="region, as the page says"
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("last_lent_at", models.DateTimeField(null=True)),
                        (
                            "channel",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="site_numbers",
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
                        (
                            "time_zone",
                            models.CharField(
                                blank=True, default="", max_length=64, verbose_name="time zone of the visitor"
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "number"), name="channels_sitenumber_once"
                            )
                        ],
                        "indexes": [
                            models.Index(
                                fields=["tenant", "channel", "last_lent_at"], name="channels_sitenumber_next"
                            )
                        ],
                        "verbose_name": "number on the site",
                        "verbose_name_plural": "numbers on sites",
                    },
                ),
                migrations.CreateModel(
                    name="NumberLease",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("visitor", models.CharField(max_length=64)),
                        ("lent_at", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                        ("marks", models.JSONField(default=dict)),
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
                        (
                            "number",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="leases",
                                to="channels.sitenumber",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "number", "visitor"), name="channels_lease_visitor"
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "number", "-until"], name="channels_lease_until"),
                            models.Index(fields=["tenant", "visitor", "-until"], name="channels_lease_whose"),
                        ],
                        "verbose_name": "lent number",
                        "verbose_name_plural": "lent numbers",
                    },
                ),
                migrations.CreateModel(
                    name="Script",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        (
                            "channel",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="channels.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "stage",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="deals.stage",
                                verbose_name="stage of the deal",
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
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("tenant"),
                                django.db.models.functions.text.Lower("name"),
                                name="channels_script_name",
                            )
                        ],
                        "ordering": ["name", "id"],
                        "verbose_name": "conversation script",
                        "verbose_name_plural": "conversation scripts",
                    },
                ),
                migrations.CreateModel(
                    name="ScriptStep",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("position", models.PositiveIntegerField(default=0)),
                        ("text", models.TextField(max_length=5000, verbose_name="what to say")),
                        (
                            "question",
                            models.CharField(blank=True, max_length=300, verbose_name="what to ask"),
                        ),
                        (
                            "target",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("note", "Comment for colleagues"),
                                    ("contact.position", "Client: position"),
                                    ("contact.comment", "Client: comment"),
                                    ("deal.amount", "Deal: amount"),
                                    ("deal.city", "Deal: city"),
                                    ("deal.object_of_interest", "Deal: what they want"),
                                    ("deal.note", "Deal: note"),
                                ],
                                max_length=30,
                                verbose_name="where the answer goes",
                            ),
                        ),
                        (
                            "script",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="steps",
                                to="channels.script",
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
                        "ordering": ["position", "id"],
                        "verbose_name": "step of a script",
                        "verbose_name_plural": "steps of scripts",
                    },
                ),
                migrations.CreateModel(
                    name="ScriptMark",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("answer", models.TextField(blank=True)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "by",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "dialog",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="channels.dialog",
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
                        (
                            "step",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="channels.scriptstep",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "dialog", "step"), name="channels_mark_once"
                            )
                        ],
                        "verbose_name": "mark of a step",
                        "verbose_name_plural": "marks of steps",
                    },
                ),
                migrations.CreateModel(
                    name="SiteCall",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("is_uncertain", models.BooleanField(default=False)),
                        (
                            "call",
                            core.tenancy.TenantOneToOneField(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="site_call",
                                to="activities.call",
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
                        (
                            "number",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calls",
                                to="channels.sitenumber",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "number", "-at"], name="channels_sitecall_new")
                        ],
                        "verbose_name": "call by a number of the site",
                        "verbose_name_plural": "calls by numbers of the site",
                    },
                ),
                migrations.CreateModel(
                    name="SiteForm",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("definition", models.JSONField(default=dict)),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "channel",
                            core.tenancy.TenantOneToOneField(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="site_form",
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
                        (
                            "updated_by",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "verbose_name": "form on the site",
                        "verbose_name_plural": "forms on sites",
                    },
                ),
                migrations.CreateModel(
                    name="Talk",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("last_word_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "ended_by",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("operator", "Operator"),
                                    ("visitor", "Visitor"),
                                    ("silence", "Silence"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("language", models.CharField(blank=True, max_length=2)),
                        ("bot", models.JSONField(default=dict)),
                        ("has_told_away", models.BooleanField(default=False)),
                        ("rating", models.PositiveSmallIntegerField(null=True)),
                        ("rating_comment", models.CharField(blank=True, max_length=1000)),
                        ("rated_at", models.DateTimeField(null=True)),
                        (
                            "dialog",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="talks",
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
                                related_name="+",
                                to="leads.lead",
                            ),
                        ),
                        (
                            "operator",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.membership",
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
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("tenant", "dialog"),
                                name="channels_talk_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("rating", None),
                                    models.Q(("rating__gte", 1), ("rating__lte", 5)),
                                    _connector="OR",
                                ),
                                name="channels_talk_rating",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["tenant", "dialog", "-started_at"], name="channels_talk_line"
                            ),
                            models.Index(
                                condition=models.Q(("ended_at", None)),
                                fields=["tenant", "last_word_at"],
                                name="channels_talk_open",
                            ),
                        ],
                        "verbose_name": "talk",
                        "verbose_name_plural": "talks",
                    },
                ),
            ]
        )
    ]
