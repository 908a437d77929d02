"""Entries of things that happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from activities.acting import robot_at_work
from activities.addresses import page_of
from activities.mentions import mentioned
from activities.models import Activity
from activities.services.notices import notify
from activities.services.targets import about, bump_last_activity, tell
from tenants.models import Membership

MAX_SUBJECT = 300


def log_activity(
    *,
    kind: str,
    occurred_at: dt.datetime,
    author: Membership | None = None,
    direction: str = "",
    subject: str = "",
    text: str = "",
    contact: Any = None,
    company: Any = None,
    deal: Any = None,
    lead: Any = None,
    data: Mapping[str, Any] | None = None,
) -> Activity:
    """Write one entry into the timelines of everything it is about.

    The contact and company of a deal or lead get it as well. A recorded change (kind "change") doesn't
    count as something that happened with the client. What a robot does names it: data["robot"].
    """
    about_rows = {"contact": contact, "company": company, "deal": deal, "lead": lead}
    activity = new_entry(
        kind=kind,
        occurred_at=occurred_at,
        author=author,
        direction=direction,
        subject=subject,
        text=text,
        data=data,
        **about_rows,
    )
    write_entries([(activity, about_rows.values())])
    return activity


def new_entry(
    *,
    kind: str,
    occurred_at: dt.datetime,
    author: Membership | None = None,
    direction: str = "",
    subject: str = "",
    text: str = "",
    data: Mapping[str, Any] | None = None,
    **targets: Any,
) -> Activity:
    """Make an entry as log_activity() writes it; nothing is stored."""
    robot = robot_at_work()
    return Activity(
        kind=kind,
        direction=direction,
        subject=storable(subject)[:MAX_SUBJECT],
        text=storable(text),
        data=dict(data or {}) | ({"robot": robot.name} if robot else {}),
        occurred_at=occurred_at,
        author=author,
        owner=author,
        **about(**targets),
    )


def write_entries(entries: Sequence[tuple[Activity, Iterable[Any]]]) -> None:
    """Store entries and tell of them; each comes with the rows it is about, as far as they are in memory."""
    Activity.objects.bulk_create([entry for entry, _rows in entries])
    for entry, rows in entries:
        if entry.kind != Activity.Kind.CHANGE:
            bump_last_activity(entry, entry.occurred_at, known=rows)
        tell(entry)


@transaction.atomic
def add_note(*, text: str, by: Membership, now: dt.datetime, **targets: Any) -> Activity:
    """Write an internal comment and tell the colleagues named in it with @ (A8).

    `targets`: contact, company, deal, lead, as for log_activity.
    """
    colleagues = mentioned(text)
    note = log_activity(
        kind=Activity.Kind.NOTE,
        occurred_at=now,
        author=by,
        text=text,
        data={"mentions": [member.name for member in colleagues]} if colleagues else None,
        **targets,
    )
    _tell(note, colleagues, by, now)
    return note


@transaction.atomic
def change_note(*, note: Activity, text: str, by: Membership, now: dt.datetime) -> Activity:
    """Rewrite an own comment; only colleagues who weren't named before are told."""
    before = set(note.data.get("mentions", []))
    colleagues = mentioned(text)
    note.text = storable(text)
    note.data = note.data | {"mentions": [m.name for m in colleagues], "edited_at": now.isoformat()}
    note.save(update_fields=["text", "data"])
    tell(note)
    _tell(note, [member for member in colleagues if member.name not in before], by, now)
    return note


def storable(text: str) -> str:
    """Drop what PostgreSQL's text can't hold: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def _tell(note: Activity, colleagues: list[Membership], by: Membership, now: dt.datetime) -> None:
    others = [member for member in colleagues if member.pk != by.pk]
    params = {"by": by.name, "text": note.text[:140]}
    notify(members=others, code="mentioned", params=params, url=page_of(note), now=now)
