"""The triggers that keep FieldValue true: what they are made of, for the migrations that put them on tables.

No service has to remember them: whatever writes custom_values, in bulk or by hand, keeps the index too.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

# Of numbers as custom_fields.numbers.number_key writes them: the nines' complement puts the lowest first.
ROWS = r"""
CREATE FUNCTION public.field_value_rows(tenant bigint, record uuid, given jsonb)
RETURNS TABLE (id uuid, tenant_id bigint, record_id uuid, field varchar, held varchar, words text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
  SELECT gen_random_uuid(), tenant, record, f.key,
    CASE f.kind
      WHEN 'text' THEN left(w.folded, 100)
      WHEN 'date' THEN left(r.raw, 10)
      ELSE CASE WHEN r.raw::numeric < 0
        THEN 'a' || translate(to_char(-r.raw::numeric, 'FM000000000000000000.000000'), '0123456789', '9876543210')
        ELSE 'b' || to_char(r.raw::numeric, 'FM000000000000000000.000000') END
    END,
    CASE WHEN f.kind IN ('text', 'number') THEN w.folded ELSE '' END
  FROM jsonb_each(given) v
  JOIN tenants_customfield f ON f.tenant_id = tenant AND f.key = v.key
  CROSS JOIN LATERAL (SELECT CASE f.kind WHEN 'money' THEN v.value ->> 'amount' ELSE v.value #>> '{}' END AS raw) r
  CROSS JOIN LATERAL (SELECT
    btrim(regexp_replace(translate(lower(normalize(r.raw, NFKC)), 'ё', 'е'), '\s+', ' ', 'g')) AS folded) w
  WHERE f.kind IN ('text', 'date') OR f.kind IN ('number', 'money') AND r.raw ~ '^-?[0-9]{1,18}(\.[0-9]+)?$'
$$
"""
KEEP = """
CREATE FUNCTION public.keep_field_values() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM tenants_fieldvalue WHERE tenant_id = OLD.tenant_id AND record_id = OLD.id;
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tenants_fieldvalue (id, tenant_id, record_id, field, held, words)
      SELECT * FROM field_value_rows(NEW.tenant_id, NEW.id, NEW.custom_values);
    RETURN NULL;
  END IF;
  DELETE FROM tenants_fieldvalue k USING jsonb_each(OLD.custom_values) o
    WHERE k.tenant_id = NEW.tenant_id AND k.record_id = NEW.id AND k.field = o.key
      AND NEW.custom_values -> o.key IS DISTINCT FROM o.value;
  INSERT INTO tenants_fieldvalue (id, tenant_id, record_id, field, held, words)
    SELECT * FROM field_value_rows(NEW.tenant_id, NEW.id, (SELECT jsonb_object_agg(n.key, n.value)
      FROM jsonb_each(NEW.custom_values) n WHERE OLD.custom_values -> n.key IS DISTINCT FROM n.value));
  RETURN NULL;
END $$
"""
FUNCTIONS = migrations.RunSQL(
    [ROWS, KEEP],
    [
        "DROP FUNCTION public.keep_field_values()",
        "DROP FUNCTION public.field_value_rows(bigint, uuid, jsonb)",
    ],
)
_TRIGGERS = {
    "added": "INSERT ON {table} FOR EACH ROW WHEN (NEW.custom_values <> '{{}}')",
    "changed": "UPDATE OF custom_values ON {table} FOR EACH ROW"
    " WHEN (OLD.custom_values IS DISTINCT FROM NEW.custom_values)",
    "removed": "DELETE ON {table} FOR EACH ROW WHEN (OLD.custom_values <> '{{}}')",
}


def kept_of(table: str) -> migrations.RunSQL:
    """Make the operation that puts the triggers on a table."""
    made: Any = [
        f"CREATE TRIGGER field_values_{name} AFTER {when.format(table=table)} EXECUTE FUNCTION public.keep_field_values()"
        for name, when in _TRIGGERS.items()
    ]
    dropped: Any = [f"DROP TRIGGER field_values_{name} ON {table}" for name in _TRIGGERS]
    return migrations.RunSQL(made, dropped)
