"""How a person hears of what: which kinds of news show a message, make a sound, come by mail, and when not.

No database: settings come in, answers go out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.models import NoticeSettings
from activities.zones import at_wall

BROWSER, SOUND, MAIL = "browser", "sound", "mail"
WAYS = (BROWSER, SOUND, MAIL)
OTHER, MENTIONS = "other", "mentions"
# Group -> its name and the codes of activities.notices that belong to it; codes nobody names are "other"
GROUPS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "inquiries": (
        _("New inquiries and missed calls"),
        ("lead_new", "lead_awake", "call_missed", "lead_escalated", "lead_late"),
    ),
    "replies": (_("Answers of clients"), ("lead_reply", "message_failed", "chat_rated")),
    "assigned": (
        _("What was given to me"),
        (
            "activity_assigned", "activities_assigned", "activity_taken", "activity_invited", "lead_assigned",
            "lead_passed_on", "deal_assigned", "deals_assigned", "dialog_assigned",
        ),
    ),
    "due": (_("Reminders of my activities"), ("activity_due",)),
    MENTIONS: (_("Colleagues who mention me"), ("mentioned",)),
    "followed": (_("Records I follow"), ("followed",)),
    OTHER: (_("Everything else"), ()),
}  # fmt: skip
_GROUP_OF = {code: group for group, (_label, codes) in GROUPS.items() for code in codes}
USUAL: dict[str, tuple[str, ...]] = {
    "inquiries": (BROWSER, SOUND),
    "replies": (BROWSER, SOUND),
    "assigned": (BROWSER,),
    "due": (BROWSER, SOUND),
    MENTIONS: (BROWSER, SOUND),
    "followed": (BROWSER,),
    OTHER: (BROWSER,),
}


def group_of(code: str) -> str:
    """Return the group a kind of news belongs to."""
    return _GROUP_OF.get(code, OTHER)


def ways_of(settings: NoticeSettings | None, group: str) -> frozenset[str]:
    """Return how the person wants to hear of a group; the usual ways while nothing was set."""
    chosen: Iterable[str] | None = settings.ways.get(group) if settings else None
    return frozenset(USUAL[group] if chosen is None else chosen)


def is_quiet_at(settings: NoticeSettings | None, now: dt.datetime, zone: dt.tzinfo) -> bool:
    """Say whether the person's quiet hours are on; they may last over midnight."""
    if settings is None or settings.quiet_from is None or settings.quiet_until is None:
        return False
    time, start, end = now.astimezone(zone).time(), settings.quiet_from, settings.quiet_until
    return start <= time < end if start <= end else time >= start or time < end


def mail_moment(settings: NoticeSettings, now: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """Return when news of now go out by mail: at once, with the hour or at the day's time; never in quiet hours."""
    local = now.astimezone(zone)
    match settings.digest:
        case NoticeSettings.Digest.HOURLY:
            moment = now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
        case NoticeSettings.Digest.DAILY:
            moment = at_wall(local.date(), settings.digest_at, zone)
            if moment <= now:
                moment = at_wall(local.date() + dt.timedelta(days=1), settings.digest_at, zone)
            return moment  # a time of one's own choice is meant, quiet or not
        case _:
            moment = now
    return _after_quiet(settings, moment, zone)


def _after_quiet(settings: NoticeSettings, moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    if not is_quiet_at(settings, moment, zone):
        return moment
    assert settings.quiet_until is not None
    local = moment.astimezone(zone)
    ends = at_wall(local.date(), settings.quiet_until, zone)
    return ends if ends > moment else at_wall(local.date() + dt.timedelta(days=1), settings.quiet_until, zone)
