"""A company whose leads and deals differ in everything a dimension can tell, for walks through numbers."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from django.utils import timezone

from contacts.models import Company, Source, SourceGroup
from core.tenancy import tenant_scope
from deals.models import Deal, DealLine, Product, RejectionReason, Stage
from leads.models import Lead
from reports.rollups.refreshing import rebuild
from tenants.custom_fields.services import create_directory, create_field
from tenants.models import CustomField, DirectoryElement, Membership, Tenant

Kind = CustomField.Kind
LEADS, DEALS, SOURCES = 70, 40, 14


def fill(tenant: Tenant, directories: dict[str, Any], people: list[Membership]) -> None:
    """Make leads and deals, count them beforehand, and change some since."""
    chance = random.Random(7)
    with tenant_scope(tenant):
        fields = {entity: _fields(entity) for entity in ("lead", "deal")}
        group = SourceGroup.objects.create(name="Networks")
        sources = [
            Source.objects.create(name=f"Source {n}", group=group if n % 3 else None) for n in range(SOURCES)
        ]
        products = [Product.objects.create(name=f"Product {n}") for n in range(3)]
        companies = [
            Company.objects.create(name=name, client_type=kind)
            for name, kind in (("A", ""), ("B", Company.ClientType.values[0]))
        ]
        deals = [
            _deal(n, chance, directories, people, sources, companies, fields["deal"]) for n in range(DEALS)
        ]
        for deal in deals:
            for product in chance.sample(products, chance.randrange(3)):
                DealLine.objects.create(deal=deal, product=product, name=product.name)
            if chance.random() < 0.3:
                DealLine.objects.create(deal=deal, name="In free words")
        for n in range(LEADS):
            _lead(n, chance, directories, people, sources, deals, fields["lead"])
        rebuild(Tenant.objects.get(pk=tenant.pk), now=timezone.now())
        for lead in Lead.objects.order_by("pk")[:5]:
            Lead.objects.filter(pk=lead.pk).update(quality="repeat")


def _fields(entity: str) -> list[tuple[CustomField, list[Any]]]:
    """Make one field of each kind that is chosen from a list, with the values it may hold."""
    town = create_directory(name=f"Towns of {entity}")
    towns = [str(DirectoryElement.objects.create(directory=town, name=name).pk) for name in ("Omsk", "Tula")]
    one = create_field(entity=entity, kind=Kind.CHOICE, name="Style", options=["Classic", "Boho"])
    many = create_field(entity=entity, kind=Kind.CHOICES, name="Wishes", options=["Fast", "Cheap", "Good"])
    flag = create_field(entity=entity, kind=Kind.FLAG, name="Called")
    linked = create_field(entity=entity, kind=Kind.ELEMENT, name="Town", directory=town)
    wishes = _options(many)
    return [
        (one, _options(one)),
        (many, [[wishes[0]], wishes[:2], wishes]),
        (flag, [True, False]),
        (linked, towns),
    ]


def _options(field: CustomField) -> list[Any]:
    found = DirectoryElement.objects.filter(directory=field.directory).order_by("position")
    return [str(pk) for pk in found.values_list("pk", flat=True)]


def _values(chance: random.Random, fields: list[tuple[CustomField, list[Any]]]) -> dict[str, Any]:
    return {field.key: chance.choice(values) for field, values in fields if chance.random() < 0.7}


def _tags(chance: random.Random) -> list[str]:
    return sorted(chance.sample(["vip", "срочно", "b2b", "event"], chance.randrange(4)))


def _deal(
    n: int,
    chance: random.Random,
    directories: dict[str, Any],
    people: list[Membership],
    sources: list[Source],
    companies: list[Company],
    fields: list[tuple[CustomField, list[Any]]],
) -> Deal:
    stages = list(Stage.objects.filter(pipeline=directories["pipeline"]))
    stage, now = chance.choice(stages), timezone.now()
    made = now - dt.timedelta(days=chance.randrange(200), hours=chance.randrange(24))
    reasons: list[RejectionReason] = directories["reasons"]
    return Deal.objects.create(
        number=9000 + n,
        title=f"Deal {n}",
        pipeline=directories["pipeline"],
        stage=stage,
        state=stage.kind,
        created_at=made,
        stage_entered_at=made,
        closed_at=made + dt.timedelta(hours=chance.randrange(400)) if stage.is_closed else None,
        owner=chance.choice([*people, None]),
        company=chance.choice([*companies, None]),
        source=chance.choice([*sources, None]),
        campaign=chance.choice(["brand", "осень", ""]),
        channel_kind=chance.choice(["call", "chat", ""]),
        quality=chance.choice(["targeted", "repeat", ""]),
        city=chance.choice(["Казань", "казань", "Omsk", ""]),
        tags=_tags(chance),
        amount=chance.choice([None, 100, 250]),
        currency=chance.choice(["RUB", "RUB", "USD"]),
        rejection_reason=chance.choice([*reasons[:2], None]) if stage.kind == "lost" else None,
        custom_values=_values(chance, fields),
    )


def _lead(
    n: int,
    chance: random.Random,
    directories: dict[str, Any],
    people: list[Membership],
    sources: list[Source],
    deals: list[Deal],
    fields: list[tuple[CustomField, list[Any]]],
) -> Lead:
    state, now = chance.choice(Lead.State.values), timezone.now()
    came = now - dt.timedelta(hours=chance.randrange(24 * 200))
    reasons: list[RejectionReason] = directories["reasons"]
    is_answered = chance.random() < 0.6
    return Lead.objects.create(
        number=9000 + n,
        kind=chance.choice(["request", "call", "email"]),
        channel_kind=chance.choice(["call", "request", "email"]),
        received_at=came,
        taken_at=came + dt.timedelta(minutes=chance.randrange(90)) if chance.random() < 0.7 else None,
        closed_at=came + dt.timedelta(days=1) if state in ("rejected", "converted") else None,
        state=state,
        quality=chance.choice(Lead.Quality.values),
        is_advertising=chance.random() < 0.8,
        first_response_at=came + dt.timedelta(minutes=5) if is_answered else None,
        response_min=chance.randrange(60) if is_answered else None,
        source=chance.choice([*sources, None]),
        campaign=chance.choice([*(f"campaign {n}" for n in range(13)), ""]),
        region=chance.choice(["Москва", "москва", "Казань", ""]),
        object_of_interest=chance.choice(["Flat", ""]),
        taken_by=chance.choice([*people, None]),
        responsible=chance.choice([*people, None]),
        deal=chance.choice(deals) if state == "converted" else None,
        rejection_reason=chance.choice([*reasons[:2], None]) if state == "rejected" else None,
        tags=_tags(chance),
        custom_values=_values(chance, fields),
    )
