-- Records with any of some tags, behind row-level security; contacts/sql/search.sql says why it is a definer function:
-- && is not leakproof either, so a policy keeps the planner from the index of the tags.
--
-- entity: deal, lead, contact or company, whose table is looked in
CREATE OR REPLACE FUNCTION search.tagged(entity text, wanted text[])
RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000
SET search_path = pg_catalog, public
AS $$
DECLARE
  tenant CONSTANT int := nullif(current_setting('app.tenant_id', true), '')::int;
  source CONSTANT text := CASE entity WHEN 'deal' THEN 'deals_deal' WHEN 'lead' THEN 'leads_lead'
    WHEN 'contact' THEN 'contacts_contact' WHEN 'company' THEN 'contacts_company' END;
BEGIN
  IF source IS NULL OR tenant IS NULL THEN
    RETURN;
  END IF;
  -- built anew each time, so that the planner sees how common the tags are
  RETURN QUERY EXECUTE format('SELECT r.id FROM %I r WHERE r.tenant_id = %s AND r.tags && %L::varchar[]', source, tenant, wanted);
END $$;
