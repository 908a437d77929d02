"""Notifications: what a person should hear about."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from activities.addresses import page_of_card
from activities.hearing import BROWSER, MAIL, MENTIONS, SOUND, group_of, is_quiet_at, mail_moment, ways_of
from activities.models import TARGETS, NoticeSettings, Notification, Watch
from activities.zones import zone_of
from core import live
from core.remembering import remembered_for_a_while
from core.tenancy import current_tenant_id
from tenants.models import Membership


@dataclasses.dataclass(frozen=True, slots=True)
class Notice:
    """Something that some people should hear of, as notify() is told of it."""

    members: Iterable[Membership]
    code: str
    params: Mapping[str, Any]
    url: str


def notify(
    *, members: Iterable[Membership], code: str, params: Mapping[str, Any], url: str, now: dt.datetime
) -> list[Notification]:
    """Add a line to the bell of each member who works here, and tell it in the ways each has chosen.

    `code` and `params` as activities.notices knows them; `url` is where the line leads. Who has muted the
    card there hears nothing, unless somebody names them.
    """
    return notify_all([Notice(members, code, params, url)], now=now)


def notify_all(notices: Iterable[Notice], *, now: dt.datetime) -> list[Notification]:
    """The same of several things at once."""
    rows = [line for notice in notices for line in _lines(notice, now)]
    Notification.objects.bulk_create(rows)
    for row in rows:
        live.publish(
            tenant_id=current_tenant_id(),
            topic="notification",
            payload={"id": str(row.pk)},
            member_ids=[row.member_id],
        )
    return rows


def _lines(notice: Notice, now: dt.datetime) -> list[Notification]:
    """Make a line for each who hears of it; nothing is stored."""
    who = {member.pk: member for member in notice.members if member.is_active}
    if not who:
        return []
    group = group_of(notice.code)
    deaf = set() if group == MENTIONS else _muted(who, notice.url)
    chosen = _settings_of(frozenset(who))
    about: dict[str, Any] = {
        "code": notice.code,
        "params": dict(notice.params),
        "url": notice.url[:300],
        "created_at": now,
    }
    return [_line(member, chosen.get(pk), group, **about) for pk, member in who.items() if pk not in deaf]


def _line(
    member: Membership, settings: NoticeSettings | None, group: str, *, created_at: dt.datetime, **values: Any
) -> Notification:
    """Make a line, with how it is to be heard."""
    ways = ways_of(settings, group)
    row = Notification(member=member, created_at=created_at, **values)
    row.is_silent = SOUND not in ways
    if settings is None:
        row.is_quiet = BROWSER not in ways
        return row
    zone = zone_of(member)
    row.is_quiet = BROWSER not in ways or is_quiet_at(settings, created_at, zone)
    row.mail_at = mail_moment(settings, created_at, zone) if MAIL in ways else None
    return row


def _settings_of(who: frozenset[uuid.UUID]) -> dict[uuid.UUID, NoticeSettings]:
    """Read how people want to hear; those who never said are left out. A queue that is worked off asks once."""

    def read() -> dict[uuid.UUID, NoticeSettings]:
        return {row.member_id: row for row in NoticeSettings.objects.filter(member__in=who)}

    return remembered_for_a_while((NoticeSettings, who), read)


def _muted(who: Iterable[uuid.UUID], url: str) -> set[uuid.UUID]:
    """Find who has muted the card an address belongs to."""
    found, people = set(), frozenset(who)
    mutes = remembered_for_a_while(
        (Watch, people), lambda: list(Watch.objects.filter(member__in=people, is_muted=True))
    )
    for row in mutes:
        name = next(name for name in TARGETS if getattr(row, f"{name}_id"))
        page = page_of_card(name, getattr(row, f"{name}_id"))
        if page and url.partition("#")[0].partition("?")[0] == page:
            found.add(row.member_id)
    return found


def mark_read(*, member: Membership, now: dt.datetime, up_to: dt.datetime | None = None) -> int:
    """Mark the member's notifications read, those made until `up_to` where it is given."""
    rows = Notification.objects.filter(member=member, read_at=None)
    if up_to is not None:
        rows = rows.filter(created_at__lte=up_to)
    return rows.update(read_at=now)


def set_notices(
    *,
    member: Membership,
    ways: Mapping[str, list[str]],
    digest: str,
    digest_at: dt.time,
    quiet_from: dt.time | None,
    quiet_until: dt.time | None,
) -> NoticeSettings:
    """Keep how a person wants to hear of what; groups that `ways` leaves out are heard as usual."""
    row: NoticeSettings
    row, _is_new = NoticeSettings.objects.update_or_create(
        member=member,
        defaults={
            "ways": dict(ways),
            "digest": digest,
            "digest_at": digest_at,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
        },
    )
    return row
