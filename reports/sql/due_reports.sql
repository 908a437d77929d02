-- Which tenants have a report to be sent by mail (reports.schedules).
-- Asked by the sweeper, which belongs to no tenant; channels/sql/due_work.sql says why it loops.
CREATE OR REPLACE FUNCTION search.tenants_with_due_reports(moment timestamptz)
RETURNS TABLE (tenant_id int)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
  t int;
  before text := coalesce(current_setting('app.tenant_id', true), '');
BEGIN
  FOR t IN SELECT id FROM tenants_tenant WHERE is_active ORDER BY id LOOP
    PERFORM set_config('app.tenant_id', t::text, true);
    IF EXISTS (SELECT FROM reports_schedule s WHERE s.tenant_id = t AND NOT s.is_paused AND s.next_at <= moment) THEN
      tenant_id := t; RETURN NEXT;
    END IF;
  END LOOP;
  PERFORM set_config('app.tenant_id', before, true);
END $$;
