"""Clients as the deals of a period tell of them: who bought for the first time, who again, and who was lost (R7).

A client is the company of a deal, without one its contact. Deals of the same company, or of the same contact, are of the
same client, whoever of the sales staff has them.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils.translation import gettext_lazy as _

from core.among import among
from deals.models import Deal, Stage
from deals.models.deals import DealQuerySet


class Clients(models.TextChoices):
    NEW = "new", _("Bought for the first time")
    AGAIN = "again", _("Bought again")
    LOST = "lost", _("Lost clients")


def deals_of(rows: DealQuerySet, which: str) -> DealQuerySet:
    """Narrow closed deals to those that make their client a new, a returning or a lost one; a client may have several."""
    known = rows.filter(Q(company__isnull=False) | Q(contact__isnull=False))
    match which:
        case Clients.NEW:
            return known.filter(~_bought_earlier(), state=Stage.Kind.WON)
        case Clients.AGAIN:
            return known.filter(_bought_earlier(), state=Stage.Kind.WON)
    return known.filter(~_still_with_us(), state=Stage.Kind.LOST)


def one_a_client(rows: DealQuerySet) -> DealQuerySet:
    """Keep the last closed deal of each client among the rows: as many rows as clients."""
    newest_first = [F("closed_at").desc(), F("pk").desc()]
    place = Window(RowNumber(), partition_by=[_client()], order_by=newest_first)
    return rows.filter(among(rows.order_by().annotate(place=place).filter(place=1)))


def with_client(rows: DealQuerySet) -> DealQuerySet:
    """Add `client`: the id that tells the clients of deals apart."""
    return rows.annotate(client=_client())


def _client() -> Coalesce:
    return Coalesce("company_id", "contact_id")


def _of_the_same() -> QuerySet[Deal]:
    others: QuerySet[Deal] = Deal.objects.present().filter(
        Q(company=OuterRef("company")) | Q(contact=OuterRef("contact"))
    )
    return others.order_by()


def _bought_earlier() -> Exists:
    is_earlier = Q(closed_at__lt=OuterRef("closed_at")) | Q(
        closed_at=OuterRef("closed_at"), pk__lt=OuterRef("pk")
    )
    return Exists(_of_the_same().filter(is_earlier, state=Stage.Kind.WON))


def _still_with_us() -> Exists:
    """Whoever has another deal going, or has bought since, was not lost."""
    has_bought = Q(state=Stage.Kind.WON, closed_at__gt=OuterRef("closed_at"))
    return Exists(_of_the_same().filter(Q(state=Stage.Kind.OPEN) | has_bought))
