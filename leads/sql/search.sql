-- Text search behind row-level security; contacts/sql/search.sql says why it is a definer function.
--
-- words:  patterns for LIKE, all of which must match in one place: the lead's own words (name, phone, address, what
--         was said, number), or the name of its contact, looked up where it lives
-- digits: the digits of a whole phone or of its end; an empty array when the text is no number
-- newest: give no more than so many, the last made ones (ids grow with time), and look no further than so many
--         clients of that name: for a palette. NULL gives all.
CREATE OR REPLACE FUNCTION search.leads(words text[], digits text[], newest int DEFAULT NULL)
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
  ), found AS (
    SELECT l.id FROM leads_lead l
      WHERE cardinality(words) > 0 AND l.tenant_id = tenant
        AND l.search_text LIKE words[1] AND l.search_text LIKE ALL (words)
    UNION
    SELECT l.id FROM (SELECT people.id FROM people ORDER BY people.id DESC LIMIT newest) c
      JOIN leads_lead l ON l.tenant_id = tenant AND l.contact_id = c.id
    UNION
    SELECT l.id FROM contacts_identitykey k
      JOIN leads_lead l ON l.tenant_id = tenant AND l.contact_id = k.contact_id
      WHERE k.tenant_id = tenant AND k.kind = 'phone'
        AND (k.reversed_value ~>=~ reverse(digits[1]) AND k.reversed_value ~<~ (reverse(digits[1]) || ':')
          OR k.reversed_value ~>=~ reverse(digits[2]) AND k.reversed_value ~<~ (reverse(digits[2]) || ':'))
  )
  SELECT found.id FROM found ORDER BY found.id DESC LIMIT newest;
END $$;
