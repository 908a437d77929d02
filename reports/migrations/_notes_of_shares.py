"""Triggers that note the days of deals whose shares change: with the deal itself, or with a touch of it."""

from django.db import migrations

_NOTES = """
CREATE FUNCTION reports_note_shares() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM reports_note(OLD.tenant_id, 'shares', ARRAY[OLD.created_at, OLD.closed_at]);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM reports_note(NEW.tenant_id, 'shares', ARRAY[NEW.created_at, NEW.closed_at]);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER reports_note_shares AFTER INSERT OR DELETE ON deals_deal
FOR EACH ROW EXECUTE FUNCTION reports_note_shares();
CREATE TRIGGER reports_note_shares_changed AFTER UPDATE ON deals_deal FOR EACH ROW
WHEN ((OLD.created_at, OLD.closed_at, OLD.deleted_at, OLD.state, OLD.amount, OLD.currency, OLD.contact_id, OLD.source_id,
       OLD.campaign, OLD.channel_kind)
  IS DISTINCT FROM
      (NEW.created_at, NEW.closed_at, NEW.deleted_at, NEW.state, NEW.amount, NEW.currency, NEW.contact_id, NEW.source_id,
       NEW.campaign, NEW.channel_kind))
EXECUTE FUNCTION reports_note_shares();

-- The deals that an inquiry touches: of its client, or made from it, and not closed before it came
CREATE FUNCTION reports_note_touched(tenant bigint, client uuid, made uuid, came timestamptz) RETURNS void LANGUAGE sql AS $$
  INSERT INTO reports_change (id, tenant_id, subject, moment)
  SELECT gen_random_uuid(), tenant, 'shares', m.moment FROM (
    SELECT DISTINCT unnest(ARRAY[d.created_at, d.closed_at]) AS moment FROM (
      SELECT created_at, closed_at FROM deals_deal WHERE tenant_id = tenant AND contact_id = client
      UNION ALL
      SELECT created_at, closed_at FROM deals_deal WHERE tenant_id = tenant AND id = made
    ) d WHERE d.closed_at IS NULL OR d.closed_at >= came
  ) m
  JOIN reports_rollup r ON r.tenant_id = tenant AND r.subject = 'shares' AND m.moment < r.built_to
$$;
CREATE FUNCTION reports_note_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM reports_note_touched(OLD.tenant_id, OLD.contact_id, OLD.deal_id, OLD.received_at);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM reports_note_touched(NEW.tenant_id, NEW.contact_id, NEW.deal_id, NEW.received_at);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER reports_note_touch AFTER INSERT OR DELETE ON leads_lead
FOR EACH ROW EXECUTE FUNCTION reports_note_touch();
CREATE TRIGGER reports_note_touch_changed AFTER UPDATE ON leads_lead FOR EACH ROW
WHEN ((OLD.received_at, OLD.deleted_at, OLD.is_advertising, OLD.source_id, OLD.campaign, OLD.channel_kind, OLD.contact_id,
       OLD.deal_id)
  IS DISTINCT FROM
      (NEW.received_at, NEW.deleted_at, NEW.is_advertising, NEW.source_id, NEW.campaign, NEW.channel_kind, NEW.contact_id,
       NEW.deal_id))
EXECUTE FUNCTION reports_note_touch();

-- Which sources belong together: with other groups every deal of the tenant is counted anew
CREATE FUNCTION reports_forget_shares() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM reports_rollup WHERE tenant_id = NEW.tenant_id AND subject = 'shares';
  RETURN NULL;
END $$;
CREATE TRIGGER reports_forget_shares AFTER UPDATE OF group_id ON contacts_source FOR EACH ROW
WHEN (OLD.group_id IS DISTINCT FROM NEW.group_id) EXECUTE FUNCTION reports_forget_shares();
"""
_GONE = """
DROP TRIGGER reports_note_shares ON deals_deal;
DROP TRIGGER reports_note_shares_changed ON deals_deal;
DROP TRIGGER reports_note_touch ON leads_lead;
DROP TRIGGER reports_note_touch_changed ON leads_lead;
DROP TRIGGER reports_forget_shares ON contacts_source;
DROP FUNCTION reports_note_shares();
DROP FUNCTION reports_note_touch();
DROP FUNCTION reports_note_touched(bigint, uuid, uuid, timestamptz);
DROP FUNCTION reports_forget_shares();
"""

NOTES_OF_SHARES = migrations.RunSQL(_NOTES, _GONE)
