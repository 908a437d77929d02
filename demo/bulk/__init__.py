"""Believable bulk data, years deep, for load tests: a million leads in minutes."""

from __future__ import annotations

import datetime as dt
import functools
import random
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.hashers import make_password

from channels.models import Channel
from contacts.models import Source, SourceGroup
from core.tenancy import tenant_scope
from deals.models import RejectionReason, Stage
from deals.setup import create_starter_pipeline
from demo.bulk import clients, inquiries, own, papers, sales, spending
from demo.bulk.world import Row, Size, World, full_name
from demo.copying import copy_rows
from demo.words import WORDS
from tenants.models import Department, Membership, NumberSeries, Office, Role, Tenant, User
from tenants.services import add_member, create_tenant

__all__ = ["Size", "generate_tenant"]

CHUNK = 20_000
# user0, user1, …: everything, a department's, a department's with clients, one's own with clients; then one's own
FIRST_ROLES = ("admin", "head", "chief", "agent")
ADAPTERS = {"call": "mango", "email": "email", "messenger": "telegram", "request": "form", "chat": "form"}


def generate_tenant(*, slug: str, size: Size, seed: int, now: dt.datetime, language: str = "ru") -> Tenant:
    """Make a tenant of a given size; the same seed makes the same rows (ids apart)."""
    rng = random.Random(f"{seed}:{slug}")
    tenant = create_tenant(name=slug.capitalize(), slug=slug, language=language)
    with tenant_scope(tenant):
        world = _settle(tenant, rng, size, now)
    for step in (clients.companies, clients.contacts, sales.deals, inquiries.leads, spending.costs):
        for rows in _chunks(step(world, size)):
            with tenant_scope(tenant):
                _write(rows)
    with tenant_scope(tenant):
        for kind, last in (("lead", size.leads), ("deal", size.deals), ("invoice", size.deals)):
            NumberSeries.objects.create(kind=kind, last_number=last)
    return tenant


def _settle(tenant: Tenant, rng: random.Random, size: Size, now: dt.datetime) -> World:
    """People, pipelines, channels and directories: few rows, made by the ordinary services and models."""
    words = WORDS[tenant.language]
    departments = [Department.objects.create(name=name) for name in words["department"]]
    offices = [Office.objects.create(name=name) for name in words["city"][:3]]
    groups = [SourceGroup.objects.create(name=name) for name in words["group"]]
    sources = [
        Source.objects.create(name=name, group=groups[i % len(groups)], is_advertising=i != 5)
        for i, name in enumerate(words["source"])
    ]
    pipelines = [create_starter_pipeline(template=t) for t in ("equipment", "service", "simple")]
    channels = {
        kind: Channel.objects.create(name=f"{adapter} {kind}", kind=adapter, channel_kind=kind)
        for kind, adapter in ADAPTERS.items()
    }
    members = _members(tenant, rng, size.members, departments, offices)
    stages = {p.pk: list(Stage.objects.filter(pipeline=p).select_related("pipeline")) for p in pipelines}
    own.narrow_places(Role.objects.get(code="manager"), list(stages.values()))
    return World(
        tenant=tenant,
        rng=rng,
        words=words,
        now=now,
        members=members,
        sources=sources,
        reasons=[
            RejectionReason.objects.get_or_create(name=name, defaults={"is_non_targeted": i in (0, 1, 6)})[0]
            for i, name in enumerate(words["reason"])
        ],
        channels=channels,
        stages=stages,
        fields=own.no_fields() if size.is_bare else own.make_fields(tenant, members),
        desk=papers.desk(),
        days=size.days,
        is_bare=size.is_bare,
    )


def _members(
    tenant: Tenant, rng: random.Random, count: int, departments: list[Department], offices: list[Office]
) -> list[Membership]:
    roles = {role.code: role for role in Role.objects.all()} | own.make_roles(tenant.language)
    password = _password()
    words, members = WORDS[tenant.language], []
    for i in range(count):
        name = full_name(words["first"][i % 20], words["last"][(i * 7 + i // 20) % 20], tenant.language)
        user = User.objects.create(email=f"user{i}@{tenant.slug}.example", name=name, password=password)
        code = FIRST_ROLES[i] if i < len(FIRST_ROLES) else "manager"
        member = add_member(
            user=user,
            role=roles[code],
            department=departments[i % len(departments)],
            office=rng.choice(offices),
        )
        members.append(member)
    return members


@functools.cache
def _password() -> str:
    """Hash the one password once: a thousand tenants would take minutes."""
    return make_password("demo")


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Cut the rows into transactions, only where a new unit begins: with the model the first row has."""
    chunk: list[Row] = []
    for row in rows:
        if len(chunk) >= CHUNK * 3 and row[0] is chunk[0][0]:
            yield chunk
            chunk = []
        chunk.append(row)
    if chunk:
        yield chunk


def _write(rows: list[Row]) -> None:
    by_model: dict[type[Any], list[dict[str, Any]]] = {}
    for model, row in rows:
        by_model.setdefault(model, []).append(row)
    for model, found in by_model.items():
        copy_rows(model, found[0].keys(), found)
