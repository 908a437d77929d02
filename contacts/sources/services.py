"""Changing the directory of sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from decimal import Decimal

from django.db import transaction

from contacts.models import CampaignSource, CostOrigin, Source, SourceCost, SourceGroup
from contacts.sources.rules import mistakes_of
from core import ordering
from tenants.models import Membership
from tenants.services.references import delete_unreferenced

# What has to be computed anew when a source begins or ceases to count in statistics (Q3).
_followers: list[Callable[[Source], object]] = []


def follow_statistics(callback: Callable[[Source], object]) -> None:
    """Call back with a source whose place in advertising statistics has changed; for apps above."""
    _followers.append(callback)


def create_source(
    *,
    name: str,
    by: Membership,
    group: SourceGroup | None = None,
    utm_source: str = "",
    is_advertising: bool = True,
) -> Source:
    """Add a source."""
    return Source.objects.create(name=name, group=group, utm_source=utm_source, is_advertising=is_advertising)


def update_source(
    *,
    source: Source,
    by: Membership,
    name: str,
    group: SourceGroup | None,
    utm_source: str,
    is_advertising: bool,
) -> Source:
    """Change a source."""
    counted = Source.objects.values_list("is_advertising", flat=True).get(pk=source.pk)
    source.name, source.group = name, group
    source.utm_source, source.is_advertising = utm_source, is_advertising
    source.save(update_fields=["name", "group", "utm_source", "is_advertising"])
    if counted != is_advertising:
        for callback in _followers:
            callback(source)
    return source


def choose_counted(*, quiet: Collection[Source], by: Membership) -> int:
    """Let every source in use count in statistics but these; return how many changed.

    Nobody is called back: whoever sets all rules of quality at once recomputes once.
    """
    ids = [source.pk for source in quiet]
    present = Source.objects.filter(is_archived=False)
    return present.filter(pk__in=ids, is_advertising=True).update(is_advertising=False) + present.filter(
        is_advertising=False
    ).exclude(pk__in=ids).update(is_advertising=True)


def archive_source(*, source: Source, by: Membership, is_archived: bool) -> Source:
    """Take a source out of the choices, or put it back; what came from it stays."""
    source.is_archived = is_archived
    source.save(update_fields=["is_archived"])
    return source


def create_group(*, name: str, by: Membership) -> SourceGroup:
    """Add a group at the end."""
    return SourceGroup.objects.create(name=name, position=ordering.end_of(SourceGroup.objects.all()))


def update_group(*, group: SourceGroup, name: str, by: Membership) -> SourceGroup:
    """Rename a group."""
    group.name = name
    group.save(update_fields=["name"])
    return group


def delete_group(*, group: SourceGroup, by: Membership) -> None:
    """Delete an empty group; raise StillInUse while sources are in it."""
    delete_unreferenced(group)


def add_cost(
    *,
    source: Source,
    by: Membership,
    starts_on: dt.date,
    ends_on: dt.date,
    amount: Decimal,
    currency: str,
    campaign: str = "",
) -> SourceCost:
    """Write down money spent on a source over some days, both ends included; raise CostRefused."""
    for refusal in mistakes_of(starts_on=starts_on, ends_on=ends_on, amount=amount, currency=currency):
        raise refusal
    return SourceCost.objects.create(
        source=source,
        campaign=campaign,
        starts_on=starts_on,
        ends_on=ends_on,
        amount=amount,
        currency=currency,
    )


def delete_cost(*, cost: SourceCost, by: Membership) -> None:
    """Take a cost back."""
    cost.delete()


@transaction.atomic
def set_campaign_source(*, origin: str, campaign: str, source: Source | None, by: Membership) -> int:
    """Say which source a platform's campaign belongs to, for its costs and those of later files; return how many changed."""
    known = CampaignSource.objects.filter(origin=origin, campaign=campaign)
    if source is None:
        known.delete()
    elif not known.update(source=source):
        CampaignSource.objects.create(origin=origin, campaign=campaign, source=source)
    costs = SourceCost.objects.exclude(origin=CostOrigin.HAND).filter(origin=origin, campaign=campaign)
    return costs.update(source=source)
