"""The explorer: every number by every dimension opens its rows, its totals count rows once, and who sees what."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import Source
from core.tenancy import tenant_scope
from leads.models import Lead
from reports.axes import axes_of
from reports.explorer.measures import FIGURES
from reports.explorer.table import LISTS
from reports.schedules import file_for
from reports.tests.opening import rows_of, rows_shown
from reports.tests.varied import fill
from tenants.custom_fields.services import create_field
from tenants.field_rights import seen_by
from tenants.models import CustomField, DirectoryElement, Membership, Role, Tenant

SignIn = Callable[[Membership], Client]
EXPLORER = reverse("reports:explorer")
_CELL = re.compile(r'<a class="numlink" href="([^"]+)" data-rows="(\d+)"')
FEW = 12  # numbers of a table with columns that are opened
# Who reads, and how far from each dimension those stand that it is crossed with.
READERS = {"admin": (1, 5), "head": (1,), "alice": (5,)}
EVERYTHING = "period=all&non_advertising=on&top=10"


@pytest.fixture
def varied(tenant: Tenant, alice: Membership, bob: Membership, directories: dict[str, Any]) -> None:
    fill(tenant, directories, [alice, bob])


def _addresses(tenant: Tenant, member: Membership, subject: str, steps: tuple[int, ...]) -> Iterator[str]:
    """Each dimension alone, and beside those so many steps away; each measure in turn."""
    with tenant_scope(tenant), seen_by(member):
        keys = list(axes_of(subject, person="owner"))
    figures = [one.key for one in FIGURES[subject]]
    for place, key in enumerate(keys):
        yield f"rows={key}"
        for step in steps:
            other = keys[(place + step) % len(keys)]
            yield f"rows={key}&columns={other}&measure={figures[(place + step) % len(figures)]}"
    many = [key for key in keys if key in ("tags", "product") or key.startswith("cf_")]
    yield from (f"rows={a}&columns={b}" for a in many for b in many if a < b)


@pytest.mark.parametrize(("who", "steps"), READERS.items(), ids=READERS)
@pytest.mark.parametrize("subject", ["leads", "deals"])
def test_every_number_of_the_explorer_opens_its_rows(
    request: pytest.FixtureRequest, client_of: SignIn, tenant: Tenant, varied: None,
    who: str, steps: tuple[int, ...], subject: str,
) -> None:  # fmt: skip
    member: Membership = request.getfixturevalue(who)
    client, wrong, chance = client_of(member), [], random.Random(3)
    counted: dict[str, int | str] = {}
    tables = 0
    for address in _addresses(tenant, member, subject, steps):
        page = client.get(f"{EXPLORER}?{EVERYTHING}&subject={subject}&{address}")
        assert page.status_code == 200, address
        found = [(html.unescape(href), int(n)) for href, n in _CELL.findall(page.content.decode())]
        tables += bool(found)
        for href, number in found if "columns" not in address else chance.sample(found, min(FEW, len(found))):
            if href not in counted:
                assert href.partition("?")[0] == reverse(LISTS[subject])
                counted[href] = rows_of(member, href)
            if counted[href] != number:
                wrong.append(f"{address}: {number} opens {counted[href]} rows: {href}")
    assert wrong == []
    assert tables > 15 * (1 + len(steps)), tables
    for href in chance.sample(sorted(counted), FEW):
        assert rows_shown(client, href) == counted[href], href


@pytest.mark.parametrize(
    "address",
    [
        "subject=leads&rows=source&columns=week&period=quarter",
        "subject=leads&rows=week&columns=source&dates=taken&first=2026-01-07",
        "subject=leads&rows=tags&tags=vip",
        "subject=deals&rows=tags&columns=product&tag=vip",
        "subject=deals&rows=reason&columns=manager&state=lost&dates=closed",
        "subject=leads&rows=manager&columns=department&whose=owner",
    ],
)
def test_filters_of_the_reader_stay_in_force(
    client_of: SignIn, admin: Membership, varied: None, address: str
) -> None:  # fmt: skip
    page = client_of(admin).get(f"{EXPLORER}?top=10&{address}").content.decode()
    found = [(html.unescape(href), int(n)) for href, n in _CELL.findall(page)]
    assert found
    assert [(href, n) for href, n in found if rows_of(admin, href) != n] == []


def _cells(page: str) -> list[list[str]]:
    """The words of the table, row by row."""
    table = page.split("data-report-table>")[1].split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, flags=re.S)
    return [
        [
            re.sub(r"<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.S)
        ]
        for row in rows
    ]


@pytest.fixture
def six(
    make_lead: Callable[..., Lead], directories: dict[str, Any], alice: Membership, bob: Membership
) -> None:
    """The case of docs/reports.md."""
    ads, word = directories["ads"], directories["word"]
    make_lead(source=ads, taken_by=alice, tags=["vip", "b2b"], state="converted", response_min=1)
    make_lead(source=ads, taken_by=alice, tags=["vip"], response_min=3)
    make_lead(source=ads, taken_by=bob, tags=["b2b"], response_min=60)
    make_lead(source=word, taken_by=bob, state="converted")
    make_lead(source=word, tags=["vip", "b2b"])
    make_lead()


def test_pivot_is_that_of_the_page_about_it(client_of: SignIn, admin: Membership, six: None) -> None:
    client = client_of(admin)
    by_source = _cells(client.get(f"{EXPLORER}?rows=source&columns=manager&compare=none").content.decode())
    assert by_source == [
        ["Источник", "Alice", "Bob", "Никто", "Итого"],
        ["Ads", "2", "1", "0", "3"],
        ["Word of mouth", "0", "1", "1", "2"],
        ["Без источника", "0", "0", "1", "1"],
        ["Итого", "2", "2", "2", "6"],
    ]
    share = _cells(
        client.get(f"{EXPLORER}?rows=source&columns=manager&share=row&compare=none").content.decode()
    )
    assert [cell.replace("\xa0", "") for cell in share[1]] == ["Ads", "66,7%", "33,3%", "0%", "100%"]
    conversion = _cells(client.get(f"{EXPLORER}?rows=source&measure=conversion").content.decode())
    assert [[cell.replace("\xa0", "") for cell in row] for row in conversion[1:]] == [
        ["Word of mouth", "50%"],
        ["Ads", "33,3%"],
        ["Без источника", "0%"],
        ["Итого", "33,3%"],
    ]


def test_rows_with_several_values_count_once_in_totals(
    client_of: SignIn, admin: Membership, six: None
) -> None:
    page = client_of(admin).get(f"{EXPLORER}?rows=tags&columns=source&compare=none").content.decode()
    assert _cells(page)[1:] == [
        ["b2b", "2", "1", "0", "3"],
        ["vip", "2", "1", "0", "3"],
        ["Без меток", "0", "1", "1", "2"],
        ["Итого", "3", "2", "1", "6"],
    ]
    assert "может стоять в нескольких строках" in page


def test_others_are_beside_the_largest(
    client_of: SignIn, admin: Membership, make_lead: Callable[..., Lead]
) -> None:
    for n in range(12):
        for _lead in range(2 if n < 10 else 1):
            make_lead(campaign=f"campaign {n}")
    rows = _cells(client_of(admin).get(f"{EXPLORER}?rows=campaign&top=10&compare=none").content.decode())
    assert [row[1] for row in rows[1:]] == ["2"] * 10 + ["2", "22"]
    assert rows[11][0] == "Прочие"


def test_a_thousand_sources_make_no_large_page(
    client_of: SignIn, admin: Membership, tenant: Tenant, make_lead: Callable[..., Lead]
) -> None:
    lead = make_lead()
    with tenant_scope(tenant):
        sources = Source.objects.bulk_create(Source(name=f"Source {n}") for n in range(1000))
        Lead.objects.bulk_create(
            Lead(
                number=1000 + n,
                kind="request",
                channel_kind="request",
                received_at=lead.received_at,
                source=source,
            )
            for n, source in enumerate(sources)
        )
    page = client_of(admin).get(f"{EXPLORER}?rows=source&columns=day&top=50&period=year")
    assert len(page.content) < 400_000
    longest = max(len(html.unescape(href)) for href, _n in _CELL.findall(page.content.decode()))
    assert longest < 2000  # a web server takes addresses of four thousand


def test_statements_are_as_many_whatever_there_is(
    client_of: SignIn, admin: Membership, make_lead: Callable[..., Lead], tenant: Tenant
) -> None:
    client, counts = client_of(admin), []
    address = f"{EXPLORER}?rows=source&columns=tags"
    for step in (2, 40):
        with tenant_scope(tenant):
            sources = Source.objects.bulk_create(Source(name=f"{step}, {n}") for n in range(step))
        for place, source in enumerate(sources):
            make_lead(source=source, tags=[f"tag {step} {place}"])
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.fixture
def secret(
    tenant: Tenant, head: Membership, make_lead: Callable[..., Lead], alice: Membership
) -> CustomField:
    """A field that heads don't see, with a value in a lead of Alice."""
    with tenant_scope(tenant):
        field = create_field(entity="lead", kind=CustomField.Kind.CHOICE, name="Margin", options=["Thick"])
        option = DirectoryElement.objects.get(directory=field.directory)
        Role.objects.filter(pk=head.role_id).update(field_rights={field.key: "hidden"})
    make_lead(taken_by=alice, custom_values={field.key: str(option.pk)})
    return field


