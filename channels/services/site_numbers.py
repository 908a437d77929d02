"""Numbers the company's site shows: kept, lent to visitors, taken away (K5)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.adapters.marks import collect_marks
from channels.adapters.numbers import LEND_MIN
from channels.models import Channel, NumberLease, SiteNumber
from contacts.identity import normalise_phone, tenant_region
from core.errors import Refusal
from core.tenancy import TenantQuerySet
from core.zones import canonical
from tenants.models import Membership

MAX_NUMBERS = 500
_OF_POOL = {"utm_source": "", "campaign": "", "region": "", "time_zone": ""}  # no rule says whose it is
KEPT = dt.timedelta(days=7)  # a lease after its end: an exchange may tell of a call late


class NotANumber(Refusal):
    """Something typed in is no phone number."""

    code = "not_a_number"

    def __init__(self, text: str) -> None:
        super().__init__(_("This is no phone number of ours: %(text)s") % {"text": text}, text=text)


class NumberTaken(Refusal):
    """The number is on a list already."""

    code = "number_taken"

    def __init__(self, number: str) -> None:
        text = _("The number %(number)s is on a list already.") % {"number": number}
        super().__init__(text, number=number)


class TooManyNumbers(Refusal):
    """A channel has no room for so many."""

    code = "too_many_numbers"

    def default_message(self) -> str | Promise:
        return _("At most %(count)s.") % {"count": MAX_NUMBERS}


@transaction.atomic
def add_site_numbers(
    *, channel: Channel, text: str, by: Membership, now: dt.datetime, **rule: str
) -> list[SiteNumber]:
    """Put numbers on the channel's list, one a line; `rule` is utm_source, campaign, region, time_zone. All or none.

    Raises NotANumber, NumberTaken and TooManyNumbers.
    """
    region, added = tenant_region(), []
    for line in filter(None, map(str.strip, re.split(r"[\n;,]", text))):
        number = normalise_phone(line, region)
        if not number:
            raise NotANumber(line[:40])
        try:
            with transaction.atomic():
                made = SiteNumber.objects.create(channel=channel, number=number, created_at=now, **rule)
        except IntegrityError:
            raise NumberTaken(number) from None
        added.append(made)
    if SiteNumber.objects.filter(channel=channel).count() > MAX_NUMBERS:
        raise TooManyNumbers
    return added


def remove_site_number(*, number: SiteNumber, by: Membership) -> None:
    """Take a number off the list; its calls stay what they are."""
    number.delete()


@transaction.atomic
def lend_number(
    *,
    channel: Channel,
    visitor: str,
    told: Mapping[str, str],
    region: str,
    now: dt.datetime,
    time_zone: str = "",
) -> SiteNumber | None:
    """Choose the number a visitor sees: by rule, else theirs from before, else one of the pool; None without any.

    When all of the pool are lent the one that was lent longest ago is lent to two.
    """
    if (ruled := _by_rule(channel, told, region, time_zone)) is not None:
        return ruled
    until = now + dt.timedelta(minutes=int(channel.settings.get("lend_min") or LEND_MIN))
    pool = SiteNumber.objects.filter(channel=channel, **_OF_POOL)
    held = NumberLease.objects.filter(visitor=visitor, until__gte=now, number__channel=channel)
    number = pool.filter(pk__in=held.values("number")).first() or _next(pool, now)
    if number is None:
        return None
    NumberLease.objects.filter(number=number, until__lt=now - KEPT).delete()
    values: dict[str, Any] = {"until": until, "marks": dict(told)}
    lease, is_new = NumberLease.objects.get_or_create(
        number=number, visitor=visitor, defaults=values | {"lent_at": now}
    )
    if not is_new:
        begun = lease.lent_at if lease.until >= now else now
        NumberLease.objects.filter(pk=lease.pk).update(**values, lent_at=begun)
    return number


def _by_rule(channel: Channel, told: Mapping[str, str], region: str, time_zone: str) -> SiteNumber | None:
    """Find the number whose rule the visitor meets, the one with most conditions first."""
    marks = collect_marks(told.items(), page_url=told.get("page_url", ""))
    seen = {
        "utm_source": marks.source,
        "campaign": marks.campaign,
        "region": region,
        "time_zone": canonical(time_zone),
    }
    ruled = SiteNumber.objects.filter(channel=channel).exclude(**_OF_POOL)
    fits = []
    for number in ruled.order_by("created_at", "id"):
        wanted = {name: getattr(number, name) for name in seen if getattr(number, name)}
        if number.time_zone:
            wanted["time_zone"] = canonical(number.time_zone)
        if all(seen[name].casefold() == value.casefold() for name, value in wanted.items()):
            fits.append((len(wanted), number))
    return max(fits, key=lambda pair: pair[0])[1] if fits else None


def _next(pool: TenantQuerySet[SiteNumber], now: dt.datetime) -> SiteNumber | None:
    """Take the number nobody sees that was lent longest ago; two who ask at once get two numbers."""
    seen = NumberLease.objects.filter(number=OuterRef("pk"), until__gte=now)
    in_turn = pool.order_by(F("last_lent_at").asc(nulls_first=True), "id")
    free = in_turn.exclude(Exists(seen)).select_for_update(skip_locked=True).first()
    number: SiteNumber | None = free or in_turn.first()
    if number is not None:
        SiteNumber.objects.filter(pk=number.pk).update(last_lent_at=now)
    return number
