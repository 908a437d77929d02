"""Time the search for duplicates on a base with believable names, three in a hundred of which are doubles.

    ./run manage migrate
    .venv/bin/python bench/duplicates.py --contacts 80000 --companies 20000

Makes a tenant of its own on the first run. Surnames and first names follow Zipf's law, as they do in life.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")

import django

django.setup()

from django.db import transaction  # noqa: E402

from contacts.duplicates import finding  # noqa: E402
from contacts.duplicates.diminutives import _SHORT_OF  # noqa: E402
from contacts.identity import likely_matches  # noqa: E402
from contacts.models import Company, CompanyPoint, Contact, ContactPair, IdentityKey, LegalDetails  # noqa: E402
from core.embedded import servers  # noqa: E402
from core.tenancy import tenant_scope  # noqa: E402
from tenants.models import Tenant  # noqa: E402
from tenants.services import create_tenant  # noqa: E402

SLUG = "duplicates-bench"
ROOTS = """
абрам агап аким алфер бел берез бобр богат борис ват вдов верш волк воробь гав глеб гор град груш дем дол дуб ежов жар
жук зай зим зот игнат кал кам кап ков коз кор кот крас круг куз лап леб лис лоб лук мак мар мед мел мин мир мок мор мур
наз нест ник нов обух орл осин пав пан пар пет пим пол рог род рыб сав сад сам сел сем сид син скор смир сок сол стар
стеб сур сух тар тит том туп тух уст фад фед фил фом хар хом цвет чер чиж шар шуб щук юд як яр
""".split()  # noqa: SIM905
TAILS = "ов ин ев енко ский ук кин цев янов ушкин ихин аков овский".split()  # noqa: SIM905


def names(rng: random.Random) -> Callable[[], tuple[str, str]]:
    """Return a function that makes a surname and a first name."""
    firsts = list(_SHORT_OF)[:95]
    lasts = [root + tail for root in ROOTS for tail in TAILS]
    rng.shuffle(lasts)
    rng.shuffle(firsts)
    weights = [[1 / (place + 8) for place in range(len(words))] for words in (lasts, firsts)]

    def make() -> tuple[str, str]:
        last, first = rng.choices(lasts, weights[0])[0], rng.choices(firsts, weights[1])[0]
        return last.title(), first.title()

    return make


def fill(count: int, companies: int) -> None:
    """Make the contacts and companies; every thirtieth is a double of an earlier one."""
    rng = random.Random(3)
    make, rows, keys = names(rng), [], []
    for number in range(count):
        last, first = make()
        phone = f"79{number * 7919 % 10**9:09d}"
        if rows and rng.random() < 0.03:
            old = rng.choice(rows)
            last, first = rng.choice(
                [(old.last_name, old.first_name), (old.last_name[:-2] + "ов", old.first_name)]
            )
        contact = Contact(
            name=f"{first} {last}", last_name=last, first_name=first, search_text=f"{last} {first}".lower()
        )
        rows.append(contact)
        keys.append(
            IdentityKey(
                contact=contact, kind="phone", value=f"+{phone}", reversed_value=phone[::-1], raw=phone
            )
        )
        if number % 3 == 0:
            mail = f"{last[:6]}{number}@mail.ru".lower()
            keys.append(IdentityKey(contact=contact, kind="email", value=mail, raw=mail))
    Contact.objects.bulk_create(rows, batch_size=5000)
    IdentityKey.objects.bulk_create(keys, batch_size=5000)
    firms, points, legal = [], [], []
    for number in range(companies):
        last, first = make()
        firm = Company(
            name=f"ООО «{last} {rng.choice(['Трейд', 'Сервис', 'Плюс', 'Групп', 'Строй'])}»",
            search_text=last.lower(),
        )
        firms.append(firm)
        phone = f"749{rng.randrange(10**8 if number % 20 else 500):08d}"
        points.append(CompanyPoint(company=firm, kind="phone", value=f"+{phone}", reversed_value=phone[::-1]))
        legal.append(LegalDetails(company=firm, title=firm.name, inn=f"77{rng.randrange(10**8):08d}"))
    Company.objects.bulk_create(firms, batch_size=5000)
    CompanyPoint.objects.bulk_create(points, batch_size=5000)
    LegalDetails.objects.bulk_create(legal, batch_size=5000)


def timed(what: str, work: Callable[[], Any]) -> Any:
    """Run and say how long it took."""
    started = time.perf_counter()
    answer = work()
    print(f"{what:48} {time.perf_counter() - started:8.3f} s   {answer}")
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--contacts", type=int, default=80_000)
    parser.add_argument("--companies", type=int, default=20_000)
    options = parser.parse_args()
    with servers.running():
        measure(options)


def measure(options: argparse.Namespace) -> None:
    """Look for duplicates in several ways, and print what each took."""
    tenant = Tenant.objects.filter(slug=SLUG).first()
    if tenant is None:
        with transaction.atomic():
            tenant = create_tenant(name="Duplicates", slug=SLUG)
            with tenant_scope(tenant):
                fill(options.contacts, options.companies)
    for kind, name in ((finding.PEOPLE, "contacts"), (finding.FIRMS, "companies")):
        for time_of in ("first", "again"):
            timed(
                f"whole base, {name}, {time_of}: pairs",
                lambda kind=kind: finding.look_everywhere(kind, tenant_id=tenant.pk),
            )
    print(
        f"{'peak memory of this process':48} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:8} MiB"
    )
    with tenant_scope(tenant):
        pair = ContactPair.objects.likely().select_related("first").order_by("-score")[0]
        contact: Contact = pair.first
        ids: list[uuid.UUID] = [contact.pk]
    for _time in range(3):
        with tenant_scope(tenant):
            timed("around one changed contact: pairs", lambda: finding.look_around(finding.PEOPLE, ids))
    for _time in range(3):
        with tenant_scope(tenant):
            timed(
                "hint while typing: matches",
                lambda: len(likely_matches(name=contact.name, phone="+79161234567")),
            )


if __name__ == "__main__":
    main()
