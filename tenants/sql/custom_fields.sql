-- Filters and search by custom fields behind row-level security; contacts/sql/search.sql says why these are definer
-- functions. Bounds and orders need none: they compare text, which is leakproof (tenants_fieldvalue.held).
--
-- entity: deal, lead, contact or company, whose table is looked in
-- field:  the key of the field: cf_7
-- wanted: any of these values (JSON as it is kept; of several options each by itself), or NULL for any value at all
--
-- The statement is built anew each time: the planner sees the constants, and takes the index for each wanted value.
DROP FUNCTION IF EXISTS search.custom_values(text, text, jsonb[], text, text, text);
DROP FUNCTION IF EXISTS search.custom_values(text, text, jsonb[], text, text, text, text);
CREATE OR REPLACE FUNCTION search.custom_values(entity text, field text, wanted jsonb[])
RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200
SET search_path = pg_catalog, public
AS $$
DECLARE
  tenant CONSTANT int := nullif(current_setting('app.tenant_id', true), '')::int;
  source CONSTANT text := CASE entity WHEN 'deal' THEN 'deals_deal' WHEN 'lead' THEN 'leads_lead'
    WHEN 'contact' THEN 'contacts_contact' WHEN 'company' THEN 'contacts_company' END;
  found text;
BEGIN
  IF source IS NULL OR tenant IS NULL THEN
    RETURN;
  END IF;
  IF wanted IS NULL THEN
    found := format('r.custom_values ? %L', field);
  ELSE
    found := '(' || (SELECT coalesce(
      string_agg(format('r.custom_values @> %L::jsonb', jsonb_build_object(field, one)), ' OR '), 'false')
      FROM unnest(wanted) one) || ')';
  END IF;
  RETURN QUERY EXECUTE format('SELECT r.id FROM %I r WHERE r.tenant_id = %s AND %s', source, tenant, found);
END $$;

-- fields:   keys of the fields to look in; they tell whose records are found
-- patterns: for LIKE, folded; all must match the words of one value
-- newest:   give no more than so many, the last made ones (ids grow with time); NULL gives all
CREATE OR REPLACE FUNCTION search.field_words(fields text[], patterns text[], newest int)
RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, public
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
  tenant CONSTANT int := nullif(current_setting('app.tenant_id', true), '')::int;
BEGIN
  RETURN QUERY
  SELECT DISTINCT v.record_id FROM tenants_fieldvalue v
  WHERE cardinality(patterns) > 0 AND v.tenant_id = tenant AND v.field = ANY (fields) AND v.words <> ''
    AND v.words LIKE patterns[1] AND v.words LIKE ALL (patterns)
  ORDER BY v.record_id DESC LIMIT newest;
END $$;
