"""What a dialog keeps of its messages, computed from the messages themselves: for rows that came by another way.

A dialog goes on while its inquiry is open, and for a month after its last message otherwise. Who is waited for in
an inquiry may have been answered by phone, so there the inquiry says since when.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection

from core.tenancy import current_tenant_id

REFILL = """
WITH said AS (
  SELECT m.dialog_id, m.lead_id, m.is_automatic, a.direction, a.occurred_at, a.id,
         coalesce(nullif(split_part(btrim(a.text, E' \\n\\r\\t'), E'\\n', 1), ''), a.subject) AS line,
         regexp_replace(a.subject || ' ' || a.text, '\\s+', ' ', 'g') AS words
  FROM channels_message m JOIN activities_activity a ON a.tenant_id = m.tenant_id AND a.id = m.activity_id
  WHERE m.tenant_id = %(tenant)s
), last AS (
  SELECT DISTINCT ON (dialog_id) dialog_id, direction, line FROM said ORDER BY dialog_id, occurred_at DESC, id DESC
), became AS (
  SELECT DISTINCT ON (dialog_id) dialog_id, lead_id FROM said
  WHERE lead_id IS NOT NULL ORDER BY dialog_id, occurred_at DESC, id DESC
), answered AS (
  SELECT dialog_id, max(occurred_at) AS at FROM said WHERE direction = 'out' GROUP BY dialog_id
), waiting AS (
  SELECT s.dialog_id, min(s.occurred_at) AS since, count(*) AS count
  FROM said s LEFT JOIN answered ON answered.dialog_id = s.dialog_id
  WHERE s.direction = 'in' AND NOT s.is_automatic AND (answered.at IS NULL OR s.occurred_at > answered.at)
  GROUP BY s.dialog_id
), words AS (
  SELECT dialog_id, right(translate(lower(string_agg(btrim(words), ' ' ORDER BY occurred_at, id)), 'ё', 'е'), 4000) AS words
  FROM said GROUP BY dialog_id
), state AS (
  SELECT d.id, last.direction, left(last.line, 300) AS line, became.lead_id, words.words,
         CASE WHEN l.id IS NULL THEN waiting.since ELSE l.waiting_since END AS since,
         CASE WHEN l.id IS NULL THEN waiting.count ELSE l.unread_count END AS count,
         coalesce(l.state IN ('new', 'in_work') AND l.deleted_at IS NULL, false) AS is_open,
         coalesce(l.state = 'rejected', false) AS is_rejected
  FROM channels_dialog d
  JOIN last ON last.dialog_id = d.id
  JOIN words ON words.dialog_id = d.id
  LEFT JOIN became ON became.dialog_id = d.id
  LEFT JOIN leads_lead l ON l.tenant_id = %(tenant)s AND l.id = became.lead_id
  LEFT JOIN waiting ON waiting.dialog_id = d.id
  WHERE d.tenant_id = %(tenant)s
)
UPDATE channels_dialog d SET
  lead_id = state.lead_id, preview = state.line, last_direction = state.direction, search_text = state.words,
  closed_at = CASE WHEN goes_on THEN NULL ELSE d.last_message_at END,
  waiting_since = CASE WHEN goes_on THEN state.since END,
  unread_count = CASE WHEN goes_on AND state.since IS NOT NULL THEN coalesce(state.count, 0) ELSE 0 END
FROM (
  SELECT state.*, is_open OR (NOT is_rejected AND x.last_message_at > %(recent)s) AS goes_on
  FROM state JOIN channels_dialog x ON x.tenant_id = %(tenant)s AND x.id = state.id
) state
WHERE d.tenant_id = %(tenant)s AND d.id = state.id AND d.last_direction = ''
"""


def refill_dialogs(*, now: dt.datetime) -> int:
    """Fill the dialogs of the active tenant that nothing was noted of yet; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(REFILL, {"tenant": current_tenant_id(), "recent": now - dt.timedelta(days=30)})
        return int(cursor.rowcount)
