"""Rows of the apps around, made plainly."""

from __future__ import annotations

import itertools
from typing import Any

from django.utils import timezone

from contacts.models import Company, Contact
from deals.models import Deal, Pipeline, Stage
from leads.models import Lead

_numbers = itertools.count(1)


def make_contact(name: str = "Мария Иванова", **fields: Any) -> Contact:
    return Contact.objects.create(name=name, **fields)


def make_company(name: str = "Ромашка", **fields: Any) -> Company:
    return Company.objects.create(name=name, **fields)


def make_deal(**fields: Any) -> Deal:
    pipeline, _ = Pipeline.objects.get_or_create(name="Sales")
    stage, _ = Stage.objects.get_or_create(pipeline=pipeline, name="New", defaults={"kind": "open"})
    return Deal.objects.create(number=next(_numbers), title="Deal", pipeline=pipeline, stage=stage, **fields)


def make_lead(**fields: Any) -> Lead:
    return Lead.objects.create(
        number=next(_numbers), kind="manual", channel_kind="request", received_at=timezone.now(), **fields
    )
