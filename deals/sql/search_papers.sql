-- Text search of documents and payments behind row-level security; contacts/sql/search.sql says why it is a definer
-- function. Arguments as of search.deals: a document is found by its number, or by what finds its deal.
--
-- kind: proposal or invoice
CREATE OR REPLACE FUNCTION search.documents(kind text, words text[], digits text[])
RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200
SET search_path = pg_catalog, public
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
  tenant CONSTANT int := nullif(current_setting('app.tenant_id', true), '')::int;
  found CONSTANT uuid[] := ARRAY(SELECT d.id FROM search.deals(words, digits) d);
BEGIN
  IF kind = 'proposal' THEN
    RETURN QUERY
    SELECT p.id FROM deals_proposal p WHERE p.tenant_id = tenant AND p.deal_id = ANY (found)
    UNION
    SELECT p.id FROM deals_proposal p WHERE p.tenant_id = tenant AND p.number ILIKE words[1] AND p.number ILIKE ALL (words);
  ELSE
    RETURN QUERY
    SELECT i.id FROM deals_invoice i WHERE i.tenant_id = tenant AND i.deal_id = ANY (found)
    UNION
    SELECT i.id FROM deals_invoice i WHERE i.tenant_id = tenant AND i.number ILIKE words[1] AND i.number ILIKE ALL (words);
  END IF;
END $$;

-- A payment is found by what finds its invoice, by the payer as the bank wrote it, or by its comment.
CREATE OR REPLACE FUNCTION search.payments(words text[], digits text[])
RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200
SET search_path = pg_catalog, public
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
  tenant CONSTANT int := nullif(current_setting('app.tenant_id', true), '')::int;
  invoices CONSTANT uuid[] := ARRAY(SELECT i.id FROM search.documents('invoice', words, digits) i);
BEGIN
  RETURN QUERY
  SELECT p.id FROM deals_payment p WHERE p.tenant_id = tenant AND p.invoice_id = ANY (invoices)
  UNION
  SELECT p.id FROM deals_bankentry e JOIN deals_payment p ON p.tenant_id = tenant AND p.entry_id = e.id
    WHERE e.tenant_id = tenant AND e.payer ILIKE words[1] AND e.payer ILIKE ALL (words)
  UNION
  SELECT p.id FROM deals_payment p WHERE p.tenant_id = tenant AND p.comment ILIKE words[1] AND p.comment ILIKE ALL (words);
END $$;
