"""A small tenant whose figures can be counted by hand."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.models import Source, SourceGroup
from core.tenancy import tenant_scope
from deals.models import Deal, RejectionReason
from deals.services import create_deal
from deals.setup import create_starter_pipeline, create_starter_reasons
from leads.models import Lead
from reports.tests.opening import rows_of, rows_shown
from tenants.models import Membership, Tenant

REALLY_OPENED = 8  # one in so many
_numbers = itertools.count(1)
_NUMBER = re.compile(r'<a class="numlink[^"]*" href="([^"]+)">([\d\s\xa0]+)</a>')
_HEAT = re.compile(r'<td class="k\d"><a href="([^"]+)"[^>]*>([\d\s\xa0]+)</a>')


@pytest.fixture
def opened_numbers() -> Callable[[Client, str], dict[str, int]]:
    """Return a function that opens every number of a page: {address: number}, and each list has as many rows.

    All are counted by their lists, and the first of every few is opened for real.
    """

    def follow(client: Client, address: str) -> dict[str, int]:
        page: Any = client.get(address)
        assert page.status_code == 200
        text = page.content.decode()
        found = [
            (html.unescape(url), int(re.sub(r"\D", "", shown)))
            for url, shown in (*_NUMBER.findall(text), *_HEAT.findall(text))
        ]
        for place, (url, number) in enumerate(found):
            assert rows_of(page.wsgi_request.member, url) == number, url
            assert place % REALLY_OPENED or rows_shown(client, url) == number, url
        return dict(found)

    return follow


@pytest.fixture
def make_lead(tenant: Tenant) -> Callable[..., Lead]:
    """Return a function that stores a lead as given, received yesterday unless said otherwise."""

    def make(**fields: Any) -> Lead:
        with tenant_scope(tenant):
            return Lead.objects.create(
                **{
                    "number": next(_numbers),
                    "kind": "request",
                    "channel_kind": "request",
                    "received_at": timezone.now() - dt.timedelta(days=1),
                    "quality": "targeted",
                }
                | fields
            )

    return make


@pytest.fixture
def directories(tenant: Tenant) -> dict[str, Any]:
    """Two sources, one of them in a group, a pipeline and the starting reasons."""
    with tenant_scope(tenant):
        group = SourceGroup.objects.create(name="Ads")
        return {
            "ads": Source.objects.create(name="Ads", group=group),
            "word": Source.objects.create(name="Word of mouth"),
            "pipeline": create_starter_pipeline(template="simple"),
            "reasons": create_starter_reasons(),
        }


@pytest.fixture
def make_deal(tenant: Tenant, directories: dict[str, Any]) -> Callable[..., Deal]:
    def make(by: Membership, *, days_ago: int = 1, **fields: Any) -> Deal:
        with tenant_scope(tenant):
            moment = timezone.now() - dt.timedelta(days=days_ago)
            return create_deal(title="Deal", pipeline=directories["pipeline"], by=by, now=moment, **fields)

    return make


@pytest.fixture
def reason(directories: dict[str, Any]) -> RejectionReason:
    found: RejectionReason = directories["reasons"][0]
    return found
