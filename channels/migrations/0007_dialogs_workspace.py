"""Dialogs know whether the client waits; outcomes and canned replies. Existing dialogs are filled from their messages."""

import datetime as dt

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import core.ids
import core.tenancy

# A copy of channels.dialogs.refill as of this migration: how dialogs stand by their messages.
REFILL = """
WITH said AS (
  SELECT m.dialog_id, m.lead_id, m.is_automatic, a.direction, a.occurred_at, a.id,
         coalesce(nullif(split_part(btrim(a.text, E' \\n\\r\\t'), E'\\n', 1), ''), a.subject) AS line,
         regexp_replace(a.subject || ' ' || a.text, '\\s+', ' ', 'g') AS words
  FROM channels_message m JOIN activities_activity a ON a.tenant_id = m.tenant_id AND a.id = m.activity_id
  WHERE m.tenant_id = %(tenant)s
), last AS (
  SELECT DISTINCT ON (dialog_id) dialog_id, direction, line FROM said ORDER BY dialog_id, occurred_at DESC, id DESC
), became AS (
  SELECT DISTINCT ON (dialog_id) dialog_id, lead_id FROM said
  WHERE lead_id IS NOT NULL ORDER BY dialog_id, occurred_at DESC, id DESC
), answered AS (
  SELECT dialog_id, max(occurred_at) AS at FROM said WHERE direction = 'out' GROUP BY dialog_id
), waiting AS (
  SELECT s.dialog_id, min(s.occurred_at) AS since, count(*) AS count
  FROM said s LEFT JOIN answered ON answered.dialog_id = s.dialog_id
  WHERE s.direction = 'in' AND NOT s.is_automatic AND (answered.at IS NULL OR s.occurred_at > answered.at)
  GROUP BY s.dialog_id
), words AS (
  SELECT dialog_id, right(translate(lower(string_agg(btrim(words), ' ' ORDER BY occurred_at, id)), 'ё', 'е'), 4000) AS words
  FROM said GROUP BY dialog_id
), state AS (
  SELECT d.id, last.direction, left(last.line, 300) AS line, became.lead_id, words.words,
         CASE WHEN l.id IS NULL THEN waiting.since ELSE l.waiting_since END AS since,
         CASE WHEN l.id IS NULL THEN waiting.count ELSE l.unread_count END AS count,
         coalesce(l.state IN ('new', 'in_work') AND l.deleted_at IS NULL, false) AS is_open,
         coalesce(l.state = 'rejected', false) AS is_rejected
  FROM channels_dialog d
  JOIN last ON last.dialog_id = d.id
  JOIN words ON words.dialog_id = d.id
  LEFT JOIN became ON became.dialog_id = d.id
  LEFT JOIN leads_lead l ON l.tenant_id = %(tenant)s AND l.id = became.lead_id
  LEFT JOIN waiting ON waiting.dialog_id = d.id
  WHERE d.tenant_id = %(tenant)s
)
UPDATE channels_dialog d SET
  lead_id = state.lead_id, preview = state.line, last_direction = state.direction, search_text = state.words,
  closed_at = CASE WHEN goes_on THEN NULL ELSE d.last_message_at END,
  waiting_since = CASE WHEN goes_on THEN state.since END,
  unread_count = CASE WHEN goes_on AND state.since IS NOT NULL THEN coalesce(state.count, 0) ELSE 0 END
FROM (
  SELECT state.*, is_open OR (NOT is_rejected AND x.last_message_at > %(recent)s) AS goes_on
  FROM state JOIN channels_dialog x ON x.tenant_id = %(tenant)s AND x.id = state.id
) state
WHERE d.tenant_id = %(tenant)s AND d.id = state.id AND d.last_direction = ''
"""
OUTCOMES = {
    "ru": (
        ("Ответили", "keep", ""),
        ("Ответ не нужен", "keep", ""),
        ("Перешло в сделку", "accept", ""),
        ("Клиент не отвечает", "reject", "Не отвечает"),
        ("Спам", "reject", "Спам"),
    ),
    "en": (
        ("Answered", "keep", ""),
        ("No answer needed", "keep", ""),
        ("Moved to a deal", "accept", ""),
        ("Client does not answer", "reject", "No answer"),
        ("Spam", "reject", "Spam"),
    ),
}


