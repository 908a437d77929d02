"""The two demo tenants: who works there and what they are set up with."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from channels.models import Channel
from contacts.models import Source, SourceCost, SourceGroup
from core.tenancy import tenant_scope
from deals.models import Pipeline, RejectionReason
from deals.setup import create_starter_pipeline, create_starter_reasons
from demo.connections import connect
from demo.dialogs import furnish
from demo.staffing import staff
from tenants.models import Department, Membership, Office, Role, Tenant, User
from tenants.services import add_member, create_tenant

PASSWORD = "demo"  # noqa: S105 (printed on start; demo data only)


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    email: str
    name: str
    role: str
    department: str


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """A demo tenant before it is made."""

    slug: str
    name: str
    language: str
    zone: str
    currency: str
    region: str
    people: tuple[Person, ...]
    departments: tuple[str, ...]
    offices: tuple[str, ...]
    sources: tuple[tuple[str, str, str, bool, int], ...]  # name, group, utm_source, advertising, cost a month
    mailbox: str
    bot: str
    line: str
    site_numbers: tuple[str, str]  # shown for the first source, and one of the pool
    kinds: tuple[str, ...]  # adapter kinds by which inquiries come
    leads: int
    channel_sources: Mapping[str, str]  # what brings those who name no source, by adapter kind


ROMASHKA = Plan(
    slug="romashka",
    name="Ромашка",
    language="ru",
    zone="Europe/Moscow",
    currency="RUB",
    region="RU",
    people=(
        Person("admin@romashka.example", "Андрей Лебедев", "admin", "Розница"),
        Person("head@romashka.example", "Светлана Громова", "head", "Продажи"),
        Person("dispatcher@romashka.example", "Диана Ковалёва", "dispatcher", "Продажи"),
        Person("maria@romashka.example", "Мария Белова", "manager", "Розница"),
        Person("oleg@romashka.example", "Олег Карпов", "manager", "Розница"),
        Person("irina@romashka.example", "Ирина Зайцева", "manager", "Сервис"),
        Person("timur@romashka.example", "Тимур Ахметов", "manager", "Тендеры"),
        Person("marketer@romashka.example", "Марк Дёмин", "marketer", "Розница"),
    ),
    departments=("Продажи", "Розница", "Сервис", "Тендеры"),
    offices=("Москва", "СПб"),
    sources=(
        ("Яндекс Директ", "Реклама", "yandex", True, 180_000),
        ("VK Реклама", "Реклама", "vk", True, 90_000),
        ("Авито", "Площадки", "avito", True, 45_000),
        ("Яндекс Карты", "Карты", "maps", True, 15_000),
        ("2ГИС", "Карты", "2gis", True, 12_000),
        ("Рассылка", "Своё", "newsletter", True, 8_000),
        ("Сарафан", "Своё", "", False, 0),
        ("Тендеры", "Площадки", "tenders", True, 20_000),
    ),
    mailbox="sales@romashka.example",
    bot="@romashka_bot",
    line="74951204011",
    site_numbers=("+7 495 120-40-21", "+7 495 120-40-22"),
    kinds=("mango", "telegram", "form", "email", "chat", "callback", "vk", "avito"),
    leads=680,
    channel_sources={"mango": "Яндекс Карты", "telegram": "VK Реклама", "vk": "VK Реклама", "avito": "Авито"},
)
ACME = Plan(
    slug="acme",
    name="Acme Coffee",
    language="en",
    zone="Europe/London",
    currency="GBP",
    region="GB",
    people=(
        Person("admin@acme.example", "Ada Parker", "admin", "Retail"),
        Person("head@acme.example", "Helen Stone", "head", "Sales"),
        Person("dispatcher@acme.example", "Diana Reed", "dispatcher", "Sales"),
        Person("mary@acme.example", "Mary Baker", "manager", "Retail"),
        Person("oscar@acme.example", "Oscar Carter", "manager", "Retail"),
        Person("irene@acme.example", "Irene Foster", "manager", "Service"),
        Person("marketer@acme.example", "Mark Quinn", "marketer", "Retail"),
    ),
    departments=("Sales", "Retail", "Service"),
    offices=("London", "Leeds"),
    sources=(
        ("Google Ads", "Advertising", "google", True, 2_400),
        ("Social ads", "Advertising", "facebook", True, 900),
        ("Google Maps", "Maps", "maps", True, 150),
        ("Newsletter", "Own", "newsletter", True, 90),
        ("Word of mouth", "Own", "", False, 0),
    ),
    mailbox="sales@acme.example",
    bot="@acme_coffee_bot",
    line="442079460100",
    site_numbers=("+44 20 7946 0121", "+44 20 7946 0122"),
    kinds=("mango", "telegram", "form", "email", "chat", "callback"),
    leads=650,
    channel_sources={"mango": "Google Maps", "telegram": "Social ads"},
)
PLANS = (ROMASHKA, ACME)


@dataclasses.dataclass(slots=True)
class Company:
    """A demo tenant that stands, ready for its first client."""

    plan: Plan
    tenant: Tenant
    members: dict[str, Membership]  # by e-mail
    pipelines: list[Pipeline]
    reasons: list[RejectionReason]
    channels: dict[str, Channel]  # by adapter kind

    @property
    def managers(self) -> list[Membership]:
        return [m for m in self.members.values() if m.role.code == Role.Code.MANAGER]

    def person(self, name: str) -> Membership:
        """Find somebody by the first part of their e-mail."""
        return next(m for email, m in self.members.items() if email.partition("@")[0] == name)

    def member_in(self, role: str) -> Membership:
        return next(m for m in self.members.values() if m.role.code == role)


def tenant_fields(plan: Plan, *, now: dt.datetime) -> dict[str, Any]:
    return {
        "name": plan.name,
        "slug": plan.slug,
        "language": plan.language,
        "time_zone": plan.zone,
        "currency": plan.currency,
        "phone_region": plan.region,
        "created_at": now - dt.timedelta(days=370),
    }


def make_users(plan: Plan) -> dict[str, User]:
    """Make the logins; by e-mail."""
    password = make_password(PASSWORD)
    users = {
        person.email: User.objects.create(
            email=person.email, name=person.name, password=password, language=plan.language
        )
        for person in plan.people
    }
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=email, verified=True, primary=True) for email, user in users.items()
    )
    return users


def set_up(plan: Plan, *, now: dt.datetime) -> Company:
    """Make the tenant, its people, directories, pipelines and channels."""
    users = make_users(plan)
    tenant = create_tenant(**tenant_fields(plan, now=now))
    with tenant_scope(tenant):
        members = _people(plan, users)
        _sources(plan, now)
        pipelines = [create_starter_pipeline(template=t) for t in ("equipment", "service", "simple")]
        reasons = create_starter_reasons()
        channels = connect(plan, members, now)
        company = Company(plan, tenant, members, pipelines, reasons, channels)
        staff(company, now=now)
        furnish(company)
    return company


def standing(plan: Plan, tenant: Tenant) -> Company:
    """Find the parts of a demo tenant that is in the database already."""
    with tenant_scope(tenant):
        return Company(
            plan=plan,
            tenant=tenant,
            members={
                m.email: m for m in Membership.objects.select_related("role", "tenant", "user").order_by("pk")
            },
            pipelines=list(Pipeline.objects.order_by("position")),
            reasons=list(RejectionReason.objects.all()),
            channels={c.kind: c for c in Channel.objects.all()},
        )


def _people(plan: Plan, users: dict[str, User]) -> dict[str, Membership]:
    departments: dict[str, Department] = {}
    for name in plan.departments:  # the first one is the whole, the rest are its parts
        departments[name] = Department.objects.create(name=name, parent=departments.get(plan.departments[0]))
    offices = [Office.objects.create(name=name) for name in plan.offices]
    roles = {role.code: role for role in Role.objects.all()}
    members = {}
    for number, person in enumerate(plan.people):
        members[person.email] = add_member(
            user=users[person.email],
            role=roles[person.role],
            department=departments[person.department],
            office=offices[number % len(offices)],
            phone_extension=str(101 + number),
        )
    return members


def _sources(plan: Plan, now: dt.datetime) -> None:
    groups: dict[str, SourceGroup] = {}
    for name, group_name, utm, is_advertising, cost in plan.sources:
        group = groups.get(group_name) or SourceGroup.objects.create(name=group_name, position=len(groups))
        groups[group_name] = group
        source = Source.objects.create(name=name, group=group, utm_source=utm, is_advertising=is_advertising)
        month = now.date().replace(day=1)
        for _index in range(12 if cost else 0):
            last = month - dt.timedelta(days=1)
            month = last.replace(day=1)
            SourceCost.objects.create(
                source=source, starts_on=month, ends_on=last, amount=Decimal(cost), currency=plan.currency
            )
