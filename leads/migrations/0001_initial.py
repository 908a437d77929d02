import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
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
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Lead",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("message", "Message"),
                            ("request", "Form"),
                            ("manual", "Manual"),
                            ("call", "Call"),
                            ("missed_call", "Missed call"),
                            ("callback", "Callback request"),
                            ("chat", "Chat"),
                        ],
                        max_length=12,
                        verbose_name="type",
                    ),
                ),
                ("channel_kind", models.CharField(max_length=12)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("in_work", "In work"),
                            ("converted", "Converted"),
                            ("rejected", "Rejected"),
                        ],
                        default="new",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_inquiry_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("waiting_since", models.DateTimeField(blank=True, null=True)),
                ("first_response_at", models.DateTimeField(blank=True, null=True)),
                ("response_limit_min", models.PositiveIntegerField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("snoozed_until", models.DateTimeField(blank=True, null=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ("assignment_reason", models.CharField(blank=True, max_length=40)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("phone", models.CharField(blank=True, max_length=32, verbose_name="phone")),
                ("email", models.CharField(blank=True, max_length=254, verbose_name="e-mail")),
                ("company_name", models.CharField(blank=True, max_length=200, verbose_name="company")),
                ("subject", models.CharField(blank=True, max_length=300, verbose_name="subject")),
                ("summary", models.CharField(blank=True, max_length=300)),
                ("fields", models.JSONField(blank=True, default=list)),
                ("product", models.JSONField(blank=True, default=dict)),
                (
                    "object_of_interest",
                    models.CharField(blank=True, max_length=250, verbose_name="object of interest"),
                ),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=50),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="tags",
                    ),
                ),
                ("utm_source", models.CharField(blank=True, db_default="", max_length=100)),
                ("medium", models.CharField(blank=True, max_length=100)),
                ("campaign", models.CharField(blank=True, max_length=200, verbose_name="campaign")),
                ("ad_content", models.CharField(blank=True, max_length=200)),
                ("term", models.CharField(blank=True, max_length=200)),
                ("page_url", models.CharField(blank=True, max_length=500)),
                ("referrer", models.CharField(blank=True, max_length=500)),
                ("click_ids", models.JSONField(blank=True, default=dict)),
                ("region", models.CharField(blank=True, max_length=100, verbose_name="region")),
                (
                    "quality",
                    models.CharField(
                        choices=[
                            ("targeted", "Targeted"),
                            ("repeat", "Repeat"),
                            ("non_targeted", "Non-targeted"),
                            ("unverified", "Unverified"),
                            ("unsorted", "Unsorted"),
                        ],
                        default="unsorted",
                        max_length=14,
                        verbose_name="quality",
                    ),
                ),
                ("quality_reason", models.CharField(blank=True, max_length=40)),
                ("quality_params", models.JSONField(blank=True, default=dict)),
                ("is_quality_manual", models.BooleanField(default=False)),
                ("is_advertising", models.BooleanField(default=True, verbose_name="advertising")),
                ("rejection_comment", models.TextField(blank=True, verbose_name="comment")),
                ("unread_count", models.PositiveIntegerField(default=0, editable=False)),
                ("next_activity_at", models.DateTimeField(editable=False, null=True)),
                ("next_activity_title", models.CharField(blank=True, editable=False, max_length=300)),
                ("next_activity_kind", models.CharField(blank=True, editable=False, max_length=10)),
                ("last_activity_at", models.DateTimeField(editable=False, null=True)),
                ("search_text", models.TextField(blank=True, editable=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "call",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="leads",
                        to="activities.call",
                    ),
                ),
                (
                    "closed_by",
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
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="leads",
                        to="contacts.company",
                        verbose_name="company",
                    ),
                ),
                (
                    "contact",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="leads",
                        to="contacts.contact",
                        verbose_name="contact",
                    ),
                ),
                (
                    "created_by",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenants.membership",
                    ),
                ),
                (
                    "deal",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="leads",
                        to="deals.deal",
                        verbose_name="deal",
                    ),
                ),
                (
                    "rejection_reason",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="deals.rejectionreason",
                        verbose_name="reason",
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
                        related_name="leads",
                        to="tenants.membership",
                        verbose_name="responsible",
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
                        related_name="leads",
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
                        related_name="leads",
                        to="contacts.source",
                        verbose_name="source",
                    ),
                ),
                (
                    "taken_by",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_leads",
                        to="tenants.membership",
                        verbose_name="taken by",
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
                "verbose_name": "lead",
                "verbose_name_plural": "leads",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "-received_at", "-id"], name="leads_lead_new"),
                    models.Index(
                        condition=models.Q(("deleted_at", None), ("state__in", ["new", "in_work"])),
                        fields=["tenant", "waiting_since", "id"],
                        name="leads_lead_waiting",
                    ),
                    models.Index(fields=["tenant", "phone"], name="leads_lead_phone"),
                    models.Index(fields=["tenant", "contact", "received_at"], name="leads_lead_contact_line"),
                    models.Index(fields=["tenant", "state", "-received_at"], name="leads_lead_state"),
                    django.contrib.postgres.indexes.GinIndex(
                        models.F("tenant"),
                        django.contrib.postgres.indexes.OpClass("search_text", "gin_trgm_ops"),
                        name="leads_lead_search",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "number"), name="leads_lead_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadAction",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("action", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                ("before", models.JSONField(default=dict)),
                ("version_after", models.PositiveIntegerField()),
                ("undone_at", models.DateTimeField(null=True)),
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
                    "lead",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="actions",
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
                "ordering": ["-at"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["tenant", "lead", "-at"], name="leads_action_line")],
            },
        ),
    ]
