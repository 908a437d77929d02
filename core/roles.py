"""Database roles: who owns, who serves, who searches. None of them bypasses row-level security."""

from __future__ import annotations

OWNER = "crm_owner"  # owns the tables, runs migrations
APP = "crm_app"  # web, workers and tests: plain DML, never owner
SEARCH = "crm_search"  # owns the definer search functions: SELECT only, cannot log in

CREATE_ROLES = f"""
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN
    CREATE ROLE {OWNER} NOSUPERUSER NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') THEN
    CREATE ROLE {APP} NOSUPERUSER NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{SEARCH}') THEN
    CREATE ROLE {SEARCH} NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
  -- The owner may become crm_search to make its functions, but doesn't see through its policies by itself.
  IF current_setting('server_version_num')::int >= 160000 THEN
    EXECUTE 'GRANT {SEARCH} TO {OWNER} WITH INHERIT FALSE, SET TRUE';
  ELSE
    EXECUTE 'ALTER ROLE {OWNER} NOINHERIT';
    EXECUTE 'GRANT {SEARCH} TO {OWNER}';
  END IF;
END $$;
"""
