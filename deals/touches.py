"""Deals by the inquiries they are owed to: what the report of sources counts by, and the deal list filters by.

The touches of a deal are the inquiries of its client, and those it was made from, received before it was closed, in the
order they came. A deal without any is owed to its own source, campaign and channel kind. Leads stand above this app and
are reached through the reference.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django import forms
from django.core.exceptions import TooManyFieldsSent
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext as _

from contacts.models import Contact
from deals.models.deals import DealQuerySet

ENDLESS = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)  # of a deal that is not closed
FIRST, LAST = "first", "last"  # any other model lets all touches take part


def leads() -> QuerySet[Any]:
    """The inquiries that may be touches."""
    relation: Any = Contact._meta.get_field("leads")
    found: QuerySet[Any] = relation.related_model.objects.present()
    return found


def condition(asked: QueryDict) -> Q:
    """Read the filters of a URL as a condition on an inquiry, or on a deal that stands for its own."""
    found = Q()
    for name, path in (("source", "source"), ("source_group", "source__group")):
        if ids := asked.getlist(name):
            found &= Q(**{f"{path}__in": ids})
        if asked.get(f"no_{name}"):
            found &= Q(**{path: None})
    for name in ("campaign", "channel_kind"):
        if value := asked.get(name):
            found &= Q(**{name: value})
        if asked.get(f"no_{name}"):
            found &= Q(**{name: ""})
    return found


def owed_to(deals: DealQuerySet, asked: QueryDict) -> DealQuerySet:
    """Narrow to the deals in which such inquiries have a share, by the `model` of the URL."""
    touches = leads().filter(
        Q(contact=OuterRef("contact")) | Q(deal=OuterRef("pk")), received_at__lte=OuterRef("touched_until")
    )
    if not asked.get("non_advertising"):
        touches = touches.filter(is_advertising=True)
    order = ("-received_at", "-pk") if asked.get("model") == LAST else ("received_at", "pk")
    one = Subquery(touches.order_by(*order).values("pk")[:1])
    rows = deals.annotate(touched_until=Coalesce("closed_at", Value(ENDLESS))).annotate(touch=one)
    wanted = condition(asked)
    if asked.get("model") in (FIRST, LAST):
        has_share = Exists(leads().filter(wanted, pk=OuterRef("touch")))
    else:
        has_share = Exists(touches.filter(wanted))
    found = rows.filter(has_share | (Q(touch=None) & wanted))
    return deals.filter(pk__in=found.order_by().values("pk"))


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """The filters of one figure of the report; its word is what the chip of the list says."""

    query: str

    @property
    def params(self) -> QueryDict:
        return QueryDict(self.query)

    def __str__(self) -> str:
        words = {
            FIRST: _("by the first touch"),
            LAST: _("by the last touch"),
            "linear": _("in part, linear"),
            "position": _("in part, position-based"),
        }
        return words.get(self.params.get("model", ""), _("in part"))


class TouchField(forms.CharField):
    """A figure's filters, as the report links to them: a query within the query."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> Asked | None:
        text = str(super().clean(value))
        if not text:
            return None
        asked = Asked(text)
        try:
            for name in ("source", "source_group"):
                for one in asked.params.getlist(name):
                    uuid.UUID(one)
        except (ValueError, TooManyFieldsSent) as error:
            raise forms.ValidationError(_("No such figure.")) from error
        return asked
