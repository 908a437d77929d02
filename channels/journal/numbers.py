"""Calls that come in on numbers of the site: journaled as marks of call tracking, which go the way of all such marks."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import IntegrityError, transaction

from activities.models import Call
from channels import bell
from channels.adapters.base import RawDelivery
from channels.journal.intake import record
from channels.models import NumberLease, SiteCall, SiteNumber
from core.tenancy import TenantQuerySet


def note_call(call: Call, *, now: dt.datetime) -> None:
    """Write down once by which number of the site a call came, and who saw the number then."""
    if call.direction != "in" or not call.line or call.started_at is None:
        return
    numbers = SiteNumber.objects.filter(number=call.line, channel__is_active=True).select_related("channel")
    number = numbers.first()
    if number is None or SiteCall.objects.filter(call=call).exists():
        return
    leases = list(_seen(number, call.started_at)[:2])
    try:
        with transaction.atomic():
            SiteCall.objects.create(
                call=call, number=number, at=call.started_at, is_uncertain=len(leases) > 1
            )
    except IntegrityError:  # another event of the same call was first
        return
    if leases or number.is_ruled:
        _journal(call, number, leases, now=now)


def _seen(number: SiteNumber, at: dt.datetime) -> TenantQuerySet[NumberLease]:
    """Whoever saw the number then, who was lent it last first."""
    rows: TenantQuerySet[NumberLease] = NumberLease.objects.filter(
        number=number, lent_at__lte=at, until__gte=at
    )
    return rows.order_by("-lent_at", "-id")


def _journal(call: Call, number: SiteNumber, leases: list[NumberLease], *, now: dt.datetime) -> None:
    assert call.started_at is not None  # as note_call() made sure
    told: dict[str, Any] = {
        "call": str(call.pk),
        "line": number.number,
        "phone": call.phone,
        "at": call.started_at.isoformat(),
        "region": number.region,
        "marks": leases[0].marks if leases else _rule_of(number),
        "is_uncertain": len(leases) > 1,
    }
    body = json.dumps(told, ensure_ascii=False).encode()
    record(channel=number.channel, delivery=RawDelivery(body, method="CALL", received_at=now), now=now)
    bell.after_commit("process_inbox")


def _rule_of(number: SiteNumber) -> dict[str, str]:
    marks = {"utm_source": number.utm_source, "utm_campaign": number.campaign}
    return {name: value for name, value in marks.items() if value}
