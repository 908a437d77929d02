"""Contacts, companies, identity keys, sources with their cost, duplicates and loaded files."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy
from core.migrating import CreateModels
from tenants.migrations._field_values import kept_of


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("contacts", "0001_initial"),
        ("contacts", "0002_duplicates_and_merges"),
        ("contacts", "0003_companies_in_full"),
        ("contacts", "0003_custom_fields"),
        ("contacts", "0003_imports"),
        ("contacts", "0004_fields_deeper"),
        ("contacts", "0006_speed"),
        ("contacts", "0007_costs"),
    ]
    dependencies = [("tenants", "0001_tables")]
    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="SourceGroup",
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
                                name="contacts_sourcegroup_name",
                            )
                        ],
                        "ordering": ["position", "name"],
                        "verbose_name": "source group",
                        "verbose_name_plural": "source groups",
                    },
                ),
                migrations.CreateModel(
                    name="Source",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        (
                            "utm_source",
                            models.CharField(
                                blank=True,
                                help_text="Inquiries marked so get this source by themselves.",
                                max_length=100,
                                verbose_name="utm_source",
                            ),
                        ),
                        (
                            "is_advertising",
                            models.BooleanField(
                                default=True, verbose_name="counts in advertising statistics"
                            ),
                        ),
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
                        (
                            "group",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sources",
                                to="contacts.sourcegroup",
                                verbose_name="group",
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
                                name="contacts_source_name",
                            ),
                            models.UniqueConstraint(
                                models.F("tenant"),
                                django.db.models.functions.text.Lower("utm_source"),
                                condition=models.Q(("utm_source", ""), _negated=True),
                                name="contacts_source_utm",
                            ),
                        ],
                        "ordering": ["name"],
                        "verbose_name": "source",
                        "verbose_name_plural": "sources",
                    },
                ),
                migrations.CreateModel(
                    name="CampaignSource",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("hand", "by hand"),
                                    ("yandex_direct", "Yandex Direct"),
                                    ("vk_ads", "VK Ads"),
                                    ("google_ads", "Google Ads"),
                                    ("file", "another file"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("campaign", models.CharField(max_length=200)),
                        (
                            "source",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="campaigns",
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
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "origin", "campaign"), name="contacts_campaign_once"
                            )
                        ],
                        "verbose_name": "source of a campaign",
                        "verbose_name_plural": "sources of campaigns",
                    },
                ),
                migrations.CreateModel(
                    name="Contact",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                        ("last_name", models.CharField(blank=True, max_length=100, verbose_name="last name")),
                        (
                            "first_name",
                            models.CharField(blank=True, max_length=100, verbose_name="first name"),
                        ),
                        (
                            "middle_name",
                            models.CharField(blank=True, max_length=100, verbose_name="middle name"),
                        ),
                        ("position", models.CharField(blank=True, max_length=150, verbose_name="position")),
                        ("kind", models.CharField(blank=True, max_length=60, verbose_name="type")),
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
                        ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                        ("time_zone", models.CharField(blank=True, max_length=64, verbose_name="time zone")),
                        (
                            "consented_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="consent to data processing"
                            ),
                        ),
                        ("comment", models.TextField(blank=True, verbose_name="comment")),
                        ("search_text", models.TextField(blank=True, editable=False)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("last_activity_at", models.DateTimeField(editable=False, null=True)),
                        ("deleted_at", models.DateTimeField(editable=False, null=True)),
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
                                related_name="+",
                                to="tenants.membership",
                                verbose_name="responsible",
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
                        ("compared_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "merged_into",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="contacts.contact",
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
                            "city",
                            models.CharField(
                                blank=True, db_default="", default="", max_length=100, verbose_name="city"
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "-created_at", "-id"],
                                include=("owner",),
                                name="contacts_contact_new",
                            ),
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "name", "id"],
                                include=("owner",),
                                name="contacts_contact_name",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                models.F("tenant"),
                                django.contrib.postgres.indexes.OpClass("search_text", "gin_trgm_ops"),
                                gin_pending_list_limit=128,
                                name="contacts_contact_search",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["tenant", "custom_values"],
                                gin_pending_list_limit=128,
                                name="contacts_contact_custom",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["tenant", "tags"],
                                gin_pending_list_limit=128,
                                name="contacts_contact_tags",
                            ),
                            models.Index(
                                condition=models.Q(("compared_at", None)),
                                fields=["tenant", "id"],
                                name="contacts_contact_waiting",
                            ),
                        ],
                        "verbose_name": "contact",
                        "verbose_name_plural": "contacts",
                    },
                ),
                migrations.CreateModel(
                    name="Company",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
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
                                verbose_name="client type",
                            ),
                        ),
                        ("industry", models.CharField(blank=True, max_length=100, verbose_name="industry")),
                        ("site", models.CharField(blank=True, max_length=200, verbose_name="site")),
                        ("address", models.CharField(blank=True, max_length=300, verbose_name="address")),
                        (
                            "potential",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=14,
                                null=True,
                                verbose_name="potential",
                            ),
                        ),
                        (
                            "is_potential_regular",
                            models.BooleanField(default=False, verbose_name="potential is regular"),
                        ),
                        (
                            "turnover",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=16,
                                null=True,
                                verbose_name="turnover",
                            ),
                        ),
                        ("currency", models.CharField(default="RUB", max_length=3, verbose_name="currency")),
                        (
                            "headcount",
                            models.PositiveIntegerField(blank=True, null=True, verbose_name="headcount"),
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
                        ("comment", models.TextField(blank=True, verbose_name="comment")),
                        (
                            "bare_name",
                            models.CharField(
                                blank=True, db_default="", default="", editable=False, max_length=200
                            ),
                        ),
                        ("search_text", models.TextField(blank=True, editable=False)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("last_activity_at", models.DateTimeField(editable=False, null=True)),
                        ("deleted_at", models.DateTimeField(editable=False, null=True)),
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
                            "head_company",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="branches",
                                to="contacts.company",
                                verbose_name="head company",
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
                                related_name="+",
                                to="tenants.membership",
                                verbose_name="responsible",
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
                            "contacts",
                            models.ManyToManyField(
                                related_name="companies",
                                through="contacts.CompanyMember",
                                to="contacts.contact",
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
                        ("compared_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "merged_into",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="contacts.company",
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
                            "city",
                            models.CharField(
                                blank=True, db_default="", default="", max_length=100, verbose_name="city"
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "-created_at", "-id"],
                                include=("owner",),
                                name="contacts_company_new",
                            ),
                            models.Index(
                                condition=models.Q(("deleted_at", None)),
                                fields=["tenant", "name", "id"],
                                include=("owner",),
                                name="contacts_company_name",
                            ),
                            models.Index(fields=["tenant", "bare_name"], name="contacts_company_bare"),
                            django.contrib.postgres.indexes.GinIndex(
                                models.F("tenant"),
                                django.contrib.postgres.indexes.OpClass("search_text", "gin_trgm_ops"),
                                gin_pending_list_limit=128,
                                name="contacts_company_search",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["tenant", "custom_values"],
                                gin_pending_list_limit=128,
                                name="contacts_company_custom",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["tenant", "tags"],
                                gin_pending_list_limit=128,
                                name="contacts_company_tags",
                            ),
                            models.Index(
                                condition=models.Q(("compared_at", None)),
                                fields=["tenant", "id"],
                                name="contacts_company_waiting",
                            ),
                        ],
                        "verbose_name": "company",
                        "verbose_name_plural": "companies",
                    },
                ),
                migrations.CreateModel(
                    name="CompanyCategory",
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
                                choices=[("client_type", "Client type"), ("industry", "Industry")],
                                max_length=12,
                            ),
                        ),
                        ("code", models.CharField(max_length=100)),
                        ("name", models.CharField(blank=True, max_length=100, verbose_name="name")),
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
                                fields=("tenant", "kind", "code"), name="contacts_category_code"
                            ),
                            models.UniqueConstraint(
                                models.F("tenant"),
                                models.F("kind"),
                                django.db.models.functions.text.Lower("name"),
                                condition=models.Q(("name", ""), _negated=True),
                                name="contacts_category_name",
                            ),
                        ],
                        "ordering": ["position", "pk"],
                        "verbose_name": "category of companies",
                        "verbose_name_plural": "categories of companies",
                    },
                ),
                migrations.CreateModel(
                    name="CompanyMatchKey",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("value", models.CharField(max_length=100)),
                        (
                            "company",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="match_keys",
                                to="contacts.company",
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
                                fields=("tenant", "value", "company"), name="contacts_companykey_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CompanyMember",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("position", models.CharField(blank=True, max_length=150, verbose_name="position")),
                        (
                            "company",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="members",
                                to="contacts.company",
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
                            "contact",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to="contacts.contact",
                            ),
                        ),
                        ("is_main_company", models.BooleanField(db_default=False, default=False)),
                        ("is_main_person", models.BooleanField(db_default=False, default=False)),
                        ("left_on", models.DateField(blank=True, null=True, verbose_name="left on")),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "company", "contact"), name="contacts_member_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CompanyPair",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("score", models.PositiveSmallIntegerField()),
                        ("reasons", models.JSONField(default=list)),
                        (
                            "state",
                            models.CharField(
                                choices=[("likely", "Likely"), ("distinct", "Not the same")],
                                default="likely",
                                max_length=8,
                            ),
                        ),
                        ("found_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("decided_at", models.DateTimeField(null=True)),
                        (
                            "decided_by",
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
                            "first",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="contacts.company",
                            ),
                        ),
                        (
                            "second",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="contacts.company",
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
                                fields=("tenant", "first", "second"), name="contacts_companypair_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("first__lt", models.F("second"))),
                                name="contacts_companypair_order",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["tenant", "state", "-score", "-id"], name="contacts_companypair_top"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CompanyPoint",
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
                                    ("phone", "Phone"),
                                    ("email", "E-mail"),
                                    ("site", "Site"),
                                    ("address", "Address"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("value", models.CharField(max_length=254)),
                        ("reversed_value", models.CharField(blank=True, max_length=254)),
                        ("label", models.CharField(blank=True, max_length=40, verbose_name="label")),
                        (
                            "company",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="points",
                                to="contacts.company",
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
                            models.Index(fields=["tenant", "kind", "value"], name="contacts_point_value"),
                            models.Index(
                                models.F("tenant"),
                                models.F("kind"),
                                django.contrib.postgres.indexes.OpClass("reversed_value", "text_pattern_ops"),
                                name="contacts_point_last_digits",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContactMatchKey",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("value", models.CharField(max_length=100)),
                        (
                            "contact",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="match_keys",
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
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "value", "contact"), name="contacts_matchkey_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContactPair",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("score", models.PositiveSmallIntegerField()),
                        ("reasons", models.JSONField(default=list)),
                        (
                            "state",
                            models.CharField(
                                choices=[("likely", "Likely"), ("distinct", "Not the same")],
                                default="likely",
                                max_length=8,
                            ),
                        ),
                        ("found_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("decided_at", models.DateTimeField(null=True)),
                        (
                            "decided_by",
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
                            "first",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="contacts.contact",
                            ),
                        ),
                        (
                            "second",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
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
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "first", "second"), name="contacts_pair_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("first__lt", models.F("second"))),
                                name="contacts_pair_order",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["tenant", "state", "-score", "-id"], name="contacts_pair_likeliest"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExternalId",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("what", models.CharField(max_length=20)),
                        ("value", models.CharField(max_length=100)),
                        ("target_id", models.UUIDField()),
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
                                fields=("tenant", "what", "value"), name="contacts_external_once"
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "target_id"], name="contacts_external_target")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IdentityKey",
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
                                    ("phone", "Phone"),
                                    ("email", "E-mail"),
                                    ("telegram", "Telegram"),
                                    ("vk", "VK"),
                                    ("whatsapp", "WhatsApp"),
                                    ("max", "MAX"),
                                    ("avito", "Avito"),
                                    ("viber", "Viber"),
                                    ("messenger", "Messenger"),
                                    ("instagram", "Instagram"),
                                    ("chat", "Website chat"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("value", models.CharField(max_length=254)),
                        ("reversed_value", models.CharField(blank=True, max_length=254)),
                        ("raw", models.CharField(blank=True, max_length=254)),
                        ("label", models.CharField(blank=True, max_length=40, verbose_name="label")),
                        ("profile_url", models.CharField(blank=True, max_length=300)),
                        ("is_primary", models.BooleanField(default=False)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "contact",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="keys",
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
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "kind", "value"), name="contacts_key_once"
                            )
                        ],
                        "indexes": [
                            models.Index(
                                models.F("tenant"),
                                models.F("kind"),
                                django.contrib.postgres.indexes.OpClass("reversed_value", "text_pattern_ops"),
                                name="contacts_key_last_digits",
                            )
                        ],
                        "ordering": ["-is_primary", "created_at"],
                        "verbose_name": "contact key",
                        "verbose_name_plural": "contact keys",
                    },
                ),
                migrations.CreateModel(
                    name="Import",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("what", models.CharField(max_length=20)),
                        ("file_name", models.CharField(max_length=200, verbose_name="file")),
                        ("file_key", models.CharField(blank=True, max_length=200)),
                        ("size", models.PositiveIntegerField(default=0)),
                        ("layout", models.JSONField(default=dict)),
                        ("heads", models.JSONField(default=list)),
                        ("mapping", models.JSONField(default=list)),
                        ("options", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("uploaded", "Columns to be chosen"),
                                    ("checking", "Being checked"),
                                    ("checked", "Checked"),
                                    ("running", "Being loaded"),
                                    ("stopped", "Stopped"),
                                    ("done", "Loaded"),
                                    ("failed", "Broke off"),
                                    ("undoing", "Being undone"),
                                    ("undone", "Undone"),
                                ],
                                default="uploaded",
                                max_length=10,
                            ),
                        ),
                        ("claim", models.UUIDField(null=True)),
                        ("beat_at", models.DateTimeField(null=True)),
                        ("is_stopping", models.BooleanField(default=False)),
                        ("total_count", models.PositiveIntegerField(default=0)),
                        ("done_count", models.PositiveIntegerField(default=0)),
                        ("report", models.JSONField(default=dict)),
                        ("error", models.CharField(blank=True, max_length=500)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "by",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "job",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.job",
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
                                fields=["tenant", "-created_at", "-id"], name="contacts_import_recent"
                            ),
                            models.Index(
                                condition=models.Q(("state__in", ["checking", "running", "undoing"])),
                                fields=["tenant", "beat_at"],
                                name="contacts_import_working",
                            ),
                        ],
                        "ordering": ["-created_at", "-id"],
                        "verbose_name": "import",
                        "verbose_name_plural": "imports",
                    },
                ),
                migrations.CreateModel(
                    name="ImportBite",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("rows", models.JSONField(default=list)),
                        ("failed_count", models.PositiveIntegerField(default=0)),
                        ("undone_at", models.DateTimeField(null=True)),
                        ("kept", models.JSONField(default=list)),
                        (
                            "imported",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="bites",
                                to="contacts.import",
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
                                fields=("tenant", "imported", "position"), name="contacts_bite_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportMapping",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("what", models.CharField(max_length=20)),
                        ("fingerprint", models.CharField(max_length=32)),
                        ("columns", models.JSONField(default=dict)),
                        ("used_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                                fields=("tenant", "what", "fingerprint"), name="contacts_mapping_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LegalDetails",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("title", models.CharField(max_length=250, verbose_name="legal name")),
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
                        (
                            "legal_address",
                            models.CharField(blank=True, max_length=300, verbose_name="legal address"),
                        ),
                        (
                            "company",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="legal_details",
                                to="contacts.company",
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
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "is_main",
                            models.BooleanField(
                                db_default=False, default=False, editable=False, verbose_name="main"
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "inn"], name="contacts_legal_inn")],
                        "verbose_name": "legal details",
                        "verbose_name_plural": "legal details",
                    },
                ),
                migrations.CreateModel(
                    name="Merge",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("values", models.JSONField(default=dict)),
                        ("kept", models.JSONField(default=dict)),
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
                            "company",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="merges",
                                to="contacts.company",
                            ),
                        ),
                        (
                            "contact",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="merges",
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
                            "undone_by",
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
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("company__isnull", False), ("contact", None)),
                                    models.Q(("company", None), ("contact__isnull", False)),
                                    _connector="OR",
                                ),
                                name="contacts_merge_one_kind",
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "-at", "-id"], name="contacts_merge_recent")
                        ],
                        "ordering": ["-at"],
                        "verbose_name": "merge",
                        "verbose_name_plural": "merges",
                    },
                ),
                migrations.CreateModel(
                    name="MergedCard",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        (
                            "company",
                            core.tenancy.TenantForeignKey(
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
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="contacts.contact",
                            ),
                        ),
                        (
                            "merge",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="cards",
                                to="contacts.merge",
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
                                condition=models.Q(
                                    models.Q(("company__isnull", False), ("contact", None)),
                                    models.Q(("company", None), ("contact__isnull", False)),
                                    _connector="OR",
                                ),
                                name="contacts_mergedcard_one_kind",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MergeMove",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("model", models.CharField(max_length=60)),
                        ("field", models.CharField(max_length=60)),
                        ("card_id", models.UUIDField()),
                        (
                            "row_ids",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(), size=None
                            ),
                        ),
                        (
                            "merge",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="moves",
                                to="contacts.merge",
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
                    options={"abstract": False, "base_manager_name": "objects", "ordering": ["id"]},
                ),
                migrations.CreateModel(
                    name="SourceCost",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("starts_on", models.DateField(verbose_name="from")),
                        ("ends_on", models.DateField(verbose_name="to")),
                        (
                            "amount",
                            models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount"),
                        ),
                        ("currency", models.CharField(default="RUB", max_length=3, verbose_name="currency")),
                        (
                            "source",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="costs",
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
                        ("campaign", models.CharField(blank=True, max_length=200, verbose_name="campaign")),
                        ("detail", models.CharField(blank=True, editable=False, max_length=300)),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("hand", "by hand"),
                                    ("yandex_direct", "Yandex Direct"),
                                    ("vk_ads", "VK Ads"),
                                    ("google_ads", "Google Ads"),
                                    ("file", "another file"),
                                ],
                                default="hand",
                                editable=False,
                                max_length=16,
                                verbose_name="how",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                                name="contacts_cost_days",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("origin", "hand"), _negated=True),
                                fields=(
                                    "tenant",
                                    "origin",
                                    "campaign",
                                    "detail",
                                    "starts_on",
                                    "ends_on",
                                    "currency",
                                ),
                                name="contacts_cost_once",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "starts_on", "id"], name="contacts_cost_start"),
                            models.Index(fields=["tenant", "ends_on"], name="contacts_cost_end"),
                        ],
                        "ordering": ["-starts_on"],
                        "verbose_name": "source cost",
                        "verbose_name_plural": "source costs",
                    },
                ),
            ]
        ),
        kept_of("contacts_company"),
        kept_of("contacts_contact"),
    ]
