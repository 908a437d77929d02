"""Pipelines, deals, products, papers and payments."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy
import deals.models.documents
import deals.models.pipelines
from core.migrating import CreateModels
from tenants.migrations._field_values import kept_of


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("deals", "0001_initial"),
        ("deals", "0002_figures"),
        ("deals", "0003_one_open_deal"),
        ("deals", "0004_board_and_rights"),
        ("deals", "0004_custom_fields"),
        ("deals", "0004_products_and_documents"),
        ("deals", "0005_payments"),
        ("deals", "0006_fields_deeper"),
        ("deals", "0007_speed"),
    ]
    dependencies = [("contacts", "0001_tables"), ("tenants", "0001_tables")]
    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="StatementImport",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("file_name", models.CharField(max_length=200, verbose_name="file")),
                        (
                            "accounts",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=34), default=list, size=None
                            ),
                        ),
                        ("first_on", models.DateField(null=True)),
                        ("last_on", models.DateField(null=True)),
                        ("rows", models.JSONField(default=list)),
                        ("counts", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("preview", "Not confirmed yet"),
                                    ("done", "Imported"),
                                    ("undone", "Taken back"),
                                ],
                                default="preview",
                                max_length=7,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("confirmed_at", models.DateTimeField(editable=False, null=True)),
                        ("undone_at", models.DateTimeField(editable=False, null=True)),
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
                        (
                            "undone_by",
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
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "-created_at"], name="deals_statement_new")
                        ],
                        "verbose_name": "bank statement",
                        "verbose_name_plural": "bank statements",
                    },
                ),
                migrations.CreateModel(
                    name="BankEntry",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("account", models.CharField(max_length=34, verbose_name="our account")),
                        ("payer_key", models.CharField(blank=True, max_length=34)),
                        ("number", models.CharField(max_length=50, verbose_name="number")),
                        ("on", models.DateField(verbose_name="date")),
                        (
                            "amount",
                            models.DecimalField(decimal_places=2, max_digits=16, verbose_name="amount"),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("came_on", models.DateField(verbose_name="came on")),
                        ("payer", models.CharField(blank=True, max_length=250, verbose_name="payer")),
                        ("payer_inn", models.CharField(blank=True, max_length=12, verbose_name="INN")),
                        ("purpose", models.TextField(blank=True, verbose_name="purpose")),
                        ("assigned", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
                        ("is_dismissed", models.BooleanField(default=False)),
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
                            "statement",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="entries",
                                to="deals.statementimport",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "account", "payer_key", "number", "on", "amount"),
                                name="deals_entry_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("assigned__gte", 0), ("assigned__lte", models.F("amount"))
                                ),
                                name="deals_entry_assigned",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("assigned__lt", models.F("amount")), ("is_dismissed", False)
                                ),
                                fields=["tenant", "-came_on", "-id"],
                                name="deals_entry_waiting",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                models.F("tenant"),
                                django.contrib.postgres.indexes.OpClass("payer", "gin_trgm_ops"),
                                gin_pending_list_limit=128,
                                name="deals_entry_search",
                            ),
                        ],
                        "verbose_name": "payment in a bank statement",
                        "verbose_name_plural": "payments in bank statements",
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
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="time limit, hours"
                            ),
                        ),
                        (
                            "card_limit",
                            models.PositiveIntegerField(blank=True, null=True, verbose_name="card limit"),
                        ),
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
                        (
                            "is_limit_strict",
                            models.BooleanField(
                                default=False,
                                help_text="Otherwise the column only turns red.",
                                verbose_name="refuse cards beyond the limit",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "open"), _negated=True),
                                fields=("tenant", "pipeline", "kind"),
                                name="deals_stage_one_system",
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "pipeline", "position"], name="deals_stage_order")
                        ],
                        "ordering": ["position"],
                        "verbose_name": "stage",
                        "verbose_name_plural": "stages",
                    },
                ),
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
                        (
                            "has_one_open_deal",
                            models.BooleanField(
                                default=False,
                                help_text="When clients are merged, one of their open deals stays on the board and the others are folded into it; a new inquiry is offered that deal first.",
                                verbose_name="one visible open deal per client",
                            ),
                        ),
                        (
                            "first_payment_stage",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="deals.stage",
                                verbose_name="on the first payment move to",
                            ),
                        ),
                        (
                            "full_payment_stage",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="deals.stage",
                                verbose_name="when everything is paid move to",
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
                                name="deals_pipeline_name",
                            )
                        ],
                        "ordering": ["position", "name"],
                        "verbose_name": "pipeline",
                        "verbose_name_plural": "pipelines",
                    },
                ),
                migrations.CreateModel(
                    name="PriceList",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("currency", models.CharField(default="RUB", max_length=3, verbose_name="currency")),
                        (
                            "client_type",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("wholesale", "Wholesale"),
                                    ("chain", "Chain"),
                                    ("retail", "Retail"),
                                    ("online", "Online shop"),
                                    ("tender", "Tender"),
                                    ("integrator", "Integrator"),
                                    ("horeca", "End user: HoReCa"),
                                    ("office", "End user: office"),
                                    ("other", "Other"),
                                ],
                                max_length=20,
                                verbose_name="for clients of the type",
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
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("tenant"),
                                django.db.models.functions.text.Lower("name"),
                                name="deals_pricelist_name",
                            )
                        ],
                        "ordering": ["position", "name"],
                        "verbose_name": "price list",
                        "verbose_name_plural": "price lists",
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
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("tenant"),
                                django.db.models.functions.text.Lower("name"),
                                name="deals_reason_name",
                            )
                        ],
                        "ordering": ["position", "name"],
                        "verbose_name": "rejection reason",
                        "verbose_name_plural": "rejection reasons",
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
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "changed_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
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
                        (
                            "folded_into",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="folded",
                                to="deals.deal",
                            ),
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
                        (
                            "is_amount_of_lines",
                            models.BooleanField(
                                default=False, editable=False, verbose_name="amount follows the lines"
                            ),
                        ),
                        (
                            "is_tax_included",
                            models.BooleanField(
                                default=True, editable=False, verbose_name="prices include VAT"
                            ),
                        ),
                        (
                            "price_list",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="deals.pricelist",
                                verbose_name="price list",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "number"), name="deals_deal_number")
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "stage", "rank", "id"],
                                name="deals_deal_column",
                            ),
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "stage"],
                                include=(
                                    "id",
                                    "state",
                                    "closed_at",
                                    "currency",
                                    "amount",
                                    "next_activity_at",
                                    "owner",
                                ),
                                name="deals_deal_totals",
                            ),
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "-created_at", "-id"],
                                include=("pipeline", "stage", "state", "currency", "amount", "owner"),
                                name="deals_deal_new",
                            ),
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "title", "id"],
                                name="deals_deal_title",
                            ),
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "stage_entered_at", "id"],
                                name="deals_deal_entered",
                            ),
                            models.Index(
                                fields=["tenant", "pipeline", "state"], name="deals_deal_pipeline_state"
                            ),
                            models.Index(fields=["tenant", "closed_at"], name="deals_deal_closed"),
                            models.Index(
                                condition=models.Q(("deleted_at", None), ("state", "open")),
                                fields=["tenant", "next_activity_at"],
                                name="deals_deal_next",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                models.F("tenant"),
                                django.contrib.postgres.indexes.OpClass("search_text", "gin_trgm_ops"),
                                gin_pending_list_limit=128,
                                name="deals_deal_search",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["tenant", "custom_values"],
                                gin_pending_list_limit=128,
                                name="deals_deal_custom",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["tenant", "tags"], gin_pending_list_limit=128, name="deals_deal_tags"
                            ),
                        ],
                        "verbose_name": "deal",
                        "verbose_name_plural": "deals",
                    },
                ),
                migrations.CreateModel(
                    name="ProductCategory",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("position", models.PositiveIntegerField(default=0)),
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
                                name="deals_category_name",
                            )
                        ],
                        "ordering": ["position", "name"],
                        "verbose_name": "product category",
                        "verbose_name_plural": "product categories",
                    },
                ),
                migrations.CreateModel(
                    name="Product",
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
                                choices=[("goods", "Goods"), ("service", "Service")],
                                default="goods",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("name", models.CharField(max_length=250, verbose_name="name")),
                        ("sku", models.CharField(blank=True, max_length=60, verbose_name="article")),
                        ("unit", models.CharField(blank=True, max_length=20, verbose_name="unit")),
                        (
                            "price",
                            models.DecimalField(
                                decimal_places=2, default=0, max_digits=14, verbose_name="price"
                            ),
                        ),
                        ("currency", models.CharField(default="RUB", max_length=3, verbose_name="currency")),
                        (
                            "vat_percent",
                            models.DecimalField(
                                blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="VAT, %"
                            ),
                        ),
                        ("description", models.TextField(blank=True, verbose_name="description")),
                        ("picture_key", models.CharField(blank=True, editable=False, max_length=100)),
                        ("picture_type", models.CharField(blank=True, editable=False, max_length=50)),
                        ("is_archived", models.BooleanField(default=False, verbose_name="archived")),
                        ("search_text", models.TextField(blank=True, editable=False)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
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
                            "category",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="products",
                                to="deals.productcategory",
                                verbose_name="category",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("tenant"),
                                django.db.models.functions.text.Lower("sku"),
                                condition=models.Q(("sku", ""), _negated=True),
                                name="deals_product_sku",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("price__gte", 0)), name="deals_product_price"
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "name", "id"], name="deals_product_name"),
                            models.Index(fields=["tenant", "-created_at", "-id"], name="deals_product_new"),
                        ],
                        "verbose_name": "product",
                        "verbose_name_plural": "products",
                    },
                ),
                migrations.CreateModel(
                    name="DealLine",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("position", models.PositiveIntegerField(default=0)),
                        ("name", models.CharField(max_length=500, verbose_name="name")),
                        ("sku", models.CharField(blank=True, max_length=60, verbose_name="article")),
                        ("unit", models.CharField(blank=True, max_length=20, verbose_name="unit")),
                        (
                            "quantity",
                            models.DecimalField(
                                decimal_places=3,
                                default=1,
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="quantity",
                            ),
                        ),
                        (
                            "price",
                            models.DecimalField(
                                decimal_places=2, default=0, max_digits=14, verbose_name="price"
                            ),
                        ),
                        (
                            "discount_kind",
                            models.CharField(
                                choices=[("percent", "%"), ("money", "sum")],
                                default="percent",
                                max_length=7,
                                verbose_name="discount in",
                            ),
                        ),
                        (
                            "discount",
                            models.DecimalField(
                                decimal_places=2, default=0, max_digits=14, verbose_name="discount"
                            ),
                        ),
                        (
                            "vat_percent",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=5,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(0),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                                verbose_name="VAT, %",
                            ),
                        ),
                        (
                            "deal",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="deals.deal",
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
                            "product",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="deals.product",
                                verbose_name="product",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("discount__gte", 0), ("price__gte", 0), ("quantity__gt", 0)
                                ),
                                name="deals_line_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("discount_kind", "percent"), _negated=True),
                                    ("discount__lte", 100),
                                    _connector="OR",
                                ),
                                name="deals_line_percent",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "deal", "position"], name="deals_line_order")
                        ],
                        "ordering": ["position", "id"],
                        "verbose_name": "line",
                        "verbose_name_plural": "lines",
                    },
                ),
                migrations.CreateModel(
                    name="OurCompany",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=150, verbose_name="short name")),
                        ("legal_name", models.CharField(max_length=250, verbose_name="legal name")),
                        ("inn", models.CharField(blank=True, max_length=12, verbose_name="INN")),
                        ("kpp", models.CharField(blank=True, max_length=9, verbose_name="KPP")),
                        ("ogrn", models.CharField(blank=True, max_length=15, verbose_name="OGRN")),
                        ("bank", models.CharField(blank=True, max_length=200, verbose_name="bank")),
                        ("bik", models.CharField(blank=True, max_length=9, verbose_name="BIK")),
                        ("account", models.CharField(blank=True, max_length=34, verbose_name="account")),
                        (
                            "correspondent_account",
                            models.CharField(blank=True, max_length=20, verbose_name="correspondent account"),
                        ),
                        ("address", models.CharField(blank=True, max_length=300, verbose_name="address")),
                        ("phone", models.CharField(blank=True, max_length=60, verbose_name="phone")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                        ("site", models.CharField(blank=True, max_length=200, verbose_name="site")),
                        (
                            "director_title",
                            models.CharField(blank=True, max_length=100, verbose_name="head's position"),
                        ),
                        ("director", models.CharField(blank=True, max_length=150, verbose_name="head")),
                        (
                            "accountant",
                            models.CharField(blank=True, max_length=150, verbose_name="accountant"),
                        ),
                        ("logo_key", models.CharField(blank=True, editable=False, max_length=100)),
                        ("stamp_key", models.CharField(blank=True, editable=False, max_length=100)),
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
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "inn"], name="deals_ourcompany_inn")],
                        "ordering": ["position", "name"],
                        "verbose_name": "our company",
                        "verbose_name_plural": "our companies",
                    },
                ),
                migrations.CreateModel(
                    name="Proposal",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("number", models.CharField(max_length=60, verbose_name="number")),
                        (
                            "language",
                            models.CharField(
                                choices=[("ru", "Russian"), ("en", "English")],
                                default="ru",
                                max_length=5,
                                verbose_name="language",
                            ),
                        ),
                        ("issued_on", models.DateField(verbose_name="date")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        (
                            "total",
                            models.DecimalField(
                                decimal_places=2, default=0, max_digits=16, verbose_name="total"
                            ),
                        ),
                        (
                            "tax",
                            models.DecimalField(
                                decimal_places=2, default=0, max_digits=16, verbose_name="VAT"
                            ),
                        ),
                        ("client_inn", models.CharField(blank=True, max_length=12)),
                        ("content", models.JSONField(default=dict)),
                        ("link_nonce", models.UUIDField(editable=False, null=True)),
                        ("sent_at", models.DateTimeField(editable=False, null=True, verbose_name="sent")),
                        (
                            "viewed_at",
                            models.DateTimeField(editable=False, null=True, verbose_name="first opened"),
                        ),
                        ("last_viewed_at", models.DateTimeField(editable=False, null=True)),
                        ("view_count", models.PositiveIntegerField(default=0, editable=False)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                        ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("sent", "Sent"),
                                    ("viewed", "Viewed"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Declined"),
                                    ("expired", "Expired"),
                                    ("replaced", "Replaced by a newer version"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "answered_at",
                            models.DateTimeField(editable=False, null=True, verbose_name="answered"),
                        ),
                        (
                            "answered_by",
                            models.CharField(
                                blank=True, editable=False, max_length=150, verbose_name="answered by"
                            ),
                        ),
                        ("answered_from", models.GenericIPAddressField(editable=False, null=True)),
                        (
                            "decline_reason",
                            models.TextField(blank=True, editable=False, verbose_name="reason"),
                        ),
                        (
                            "client_details",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="contacts.legaldetails",
                                verbose_name="details of the client",
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
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="proposals",
                                to="deals.deal",
                                verbose_name="deal",
                            ),
                        ),
                        (
                            "replaces",
                            core.tenancy.TenantOneToOneField(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="replaced_by",
                                to="deals.proposal",
                            ),
                        ),
                        (
                            "seller",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="deals.ourcompany",
                                verbose_name="our company",
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
                                fields=("tenant", "number", "version"), name="deals_proposal_number"
                            )
                        ],
                        "indexes": [
                            models.Index(
                                fields=["tenant", "deal", "-created_at"], name="deals_proposal_deal"
                            ),
                            models.Index(fields=["tenant", "-created_at", "-id"], name="deals_proposal_new"),
                            models.Index(
                                fields=["tenant", "total", "id"],
                                include=("currency", "state", "deal"),
                                name="deals_proposal_total",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                models.F("tenant"),
                                django.contrib.postgres.indexes.OpClass("number", "gin_trgm_ops"),
                                gin_pending_list_limit=128,
                                name="deals_proposal_search",
                            ),
                            models.Index(
                                condition=models.Q(("state__in", ["sent", "viewed"])),
                                fields=["tenant", "valid_until"],
                                name="deals_proposal_waiting",
                            ),
                        ],
                        "verbose_name": "proposal",
                        "verbose_name_plural": "proposals",
                    },
                ),
                migrations.CreateModel(
                    name="Invoice",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("number", models.CharField(max_length=60, verbose_name="number")),
                        (
                            "language",
                            models.CharField(
                                choices=[("ru", "Russian"), ("en", "English")],
                                default="ru",
                                max_length=5,
                                verbose_name="language",
                            ),
                        ),
                        ("issued_on", models.DateField(verbose_name="date")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        (
                            "total",
                            models.DecimalField(
                                decimal_places=2, default=0, max_digits=16, verbose_name="total"
                            ),
                        ),
                        (
                            "tax",
                            models.DecimalField(
                                decimal_places=2, default=0, max_digits=16, verbose_name="VAT"
                            ),
                        ),
                        ("client_inn", models.CharField(blank=True, max_length=12)),
                        ("content", models.JSONField(default=dict)),
                        ("link_nonce", models.UUIDField(editable=False, null=True)),
                        ("sent_at", models.DateTimeField(editable=False, null=True, verbose_name="sent")),
                        (
                            "viewed_at",
                            models.DateTimeField(editable=False, null=True, verbose_name="first opened"),
                        ),
                        ("last_viewed_at", models.DateTimeField(editable=False, null=True)),
                        ("view_count", models.PositiveIntegerField(default=0, editable=False)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="due on")),
                        (
                            "paid",
                            models.DecimalField(
                                decimal_places=2, default=0, max_digits=16, verbose_name="paid"
                            ),
                        ),
                        ("paid_on", models.DateField(editable=False, null=True, verbose_name="paid on")),
                        ("cancelled_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("sent", "Sent"),
                                    ("partly_paid", "Partly paid"),
                                    ("paid", "Paid"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="draft",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "client_details",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="contacts.legaldetails",
                                verbose_name="details of the client",
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
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invoices",
                                to="deals.deal",
                                verbose_name="deal",
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
                            "seller",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="deals.ourcompany",
                                verbose_name="our company",
                            ),
                        ),
                        (
                            "proposal",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="invoices",
                                to="deals.proposal",
                                verbose_name="proposal",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "number"), name="deals_invoice_number"),
                            models.CheckConstraint(
                                condition=models.Q(("paid__gte", 0)), name="deals_invoice_paid"
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "deal", "-created_at"], name="deals_invoice_deal"),
                            models.Index(fields=["tenant", "-created_at", "-id"], name="deals_invoice_new"),
                            models.Index(
                                fields=["tenant", "total", "id"],
                                include=("currency", "state", "deal"),
                                name="deals_invoice_total",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                models.F("tenant"),
                                django.contrib.postgres.indexes.OpClass("number", "gin_trgm_ops"),
                                gin_pending_list_limit=128,
                                name="deals_invoice_search",
                            ),
                            models.Index(
                                condition=models.Q(("state__in", ["sent", "partly_paid"])),
                                fields=["tenant", "due_on"],
                                name="deals_invoice_unpaid",
                            ),
                        ],
                        "verbose_name": "invoice",
                        "verbose_name_plural": "invoices",
                    },
                ),
                migrations.CreateModel(
                    name="DocumentOpening",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("address", models.GenericIPAddressField(null=True)),
                        ("user_agent", models.CharField(blank=True, max_length=300)),
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
                            "invoice",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="openings",
                                to="deals.invoice",
                            ),
                        ),
                        (
                            "proposal",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="openings",
                                to="deals.proposal",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("invoice__isnull", False), ("proposal", None)),
                                    models.Q(("invoice", None), ("proposal__isnull", False)),
                                    _connector="OR",
                                ),
                                name="deals_opening_of_one",
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "proposal", "-at"], name="deals_opening_proposal"),
                            models.Index(fields=["tenant", "invoice", "-at"], name="deals_opening_invoice"),
                        ],
                        "ordering": ["-at"],
                    },
                ),
                migrations.CreateModel(
                    name="DocumentRoute",
                    fields=[
                        ("token_hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("proposal", "Proposal"), ("invoice", "Invoice")], max_length=10
                            ),
                        ),
                        ("document_id", models.UUIDField(db_index=True)),
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
                    name="DocumentSettings",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "proposal_format",
                            models.CharField(
                                default="КП-{year}-{n}", max_length=40, verbose_name="number of a proposal"
                            ),
                        ),
                        (
                            "invoice_format",
                            models.CharField(
                                default="{n}", max_length=40, verbose_name="number of an invoice"
                            ),
                        ),
                        (
                            "proposal_days",
                            models.PositiveSmallIntegerField(
                                default=14,
                                validators=[django.core.validators.MaxValueValidator(3650)],
                                verbose_name="a proposal is valid, days",
                            ),
                        ),
                        (
                            "invoice_days",
                            models.PositiveSmallIntegerField(
                                default=5,
                                validators=[django.core.validators.MaxValueValidator(3650)],
                                verbose_name="an invoice is to be paid within, days",
                            ),
                        ),
                        (
                            "proposal_before",
                            models.TextField(blank=True, verbose_name="proposal: text before the lines"),
                        ),
                        (
                            "proposal_after",
                            models.TextField(blank=True, verbose_name="proposal: text after the lines"),
                        ),
                        (
                            "invoice_before",
                            models.TextField(blank=True, verbose_name="invoice: text before the lines"),
                        ),
                        (
                            "invoice_after",
                            models.TextField(blank=True, verbose_name="invoice: text after the lines"),
                        ),
                        (
                            "vat_rates",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.DecimalField(
                                    decimal_places=2,
                                    max_digits=5,
                                    validators=[
                                        django.core.validators.MinValueValidator(0),
                                        django.core.validators.MaxValueValidator(100),
                                    ],
                                ),
                                blank=True,
                                default=deals.models.documents.vat_rates,
                                size=None,
                                verbose_name="VAT rates, %",
                            ),
                        ),
                        (
                            "vat_percent",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=5,
                                null=True,
                                verbose_name="VAT of a new product, %",
                            ),
                        ),
                        (
                            "is_tax_included",
                            models.BooleanField(default=True, verbose_name="prices include VAT"),
                        ),
                        (
                            "is_client_reminded",
                            models.BooleanField(default=False, verbose_name="remind the client by mail"),
                        ),
                        (
                            "remind_before_days",
                            models.PositiveSmallIntegerField(
                                default=1,
                                validators=[django.core.validators.MaxValueValidator(60)],
                                verbose_name="remind before the due date, days",
                            ),
                        ),
                        (
                            "remind_after_days",
                            models.PositiveSmallIntegerField(
                                default=1,
                                validators=[django.core.validators.MaxValueValidator(60)],
                                verbose_name="remind after the due date, days",
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
                            models.UniqueConstraint(fields=("tenant",), name="deals_documentsettings_one")
                        ],
                        "verbose_name": "document settings",
                        "verbose_name_plural": "document settings",
                    },
                ),
                migrations.CreateModel(
                    name="InvoiceReminder",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "occasion",
                            models.CharField(
                                choices=[("before", "before the due date"), ("after", "after the due date")],
                                max_length=6,
                            ),
                        ),
                        ("due_on", models.DateField()),
                        ("at", models.DateTimeField()),
                        (
                            "invoice",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reminders",
                                to="deals.invoice",
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
                                fields=("tenant", "invoice", "occasion", "due_on"), name="deals_reminder_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListPrice",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("price", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="price")),
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
                            "price_list",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="prices",
                                to="deals.pricelist",
                            ),
                        ),
                        (
                            "product",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="list_prices",
                                to="deals.product",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "price_list", "product"), name="deals_listprice_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("price__gte", 0)), name="deals_listprice_price"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payment",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(decimal_places=2, max_digits=16, verbose_name="amount"),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("paid_on", models.DateField(verbose_name="paid on")),
                        ("comment", models.CharField(blank=True, max_length=300, verbose_name="comment")),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("cancelled_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "cancelled_by",
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
                            "entry",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="deals.bankentry",
                            ),
                        ),
                        (
                            "invoice",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="deals.invoice",
                                verbose_name="invoice",
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
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="deals_payment_amount"
                            )
                        ],
                        "indexes": [
                            models.Index(
                                fields=["tenant", "invoice", "paid_on"], name="deals_payment_invoice"
                            ),
                            models.Index(fields=["tenant", "-paid_on", "-id"], name="deals_payment_new"),
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="deals_payment_written"
                            ),
                            models.Index(
                                fields=["tenant", "amount", "id"], name="deals_payment_amount_order"
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                models.F("tenant"),
                                django.contrib.postgres.indexes.OpClass("comment", "gin_trgm_ops"),
                                gin_pending_list_limit=128,
                                name="deals_payment_search",
                            ),
                        ],
                        "verbose_name": "payment",
                        "verbose_name_plural": "payments",
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
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "deal", "at"],
                                include=(
                                    "id",
                                    "pipeline",
                                    "from_stage",
                                    "to_stage",
                                    "to_kind",
                                    "seconds_in_from",
                                ),
                                name="deals_change_deal",
                            ),
                            models.Index(fields=["tenant", "pipeline", "at"], name="deals_change_pipeline"),
                        ],
                        "ordering": ["at", "id"],
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
                                choices=[("enter", "To enter"), ("leave", "To leave")],
                                default="enter",
                                max_length=5,
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
        ),
        kept_of("deals_deal"),
    ]
