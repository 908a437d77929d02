import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenants", "0001_initial"),
    ]

    operations = [
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
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="potential"
                    ),
                ),
                (
                    "is_potential_regular",
                    models.BooleanField(default=False, verbose_name="potential is regular"),
                ),
                (
                    "turnover",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="turnover"
                    ),
                ),
                ("currency", models.CharField(default="RUB", max_length=3, verbose_name="currency")),
                ("headcount", models.PositiveIntegerField(blank=True, null=True, verbose_name="headcount")),
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
                    models.CharField(blank=True, db_default="", default="", editable=False, max_length=200),
                ),
                ("search_text", models.TextField(blank=True, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
            ],
            options={
                "verbose_name": "company",
                "verbose_name_plural": "companies",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "-created_at", "-id"], name="contacts_company_new"),
                    models.Index(fields=["tenant", "name", "id"], name="contacts_company_name"),
                    models.Index(fields=["tenant", "bare_name"], name="contacts_company_bare"),
                    django.contrib.postgres.indexes.GinIndex(
                        models.F("tenant"),
                        django.contrib.postgres.indexes.OpClass("search_text", "gin_trgm_ops"),
                        name="contacts_company_search",
                    ),
                ],
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
                ("first_name", models.CharField(blank=True, max_length=100, verbose_name="first name")),
                ("middle_name", models.CharField(blank=True, max_length=100, verbose_name="middle name")),
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
                    models.DateTimeField(blank=True, null=True, verbose_name="consent to data processing"),
                ),
                ("comment", models.TextField(blank=True, verbose_name="comment")),
                ("search_text", models.TextField(blank=True, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "-created_at", "-id"], name="contacts_contact_new"),
                    models.Index(fields=["tenant", "name", "id"], name="contacts_contact_name"),
                    django.contrib.postgres.indexes.GinIndex(
                        models.F("tenant"),
                        django.contrib.postgres.indexes.OpClass("search_text", "gin_trgm_ops"),
                        name="contacts_contact_search",
                    ),
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
        migrations.AddField(
            model_name="company",
            name="contacts",
            field=models.ManyToManyField(
                related_name="companies", through="contacts.CompanyMember", to="contacts.contact"
            ),
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
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
                "verbose_name": "contact key",
                "verbose_name_plural": "contact keys",
                "ordering": ["-is_primary", "created_at"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        models.F("tenant"),
                        models.F("kind"),
                        django.contrib.postgres.indexes.OpClass("reversed_value", "text_pattern_ops"),
                        name="contacts_key_last_digits",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "kind", "value"), name="contacts_key_once")
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
                ("legal_address", models.CharField(blank=True, max_length=300, verbose_name="legal address")),
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
            ],
            options={
                "verbose_name": "legal details",
                "verbose_name_plural": "legal details",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["tenant", "inn"], name="contacts_legal_inn")],
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
                    models.BooleanField(default=True, verbose_name="counts in advertising statistics"),
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
            ],
            options={
                "verbose_name": "source",
                "verbose_name_plural": "sources",
                "ordering": ["name"],
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
            },
        ),
        migrations.AddField(
            model_name="contact",
            name="source",
            field=core.tenancy.TenantForeignKey(
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
        migrations.AddField(
            model_name="company",
            name="source",
            field=core.tenancy.TenantForeignKey(
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
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("currency", models.CharField(default="RUB", max_length=3, verbose_name="currency")),
                (
                    "source",
                    core.tenancy.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
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
            ],
            options={
                "verbose_name": "source cost",
                "verbose_name_plural": "source costs",
                "ordering": ["-starts_on"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="contacts_cost_days"
                    )
                ],
            },
        ),
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
                "verbose_name": "source group",
                "verbose_name_plural": "source groups",
                "ordering": ["position", "name"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("name"),
                        name="contacts_sourcegroup_name",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="source",
            name="group",
            field=core.tenancy.TenantForeignKey(
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
        migrations.CreateModel(
            name="CompanyPoint",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(choices=[("phone", "Phone"), ("email", "E-mail")], max_length=10)),
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
    ]
