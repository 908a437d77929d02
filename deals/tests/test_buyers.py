"""New, returning and lost clients, told from the deals that were closed."""

from __future__ import annotations

import datetime as dt

from django.http import QueryDict
from django.utils import timezone

from contacts.models import Company, Contact
from core.listing import listing_for
from deals.models import Deal, Pipeline, Stage


def close(state, *, days_ago, **about):
    pipeline, _made = Pipeline.objects.get_or_create(name="Sales")
    stage, _made = Stage.objects.get_or_create(pipeline=pipeline, name=state, defaults={"kind": state})
    number = Deal.objects.count() + 1
    closed_at = None if state == "open" else timezone.now() - dt.timedelta(days=days_ago)
    return Deal.objects.create(
        number=number, title=f"{state} {number}", pipeline=pipeline, stage=stage, state=state,
        closed_at=closed_at, **about,
    )  # fmt: skip


def found(member, query):
    rows = listing_for("deals:list").filtered(member, QueryDict(query)).qs
    return sorted(rows.values_list("number", flat=True))


def test_clients_are_told_from_deals(scope, admin):
    rose, lily, anna = (
        Company.objects.create(name="Rose"),
        Company.objects.create(name="Lily"),
        Contact.objects.create(name="Anna"),
    )
    first = close("won", days_ago=40, company=rose)
    again = close("won", days_ago=5, company=rose)
    twice = close("won", days_ago=3, company=rose)  # the same client once more
    new = close("won", days_ago=4, contact=anna)
    close("lost", days_ago=6, company=lily)
    once_more = close("lost", days_ago=2, company=lily)
    close("lost", days_ago=5, contact=anna)  # has bought since
    close("won", days_ago=1)  # of nobody
    assert found(admin, "dates=closed&client=new") == [first.number, new.number]
    assert found(admin, "dates=closed&client=new&period=30d") == [new.number]
    assert found(admin, "dates=closed&client=again") == [twice.number]
    ago = (timezone.now() - dt.timedelta(days=4)).date()
    assert found(admin, f"dates=closed&client=again&last={ago}") == [again.number]
    assert found(admin, "dates=closed&client=lost") == [once_more.number]
    close("open", days_ago=0, company=lily)
    assert found(admin, "dates=closed&client=lost") == []
