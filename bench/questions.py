"""The questions of reports: their pages, and what somebody would ask the rows in plain SQL instead."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.urls import reverse

_LEADS = """
    FROM leads_lead l WHERE l.tenant_id = %(tenant)s AND l.deleted_at IS NULL AND l.is_advertising
    AND l.received_at >= %(start)s AND l.received_at < %(end)s
"""
_DEALS = """
    FROM deals_deal d WHERE d.tenant_id = %(tenant)s AND d.deleted_at IS NULL
    AND d.created_at >= %(start)s AND d.created_at < %(end)s
"""
_ANSWER = """
    CASE WHEN first_response_at IS NOT NULL THEN CASE WHEN response_min > response_limit_min THEN 'late' ELSE 'in_time' END
    WHEN waiting_since IS NOT NULL AND state <> 'converted' AND kind <> 'manual' AND quality <> 'non_targeted' THEN 'none'
    ELSE 'not_needed' END
"""
_RESPONSES = f"""
    SELECT {{by}}, count(*), count(*) FILTER (WHERE answer = 'late'), count(*) FILTER (WHERE answer = 'none'),
    count(*) FILTER (WHERE kind = 'missed_call'), percentile_cont(0.5) WITHIN GROUP (ORDER BY response_min),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY response_min)
    FROM (SELECT l.*, extract(hour FROM received_at AT TIME ZONE %(zone)s) AS hour, {_ANSWER} AS answer {_LEADS}) q GROUP BY 1
"""
_HOURS = "extract({} FROM received_at AT TIME ZONE %(zone)s)"
_FUNNEL = f"""
    SELECT c.to_stage_id, count(DISTINCT c.deal_id), percentile_cont(0.5) WITHIN GROUP (ORDER BY c.seconds_in_from),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY c.seconds_in_from)
    FROM deals_stagechange c WHERE c.tenant_id = %(tenant)s AND c.pipeline_id = %(pipeline)s
    AND c.deal_id IN (SELECT d.id {_DEALS}) GROUP BY 1
"""
_SNAPSHOT = """
    SELECT c.to_stage_id, d.currency, count(*), sum(d.amount) FROM deals_deal d CROSS JOIN LATERAL (
        SELECT s.pipeline_id, s.to_stage_id FROM deals_stagechange s
        WHERE s.tenant_id = d.tenant_id AND s.deal_id = d.id AND s.at < %(middle)s ORDER BY s.at DESC, s.id DESC LIMIT 1
    ) c WHERE d.tenant_id = %(tenant)s AND d.deleted_at IS NULL AND c.pipeline_id = %(pipeline)s GROUP BY 1, 2
"""
_TOUCHES = """
    l.tenant_id = d.tenant_id AND (l.contact_id = d.contact_id OR l.deal_id = d.id) AND l.deleted_at IS NULL
    AND l.is_advertising AND l.received_at <= coalesce(d.closed_at, 'infinity')
"""
_LAST_TOUCH = f"""
    SELECT t.source_id, count(*), count(*) FILTER (WHERE d.state = 'won'), sum(d.amount) FILTER (WHERE d.state = 'won')
    FROM deals_deal d LEFT JOIN LATERAL (
        SELECT l.source_id FROM leads_lead l WHERE {_TOUCHES} ORDER BY l.received_at DESC, l.id DESC LIMIT 1
    ) t ON true
    WHERE d.tenant_id = %(tenant)s AND d.deleted_at IS NULL AND (d.created_at >= %(start)s AND d.created_at < %(end)s
    OR d.state = 'won' AND d.closed_at >= %(start)s AND d.closed_at < %(end)s) GROUP BY 1
"""
_LINEAR = f"""
    SELECT l.source_id, sum(1.0 / n), sum(q.amount / n) FROM (
        SELECT d.*, (SELECT count(*) FROM leads_lead l WHERE {_TOUCHES}) AS n FROM deals_deal d
        WHERE d.tenant_id = %(tenant)s AND d.deleted_at IS NULL AND (d.created_at >= %(start)s AND d.created_at < %(end)s
        OR d.state = 'won' AND d.closed_at >= %(start)s AND d.closed_at < %(end)s)
    ) q JOIN leads_lead l ON {_TOUCHES.replace("d.", "q.")} GROUP BY 1
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """One report. `sql` is asked of the period and of the one before it; none where the page asks many."""

    name: str
    page: str
    query: str = ""
    sql: str = ""
    has_period: bool = True

    def path(self, first: dt.date, last: dt.date) -> str:
        """Return the address that asks for these days."""
        middle = first + (last - first) / 2
        period = f"first={first}&last={last}&" if self.has_period else ""
        return f"{reverse(self.page)}?{period}{self.query.format(middle=middle)}"


QUESTIONS = (
    Question(
        "leads",
        "reports:leads",
        sql=f"SELECT channel_kind, channel_id, state, count(*) {_LEADS} GROUP BY 1, 2, 3",
    ),
    Question("quality", "reports:quality", sql=f"SELECT source_id, quality, count(*) {_LEADS} GROUP BY 1, 2"),
    Question(
        "reasons",
        "reports:reasons",
        sql=f"SELECT rejection_reason_id, channel_id, count(*) {_LEADS} AND state = 'rejected' GROUP BY 1, 2",
    ),
    Question("response", "reports:response", sql=_RESPONSES.format(by="channel_kind")),
    Question("response by hour", "reports:response", "by=hour", _RESPONSES.format(by="hour")),
    Question("response by manager", "reports:response", "by=manager", _RESPONSES.format(by="taken_by_id")),
    Question(
        "peak hours",
        "reports:peaks",
        sql=f"SELECT {_HOURS.format('isodow')}, {_HOURS.format('hour')}, channel_kind, count(*) {_LEADS} GROUP BY 1, 2, 3",
    ),
    Question(
        "regions", "reports:regions", sql=f"SELECT upper(region), state, count(*) {_LEADS} GROUP BY 1, 2"
    ),
    Question("funnel", "reports:funnel", sql=_FUNNEL),
    Question("funnel, as of a day", "reports:funnel", "on={middle}", _SNAPSHOT),
    Question("sources, last touch", "reports:money", sql=_LAST_TOUCH),
    Question("sources, linear", "reports:money", "model=linear", _LINEAR),
    Question("leaks", "reports:leaks", has_period=False),
    Question("start page", "reports:dashboard", has_period=False),
)