def test_a_field_nobody_shows_is_no_dimension(
    client_of: SignIn, admin: Membership, head: Membership, secret: CustomField
) -> None:
    address = f"{EXPLORER}?rows={secret.key}&columns=source"
    assert "Thick" in client_of(admin).get(address).content.decode()
    client = client_of(head)
    assert "Margin" not in client.get(f"{EXPLORER}?rows=source").content.decode()
    for asked in (
        address,
        f"{EXPLORER}?rows=source&columns={secret.key}",
        f"{EXPLORER}?rows=source&{secret.key}=none",
    ):
        page = client.get(asked).content.decode()
        assert "data-report-table" not in page and "Thick" not in page and "Margin" not in page
        assert "не видит ваша роль" in page
    file = client.get(f"{address}&format=csv").content.decode()
    assert "Thick" not in file


def test_a_letter_tells_no_more_than_its_reader_sees(
    admin: Membership, head: Membership, tenant: Tenant, secret: CustomField
) -> None:
    query = f"rows={secret.key}&measure=count"
    with tenant_scope(tenant):
        reader = Membership.objects.select_related("role", "tenant", "user", "department").get(pk=head.pk)
        for member, is_told in ((admin, True), (reader, False)):
            with seen_by(member):
                made = file_for(member, "reports:explorer", query, "csv")
            assert made is not None
            assert ("Thick" in made[1].decode()) is is_told


def test_explorer_offers_questions_and_files(client_of: SignIn, admin: Membership, six: None) -> None:
    client = client_of(admin)
    empty = client.get(EXPLORER).content.decode()
    examples = re.findall(r'<a class="link" href="(\?subject[^"]+)"', empty)
    assert len(examples) == 6
    for example in examples:
        page = client.get(EXPLORER + html.unescape(example))
        assert page.status_code == 200
        assert "не видит ваша роль" not in page.content.decode()
    for kind in ("csv", "xlsx", "pdf"):
        assert client.get(f"{EXPLORER}?rows=source&columns=manager&format={kind}").status_code == 200
    assert (
        client.get(f"{EXPLORER}?rows=week&columns=source&chart=line").content.count(b"<polyline") == 0
    )  # one week
    assert client.get(f"{EXPLORER}?rows=nonsense&measure=x&top=7&order=y&share=z").status_code == 200