def fill(apps, schema_editor):
    """Fill the rows of every tenant; the policies let through one tenant at a time."""
    recent = dt.datetime.now(dt.UTC) - dt.timedelta(days=30)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, language FROM tenants_tenant ORDER BY id")
        for tenant, language in cursor.fetchall():
            cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant)])
            cursor.execute(REFILL, {"tenant": tenant, "recent": recent})
            _add_outcomes(cursor, tenant, OUTCOMES.get(language, OUTCOMES["en"]))
        cursor.execute("SELECT set_config('app.tenant_id', '', true)")


def _add_outcomes(cursor, tenant, rows):
    for position, (name, effect, reason) in enumerate(rows):
        cursor.execute(
            "INSERT INTO channels_dialogoutcome (id, tenant_id, name, effect, reason_id, position, is_archived)"
            " VALUES (%s, %s, %s, %s, (SELECT id FROM deals_rejectionreason WHERE tenant_id = %s"
            " AND lower(name) = lower(%s) AND is_for_leads AND NOT is_archived), %s, false)",
            [core.ids.uuid7(), tenant, name, effect, tenant, reason, position],
        )


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0006_missed_calls"),
        ("contacts", "0001_initial"),
        ("deals", "0002_figures"),
        ("leads", "0008_call_cards"),
        ("tenants", "0002_hours_of_work"),
    ]

    operations = [
        migrations.AddField(
            model_name="dialog",
            name="assignee",
            field=core.tenancy.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="tenants.membership",
            ),
        ),
        migrations.AddField(
            model_name="dialog",
            name="closed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="dialog",
            name="closed_by",
            field=core.tenancy.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="tenants.membership",
            ),
        ),
        migrations.AddField(
            model_name="dialog",
            name="last_direction",
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AddField(
            model_name="dialog",
            name="lead",
            field=core.tenancy.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="leads.lead",
            ),
        ),
        migrations.AddField(
            model_name="dialog",
            name="preview",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="dialog",
            name="search_text",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="dialog",
            name="unread_count",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="dialog",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="dialog",
            name="waiting_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="CannedReply",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("shortcut", models.CharField(max_length=40, verbose_name="shortcut")),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        help_text="With a subject it is a template of a mail.",
                        max_length=300,
                        verbose_name="subject",
                    ),
                ),
                ("text", models.TextField(max_length=10000, verbose_name="text")),
                (
                    "department",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.department",
                    ),
                ),
                (
                    "owner",
                    core.tenancy.TenantForeignKey(
                        blank=True,
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
                "verbose_name": "canned reply",
                "verbose_name_plural": "canned replies",
                "ordering": ["shortcut", "id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="DialogOutcome",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "effect",
                    models.CharField(
                        choices=[
                            ("keep", "stays as it is"),
                            ("reject", "is rejected"),
                            ("accept", "is accepted first"),
                        ],
                        default="keep",
                        help_text="One that stays is joined by the client's next message; after the other two a new inquiry starts.",
                        max_length=10,
                        verbose_name="the open inquiry",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("is_archived", models.BooleanField(default=False, verbose_name="archived")),
                (
                    "reason",
                    core.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="deals.rejectionreason",
                        verbose_name="reason of the rejection",
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
                "verbose_name": "outcome of a dialog",
                "verbose_name_plural": "outcomes of dialogs",
                "ordering": ["position", "name"],
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="dialog",
            name="outcome",
            field=core.tenancy.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="channels.dialogoutcome",
            ),
        ),
        migrations.AddIndex(
            model_name="dialog",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["tenant", "-last_message_at", "-id"],
                name="channels_dialog_open",
            ),
        ),
        migrations.AddIndex(
            model_name="dialog",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["tenant", "waiting_since", "id"],
                name="channels_dialog_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="dialog",
            index=django.contrib.postgres.indexes.GinIndex(
                models.F("tenant"),
                django.contrib.postgres.indexes.OpClass("search_text", "gin_trgm_ops"),
                name="channels_dialog_search",
            ),
        ),
        migrations.AddConstraint(
            model_name="cannedreply",
            constraint=models.UniqueConstraint(
                models.F("tenant"),
                models.F("owner"),
                models.F("department"),
                django.db.models.functions.text.Lower("shortcut"),
                name="channels_canned_shortcut",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="cannedreply",
            constraint=models.CheckConstraint(
                condition=models.Q(("owner", None), ("department", None), _connector="OR"),
                name="channels_canned_one_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="dialogoutcome",
            constraint=models.UniqueConstraint(
                models.F("tenant"),
                django.db.models.functions.text.Lower("name"),
                name="channels_outcome_name",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
