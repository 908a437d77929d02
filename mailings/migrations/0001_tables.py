"""Letters and messages to many."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import core.ids
import core.tenancy
from core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True
    replaces = [("mailings", "0001_mailings")]
    dependencies = [
        ("channels", "0001_channel"),
        ("channels", "0002_tables"),
        ("contacts", "0001_tables"),
        ("tenants", "0001_tables"),
    ]
    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Mailing",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=150, verbose_name="name")),
                        ("subject", models.CharField(blank=True, max_length=300, verbose_name="subject")),
                        ("text", models.TextField(blank=True, max_length=20000, verbose_name="text")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("scheduled", "Scheduled"),
                                    ("sending", "Being sent"),
                                    ("paused", "Paused"),
                                    ("done", "Sent"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="draft",
                                editable=False,
                                max_length=10,
                            ),
                        ),
                        (
                            "per_hour",
                            models.PositiveSmallIntegerField(
                                default=100,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(3600),
                                ],
                                verbose_name="at most an hour",
                            ),
                        ),
                        (
                            "is_working_time",
                            models.BooleanField(default=True, verbose_name="in working time only"),
                        ),
                        (
                            "is_tracked",
                            models.BooleanField(default=True, verbose_name="count who opens and who clicks"),
                        ),
                        ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="start at")),
                        (
                            "card",
                            models.CharField(
                                choices=[
                                    ("contacts", "Contacts"),
                                    ("companies", "Companies"),
                                    ("deals", "Deals"),
                                    ("leads", "Leads"),
                                    ("recipients", "Recipients of a mailing"),
                                ],
                                default="contacts",
                                editable=False,
                                max_length=10,
                            ),
                        ),
                        ("query", models.TextField(blank=True, editable=False)),
                        ("is_all", models.BooleanField(default=False, editable=False)),
                        ("out_of_reach", models.PositiveIntegerField(default=0, editable=False)),
                        ("without_people", models.PositiveIntegerField(default=0, editable=False)),
                        ("due_at", models.DateTimeField(editable=False, null=True)),
                        ("failed_in_row", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("stopped_why", models.CharField(blank=True, editable=False, max_length=500)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        ("started_at", models.DateTimeField(editable=False, null=True)),
                        ("finished_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "channel",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="channels.channel",
                                verbose_name="sent from",
                            ),
                        ),
                        (
                            "owner",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
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
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="mailings_mailing_new"
                            ),
                            models.Index(
                                condition=models.Q(("state__in", ["scheduled", "sending"])),
                                fields=["tenant", "due_at"],
                                name="mailings_mailing_due",
                            ),
                        ],
                        "ordering": ["-created_at", "-id"],
                        "verbose_name": "mailing",
                        "verbose_name_plural": "mailings",
                    },
                ),
                migrations.CreateModel(
                    name="Recipient",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("address", models.CharField(blank=True, max_length=254)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("queued", "On its way"),
                                    ("sent", "Sent"),
                                    ("refused", "Refused"),
                                    ("unknown", "Unknown"),
                                    ("dropped", "Not sent"),
                                    ("excluded", "Left out"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "—"),
                                    ("no_address", "no e-mail address"),
                                    ("no_dialog", "has not written in this channel"),
                                    ("unsubscribed", "unsubscribed"),
                                    ("bounced", "the address does not exist"),
                                    ("exclusion", "on the exclusion list"),
                                    ("no_consent", "no consent"),
                                    ("same_address", "the address is already in the mailing"),
                                    ("window", "wrote too long ago for this messenger"),
                                    ("gone", "the contact is deleted or out of reach"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("error", models.CharField(blank=True, max_length=500)),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("opened_at", models.DateTimeField(null=True)),
                        ("open_count", models.PositiveIntegerField(default=0)),
                        ("clicked_at", models.DateTimeField(null=True)),
                        ("replied_at", models.DateTimeField(null=True)),
                        ("bounced_at", models.DateTimeField(null=True)),
                        ("complained_at", models.DateTimeField(null=True)),
                        ("unsubscribed_at", models.DateTimeField(null=True)),
                        (
                            "contact",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="contacts.contact",
                            ),
                        ),
                        (
                            "dialog",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="channels.dialog",
                            ),
                        ),
                        (
                            "mailing",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="recipients",
                                to="mailings.mailing",
                            ),
                        ),
                        (
                            "message",
                            core.tenancy.TenantOneToOneField(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="channels.message",
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
                                fields=("tenant", "mailing", "contact"), name="mailings_recipient_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "excluded"), _negated=True),
                                fields=("tenant", "mailing", "address"),
                                name="mailings_address_once",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["tenant", "mailing", "state", "id"], name="mailings_recipient_state"
                            ),
                            models.Index(
                                fields=["tenant", "dialog", "-id"], name="mailings_recipient_dialog"
                            ),
                        ],
                        "verbose_name": "recipient",
                        "verbose_name_plural": "recipients",
                    },
                ),
                migrations.CreateModel(
                    name="Click",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("url", models.TextField()),
                        ("count", models.PositiveIntegerField(default=0)),
                        ("clicked_at", models.DateTimeField()),
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
                            "recipient",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="clicks",
                                to="mailings.recipient",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "recipient", "position"), name="mailings_click_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MailingFile",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("key", models.CharField(editable=False, max_length=100)),
                        ("name", models.CharField(max_length=255)),
                        ("content_type", models.CharField(max_length=150)),
                        ("size_bytes", models.PositiveBigIntegerField(default=0)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "mailing",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="files",
                                to="mailings.mailing",
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
                        "ordering": ["created_at", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="MailingRoute",
                    fields=[
                        ("token_hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ("recipient_id", models.UUIDField(unique=True)),
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
                    name="MailingSettings",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "is_consent_required",
                            models.BooleanField(
                                default=False,
                                help_text="The consent stands in the contact's card.",
                                verbose_name="only to contacts who have given consent",
                            ),
                        ),
                        (
                            "is_tracked",
                            models.BooleanField(
                                default=True,
                                help_text="A letter then carries a picture of one dot, and its links lead through this CRM.",
                                verbose_name="count who opens and who clicks",
                            ),
                        ),
                        (
                            "per_hour",
                            models.PositiveSmallIntegerField(
                                default=100,
                                help_text="What a new mailing begins with. Ordinary mailboxes take some 100 an hour and 500 a day.",
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(3600),
                                ],
                                verbose_name="letters an hour",
                            ),
                        ),
                        (
                            "footer",
                            models.TextField(
                                blank=True,
                                help_text="Who writes, and why. The link for unsubscribing follows by itself.",
                                max_length=1000,
                                verbose_name="under every letter",
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
                            models.UniqueConstraint(fields=("tenant",), name="mailings_settings_one")
                        ],
                        "verbose_name": "settings of mailings",
                        "verbose_name_plural": "settings of mailings",
                    },
                ),
                migrations.CreateModel(
                    name="Subscription",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        ("value", models.CharField(max_length=254)),
                        ("unsubscribed_at", models.DateTimeField(null=True)),
                        (
                            "how",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "—"),
                                    ("link", "by the link in a letter"),
                                    ("one_click", "by the button of their mail program"),
                                    ("word", "by a word in an answer"),
                                    ("complaint", "by calling a letter spam"),
                                    ("manager", "by a colleague"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("bounced_at", models.DateTimeField(null=True)),
                        ("soft_count", models.PositiveSmallIntegerField(default=0)),
                        ("changed_at", models.DateTimeField()),
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
                            "mailing",
                            core.tenancy.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="mailings.mailing",
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
                                fields=("tenant", "kind", "value"), name="mailings_subscription_once"
                            )
                        ],
                        "verbose_name": "subscription",
                        "verbose_name_plural": "subscriptions",
                    },
                ),
            ]
        )
    ]
