"""Time filters, orders and the search by custom fields on deals that all hold seven of them.

    ./run manage migrate
    .venv/bin/python bench/fields.py --deals 50000

Makes a tenant of its own on the first run and says how long the rows took with and without values. Run as crm_app, as pages are.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")

import django

django.setup()

from django.db import connection, connections, transaction  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.utils import timezone  # noqa: E402

from core.embedded import servers  # noqa: E402
from core.listing import build_page, listing_for  # noqa: E402
from core.tenancy import tenant_scope  # noqa: E402
from deals.models import Deal, Stage  # noqa: E402
from deals.setup import create_starter_pipeline  # noqa: E402
from tenants.custom_fields.definitions import fields_of, names  # noqa: E402
from tenants.custom_fields.services import create_field  # noqa: E402
from tenants.models import CustomField, Membership, Role, Tenant, User  # noqa: E402
from tenants.services import add_member, create_tenant  # noqa: E402

SLUG, ROUNDS = "fields-figures", 7
Kind = CustomField.Kind
WORDS = (
    "доставка",
    "монтаж",
    "гарантия",
    "кофе",
    "аренда",
    "склад",
    "договор",
    "акт",
    "смета",
    "образец",
    "проект",
)


def fill(count: int) -> None:
    """Make the fields and the deals; nine in ten numbers are below 10,000, and one deal in 500 has the rare field."""
    rng, stage = random.Random(5), Stage.objects.order_by("position").first()
    assert stage is not None
    for kind in (Kind.TEXT, Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.FLAG):
        create_field(
            entity="deal", kind=kind, name=f"My {kind}", currency="RUB", is_searchable=kind == Kind.TEXT
        )
    create_field(
        entity="deal", kind=Kind.CHOICE, name="My choice", options=[f"Option {n}" for n in range(50)]
    )
    create_field(entity="deal", kind=Kind.NUMBER, name="Rare")
    key = {field.name.removeprefix("My "): field.key for field in fields_of("deal")}
    choice = next(field for field in fields_of("deal") if field.kind == Kind.CHOICE)
    options = list(names().elements_of(choice))

    def values(number: int) -> dict[str, Any]:
        held = {
            key["text"]: f"{' '.join(rng.choices(WORDS, k=4))} {number}",
            key["number"]: str(rng.randint(1, 10_000)),
            key["money"]: {"amount": f"{rng.randint(1, 10**8) / 100:.2f}", "currency": "RUB"},
            key["date"]: f"{rng.randint(2024, 2027)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
            key["flag"]: rng.random() < 0.01,
            key["choice"]: rng.choice(options),
        }
        return held | ({key["Rare"]: str(rng.randint(1, 100))} if number % 500 == 0 else {})

    for is_filled in (False, True):
        started = time.perf_counter()
        Deal.objects.bulk_create(
            [
                Deal(
                    number=number, title=f"Сделка {number}", pipeline=stage.pipeline, stage=stage, rank=number,
                    state=stage.kind, created_at=timezone.now(), custom_values=values(number) if is_filled else {},
                )
                for number in range(count if is_filled else count // 10)
            ],
            batch_size=2000,
        )  # fmt: skip
        print(f"{count if is_filled else count // 10} deals made {'with' if is_filled else 'without'} values: "
              f"{time.perf_counter() - started:.1f} s")  # fmt: skip
        if not is_filled:
            Deal.objects.all().delete()


def timed(ask: Callable[[], int]) -> tuple[int, float, float]:
    """Run it some times; return what it found, the median and the least time in ms."""
    took = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        found = ask()
        took.append((time.perf_counter() - started) * 1000)
    return found, sorted(took)[ROUNDS // 2], min(took)


def measure(member: Membership) -> None:
    """Time what lists ask: how many pass, and a page of them."""
    key = {field.name.removeprefix("My "): field.key for field in fields_of("deal")}
    choice = next(field for field in fields_of("deal") if field.kind == Kind.CHOICE)
    option = next(iter(names().elements_of(choice)))
    listing = listing_for("deals:list")

    def count(query: str) -> Callable[[], int]:
        return lambda: listing.filtered(member, QueryDict(query)).qs.count()

    def page(query: str, *, skip: int = 0) -> Callable[[], int]:
        url = query
        for _page in range(skip):
            url = build_page(listing, member, QueryDict(url)).next_url.removeprefix("?")
        return lambda: len(build_page(listing, member, QueryDict(url)).rows)

    number, date, text = key["number"], key["date"], key["text"]
    asks = {
        "one option of 50": count(f"{key['choice']}={option}"),
        "yes, where 1 % say so": count(f"{key['flag']}=yes"),
        "a number between two, rare field": count(f"{key['Rare']}_min=10&{key['Rare']}_max=20"),
        "a number between two, 1 %": count(f"{number}_min=500&{number}_max=600"),
        "a number from, 90 %": count(f"{number}_min=1000"),
        "a sum between two, 3 %": count(f"{key['money']}_min=1000&{key['money']}_max=30000"),
        "a day between two, a month": count(f"{date}_from=2026-03-01&{date}_to=2026-03-31"),
        "a part of the text, one deal": count(f"{text}=смета 49"),
        "a part of the text, many deals": count(f"{text}=образец проект"),
        "the search box": count("q=образец акт 77"),
        "page in the usual order": page(""),
        "page by a number": page(f"sort={number}"),
        "page by a number, the 100th": page(f"sort={number}", skip=99),
        "page by a number of one option": page(f"sort={number}&{key['choice']}={option}"),
        "page by a text, the last first": page(f"sort=-{text}"),
        "page by the rare number, its end": page(f"sort={key['Rare']}", skip=2),
    }
    for name, ask in asks.items():
        found, median, least = timed(ask)
        print(f"| {name} | {found} | {median:.0f} | {least:.0f} |")


def made(count: int) -> Tenant:
    """Make the tenant with its deals, all or nothing."""
    with transaction.atomic():
        tenant = create_tenant(name="Fields", slug=SLUG, language="en")
        with tenant_scope(tenant):
            create_starter_pipeline(template="simple")
            user = User.objects.create(email="fields@bench.example", name="Ada")
            add_member(user=user, role=Role.objects.get(code=Role.Code.ADMIN))
            fill(count)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE deals_deal, tenants_fieldvalue")
    return tenant


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=50_000)
    options = parser.parse_args()
    with servers.running():
        tenant = Tenant.objects.filter(slug=SLUG).first() or made(options.deals)
        with tenant_scope(tenant):
            member = Membership.objects.select_related("role", "tenant").get()
            measure(member)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_size_pretty(pg_total_relation_size('deals_deal')),"
                    " pg_size_pretty(pg_total_relation_size('tenants_fieldvalue'))"
                )
                print("deals, their values with indexes:", cursor.fetchone())


if __name__ == "__main__":
    main()
