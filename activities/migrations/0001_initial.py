import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contacts", "0001_initial"),
        ("tenants", "0001_initial"),
    ]

    operations = [
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
                        blank=True, choices=[("", "—"), ("in", "Incoming"), ("out", "Outgoing")], max_length=3
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
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
            ],
            options={
                "verbose_name": "activity",
                "verbose_name_plural": "activities",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["tenant", "contact", "-occurred_at", "-id"], name="activities_contact_line"
                    ),
                    models.Index(
                        fields=["tenant", "company", "-occurred_at", "-id"], name="activities_company_line"
                    ),
                    models.Index(
                        condition=models.Q(("is_done", False)),
                        fields=["tenant", "owner", "due_at"],
                        name="activities_to_do",
                    ),
                    models.Index(
                        condition=models.Q(("is_done", False), ("reminded_at", None)),
                        fields=["tenant", "remind_at"],
                        name="activities_to_remind",
                    ),
                ],
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
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "ordering": ["created_at"],
                "abstract": False,
                "base_manager_name": "objects",
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
                        choices=[("ringing", "Ringing"), ("answered", "Talking"), ("finished", "Finished")],
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
            ],
            options={
                "verbose_name": "call",
                "verbose_name_plural": "calls",
                "abstract": False,
                "base_manager_name": "objects",
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
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
            ],
            options={
                "verbose_name": "notification",
                "verbose_name_plural": "notifications",
                "ordering": ["-created_at"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "member", "-created_at"], name="activities_notice_new"),
                    models.Index(
                        condition=models.Q(("read_at", None)),
                        fields=["tenant", "member"],
                        name="activities_notice_unread",
                    ),
                ],
            },
        ),
    ]
