"""Figures of the panels that tell what to do now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from activities.timeline import latest
from core import formats
from leads import clock
from reports.queries import start
from reports.start.reader import Reader
from tenants.hours import HoursBook, book_of

HAPPENED = 12


def counters(reader: Reader) -> dict[str, Any]:
    return {"to_do": reader.to_do, "overdue": reader.overdue}


def loads(reader: Reader) -> dict[str, Any]:
    return {"loads": start.loads(reader.people, day=reader.day)}


def plan(reader: Reader) -> dict[str, Any]:
    return {"plan": start.day_plan(reader.people, day=reader.day)}


def overdue(reader: Reader) -> dict[str, Any]:
    return {"overdue": reader.overdue}


def queue(reader: Reader) -> dict[str, Any]:
    book = book_of(reader.member.tenant, now=reader.now)
    return {"queue": [_queued(lead, book, reader.now) for lead in start.queue(reader.people)]}


def cooling(reader: Reader) -> dict[str, Any]:
    return {"cooling": [_cooling(deal, reader.now) for deal in start.cooling(reader.people)]}


def month(reader: Reader) -> dict[str, Any]:
    return {"month": start.month(reader.people, since=reader.month_start)}


def happened(reader: Reader) -> dict[str, Any]:
    return {"happened": latest(reader.member, limit=HAPPENED, now=reader.now)}


def _queued(lead: Any, book: HoursBook, now: dt.datetime) -> dict[str, Any]:
    waited = clock.calendar_for(lead, book).minutes_between(lead.received_at, now)
    return {
        "lead": lead,
        "title": lead.name or formats.phone(lead.phone) or str(lead),
        "is_missed": lead.kind == "missed_call",
        "waited": waited,
        "is_late": bool(lead.response_limit_min and waited > lead.response_limit_min),
    }


def _cooling(deal: Any, now: dt.datetime) -> dict[str, Any]:
    days = (now - deal.stage_entered_at).days
    return {"deal": deal, "days": days, "limit": round(deal.stage.time_limit_h / 24, 1)}
