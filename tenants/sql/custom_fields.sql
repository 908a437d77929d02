-- Filters by custom fields behind row-level security; contacts/sql/search.sql says why it is a definer function.
--
-- entity: deal, lead, contact or company, whose table is looked in
-- field:  the key of the field: cf_7
-- wanted: any of these values (JSON as it is kept; of several options each by itself), or NULL
-- words:  a pattern for ILIKE the text must match, or NULL
-- low, high: bounds of a number, of the amount of a sum or of a day, both inclusive; NULL leaves a side open.
--         The index finds those that have any value there, the bounds are then looked at row by row
--
-- The statement is built anew each time: the planner sees the constants, and takes the index for each wanted value.
-- Amounts are compared as numeric inside CASE, so that no other kind of value is ever cast.
DROP FUNCTION IF EXISTS search.custom_values(text, text, jsonb[], text, text, text);
CREATE OR REPLACE FUNCTION search.custom_values(
  entity text, field text, wanted jsonb[], words text, low text, high text)
RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200
SET search_path = pg_catalog, public
AS $$
DECLARE
  tenant CONSTANT int := nullif(current_setting('app.tenant_id', true), '')::int;
  source CONSTANT text := CASE entity WHEN 'deal' THEN 'deals_deal' WHEN 'lead' THEN 'leads_lead'
    WHEN 'contact' THEN 'contacts_contact' WHEN 'company' THEN 'contacts_company' END;
  held CONSTANT text := format('coalesce(r.custom_values #>> ARRAY[%L, ''amount''], r.custom_values ->> %L)', field, field);
  is_day CONSTANT boolean := coalesce(low, high) ~ '^\d{4}-\d\d-\d\d$';
  conditions text[] := ARRAY[]::text[];
BEGIN
  IF source IS NULL OR tenant IS NULL THEN
    RETURN;
  END IF;
  IF wanted IS NOT NULL THEN
    conditions := conditions || coalesce('(' || (
      SELECT string_agg(format('r.custom_values @> %L::jsonb', jsonb_build_object(field, one)), ' OR ') FROM unnest(wanted) one
    ) || ')', 'false');
  ELSE
    conditions := conditions || format('r.custom_values ? %L', field);
  END IF;
  IF words IS NOT NULL THEN
    conditions := conditions || format('r.custom_values ->> %L ILIKE %L', field, words);
  END IF;
  IF low IS NOT NULL THEN
    conditions := conditions || CASE WHEN is_day THEN format('%s >= %L', held, low)
      ELSE format('CASE WHEN %s ~ ''^-?\d+(\.\d+)?$'' THEN (%s)::numeric >= %L::numeric ELSE false END', held, held, low) END;
  END IF;
  IF high IS NOT NULL THEN
    conditions := conditions || CASE WHEN is_day THEN format('%s <= %L', held, high)
      ELSE format('CASE WHEN %s ~ ''^-?\d+(\.\d+)?$'' THEN (%s)::numeric <= %L::numeric ELSE false END', held, held, high) END;
  END IF;
  RETURN QUERY EXECUTE format('SELECT r.id FROM %I r WHERE r.tenant_id = %s AND %s', source, tenant, array_to_string(conditions, ' AND '));
END $$;
