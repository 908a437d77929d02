-- Which tenants have work waiting in PostgreSQL: journal events, outgoing messages, files to fetch.
-- Asked by the sweepers, which belong to no tenant. Loops instead of joining, so that it also works
-- where there is only one database role and row-level security binds the function's owner too.
CREATE OR REPLACE FUNCTION search.tenants_with_due_work()
RETURNS TABLE (tenant_id int, queue text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
  t int;
  -- put back by hand: a SET clause on a parameter of our own needs a superuser
  before text := coalesce(current_setting('app.tenant_id', true), '');
  moment timestamptz := clock_timestamp();
BEGIN
  FOR t IN SELECT id FROM tenants_tenant ORDER BY id LOOP
    PERFORM set_config('app.tenant_id', t::text, true);
    IF EXISTS (SELECT FROM channels_event e
               WHERE e.tenant_id = t AND e.state = 'received' AND e.next_try_at <= moment) THEN
      tenant_id := t; queue := 'events'; RETURN NEXT;
    END IF;
    IF EXISTS (SELECT FROM channels_message m
               WHERE m.tenant_id = t AND m.state IN ('queued', 'sending') AND m.next_try_at <= moment) THEN
      tenant_id := t; queue := 'messages'; RETURN NEXT;
    END IF;
    IF EXISTS (SELECT FROM channels_filefetch f WHERE f.tenant_id = t AND f.next_try_at <= moment) THEN
      tenant_id := t; queue := 'files'; RETURN NEXT;
    END IF;
  END LOOP;
  PERFORM set_config('app.tenant_id', before, true);
END $$;

-- The switched-on channels of one kind in all tenants, and when their settings changed last:
-- what a long-running reader (mail) has to keep open.
CREATE OR REPLACE FUNCTION search.active_channels(wanted text)
RETURNS TABLE (tenant_id int, channel_id uuid, updated_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
  t int;
  -- put back by hand: a SET clause on a parameter of our own needs a superuser
  before text := coalesce(current_setting('app.tenant_id', true), '');
BEGIN
  FOR t IN SELECT id FROM tenants_tenant WHERE is_active ORDER BY id LOOP
    PERFORM set_config('app.tenant_id', t::text, true);
    RETURN QUERY SELECT t, c.id, c.updated_at FROM channels_channel c
                 WHERE c.tenant_id = t AND c.kind = wanted AND c.is_active;
  END LOOP;
  PERFORM set_config('app.tenant_id', before, true);
END $$;
