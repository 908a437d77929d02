"""What a company adds of its own: fields with values, tags, and roles that see less than the usual ones."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from deals.models import Stage
from tenants.custom_fields.services import add_element, create_directory, create_field
from tenants.models import CustomField, DirectoryElement, Membership, Role, Tenant
from tenants.places import Level

TAGS = ("vip", "опт", "тендер", "реклама", "выставка", "партнёр", "срочно", "повторный", "аренда", "сервис",
        "долг", "горячий", "холодный", "регион", "экспорт", "сеть", "новый", "архив", "B2B", "HoReCa")  # fmt: skip
NAMES = {
    "ru": {
        "text": "Номер договора",
        "number": "Площадь, м²",
        "money": "Бюджет",
        "date": "Дата замера",
        "choice": "Тип объекта",
        "choices": "Опции",
        "flag": "Нужен монтаж",
        "member": "Замерщик",
        "element": "Склад",
    },
    "en": {
        "text": "Contract number",
        "number": "Area, m²",
        "money": "Budget",
        "date": "Measured on",
        "choice": "Type of site",
        "choices": "Options",
        "flag": "Installation wanted",
        "member": "Surveyor",
        "element": "Warehouse",
    },
}
# How many of the records have the field filled in
SHARES = {
    "text": 0.5,
    "number": 1.0,
    "money": 0.6,
    "date": 1.0,
    "choice": 0.9,
    "choices": 0.4,
    "flag": 0.1,
    "member": 0.3,
    "element": 0.3,
}
OPTIONS = {"choice": 8, "choices": 6}
ELEMENTS = 40


class Drawn(NamedTuple):
    """A field, how often it is filled in, and what draws a value as records keep it."""

    key: str
    share: float
    draw: Callable[[random.Random], Any]


def make_fields(tenant: Tenant, members: Sequence[Membership]) -> dict[str, list[Drawn]]:
    """Give each entity one field of every kind but files; return what draws their values."""
    warehouses = create_directory(name=NAMES[tenant.language]["element"])
    for number in range(1, ELEMENTS + 1):
        add_element(directory=warehouses, name=f"{warehouses.name} {number}")
    return {
        entity: [_made(entity, kind, tenant, warehouses, members) for kind in SHARES]
        for entity in CustomField.Entity.values
    }


def no_fields() -> dict[str, list[Drawn]]:
    """Let records hold nothing beyond the usual."""
    return {entity: [] for entity in CustomField.Entity.values}


def _made(entity: str, kind: str, tenant: Tenant, warehouses: Any, members: Sequence[Membership]) -> Drawn:
    name = NAMES[tenant.language][kind]
    field = create_field(
        entity=entity,
        kind=kind,
        name=name,
        directory=warehouses if kind == "element" else None,
        options=[f"{name} {number}" for number in range(1, OPTIONS.get(kind, 0) + 1)],
        currency=tenant.currency if kind == "money" else "",
    )
    elements = DirectoryElement.objects.filter(directory=field.directory) if field.has_elements else ()
    ids = [str(element.pk) for element in elements]
    return Drawn(field.key, SHARES[kind], _drawing(kind, ids, [str(one.pk) for one in members], tenant))


def _drawing(
    kind: str, elements: Sequence[str], members: Sequence[str], tenant: Tenant
) -> Callable[[random.Random], Any]:
    def money(rng: random.Random) -> dict[str, str]:
        return {"amount": str(Decimal(rng.randrange(1000, 5_000_000, 500))), "currency": tenant.currency}

    draws: dict[str, Callable[[random.Random], Any]] = {
        "text": lambda rng: f"Д-{rng.randrange(100_000)}/{rng.randrange(20, 27)}",
        "number": lambda rng: str(rng.randrange(10, 5000)),
        "money": money,
        "date": lambda rng: (dt.date(2025, 1, 1) + dt.timedelta(days=rng.randrange(700))).isoformat(),
        "choice": lambda rng: rng.choice(elements),
        "choices": lambda rng: [one for one in elements if rng.random() < 0.4] or [elements[0]],
        "flag": lambda rng: rng.random() < 0.5,
        "member": lambda rng: rng.choice(members),
        "element": lambda rng: rng.choice(elements),
    }
    return draws[kind]


def values(rng: random.Random, fields: Sequence[Drawn]) -> dict[str, Any]:
    """Draw what a record holds in the company's own fields."""
    return {field.key: field.draw(rng) for field in fields if rng.random() < field.share}


def tags(rng: random.Random) -> list[str]:
    """Draw the tags of a record; most have none."""
    return rng.sample(TAGS, rng.choice((1, 1, 2, 3))) if rng.random() < 0.3 else []


def make_roles(language: str) -> dict[str, Role]:
    """Add two roles beside the usual ones: all rows of the own department only, and one's own only, clients too."""
    names = {"ru": ("Начальник отдела", "Агент"), "en": ("Head of department", "Agent")}[language]
    return {
        code: Role.objects.create(name=name, grants=_everything(reach))
        for code, name, reach in zip(("chief", "agent"), names, ("department", "own"), strict=True)
    }


def _everything(reach: str) -> dict[str, dict[str, str]]:
    sections = ("leads", "deals", "contacts", "companies", "activities")
    actions = ("view", "add", "edit", "delete", "export", "import")
    return {section: dict.fromkeys(actions, reach) for section in sections} | {"reports": {"view": "all"}}


def narrow_places(role: Role, pipelines: Sequence[Sequence[Stage]]) -> None:
    """Hide the last pipeline from a role, and let it only look at the last open stage of the first."""
    opens = [stage for stage in pipelines[0] if stage.kind == Stage.Kind.OPEN]
    role.pipeline_rights = {
        str(pipelines[0][0].pipeline_id): {str(opens[-1].pk): Level.VIEW},
        str(pipelines[-1][0].pipeline_id): {"all": Level.HIDDEN},
    }
    role.save(update_fields=["pipeline_rights"])
