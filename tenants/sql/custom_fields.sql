-- Filters by custom fields behind row-level security; contacts/sql/search.sql says why it is a definer function.
--
-- entity: deal, lead, contact or company, whose table is looked in
-- field:  the key of the field: cf_7
-- wanted: any of these values (JSON as it is kept; of several options each by itself), or NULL
-- words:  a pattern for ILIKE the text must match, or NULL
-- part:   what of the value bounds are compared with: 'amount' of a sum, or NULL for the value itself
-- low, high: bounds of a number or of a day, both inclusive; NULL leaves a side open. The index finds those that have
--         any value there, the bounds are then looked at row by row
--
-- The statement is built anew each time: the planner sees the constants, and takes the index for each wanted value.
-- A value is taken out of its JSON once a row (OFFSET 0 keeps it from being repeated), and cast only where it reads
-- as a number, so that no other kind of value can break a list.
DROP FUNCTION IF EXISTS search.custom_values(text, text, jsonb[], text, text, text);
DROP FUNCTION IF EXISTS search.custom_values(text, text, jsonb[], text, text, text, text);
CREATE OR REPLACE FUNCTION search.custom_values(
  entity text, field text, wanted jsonb[], words text, part text, low text, high text)
RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200
SET search_path = pg_catalog, public
AS $$
DECLARE
  tenant CONSTANT int := nullif(current_setting('app.tenant_id', true), '')::int;
  source CONSTANT text := CASE entity WHEN 'deal' THEN 'deals_deal' WHEN 'lead' THEN 'leads_lead'
    WHEN 'contact' THEN 'contacts_contact' WHEN 'company' THEN 'contacts_company' END;
  is_day CONSTANT boolean := coalesce(low, high) ~ '^\d{4}-\d\d-\d\d$';
  number CONSTANT text := '^-?[0-9]+(\.[0-9]+)?$';
  found text;
  bounds text;
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
  IF words IS NOT NULL THEN
    found := found || format(' AND r.custom_values ->> %L ILIKE %L', field, words);
  END IF;
  IF low IS NULL AND high IS NULL THEN
    RETURN QUERY EXECUTE format('SELECT r.id FROM %I r WHERE r.tenant_id = %s AND %s', source, tenant, found);
    RETURN;
  END IF;
  bounds := CASE WHEN is_day
    THEN format('h.held >= %L AND h.held <= %L', coalesce(low, ''), coalesce(high, '9999'))
    ELSE format('CASE WHEN h.held ~ %L THEN h.held::numeric BETWEEN %L AND %L END', number,
      coalesce(low, '-Infinity')::numeric, coalesce(high, 'Infinity')::numeric) END;
  RETURN QUERY EXECUTE format(
    'SELECT h.id FROM (SELECT r.id, r.custom_values #>> %L AS held FROM %I r WHERE r.tenant_id = %s AND %s OFFSET 0) h WHERE %s',
    array_remove(ARRAY[field, part], NULL), source, tenant, found, bounds);
END $$;
