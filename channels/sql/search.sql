-- Text search behind row-level security; contacts/sql/search.sql says why it is a definer function.
--
-- words:  patterns for LIKE, all of which must match in one place: what was said lately, or the client's name
-- digits: the digits of a whole phone or of its end; an empty array when the text is no number
-- newest: give no more than so many, the last made ones. NULL gives all.
CREATE OR REPLACE FUNCTION search.dialogs(words text[], digits text[], newest int DEFAULT NULL)
RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200
SET search_path = pg_catalog, public
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
  tenant CONSTANT int := nullif(current_setting('app.tenant_id', true), '')::int;
BEGIN
  RETURN QUERY
  WITH people AS MATERIALIZED (
    SELECT c.id FROM contacts_contact c
    WHERE cardinality(words) > 0 AND c.tenant_id = tenant
      AND c.search_text LIKE words[1] AND c.search_text LIKE ALL (words)
    UNION
    SELECT k.contact_id FROM contacts_identitykey k
    WHERE k.tenant_id = tenant AND k.kind = 'phone'
      AND (k.reversed_value ~>=~ reverse(digits[1]) AND k.reversed_value ~<~ (reverse(digits[1]) || ':')
        OR k.reversed_value ~>=~ reverse(digits[2]) AND k.reversed_value ~<~ (reverse(digits[2]) || ':'))
  ), found AS (
    SELECT d.id FROM channels_dialog d
      WHERE cardinality(words) > 0 AND d.tenant_id = tenant
        AND d.search_text LIKE words[1] AND d.search_text LIKE ALL (words)
    UNION
    SELECT d.id FROM people JOIN channels_dialog d ON d.tenant_id = tenant AND d.contact_id = people.id
  )
  SELECT found.id FROM found ORDER BY found.id DESC LIMIT newest;
END $$;
