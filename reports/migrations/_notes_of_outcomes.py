"""Triggers that note which counted days of converted leads a change touches."""

from django.db import migrations

_NOTES = """
-- The days of a converted lead, and of all that were turned into the same deal: whether it is shared may have changed
CREATE FUNCTION reports_note_outcomes(tenant bigint, made uuid) RETURNS void LANGUAGE sql AS $$
  SELECT reports_note(tenant, 'outcomes', array_agg(m.moment)) FROM leads_lead l
  CROSS JOIN LATERAL unnest(ARRAY[l.received_at, l.taken_at, l.closed_at]) m (moment)
  WHERE l.tenant_id = tenant AND l.deal_id = made AND l.state = 'converted'
$$;
CREATE FUNCTION reports_note_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.state = 'converted' THEN
    PERFORM reports_note(OLD.tenant_id, 'outcomes', ARRAY[OLD.received_at, OLD.taken_at, OLD.closed_at]);
    PERFORM reports_note_outcomes(OLD.tenant_id, OLD.deal_id);
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.state = 'converted' THEN
    PERFORM reports_note(NEW.tenant_id, 'outcomes', ARRAY[NEW.received_at, NEW.taken_at, NEW.closed_at]);
    PERFORM reports_note_outcomes(NEW.tenant_id, NEW.deal_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER reports_note_outcome AFTER INSERT ON leads_lead FOR EACH ROW
WHEN (NEW.state = 'converted') EXECUTE FUNCTION reports_note_outcome();
CREATE TRIGGER reports_note_outcome_gone AFTER DELETE ON leads_lead FOR EACH ROW
WHEN (OLD.state = 'converted') EXECUTE FUNCTION reports_note_outcome();
CREATE TRIGGER reports_note_outcome_changed AFTER UPDATE ON leads_lead FOR EACH ROW
WHEN ((OLD.state = 'converted' OR NEW.state = 'converted')
  AND (OLD.received_at, OLD.taken_at, OLD.closed_at, OLD.deleted_at, OLD.state, OLD.is_advertising, OLD.deal_id)
  IS DISTINCT FROM
      (NEW.received_at, NEW.taken_at, NEW.closed_at, NEW.deleted_at, NEW.state, NEW.is_advertising, NEW.deal_id))
EXECUTE FUNCTION reports_note_outcome();

CREATE FUNCTION reports_note_outcome_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM reports_note_outcomes(NEW.tenant_id, NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER reports_note_outcome_of AFTER UPDATE ON deals_deal FOR EACH ROW
WHEN ((OLD.state, OLD.currency, OLD.amount, OLD.deleted_at) IS DISTINCT FROM (NEW.state, NEW.currency, NEW.amount, NEW.deleted_at))
EXECUTE FUNCTION reports_note_outcome_of();
"""
_GONE = """
DROP TRIGGER reports_note_outcome ON leads_lead;
DROP TRIGGER reports_note_outcome_gone ON leads_lead;
DROP TRIGGER reports_note_outcome_changed ON leads_lead;
DROP TRIGGER reports_note_outcome_of ON deals_deal;
DROP FUNCTION reports_note_outcome();
DROP FUNCTION reports_note_outcome_of();
DROP FUNCTION reports_note_outcomes(bigint, uuid);
"""

NOTES_OF_OUTCOMES = migrations.RunSQL(_NOTES, _GONE)
