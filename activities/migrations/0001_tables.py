"""The timeline, planned activities, calls, processes and notifications."""

import datetime

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy
from core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("activities", "0001_initial"),
        ("activities", "0002_deals_leads_channels"),
        ("activities", "0003_figures"),
        ("activities", "0004_call_phone"),
        ("activities", "0005_call_follow_up"),
        ("activities", "0006_the_day"),
        ("activities", "0008_speed"),
    ]
    dependencies = [
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
                    name="ProcessTemplate",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=150, verbose_name="name")),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("one", "The next when the one before is done"),
                                    ("all", "All at once"),
                                ],
                                default="one",
                                max_length=3,
                                verbose_name="how it goes",
                            ),
                        ),
                        ("is_archived", models.BooleanField(default=False)),
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
                                fields=("tenant", "name"), name="activities_template_name"
                            )
                        ],
                        "ordering": ["name"],
                        "verbose_name": "task template",
                        "verbose_name_plural": "task templates",
                    },
                ),
                migrations.CreateModel(
                    name="Process",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "started_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "company",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="contacts.company",
                            ),
                        ),
                        (
                            "contact",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="contacts.contact",
                            ),
                        ),
                        (
                            "deal",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="deals.deal",
                            ),
                        ),
                        (
                            "lead",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="leads.lead",
                            ),
                        ),
                        (
                            "started_by",
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
                        (
                            "template",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="processes",
                                to="activities.processtemplate",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "template", "-started_at"], name="activities_process_recent"
                            )
                        ],
                        "verbose_name": "process",
                        "verbose_name_plural": "processes",
                    },
                ),
                migrations.CreateModel(
                    name="Activity",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("call", "Call"),
                                    ("meeting", "Meeting"),
                                    ("email", "E-mail"),
                                    ("message", "Message"),
                                    ("request", "Request"),
                                    ("task", "Task"),
                                    ("note", "Note"),
                                    ("change", "Change"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "direction",
                            models.CharField(
                                blank=True,
                                choices=[("", "—"), ("in", "Incoming"), ("out", "Outgoing")],
                                max_length=3,
                            ),
                        ),
                        ("subject", models.CharField(blank=True, max_length=300, verbose_name="subject")),
                        ("text", models.TextField(blank=True, verbose_name="text")),
                        ("result", models.TextField(blank=True, verbose_name="result")),
                        ("data", models.JSONField(blank=True, default=dict)),
                        ("is_done", models.BooleanField(default=True)),
                        ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="due")),
                        ("remind_at", models.DateTimeField(blank=True, null=True, verbose_name="remind")),
                        ("reminded_at", models.DateTimeField(editable=False, null=True)),
                        ("occurred_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "author",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "company",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="activities",
                                to="contacts.company",
                            ),
                        ),
                        (
                            "contact",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="activities",
                                to="contacts.contact",
                            ),
                        ),
                        (
                            "owner",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="activities",
                                to="tenants.membership",
                                verbose_name="who does it",
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
                            "deal",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="activities",
                                to="deals.deal",
                            ),
                        ),
                        (
                            "lead",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="activities",
                                to="leads.lead",
                            ),
                        ),
                        ("batch", models.UUIDField(editable=False, null=True)),
                        (
                            "duration_min",
                            models.PositiveSmallIntegerField(default=0, verbose_name="length, minutes"),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "—"),
                                    ("talked", "Talked"),
                                    ("no_answer", "Nobody answered"),
                                    ("later", "Asked to call later"),
                                    ("wrong", "Wrong number"),
                                    ("held", "Took place"),
                                    ("absent", "The client did not come"),
                                    ("postponed", "The client put it off"),
                                ],
                                max_length=10,
                                verbose_name="outcome",
                            ),
                        ),
                        ("place", models.CharField(blank=True, max_length=300, verbose_name="place")),
                        (
                            "repeat",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Never"),
                                    ("day", "Every day"),
                                    ("workday", "Every working day"),
                                    ("week", "Every week"),
                                    ("month", "Every month"),
                                ],
                                max_length=7,
                                verbose_name="repeat",
                            ),
                        ),
                        (
                            "process",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="activities",
                                to="activities.process",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "contact", "-occurred_at", "-id"],
                                name="activities_contact_line",
                            ),
                            models.Index(
                                fields=["tenant", "company", "-occurred_at", "-id"],
                                name="activities_company_line",
                            ),
                            models.Index(
                                fields=["tenant", "deal", "-occurred_at", "-id"], name="activities_deal_line"
                            ),
                            models.Index(
                                fields=["tenant", "lead", "-occurred_at", "-id"], name="activities_lead_line"
                            ),
                            models.Index(
                                condition=models.Q(("is_done", False)),
                                fields=["tenant", "owner", "due_at"],
                                include=("kind", "author"),
                                name="activities_to_do",
                            ),
                            models.Index(
                                condition=models.Q(("is_done", False)),
                                fields=["tenant", "due_at", "id"],
                                include=("kind", "owner", "author"),
                                name="activities_planned",
                            ),
                            models.Index(
                                condition=models.Q(("due_at__isnull", False)),
                                fields=["tenant", "due_at"],
                                name="activities_due",
                            ),
                            models.Index(
                                condition=models.Q(("is_done", True)),
                                fields=["tenant", "-occurred_at", "-id"],
                                include=("kind", "due_at", "owner", "author"),
                                name="activities_done",
                            ),
                            models.Index(
                                condition=models.Q(("is_done", False), ("reminded_at", None)),
                                fields=["tenant", "remind_at"],
                                name="activities_to_remind",
                            ),
                            models.Index(
                                condition=models.Q(("batch__isnull", False)),
                                fields=["tenant", "batch"],
                                name="activities_of_batch",
                            ),
                        ],
                        "verbose_name": "activity",
                        "verbose_name_plural": "activities",
                    },
                ),
                migrations.CreateModel(
                    name="Attachment",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("key", models.CharField(blank=True, max_length=100)),
                        ("name", models.CharField(max_length=255)),
                        ("content_type", models.CharField(max_length=150)),
                        ("size_bytes", models.PositiveBigIntegerField(default=0)),
                        ("content_id", models.CharField(blank=True, max_length=200)),
                        ("ref", models.CharField(blank=True, max_length=500)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("stored", "Stored"),
                                    ("waiting", "Being fetched"),
                                    ("failed", "Could not be fetched"),
                                ],
                                default="stored",
                                max_length=10,
                            ),
                        ),
                        ("error", models.CharField(blank=True, max_length=300)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "activity",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="activities.activity",
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
                        "ordering": ["created_at"],
                        "verbose_name": "attachment",
                        "verbose_name_plural": "attachments",
                    },
                ),
                migrations.CreateModel(
                    name="CalendarFeed",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("token_hash", models.CharField(editable=False, max_length=64)),
                        ("kinds", models.JSONField(default=list)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("read_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calendar_feeds",
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
                                fields=("tenant", "token_hash"), name="activities_feed_token"
                            )
                        ],
                        "ordering": ["-created_at"],
                        "verbose_name": "calendar link",
                        "verbose_name_plural": "calendar links",
                    },
                ),
                migrations.CreateModel(
                    name="Call",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("external_id", models.CharField(max_length=200)),
                        (
                            "direction",
                            models.CharField(
                                choices=[("in", "Incoming"), ("out", "Outgoing"), ("internal", "Internal")],
                                max_length=8,
                            ),
                        ),
                        ("phone", models.CharField(blank=True, max_length=32)),
                        ("line", models.CharField(blank=True, max_length=64)),
                        ("extension", models.CharField(blank=True, max_length=64)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("ringing", "Ringing"),
                                    ("answered", "Talking"),
                                    ("finished", "Finished"),
                                ],
                                default="ringing",
                                max_length=10,
                            ),
                        ),
                        (
                            "result",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "—"),
                                    ("answered", "Answered"),
                                    ("missed", "No answer"),
                                    ("busy", "Busy"),
                                    ("failed", "Failed"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("started_at", models.DateTimeField(null=True)),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("duration_s", models.PositiveIntegerField(null=True)),
                        ("talk_s", models.PositiveIntegerField(null=True)),
                        ("recording_url", models.TextField(blank=True)),
                        ("recording_ref", models.CharField(blank=True, max_length=300)),
                        ("last_sequence", models.IntegerField(default=0)),
                        (
                            "activity",
                            core.tenancy.TenantOneToOneField(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="call",
                                to="activities.activity",
                            ),
                        ),
                        (
                            "answered_by",
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
                        (
                            "channel",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "callback",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="activities.activity",
                            ),
                        ),
                        ("is_end_derived", models.BooleanField(default=False)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "channel", "external_id"), name="activities_call_once"
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "started_at"], name="activities_call_started"),
                            models.Index(
                                fields=["tenant", "phone", "started_at"], name="activities_call_phone"
                            ),
                            models.Index(
                                condition=models.Q(("state__in", ["ringing", "answered"])),
                                fields=["tenant", "started_at"],
                                name="activities_call_going",
                            ),
                        ],
                        "verbose_name": "call",
                        "verbose_name_plural": "calls",
                    },
                ),
                migrations.CreateModel(
                    name="DayNorm",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("calls", models.PositiveSmallIntegerField(default=0, verbose_name="calls a day")),
                        (
                            "meetings",
                            models.PositiveSmallIntegerField(default=0, verbose_name="meetings a day"),
                        ),
                        (
                            "min_call_s",
                            models.PositiveSmallIntegerField(
                                default=0, verbose_name="a call counts from, seconds"
                            ),
                        ),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.membership",
                                verbose_name="person",
                            ),
                        ),
                        (
                            "role",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.role",
                                verbose_name="role",
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
                                condition=models.Q(("role__isnull", False)),
                                fields=("tenant", "role"),
                                name="activities_norm_role",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("member__isnull", False)),
                                fields=("tenant", "member"),
                                name="activities_norm_member",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("member__isnull", False), ("role", None)),
                                    models.Q(("member", None), ("role__isnull", False)),
                                    _connector="OR",
                                ),
                                name="activities_norm_of_somebody",
                            ),
                        ],
                        "verbose_name": "norm of a day",
                        "verbose_name_plural": "norms of a day",
                    },
                ),
                migrations.CreateModel(
                    name="NoticeSettings",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("ways", models.JSONField(default=dict)),
                        (
                            "digest",
                            models.CharField(
                                blank=True,
                                choices=[("", "At once"), ("hour", "Once an hour"), ("day", "Once a day")],
                                max_length=4,
                                verbose_name="letters",
                            ),
                        ),
                        ("digest_at", models.TimeField(default=datetime.time(9, 0), verbose_name="at")),
                        ("quiet_from", models.TimeField(blank=True, null=True, verbose_name="quiet from")),
                        ("quiet_until", models.TimeField(blank=True, null=True, verbose_name="quiet until")),
                        (
                            "member",
                            core.tenancy.TenantOneToOneField(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notice_settings",
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
                        "verbose_name": "notification settings",
                        "verbose_name_plural": "notification settings",
                    },
                ),
                migrations.CreateModel(
                    name="Notification",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("code", models.CharField(max_length=40)),
                        ("params", models.JSONField(default=dict)),
                        ("url", models.CharField(blank=True, max_length=300)),
                        ("read_at", models.DateTimeField(null=True)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notifications",
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
                        ("is_quiet", models.BooleanField(default=False)),
                        ("is_silent", models.BooleanField(default=False)),
                        ("mail_at", models.DateTimeField(null=True)),
                        ("mailed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "member", "-created_at"], name="activities_notice_new"
                            ),
                            models.Index(
                                condition=models.Q(("read_at", None)),
                                fields=["tenant", "member"],
                                name="activities_notice_unread",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("mail_at__isnull", False), ("mailed_at", None), ("read_at", None)
                                ),
                                fields=["tenant", "mail_at"],
                                name="activities_notice_to_mail",
                            ),
                        ],
                        "ordering": ["-created_at"],
                        "verbose_name": "notification",
                        "verbose_name_plural": "notifications",
                    },
                ),
                migrations.CreateModel(
                    name="Participant",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("email", models.EmailField(blank=True, max_length=254)),
                        (
                            "answer",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "No answer yet"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Declined"),
                                    ("tentative", "Maybe"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "activity",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="participants",
                                to="activities.activity",
                            ),
                        ),
                        (
                            "member",
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
                                condition=models.Q(("member__isnull", False)),
                                fields=("tenant", "activity", "member"),
                                name="activities_participant_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("member", None)),
                                fields=("tenant", "activity", "email"),
                                name="activities_guest_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("email", ""), ("member__isnull", False)),
                                    models.Q(("member", None), models.Q(("email", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="activities_participant_is_somebody",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["tenant", "member", "activity"], name="activities_takes_part"
                            )
                        ],
                        "verbose_name": "participant",
                        "verbose_name_plural": "participants",
                    },
                ),
                migrations.CreateModel(
                    name="ProcessStep",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("kind", models.CharField(max_length=10, verbose_name="what")),
                        ("subject", models.CharField(max_length=300, verbose_name="what to do")),
                        ("text", models.TextField(blank=True, verbose_name="details")),
                        ("delay", models.PositiveSmallIntegerField(default=0, verbose_name="after")),
                        (
                            "unit",
                            models.CharField(
                                choices=[
                                    ("min", "working minutes"),
                                    ("hour", "working hours"),
                                    ("day", "working days"),
                                ],
                                default="day",
                                max_length=4,
                                verbose_name="unit",
                            ),
                        ),
                        (
                            "duration_min",
                            models.PositiveSmallIntegerField(default=0, verbose_name="length, minutes"),
                        ),
                        (
                            "doer",
                            models.CharField(
                                choices=[
                                    ("owner", "Who is responsible for the card"),
                                    ("starter", "Who starts it"),
                                    ("member", "Always the same person"),
                                ],
                                default="owner",
                                max_length=7,
                                verbose_name="who does it",
                            ),
                        ),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.membership",
                                verbose_name="person",
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
                            "template",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="steps",
                                to="activities.processtemplate",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "template", "position"], name="activities_step_order"
                            )
                        ],
                        "ordering": ["position", "id"],
                        "verbose_name": "step",
                        "verbose_name_plural": "steps",
                    },
                ),
                migrations.CreateModel(
                    name="Watch",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("is_muted", models.BooleanField(default=False)),
                        ("seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "company",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="contacts.company",
                            ),
                        ),
                        (
                            "contact",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="contacts.contact",
                            ),
                        ),
                        (
                            "deal",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="deals.deal",
                            ),
                        ),
                        (
                            "lead",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="leads.lead",
                            ),
                        ),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
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
                                condition=models.Q(("contact__isnull", False)),
                                fields=("tenant", "member", "contact"),
                                name="activities_watch_contact",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("company__isnull", False)),
                                fields=("tenant", "member", "company"),
                                name="activities_watch_company",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("deal__isnull", False)),
                                fields=("tenant", "member", "deal"),
                                name="activities_watch_deal",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("lead__isnull", False)),
                                fields=("tenant", "member", "lead"),
                                name="activities_watch_lead",
                            ),
                        ],
                        "verbose_name": "followed or muted record",
                        "verbose_name_plural": "followed and muted records",
                    },
                ),
            ]
        )
    ]
