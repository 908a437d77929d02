"""Robots of the stages, and what they did."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy
from core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True
    replaces = [("automation", "0001_robots"), ("automation", "0002_conditions")]
    dependencies = [
        ("activities", "0001_tables"),
        ("channels", "0001_channel"),
        ("contacts", "0001_tables"),
        ("deals", "0001_tables"),
        ("tenants", "0001_tables"),
    ]
    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Robot",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("position", models.PositiveIntegerField(default=0)),
                        ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                        ("is_active", models.BooleanField(default=True, verbose_name="switched on")),
                        (
                            "trigger",
                            models.CharField(
                                choices=[
                                    ("entered", "The deal enters the stage"),
                                    ("left", "The deal leaves the stage"),
                                    ("idle", "Nothing happens with the deal"),
                                    ("client_wrote", "The client writes"),
                                    ("proposal_viewed", "The client opens a proposal"),
                                    ("proposal_accepted", "The client accepts a proposal"),
                                    ("proposal_declined", "The client declines a proposal"),
                                    ("invoice_overdue", "An invoice is overdue"),
                                    ("paid_partly", "An invoice is paid in part"),
                                    ("paid", "An invoice is paid in full"),
                                ],
                                default="entered",
                                max_length=20,
                                verbose_name="when",
                            ),
                        ),
                        ("wait", models.PositiveIntegerField(default=0, verbose_name="after")),
                        (
                            "wait_unit",
                            models.CharField(
                                choices=[("min", "minutes"), ("h", "hours"), ("d", "days")],
                                default="min",
                                max_length=3,
                            ),
                        ),
                        (
                            "is_working_time",
                            models.BooleanField(default=True, verbose_name="in working time"),
                        ),
                        (
                            "action",
                            models.CharField(
                                choices=[
                                    ("plan", "Plan an activity"),
                                    ("start", "Start a process"),
                                    ("write", "Write to the client"),
                                    ("text", "Send an SMS to the client"),
                                    ("notify", "Notify colleagues"),
                                    ("comment", "Leave a comment"),
                                    ("assign", "Change the responsible"),
                                    ("set_field", "Fill in a field"),
                                    ("move", "Move the deal"),
                                    ("webhook", "Call a webhook"),
                                ],
                                max_length=10,
                                verbose_name="what it does",
                            ),
                        ),
                        ("activity_kind", models.CharField(blank=True, max_length=10)),
                        ("subject", models.CharField(blank=True, max_length=300)),
                        ("text", models.TextField(blank=True)),
                        ("due", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "due_unit",
                            models.CharField(
                                choices=[("min", "minutes"), ("h", "hours"), ("d", "days")],
                                default="h",
                                max_length=3,
                            ),
                        ),
                        (
                            "whom",
                            models.CharField(
                                choices=[
                                    ("owner", "Whoever is responsible for the deal"),
                                    ("head", "The head of their department"),
                                    ("member", "A certain person"),
                                    ("role", "Whoever of a role has the fewest open deals"),
                                ],
                                default="owner",
                                max_length=10,
                            ),
                        ),
                        ("field", models.CharField(blank=True, max_length=60)),
                        ("value", models.TextField(blank=True)),
                        ("url", models.CharField(blank=True, max_length=500)),
                        ("sealed_secret", models.TextField(blank=True, editable=False)),
                        ("stopped_at", models.DateTimeField(editable=False, null=True)),
                        ("stopped_why", models.CharField(blank=True, editable=False, max_length=20)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "changed_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "channel",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="channels.channel",
                            ),
                        ),
                        (
                            "maker",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.membership",
                                verbose_name="maker",
                            ),
                        ),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "reason",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="deals.rejectionreason",
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
                            ),
                        ),
                        (
                            "stage",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="robots",
                                to="deals.stage",
                                verbose_name="stage",
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
                            "to_stage",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="deals.stage",
                            ),
                        ),
                        (
                            "process_template",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="activities.processtemplate",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "stage", "position"], name="automation_robot_column"
                            )
                        ],
                        "ordering": ["position", "id"],
                        "verbose_name": "robot",
                        "verbose_name_plural": "robots",
                    },
                ),
                migrations.CreateModel(
                    name="RobotCondition",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        ("value", models.CharField(blank=True, max_length=200)),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "robot",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="conditions",
                                to="automation.robot",
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
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "robot"], name="automation_condition_robot")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RobotRun",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        (
                            "trigger",
                            models.CharField(
                                choices=[
                                    ("entered", "The deal enters the stage"),
                                    ("left", "The deal leaves the stage"),
                                    ("idle", "Nothing happens with the deal"),
                                    ("client_wrote", "The client writes"),
                                    ("proposal_viewed", "The client opens a proposal"),
                                    ("proposal_accepted", "The client accepts a proposal"),
                                    ("proposal_declined", "The client declines a proposal"),
                                    ("invoice_overdue", "An invoice is overdue"),
                                    ("paid_partly", "An invoice is paid in part"),
                                    ("paid", "An invoice is paid in full"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("occasion", models.CharField(max_length=80)),
                        ("depth", models.PositiveSmallIntegerField(default=0)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waits"),
                                    ("done", "Done"),
                                    ("passed", "Not needed"),
                                    ("failed", "Failed"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("try_count", models.PositiveSmallIntegerField(default=0)),
                        ("outcome", models.CharField(blank=True, max_length=40)),
                        ("params", models.JSONField(default=dict)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                                editable=False,
                            ),
                        ),
                        (
                            "deal",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="robot_runs",
                                to="deals.deal",
                            ),
                        ),
                        (
                            "robot",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="runs",
                                to="automation.robot",
                            ),
                        ),
                        (
                            "stage",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="deals.stage",
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
                                fields=("tenant", "robot", "deal", "occasion"), name="automation_run_once"
                            )
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["tenant", "due_at"],
                                name="automation_run_due",
                            ),
                            models.Index(fields=["tenant", "-created_at", "-id"], name="automation_run_log"),
                            models.Index(
                                fields=["tenant", "deal", "-created_at"], name="automation_run_deal"
                            ),
                            models.Index(
                                fields=["tenant", "robot", "-created_at"], name="automation_run_robot"
                            ),
                        ],
                        "verbose_name": "robot's run",
                        "verbose_name_plural": "robots' runs",
                    },
                ),
            ]
        )
    ]
