"""Leads, the rules of quality and routing, and what is noted of calls."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy
from core.migrating import CreateModels
from tenants.migrations._field_values import kept_of


class Migration(migrations.Migration):
    initial = True
    # The first and the last of the old ones: a database with only one of them is in between and is refused.
    replaces = [("leads", "0001_initial"), ("leads", "0012_response_minutes")]
    dependencies = [
        ("activities", "0001_tables"),
        ("channels", "0001_channel"),
        ("channels", "0002_tables"),
        ("contacts", "0001_tables"),
        ("deals", "0001_tables"),
        ("leads", "0001_lead_to_come"),
        ("tenants", "0001_tables"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="Lead")]),
        CreateModels(
            [
                migrations.CreateModel(
                    name="CallCard",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("dismissed_at", models.DateTimeField(null=True)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "call",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="cards",
                                to="activities.call",
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
                                fields=("tenant", "call", "member"), name="leads_card_once"
                            )
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("dismissed_at", None)),
                                fields=["tenant", "member", "-created_at"],
                                name="leads_card_shown",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoutingRule",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("position", models.PositiveIntegerField(default=0, editable=False)),
                        ("is_active", models.BooleanField(default=True, verbose_name="switched on")),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("anyone", "The role sees it, whoever takes it"),
                                    ("order", "The first of the list who can"),
                                    ("turn", "In turn"),
                                    ("load", "Whoever has the fewest open inquiries"),
                                ],
                                default="turn",
                                max_length=10,
                                verbose_name="how",
                            ),
                        ),
                        (
                            "is_owner_first",
                            models.BooleanField(default=False, verbose_name="the client's manager first"),
                        ),
                        (
                            "is_on_duty_only",
                            models.BooleanField(default=True, verbose_name="only who is at work"),
                        ),
                        (
                            "lead_capacity",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="at most so many open inquiries at once"
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "department",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.department",
                                verbose_name="department",
                            ),
                        ),
                        (
                            "role",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
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
                        "indexes": [models.Index(fields=["tenant", "position"], name="leads_rule_order")],
                        "ordering": ["position", "id"],
                        "verbose_name": "routing rule",
                        "verbose_name_plural": "routing rules",
                    },
                ),
                migrations.CreateModel(
                    name="EscalationStep",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("after_min", models.PositiveIntegerField()),
                        (
                            "watch",
                            models.CharField(
                                choices=[
                                    ("taken", "nobody has taken it"),
                                    ("answered", "nobody has answered"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "action",
                            models.CharField(
                                choices=[
                                    ("next", "Hand it to the next one by the rules"),
                                    ("member", "Hand it to a person"),
                                    ("role", "Hand it to a role"),
                                    ("tell_head", "Tell the head of the department"),
                                    ("tell_member", "Tell a person"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "channel",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="escalation_steps",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "role",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.role",
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
                            "rule",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="steps",
                                to="leads.routingrule",
                            ),
                        ),
                        ("after_s", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("channel__isnull", False), ("rule", None)),
                                    models.Q(("channel", None), ("rule__isnull", False)),
                                    _connector="OR",
                                ),
                                name="leads_step_of_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("after_min__gte", 1), ("after_s__gte", 1), _connector="OR"
                                ),
                                name="leads_step_waits",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "rule", "position"], name="leads_step_rule"),
                            models.Index(fields=["tenant", "channel", "position"], name="leads_step_channel"),
                        ],
                        "ordering": ["position", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Exclusion",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        ("value", models.CharField(max_length=254)),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("held_count", models.PositiveIntegerField(default=0, editable=False)),
                        ("last_held_at", models.DateTimeField(editable=False, null=True)),
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
                                fields=("tenant", "kind", "value"), name="leads_exclusion_once"
                            )
                        ],
                        "ordering": ["-created_at", "-id"],
                        "verbose_name": "exclusion",
                        "verbose_name_plural": "exclusion list",
                    },
                ),
                migrations.CreateModel(
                    name="InternalNumber",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("first", models.CharField(max_length=20)),
                        ("last", models.CharField(max_length=20)),
                        ("note", models.CharField(blank=True, max_length=100)),
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
                                fields=("tenant", "first", "last"), name="leads_internal_once"
                            )
                        ],
                        "ordering": ["first"],
                    },
                ),
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
                        (
                            "company_name",
                            models.CharField(blank=True, max_length=200, verbose_name="company"),
                        ),
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
                        (
                            "channel",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="leads",
                                to="channels.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "dialog",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="leads",
                                to="channels.dialog",
                            ),
                        ),
                        ("assignment_params", models.JSONField(blank=True, default=dict)),
                        ("escalate_at", models.DateTimeField(editable=False, null=True)),
                        ("escalation_step", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("step_started_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "routing_rule",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="leads",
                                to="leads.routingrule",
                            ),
                        ),
                        ("first_marks", models.JSONField(blank=True, default=dict)),
                        ("first_page_url", models.CharField(blank=True, default="", max_length=500)),
                        (
                            "suspicion",
                            models.CharField(blank=True, default="", editable=False, max_length=20),
                        ),
                        (
                            "custom_values",
                            models.JSONField(
                                blank=True,
                                db_default=models.Value({}, models.JSONField()),
                                default=dict,
                                editable=False,
                            ),
                        ),
                        ("response_min", models.PositiveIntegerField(editable=False, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "number"), name="leads_lead_number")
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "-received_at", "-id"],
                                include=(
                                    "is_advertising",
                                    "state",
                                    "quality",
                                    "channel_kind",
                                    "channel",
                                    "source",
                                    "campaign",
                                    "rejection_reason",
                                    "deal",
                                    "taken_by",
                                    "responsible",
                                    "responsible_role",
                                ),
                                name="leads_lead_new",
                            ),
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "taken_at"],
                                include=("state", "taken_by", "responsible", "responsible_role"),
                                name="leads_lead_taken",
                            ),
                            models.Index(
                                condition=models.Q(("deleted_at", None), ("state__in", ["new", "in_work"])),
                                fields=["tenant", "waiting_since", "id"],
                                include=(
                                    "taken_by",
                                    "responsible",
                                    "responsible_role",
                                    "response_limit_min",
                                    "snoozed_until",
                                ),
                                name="leads_lead_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "-last_inquiry_at", "-id"],
                                name="leads_lead_last",
                            ),
                            models.Index(fields=["tenant", "phone"], name="leads_lead_phone"),
                            models.Index(
                                fields=["tenant", "contact", "received_at"],
                                include=("id",),
                                name="leads_lead_contact_line",
                            ),
                            models.Index(fields=["tenant", "state", "-received_at"], name="leads_lead_state"),
                            models.Index(
                                condition=models.Q(("escalate_at__isnull", False)),
                                fields=["tenant", "escalate_at"],
                                name="leads_lead_escalate",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("first_response_at__isnull", False), ("response_min", None)
                                ),
                                fields=["tenant", "first_response_at"],
                                name="leads_lead_unmeasured",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                models.F("tenant"),
                                django.contrib.postgres.indexes.OpClass("search_text", "gin_trgm_ops"),
                                gin_pending_list_limit=128,
                                name="leads_lead_search",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["tenant", "custom_values"],
                                gin_pending_list_limit=128,
                                name="leads_lead_custom",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["tenant", "tags"], gin_pending_list_limit=128, name="leads_lead_tags"
                            ),
                        ],
                        "verbose_name": "lead",
                        "verbose_name_plural": "leads",
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
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "lead", "-at"], name="leads_action_line")],
                        "ordering": ["-at"],
                    },
                ),
                migrations.CreateModel(
                    name="RecomputedLead",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("before", models.CharField(max_length=14)),
                        ("after", models.CharField(max_length=14)),
                        (
                            "job",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.job",
                            ),
                        ),
                        (
                            "lead",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
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
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "job", "before", "after"], name="leads_recomputed_cell"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoutingCondition",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        ("label", models.CharField(blank=True, max_length=200)),
                        ("value", models.CharField(blank=True, max_length=200)),
                        (
                            "channel",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "source",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contacts.source",
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
                            "rule",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="conditions",
                                to="leads.routingrule",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "rule"], name="leads_condition_rule")],
                    },
                ),
                migrations.CreateModel(
                    name="RoutingDecision",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("step", models.PositiveSmallIntegerField(default=0)),
                        ("reason", models.CharField(max_length=40)),
                        ("params", models.JSONField(default=dict)),
                        (
                            "lead",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="routing_decisions",
                                to="leads.lead",
                            ),
                        ),
                        (
                            "member",
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
                            "role",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.role",
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
                            "rule",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="decisions",
                                to="leads.routingrule",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "lead", "at"], name="leads_decision_line"),
                            models.Index(fields=["tenant", "rule", "at"], name="leads_decision_rule"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoutingPerson",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0)),
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
                        (
                            "rule",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="people",
                                to="leads.routingrule",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "rule", "member"), name="leads_routing_person_once"
                            )
                        ],
                        "ordering": ["position", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="RoutingTurn",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("serial", models.PositiveIntegerField()),
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
                            "rule",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="turns",
                                to="leads.routingrule",
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
                                fields=("tenant", "rule", "member"), name="leads_routing_turn_once"
                            )
                        ],
                    },
                ),
            ]
        ),
        kept_of("leads_lead"),
    ]
