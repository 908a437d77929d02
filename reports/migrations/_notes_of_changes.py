"""Triggers that note which counted days a change touches; reports.rollups says what becomes of the notes."""

from django.db import migrations

# Notes moments of days that are counted already. A day that is still counted live needs no note, so what comes in
# today costs one look at the state of the tenant's rollup.
_NOTE = """
CREATE FUNCTION reports_note(tenant bigint, what text, moments timestamptz[]) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO reports_change (id, tenant_id, subject, moment)
  SELECT gen_random_uuid(), tenant, what, m.moment
  FROM (SELECT DISTINCT unnest(moments) AS moment) m
  JOIN reports_rollup r ON r.tenant_id = tenant AND r.subject = what AND m.moment < r.built_to
$$;
"""
_LEADS = """
CREATE FUNCTION reports_note_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM reports_note(NEW.tenant_id, 'leads', ARRAY[NEW.received_at, NEW.taken_at, NEW.closed_at]);
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM reports_note(OLD.tenant_id, 'leads', ARRAY[OLD.received_at, OLD.taken_at, OLD.closed_at]);
  ELSE
    PERFORM reports_note(NEW.tenant_id, 'leads', ARRAY[OLD.received_at, OLD.taken_at, OLD.closed_at,
                                                       NEW.received_at, NEW.taken_at, NEW.closed_at]);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER reports_note_new AFTER INSERT ON leads_lead FOR EACH ROW EXECUTE FUNCTION reports_note_lead();
CREATE TRIGGER reports_note_gone AFTER DELETE ON leads_lead FOR EACH ROW EXECUTE FUNCTION reports_note_lead();
CREATE TRIGGER reports_note_changed AFTER UPDATE ON leads_lead FOR EACH ROW
WHEN ((OLD.received_at, OLD.taken_at, OLD.closed_at, OLD.deleted_at, OLD.channel_kind, OLD.channel_id, OLD.source_id,
       OLD.campaign, OLD.quality, OLD.state, OLD.is_advertising, OLD.rejection_reason_id, OLD.taken_by_id,
       OLD.responsible_id, OLD.responsible_role_id, OLD.deal_id)
  IS DISTINCT FROM
      (NEW.received_at, NEW.taken_at, NEW.closed_at, NEW.deleted_at, NEW.channel_kind, NEW.channel_id, NEW.source_id,
       NEW.campaign, NEW.quality, NEW.state, NEW.is_advertising, NEW.rejection_reason_id, NEW.taken_by_id,
       NEW.responsible_id, NEW.responsible_role_id, NEW.deal_id))
EXECUTE FUNCTION reports_note_lead();
"""
_DEALS = """
CREATE FUNCTION reports_note_deal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM reports_note(NEW.tenant_id, 'deals', ARRAY[NEW.created_at, NEW.closed_at]);
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM reports_note(OLD.tenant_id, 'deals', ARRAY[OLD.created_at, OLD.closed_at]);
  ELSE
    PERFORM reports_note(NEW.tenant_id, 'deals', ARRAY[OLD.created_at, OLD.closed_at, NEW.created_at, NEW.closed_at]);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER reports_note_new AFTER INSERT ON deals_deal FOR EACH ROW EXECUTE FUNCTION reports_note_deal();
CREATE TRIGGER reports_note_gone AFTER DELETE ON deals_deal FOR EACH ROW EXECUTE FUNCTION reports_note_deal();
CREATE TRIGGER reports_note_changed AFTER UPDATE ON deals_deal FOR EACH ROW
WHEN ((OLD.created_at, OLD.closed_at, OLD.deleted_at, OLD.pipeline_id, OLD.stage_id, OLD.state, OLD.currency, OLD.amount,
       OLD.owner_id, OLD.source_id, OLD.channel_kind, OLD.quality, OLD.rejection_reason_id)
  IS DISTINCT FROM
      (NEW.created_at, NEW.closed_at, NEW.deleted_at, NEW.pipeline_id, NEW.stage_id, NEW.state, NEW.currency, NEW.amount,
       NEW.owner_id, NEW.source_id, NEW.channel_kind, NEW.quality, NEW.rejection_reason_id))
EXECUTE FUNCTION reports_note_deal();

CREATE FUNCTION reports_note_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM reports_note(l.tenant_id, 'leads', ARRAY[l.received_at, l.taken_at, l.closed_at])
  FROM leads_lead l WHERE l.tenant_id = NEW.tenant_id AND l.deal_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER reports_note_owner AFTER UPDATE OF owner_id ON deals_deal FOR EACH ROW
WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id) EXECUTE FUNCTION reports_note_owner();
"""
# The way of a deal: what it entered, and from where it left
_WAYS = """
CREATE FUNCTION reports_note_way() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  change deals_stagechange := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  PERFORM reports_note(d.tenant_id, 'deals', ARRAY[d.created_at, d.closed_at])
  FROM deals_deal d WHERE d.tenant_id = change.tenant_id AND d.id = change.deal_id;
  RETURN NULL;
END $$;
CREATE TRIGGER reports_note_way AFTER INSERT OR DELETE ON deals_stagechange
FOR EACH ROW EXECUTE FUNCTION reports_note_way();
CREATE TRIGGER reports_note_way_changed AFTER UPDATE ON deals_stagechange FOR EACH ROW
WHEN ((OLD.from_stage_id, OLD.to_stage_id, OLD.to_kind, OLD.at) IS DISTINCT FROM (NEW.from_stage_id, NEW.to_stage_id, NEW.to_kind, NEW.at))
EXECUTE FUNCTION reports_note_way();

-- Which stage is further than which: with another order every deal of the tenant is counted anew
CREATE FUNCTION reports_forget_ways() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM reports_rollup WHERE tenant_id = NEW.tenant_id AND subject = 'deals';
  RETURN NULL;
END $$;
CREATE TRIGGER reports_forget_ways AFTER UPDATE OF position, kind, pipeline_id ON deals_stage FOR EACH ROW
WHEN ((OLD.position, OLD.kind, OLD.pipeline_id) IS DISTINCT FROM (NEW.position, NEW.kind, NEW.pipeline_id))
EXECUTE FUNCTION reports_forget_ways();
"""
_GONE = """
DROP TRIGGER reports_note_new ON leads_lead;
DROP TRIGGER reports_note_gone ON leads_lead;
DROP TRIGGER reports_note_changed ON leads_lead;
DROP TRIGGER reports_note_new ON deals_deal;
DROP TRIGGER reports_note_gone ON deals_deal;
DROP TRIGGER reports_note_changed ON deals_deal;
DROP TRIGGER reports_note_owner ON deals_deal;
DROP TRIGGER reports_note_way ON deals_stagechange;
DROP TRIGGER reports_note_way_changed ON deals_stagechange;
DROP TRIGGER reports_forget_ways ON deals_stage;
DROP FUNCTION reports_note_lead();
DROP FUNCTION reports_note_deal();
DROP FUNCTION reports_note_owner();
DROP FUNCTION reports_note_way();
DROP FUNCTION reports_forget_ways();
DROP FUNCTION reports_note(bigint, text, timestamptz[]);
"""

NOTES_OF_CHANGES = migrations.RunSQL(_NOTE + _LEADS + _DEALS + _WAYS, _GONE)
