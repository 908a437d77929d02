"""Tenants, people and roles, hours of work, fields of their own, saved views and jobs."""

import uuid

import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import core.ids
import core.tenancy
from core.migrating import CreateModels
from tenants.migrations._field_values import FUNCTIONS


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("tenants", "0001_initial"),
        ("tenants", "0002_hours_of_work"),
        ("tenants", "0003_mail_signature"),
        ("tenants", "0004_calendar_letters"),
        ("tenants", "0004_custom_fields"),
        ("tenants", "0004_pipeline_rights"),
        ("tenants", "0005_currency_rates"),
        ("tenants", "0006_field_visibility"),
        ("tenants", "0007_letter_attachment"),
        ("tenants", "0008_mailings"),
    ]
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Tenant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        ("slug", models.SlugField(unique=True, verbose_name="short name")),
                        (
                            "language",
                            models.CharField(
                                choices=[("ru", "Russian"), ("en", "English")],
                                default="ru",
                                max_length=5,
                                verbose_name="language",
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="Europe/Moscow", max_length=64, verbose_name="time zone"
                            ),
                        ),
                        ("currency", models.CharField(default="RUB", max_length=3, verbose_name="currency")),
                        (
                            "phone_region",
                            models.CharField(
                                default="RU", max_length=2, verbose_name="country of phone numbers"
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("classic", "Leads first"),
                                    ("simple", "No leads: every inquiry becomes a deal"),
                                ],
                                default="classic",
                                max_length=10,
                                verbose_name="working mode",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "is_export_restricted",
                            models.BooleanField(default=False, verbose_name="only administrators may export"),
                        ),
                        (
                            "is_lead_bound_to_taker",
                            models.BooleanField(
                                default=True, verbose_name="taking a lead binds it to the taker"
                            ),
                        ),
                        (
                            "shown_manager",
                            models.CharField(
                                choices=[("taker", "Who took the lead"), ("owner", "Who owns the deal")],
                                default="taker",
                                max_length=10,
                                verbose_name="manager shown in lists",
                            ),
                        ),
                        (
                            "min_call_s",
                            models.PositiveIntegerField(
                                default=20, verbose_name="a shorter call is non-targeted, seconds"
                            ),
                        ),
                        (
                            "workday_starts_at",
                            models.TimeField(default="09:00", verbose_name="working day starts"),
                        ),
                        (
                            "workday_ends_at",
                            models.TimeField(default="18:00", verbose_name="working day ends"),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("hours_stamp", models.UUIDField(default=uuid.uuid4, editable=False)),
                        ("bank_asked_at", models.DateTimeField(editable=False, null=True)),
                        ("bank_error", models.CharField(blank=True, editable=False, max_length=200)),
                        (
                            "follows_bank_rates",
                            models.BooleanField(
                                default=False, verbose_name="take the Bank of Russia’s rates"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                        "verbose_name": "tenant",
                        "verbose_name_plural": "tenants",
                    },
                ),
                migrations.CreateModel(
                    name="Department",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=150, verbose_name="name")),
                        (
                            "parent",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="tenants.department",
                                verbose_name="part of",
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
                        "ordering": ["name"],
                        "verbose_name": "department",
                        "verbose_name_plural": "departments",
                    },
                ),
                migrations.CreateModel(
                    name="Office",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=150, verbose_name="name")),
                        ("address", models.CharField(blank=True, max_length=300, verbose_name="address")),
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
                        "ordering": ["name"],
                        "verbose_name": "office",
                        "verbose_name_plural": "offices",
                    },
                ),
                migrations.CreateModel(
                    name="Role",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("code", models.CharField(blank=True, editable=False, max_length=20)),
                        ("grants", models.JSONField(default=dict, verbose_name="rights")),
                        (
                            "is_admin",
                            models.BooleanField(
                                default=False, verbose_name="administrator: everything in this company"
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
                        ("pipeline_rights", models.JSONField(default=dict, editable=False)),
                        ("field_rights", models.JSONField(default=dict, editable=False)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("tenant"),
                                django.db.models.functions.text.Lower("name"),
                                name="tenants_role_name",
                            )
                        ],
                        "ordering": ["name"],
                        "verbose_name": "role",
                        "verbose_name_plural": "roles",
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        (
                            "last_login",
                            models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail")),
                        ("name", models.CharField(blank=True, max_length=150, verbose_name="name")),
                        (
                            "language",
                            models.CharField(
                                blank=True,
                                choices=[("ru", "Russian"), ("en", "English")],
                                max_length=5,
                                verbose_name="language",
                            ),
                        ),
                        ("time_zone", models.CharField(blank=True, max_length=64, verbose_name="time zone")),
                        ("is_staff", models.BooleanField(default=False, verbose_name="platform operator")),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "date_joined",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={"verbose_name": "user", "verbose_name_plural": "users"},
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=150, verbose_name="name")),
                        ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                        (
                            "phone_extension",
                            models.CharField(blank=True, max_length=20, verbose_name="phone extension"),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="works here")),
                        ("dismissed_at", models.DateTimeField(blank=True, editable=False, null=True)),
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
                                related_name="members",
                                to="tenants.department",
                                verbose_name="department",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "office",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="members",
                                to="tenants.office",
                                verbose_name="office",
                            ),
                        ),
                        (
                            "role",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="members",
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
                        (
                            "mail_signature",
                            models.TextField(
                                blank=True, max_length=1000, verbose_name="signature of letters"
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "user"), name="tenants_membership_once")
                        ],
                        "ordering": ["name"],
                        "verbose_name": "member",
                        "verbose_name_plural": "members",
                    },
                ),
                migrations.CreateModel(
                    name="Absence",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("starts_on", models.DateField(verbose_name="first day")),
                        ("ends_on", models.DateField(verbose_name="last day")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("vacation", "Vacation"),
                                    ("sick", "Sick leave"),
                                    ("trip", "Business trip"),
                                    ("other", "Other"),
                                ],
                                default="vacation",
                                max_length=10,
                                verbose_name="why",
                            ),
                        ),
                        ("comment", models.CharField(blank=True, max_length=200, verbose_name="comment")),
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
                                related_name="absences",
                                to="tenants.membership",
                                verbose_name="who is away",
                            ),
                        ),
                        (
                            "substitute",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.membership",
                                verbose_name="who stands in",
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
                                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                                name="tenants_absence_order",
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "ends_on"], name="tenants_absence_ends"),
                            models.Index(
                                fields=["tenant", "member", "starts_on"], name="tenants_absence_member"
                            ),
                        ],
                        "ordering": ["starts_on", "id"],
                        "verbose_name": "absence",
                        "verbose_name_plural": "absences",
                    },
                ),
                migrations.CreateModel(
                    name="CurrencyRate",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("base", models.CharField(max_length=3)),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("on", models.DateField(verbose_name="day")),
                        (
                            "value",
                            models.DecimalField(
                                decimal_places=8,
                                max_digits=18,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="rate",
                            ),
                        ),
                        (
                            "origin",
                            models.CharField(
                                choices=[("hand", "typed in"), ("bank", "Bank of Russia")],
                                default="hand",
                                max_length=4,
                            ),
                        ),
                        ("set_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "set_by",
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
                                fields=("tenant", "base", "currency", "on"), name="tenants_currencyrate_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("value__gt", 0)), name="tenants_currencyrate_positive"
                            ),
                        ],
                        "ordering": ["-on", "currency"],
                        "verbose_name": "currency rate",
                        "verbose_name_plural": "currency rates",
                    },
                ),
                migrations.CreateModel(
                    name="Directory",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("is_private", models.BooleanField(default=False, editable=False)),
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
                                condition=models.Q(("is_private", False)),
                                name="tenants_directory_name",
                            )
                        ],
                        "ordering": ["name"],
                        "verbose_name": "directory",
                        "verbose_name_plural": "directories",
                    },
                ),
                migrations.CreateModel(
                    name="CustomField",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "entity",
                            models.CharField(
                                choices=[
                                    ("deal", "Deals"),
                                    ("lead", "Leads"),
                                    ("contact", "Contacts"),
                                    ("company", "Companies"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("key", models.CharField(editable=False, max_length=20)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("text", "Text"),
                                    ("number", "Number"),
                                    ("money", "Money"),
                                    ("date", "Date"),
                                    ("choice", "One of a list"),
                                    ("choices", "Several of a list"),
                                    ("flag", "Yes or no"),
                                    ("member", "Colleague"),
                                    ("file", "File"),
                                    ("element", "Element of a directory"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("group", models.CharField(blank=True, max_length=60, verbose_name="group")),
                        ("hint", models.CharField(blank=True, max_length=200, verbose_name="hint")),
                        ("position", models.PositiveIntegerField(default=0)),
                        ("currency", models.CharField(blank=True, max_length=3, verbose_name="currency")),
                        (
                            "is_required",
                            models.BooleanField(
                                default=False, verbose_name="must be filled when a person creates the record"
                            ),
                        ),
                        (
                            "is_on_card",
                            models.BooleanField(default=True, verbose_name="always shown on the record"),
                        ),
                        ("deleted_at", models.DateTimeField(editable=False, null=True)),
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
                            "directory",
                            core.tenancy.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fields",
                                to="tenants.directory",
                                verbose_name="directory",
                            ),
                        ),
                        (
                            "is_searchable",
                            models.BooleanField(default=False, verbose_name="found by the search"),
                        ),
                        (
                            "lead_field",
                            models.CharField(blank=True, max_length=20, verbose_name="filled from the lead"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "key"), name="tenants_field_key"),
                            models.UniqueConstraint(
                                models.F("tenant"),
                                models.F("entity"),
                                django.db.models.functions.text.Lower("name"),
                                condition=models.Q(("deleted_at", None)),
                                name="tenants_field_name",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["tenant", "entity", "position"], name="tenants_field_order")
                        ],
                        "ordering": ["position", "key"],
                        "verbose_name": "field",
                        "verbose_name_plural": "fields",
                    },
                ),
                migrations.CreateModel(
                    name="DirectoryElement",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        ("position", models.PositiveIntegerField(default=0)),
                        ("is_archived", models.BooleanField(default=False, verbose_name="archived")),
                        (
                            "directory",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="elements",
                                to="tenants.directory",
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
                                models.F("directory"),
                                django.db.models.functions.text.Lower("name"),
                                name="tenants_element_name",
                            )
                        ],
                        "ordering": ["position", "name"],
                        "verbose_name": "element",
                        "verbose_name_plural": "elements",
                    },
                ),
                migrations.CreateModel(
                    name="DutyShift",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("on", models.DateField(verbose_name="day")),
                        ("starts_min", models.PositiveSmallIntegerField()),
                        ("ends_min", models.PositiveSmallIntegerField()),
                        (
                            "lead_capacity",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="at most so many open inquiries at once"
                            ),
                        ),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="shifts",
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
                                fields=("tenant", "member", "on", "starts_min"), name="tenants_shift_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_min__gt", models.F("starts_min")),
                                    (
                                        "ends_min__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("starts_min"), "+", models.Value(1440)
                                        ),
                                    ),
                                    ("starts_min__lt", 1440),
                                ),
                                name="tenants_shift_order",
                            ),
                        ],
                        "indexes": [models.Index(fields=["tenant", "on"], name="tenants_shift_day")],
                        "ordering": ["on", "starts_min"],
                        "verbose_name": "duty shift",
                        "verbose_name_plural": "duty shifts",
                    },
                ),
                migrations.CreateModel(
                    name="FieldFile",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("key", models.CharField(max_length=100)),
                        ("name", models.CharField(max_length=255)),
                        ("size_bytes", models.PositiveBigIntegerField(default=0)),
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
                            "unheld_since",
                            models.DateTimeField(
                                default=django.utils.timezone.now, editable=False, null=True
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("unheld_since__isnull", False)),
                                fields=["tenant", "unheld_since"],
                                name="tenants_file_unheld",
                            )
                        ],
                        "verbose_name": "file of a field",
                        "verbose_name_plural": "files of fields",
                    },
                ),
                migrations.CreateModel(
                    name="FieldValue",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("record_id", models.UUIDField()),
                        ("field", models.CharField(max_length=20)),
                        ("held", models.CharField(db_collation="C", max_length=100)),
                        ("words", models.TextField(blank=True)),
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
                                fields=("tenant", "record_id", "field"), name="tenants_fieldvalue_once"
                            )
                        ],
                        "indexes": [
                            models.Index(
                                fields=["tenant", "field", "held", "record_id"],
                                name="tenants_fieldvalue_order",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                models.F("tenant"),
                                models.F("field"),
                                django.contrib.postgres.indexes.OpClass("words", name="gin_trgm_ops"),
                                condition=models.Q(("words", ""), _negated=True),
                                name="tenants_fieldvalue_words",
                            ),
                        ],
                        "verbose_name": "value of a field",
                        "verbose_name_plural": "values of fields",
                    },
                ),
                migrations.CreateModel(
                    name="Holiday",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("on", models.DateField(verbose_name="day")),
                        ("name", models.CharField(max_length=150, verbose_name="name")),
                        ("is_working", models.BooleanField(default=False, verbose_name="a working day")),
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
                            models.UniqueConstraint(fields=("tenant", "on"), name="tenants_holiday_once")
                        ],
                        "ordering": ["on"],
                        "verbose_name": "holiday",
                        "verbose_name_plural": "holidays",
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                        ("name", models.CharField(blank=True, max_length=150, verbose_name="name")),
                        ("token_hash", models.CharField(editable=False, max_length=64)),
                        ("expires_at", models.DateTimeField()),
                        ("accepted_at", models.DateTimeField(editable=False, null=True)),
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
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="tenants.department",
                                verbose_name="department",
                            ),
                        ),
                        (
                            "invited_by",
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
                            "role",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
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
                                fields=("tenant", "token_hash"), name="tenants_invitation_token"
                            )
                        ],
                        "ordering": ["-created_at"],
                        "verbose_name": "invitation",
                        "verbose_name_plural": "invitations",
                    },
                ),
                migrations.CreateModel(
                    name="Job",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("kind", models.CharField(max_length=40)),
                        ("title", models.CharField(max_length=200)),
                        ("params", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Queued"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="queued",
                                max_length=10,
                            ),
                        ),
                        ("done_count", models.PositiveIntegerField(default=0)),
                        ("total_count", models.PositiveIntegerField(null=True)),
                        ("error", models.TextField(blank=True)),
                        ("report", models.JSONField(default=dict)),
                        ("file_key", models.CharField(blank=True, max_length=200)),
                        ("file_name", models.CharField(blank=True, max_length=200)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="jobs",
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
                        "indexes": [
                            models.Index(
                                fields=["tenant", "member", "-created_at"], name="tenants_job_recent"
                            )
                        ],
                        "ordering": ["-created_at"],
                        "verbose_name": "background job",
                        "verbose_name_plural": "background jobs",
                    },
                ),
                migrations.CreateModel(
                    name="ListPreference",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("page", models.CharField(max_length=60)),
                        ("columns", models.JSONField(default=list)),
                        (
                            "member",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="list_preferences",
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
                                fields=("tenant", "member", "page"), name="tenants_listpref_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NumberSeries",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        ("last_number", models.PositiveIntegerField(default=0)),
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
                            models.UniqueConstraint(fields=("tenant", "kind"), name="tenants_series_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutgoingLetter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("recipient", models.EmailField(max_length=254)),
                        ("sender", models.CharField(max_length=254)),
                        ("subject", models.CharField(max_length=300)),
                        ("text", models.TextField()),
                        ("html", models.TextField(blank=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("attempt_count", models.PositiveSmallIntegerField(default=0)),
                        ("next_try_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("error", models.CharField(blank=True, max_length=300)),
                        ("calendar", models.TextField(blank=True)),
                        ("calendar_method", models.CharField(blank=True, max_length=10)),
                        ("reply_to", models.CharField(blank=True, max_length=254)),
                        ("attachment", models.BinaryField(null=True)),
                        ("attachment_name", models.CharField(blank=True, db_default="", max_length=200)),
                        ("attachment_type", models.CharField(blank=True, db_default="", max_length=100)),
                    ],
                    options={"indexes": [models.Index(fields=["next_try_at"], name="tenants_letter_due")]},
                ),
                migrations.CreateModel(
                    name="SavedView",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("page", models.CharField(max_length=60)),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        ("query", models.TextField(blank=True)),
                        ("is_shared", models.BooleanField(default=False, verbose_name="everybody sees it")),
                        ("is_pinned", models.BooleanField(default=False, verbose_name="pinned to the menu")),
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
                                related_name="saved_views",
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
                        "indexes": [models.Index(fields=["tenant", "page"], name="tenants_view_page")],
                        "ordering": ["name"],
                        "verbose_name": "saved view",
                        "verbose_name_plural": "saved views",
                    },
                ),
                migrations.CreateModel(
                    name="Seat",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="seats",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="seats",
                                to="tenants.tenant",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("user", "tenant"), name="tenants_seat_once")
                        ]
                    },
                ),
                migrations.CreateModel(
                    name="WorkSchedule",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "hours",
                            models.CharField(
                                choices=[
                                    ("inherited", "As one level above"),
                                    ("week", "By the week"),
                                    ("rota", "Only by the duty rota"),
                                ],
                                default="inherited",
                                max_length=10,
                                verbose_name="hours",
                            ),
                        ),
                        ("time_zone", models.CharField(blank=True, max_length=64, verbose_name="time zone")),
                        (
                            "lead_capacity",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="at most so many open inquiries at once"
                            ),
                        ),
                        (
                            "department",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.department",
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
                                condition=models.Q(("department", None), ("member", None)),
                                fields=("tenant",),
                                name="tenants_schedule_company",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("department__isnull", False)),
                                fields=("tenant", "department"),
                                name="tenants_schedule_department",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("member__isnull", False)),
                                fields=("tenant", "member"),
                                name="tenants_schedule_member",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("department", None), ("member", None), _connector="OR"),
                                name="tenants_schedule_of_one",
                            ),
                        ],
                        "verbose_name": "work schedule",
                        "verbose_name_plural": "work schedules",
                    },
                ),
                migrations.CreateModel(
                    name="WorkInterval",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "weekday",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "Monday"),
                                    (1, "Tuesday"),
                                    (2, "Wednesday"),
                                    (3, "Thursday"),
                                    (4, "Friday"),
                                    (5, "Saturday"),
                                    (6, "Sunday"),
                                ]
                            ),
                        ),
                        ("starts_min", models.PositiveSmallIntegerField()),
                        ("ends_min", models.PositiveSmallIntegerField()),
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
                            "schedule",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="intervals",
                                to="tenants.workschedule",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "schedule", "weekday", "starts_min"),
                                name="tenants_interval_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_min__gt", models.F("starts_min")),
                                    (
                                        "ends_min__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("starts_min"), "+", models.Value(1440)
                                        ),
                                    ),
                                    ("starts_min__lt", 1440),
                                    ("weekday__lt", 7),
                                ),
                                name="tenants_interval_order",
                            ),
                        ],
                        "ordering": ["weekday", "starts_min"],
                    },
                ),
            ]
        ),
        FUNCTIONS,
    ]
