"""Cells of answers, hours, regions and moves, and triggers that note what they count by."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy
import reports.models.cells

_CHANGED = """
DROP TRIGGER reports_note_changed ON leads_lead;
CREATE TRIGGER reports_note_changed AFTER UPDATE ON leads_lead FOR EACH ROW
WHEN ((%s) IS DISTINCT FROM (%s))
EXECUTE FUNCTION reports_note_lead();
"""
_COUNTED = """
  {0}.received_at, {0}.taken_at, {0}.closed_at, {0}.deleted_at, {0}.channel_kind, {0}.channel_id, {0}.source_id,
  {0}.campaign, {0}.quality, {0}.state, {0}.is_advertising, {0}.rejection_reason_id, {0}.taken_by_id,
  {0}.responsible_id, {0}.responsible_role_id, {0}.deal_id"""
# Since when the client waits changes with every message, and counts only until the first answer
_ANSWERED = """, {0}.kind, {0}.region, {0}.first_response_at IS NULL, {0}.response_min, {0}.response_limit_min,
  {0}.first_response_at IS NULL AND {0}.waiting_since IS NOT NULL"""

# A move changes what came to its place that day, and what left the place before; the move after it leaves its own
_MOVES = """
CREATE FUNCTION reports_note_moves(change deals_stagechange) RETURNS void LANGUAGE sql AS $$
  SELECT reports_note(change.tenant_id, 'moves', ARRAY[change.at, (
    SELECT min(n.at) FROM deals_stagechange n WHERE n.tenant_id = change.tenant_id AND n.deal_id = change.deal_id
    AND n.id <> change.id AND (n.at, n.id) > (change.at, change.id)
  )]);
$$;
CREATE FUNCTION reports_note_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM reports_note_moves(OLD);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM reports_note_moves(NEW);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER reports_note_move AFTER INSERT OR DELETE ON deals_stagechange
FOR EACH ROW EXECUTE FUNCTION reports_note_move();
CREATE TRIGGER reports_note_move_changed AFTER UPDATE ON deals_stagechange FOR EACH ROW
WHEN ((OLD.pipeline_id, OLD.to_stage_id, OLD.at, OLD.deal_id) IS DISTINCT FROM (NEW.pipeline_id, NEW.to_stage_id, NEW.at, NEW.deal_id))
EXECUTE FUNCTION reports_note_move();

-- What a deal is worth counts wherever it has been
CREATE FUNCTION reports_note_worth() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM reports_note(NEW.tenant_id, 'moves', array_agg(c.at))
  FROM deals_stagechange c WHERE c.tenant_id = NEW.tenant_id AND c.deal_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER reports_note_worth AFTER UPDATE ON deals_deal FOR EACH ROW
WHEN ((OLD.amount, OLD.currency, OLD.owner_id, OLD.deleted_at) IS DISTINCT FROM (NEW.amount, NEW.currency, NEW.owner_id, NEW.deleted_at))
EXECUTE FUNCTION reports_note_worth();
"""
_NO_MOVES = """
DROP TRIGGER reports_note_move ON deals_stagechange;
DROP TRIGGER reports_note_move_changed ON deals_stagechange;
DROP TRIGGER reports_note_worth ON deals_deal;
DROP FUNCTION reports_note_move();
DROP FUNCTION reports_note_worth();
DROP FUNCTION reports_note_moves(deals_stagechange);
"""
# Cells that are new know none of the days that were counted before: everything is counted anew
_FORGET = """
DO $$
DECLARE
  t int;
BEGIN
  FOR t IN SELECT id FROM tenants_tenant LOOP
    PERFORM set_config('app.tenant_id', t::text, true);
    DELETE FROM reports_rollup WHERE tenant_id = t;
  END LOOP;
  PERFORM set_config('app.tenant_id', '', true);
END $$
"""


def _changed(columns):
    return _CHANGED % (columns.format("OLD"), columns.format("NEW"))


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_tables"),
        ("tenants", "0001_tables"),
        ("leads", "0002_tables"),
        ("deals", "0001_tables"),
    ]

    operations = [
        migrations.AlterField(
            model_name="change",
            name="subject",
            field=models.CharField(
                choices=[("leads", "Leads"), ("deals", "Deals"), ("moves", "Moves")], max_length=10
            ),
        ),
        migrations.AlterField(
            model_name="rollup",
            name="subject",
            field=models.CharField(
                choices=[("leads", "Leads"), ("deals", "Deals"), ("moves", "Moves")], max_length=10
            ),
        ),
        migrations.CreateModel(
            name="DealMove",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("basis", models.CharField(max_length=8)),
                ("grain", models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5)),
                ("starts_on", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("pipeline", reports.models.cells.Reference(null=True)),
                ("stage", reports.models.cells.Reference(null=True)),
                ("currency", models.CharField(max_length=3)),
                ("owner", reports.models.cells.Reference(null=True)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=20)),
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
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_dealmove_days"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("basis", models.CharField(max_length=8)),
                ("grain", models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5)),
                ("starts_on", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("channel_kind", models.CharField(max_length=12)),
                ("channel", reports.models.cells.Reference(null=True)),
                ("is_advertising", models.BooleanField()),
                ("answer", models.CharField(max_length=10)),
                ("is_missed", models.BooleanField()),
                ("is_unprocessed", models.BooleanField()),
                ("step", models.PositiveSmallIntegerField(null=True)),
                ("hour", models.PositiveSmallIntegerField()),
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
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_leadanswer_days"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadAnswerPeople",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("basis", models.CharField(max_length=8)),
                ("grain", models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5)),
                ("starts_on", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("channel_kind", models.CharField(max_length=12)),
                ("channel", reports.models.cells.Reference(null=True)),
                ("is_advertising", models.BooleanField()),
                ("answer", models.CharField(max_length=10)),
                ("is_missed", models.BooleanField()),
                ("is_unprocessed", models.BooleanField()),
                ("step", models.PositiveSmallIntegerField(null=True)),
                ("taken_by", reports.models.cells.Reference(null=True)),
                ("responsible", reports.models.cells.Reference(null=True)),
                ("responsible_role", reports.models.cells.Reference(null=True)),
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
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_leadanspeople_days"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadHour",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("basis", models.CharField(max_length=8)),
                ("grain", models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5)),
                ("starts_on", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("channel_kind", models.CharField(max_length=12)),
                ("channel", reports.models.cells.Reference(null=True)),
                ("is_advertising", models.BooleanField()),
                ("weekday", models.PositiveSmallIntegerField()),
                ("hour", models.PositiveSmallIntegerField()),
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
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_leadhour_days"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadRegion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("basis", models.CharField(max_length=8)),
                ("grain", models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5)),
                ("starts_on", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("region", models.CharField(blank=True, max_length=100)),
                ("state", models.CharField(max_length=10)),
                ("is_advertising", models.BooleanField()),
                ("taken_by", reports.models.cells.Reference(null=True)),
                ("responsible", reports.models.cells.Reference(null=True)),
                ("responsible_role", reports.models.cells.Reference(null=True)),
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
                        fields=["tenant", "basis", "grain", "starts_on"], name="reports_leadregion_days"
                    )
                ],
            },
        ),
        migrations.RunSQL(_changed(_COUNTED + _ANSWERED), _changed(_COUNTED)),
        migrations.RunSQL(_MOVES, _NO_MOVES),
        migrations.RunSQL(_FORGET, migrations.RunSQL.noop),
    ]
