import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy
import deals.models.pipelines


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contacts", "0001_initial"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pipeline",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("currency", models.CharField(default="RUB", max_length=3, verbose_name="currency")),
                ("position", models.PositiveIntegerField(default=0)),
                ("is_archived", models.BooleanField(default=False, verbose_name="archived")),
                (
                    "is_unsorted_shown",
                    models.BooleanField(default=True, verbose_name="show Unsorted on the board"),
                ),
                (
                    "card_fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=deals.models.pipelines.default_card_fields,
                        size=None,
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
                "verbose_name": "pipeline",
                "verbose_name_plural": "pipelines",
                "ordering": ["position", "name"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("name"),
                        name="deals_pipeline_name",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RejectionReason",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("is_for_leads", models.BooleanField(default=True, verbose_name="for leads")),
                ("is_for_deals", models.BooleanField(default=True, verbose_name="for deals")),
                (
                    "is_non_targeted",
                    models.BooleanField(
                        default=False,
                        help_text="Spam, wrong number, job seekers.",
                        verbose_name="makes the lead non-targeted",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("is_archived", models.BooleanField(default=False, verbose_name="archived")),
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
                "verbose_name": "rejection reason",
                "verbose_name_plural": "rejection reasons",
                "ordering": ["position", "name"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("name"),
                        name="deals_reason_name",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Stage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                            ("archived", "Archived"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("color", models.PositiveSmallIntegerField(default=1, verbose_name="colour")),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "probability_percent",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="probability, %",
                    ),
                ),
                (
                    "time_limit_h",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="time limit, hours"),
                ),
                ("card_limit", models.PositiveIntegerField(blank=True, null=True, verbose_name="card limit")),
                ("is_shown", models.BooleanField(default=True, verbose_name="shown on the board")),
                (
                    "pipeline",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stages",
                        to="deals.pipeline",
                        verbose_name="pipeline",
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
                "verbose_name": "stage",
                "verbose_name_plural": "stages",
                "ordering": ["position"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "pipeline", "position"], name="deals_stage_order")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "open"), _negated=True),
                        fields=("tenant", "pipeline", "kind"),
                        name="deals_stage_one_system",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Deal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=250, verbose_name="title")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                            ("archived", "Archived"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("rank", models.FloatField(default=0)),
                (
                    "amount",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="amount"
                    ),
                ),
                ("currency", models.CharField(default="RUB", max_length=3, verbose_name="currency")),
                ("campaign", models.CharField(blank=True, max_length=200, verbose_name="campaign")),
                ("channel_kind", models.CharField(blank=True, max_length=12)),
                ("quality", models.CharField(blank=True, max_length=14)),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("city", models.CharField(blank=True, max_length=100, verbose_name="city")),
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
                ("expected_on", models.DateField(blank=True, null=True, verbose_name="expected on")),
                ("stage_entered_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("rejection_comment", models.TextField(blank=True, verbose_name="comment")),
                ("next_activity_at", models.DateTimeField(editable=False, null=True)),
                ("next_activity_title", models.CharField(blank=True, editable=False, max_length=300)),
                ("next_activity_kind", models.CharField(blank=True, editable=False, max_length=10)),
                ("last_activity_at", models.DateTimeField(editable=False, null=True)),
                ("unread_count", models.PositiveIntegerField(default=0, editable=False)),
                ("search_text", models.TextField(blank=True, editable=False)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
                (
                    "changed_by",
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
                    "company",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="deals",
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
                        related_name="deals",
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
                    "owner",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deals",
                        to="tenants.membership",
                        verbose_name="responsible",
                    ),
                ),
                (
                    "source",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="contacts.source",
                        verbose_name="source",
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
                    "pipeline",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deals",
                        to="deals.pipeline",
                        verbose_name="pipeline",
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
                        related_name="+",
                        to="deals.rejectionreason",
                        verbose_name="reason",
                    ),
                ),
                (
                    "stage",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deals",
                        to="deals.stage",
                        verbose_name="stage",
                    ),
                ),
            ],
            options={
                "verbose_name": "deal",
                "verbose_name_plural": "deals",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["tenant", "stage", "rank", "id"],
                        name="deals_deal_column",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["tenant", "stage"],
                        include=("state", "closed_at", "currency", "amount", "next_activity_at", "owner"),
                        name="deals_deal_totals",
                    ),
                    models.Index(fields=["tenant", "-created_at", "-id"], name="deals_deal_new"),
                    models.Index(fields=["tenant", "pipeline", "state"], name="deals_deal_pipeline_state"),
                    models.Index(fields=["tenant", "closed_at"], name="deals_deal_closed"),
                    models.Index(
                        condition=models.Q(("deleted_at", None), ("state", "open")),
                        fields=["tenant", "next_activity_at"],
                        name="deals_deal_next",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        models.F("tenant"),
                        django.contrib.postgres.indexes.OpClass("search_text", "gin_trgm_ops"),
                        name="deals_deal_search",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "number"), name="deals_deal_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="StageChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("from_name", models.CharField(blank=True, max_length=100)),
                ("to_name", models.CharField(max_length=100)),
                (
                    "to_kind",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                            ("archived", "Archived"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("seconds_in_from", models.PositiveBigIntegerField(null=True)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
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
                    "deal",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stage_changes",
                        to="deals.deal",
                    ),
                ),
                (
                    "from_stage",
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
                    "pipeline",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="deals.pipeline",
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
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="deals.stage",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "deal", "at"], name="deals_change_deal"),
                    models.Index(fields=["tenant", "pipeline", "at"], name="deals_change_pipeline"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StageRequirement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("field", models.CharField(max_length=40, verbose_name="field")),
                (
                    "moment",
                    models.CharField(
                        choices=[("enter", "To enter"), ("leave", "To leave")], default="enter", max_length=5
                    ),
                ),
                (
                    "stage",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="requirements",
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
                        fields=("tenant", "stage", "field", "moment"), name="deals_requirement_once"
                    )
                ],
            },
        ),
    ]
