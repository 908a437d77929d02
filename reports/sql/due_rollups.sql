-- Which tenants have days to be counted for reports: changed ones, or some that are over (reports.rollups.refreshing).
-- Asked by the sweeper, which belongs to no tenant; channels/sql/due_work.sql says why it loops.
CREATE OR REPLACE FUNCTION search.tenants_with_uncounted_days(moment timestamptz, settled_before timestamptz)
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
    IF (SELECT count(*) FROM reports_rollup r WHERE r.tenant_id = t AND r.built_to > moment - interval '24 hours') < 5
      OR EXISTS (SELECT FROM reports_change c WHERE c.tenant_id = t AND c.noted_at < settled_before) THEN
      tenant_id := t; RETURN NEXT;
    END IF;
  END LOOP;
  PERFORM set_config('app.tenant_id', before, true);
END $$;
