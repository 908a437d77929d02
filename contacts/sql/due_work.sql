-- Which tenants have clients that wait to be compared with the others (contacts.duplicates.waiting).
-- Asked by the sweeper, which belongs to no tenant; channels/sql/due_work.sql says why it loops.
CREATE OR REPLACE FUNCTION search.tenants_with_uncompared_clients()
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
    IF EXISTS (SELECT FROM contacts_contact c WHERE c.tenant_id = t AND c.compared_at IS NULL)
      OR EXISTS (SELECT FROM contacts_company c WHERE c.tenant_id = t AND c.compared_at IS NULL) THEN
      tenant_id := t; RETURN NEXT;
    END IF;
  END LOOP;
  PERFORM set_config('app.tenant_id', before, true);
END $$;

-- Which tenants have an import whose worker has been silent since that moment (contacts.importing.running).
CREATE OR REPLACE FUNCTION search.tenants_with_silent_imports(since timestamptz)
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
    IF EXISTS (SELECT FROM contacts_import i WHERE i.tenant_id = t
               AND i.state IN ('checking', 'running', 'undoing') AND i.beat_at < since) THEN
      tenant_id := t; RETURN NEXT;
    END IF;
  END LOOP;
  PERFORM set_config('app.tenant_id', before, true);
END $$;
