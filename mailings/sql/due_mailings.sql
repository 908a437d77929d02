-- Which tenants have mailings whose moment has come: asked by the sweeper, which belongs to no tenant.
-- Loops instead of joining, so that it also works where there is only one database role and row-level
-- security binds the function's owner too.
CREATE OR REPLACE FUNCTION search.tenants_with_due_mailings()
RETURNS TABLE (tenant_id int)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
  t int;
  -- put back by hand: a SET clause on a parameter of our own needs a superuser
  before text := coalesce(current_setting('app.tenant_id', true), '');
  moment timestamptz := clock_timestamp();
BEGIN
  FOR t IN SELECT id FROM tenants_tenant WHERE is_active ORDER BY id LOOP
    PERFORM set_config('app.tenant_id', t::text, true);
    IF EXISTS (SELECT FROM mailings_mailing m
               WHERE m.tenant_id = t AND (m.state IN ('scheduled', 'sending') OR m.check_total IS NOT NULL)
                 AND m.due_at <= moment) THEN
      tenant_id := t; RETURN NEXT;
    END IF;
  END LOOP;
  PERFORM set_config('app.tenant_id', before, true);
END $$;
