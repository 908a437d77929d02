"""Secret links under which calendar programs read what a person has planned."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.models import CalendarFeed
from activities.services.planning import KINDS
from core.errors import Conflict
from core.tenancy import current_tenant_id
from tenants.models import Membership

MOST = 10


class TooManyFeeds(Conflict):
    """A person keeps a handful of links, not hundreds."""

    code = "too_many_feeds"

    def default_message(self) -> str | Promise:
        return _("There are too many links already. Remove one that isn't used.")


@dataclasses.dataclass(frozen=True, slots=True)
class OpenedFeed:
    """A fresh link; only the hash of its secret is kept, so it is shown this once."""

    feed: CalendarFeed
    url: str


@transaction.atomic
def open_feed(*, member: Membership, name: str, kinds: Sequence[str], now: dt.datetime) -> OpenedFeed:
    """Make a link that shows the person's planned activities of these kinds. Raises TooManyFeeds."""
    if CalendarFeed.objects.filter(member=member).count() >= MOST:
        raise TooManyFeeds
    secret = secrets.token_urlsafe(32)
    chosen = [str(kind) for kind in KINDS if kind in kinds]
    feed = CalendarFeed.objects.create(
        member=member, name=name, token_hash=token_hash(secret), kinds=chosen, created_at=now
    )
    token = f"{current_tenant_id()}-{secret}"
    return OpenedFeed(feed, settings.PUBLIC_URL + reverse("activities:feed", args=[token]))


def close_feed(*, feed: CalendarFeed, by: Membership) -> None:
    """Make a link useless at once."""
    feed.delete()


def note_reading(*, feed: CalendarFeed, now: dt.datetime) -> None:
    """Keep when a program last read the link, to the hour: that is all the page says."""
    if feed.read_at is None or now - feed.read_at > dt.timedelta(hours=1):
        feed.read_at = now
        feed.save(update_fields=["read_at"])


def token_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
