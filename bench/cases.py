"""What is timed: pages, and writes that each take a row of their own."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from bench.server import Request
from contacts.models import Company, Contact, IdentityKey
from core.listing import keyset, listing_for
from core.tenancy import tenant_scope
from deals.models import Deal, Pipeline, Stage
from leads.models import Lead
from tenants.models import Membership, Tenant

# Milliseconds until the answer, on this data, one request at a time
GOALS = {"board": 50, "list": 50, "search": 40, "record": 60, "write": 25, "report": 50}
HTMX = {"HX-Request": "true"}
DEEP_PAGE = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """One line of the table; `ask` gives a new request each time."""

    kind: str  # key of GOALS, or nothing: a page to compare with
    name: str
    ask: Callable[[], Request]

    @property
    def goal_ms(self) -> int | None:
        return GOALS.get(self.kind)


def cases(tenant: Tenant, member: Membership) -> Iterator[Case]:
    """List everything that is timed, on rows from the middle of the data."""
    with tenant_scope(tenant):
        made = [
            *_frame(),
            *_work_pages(member),
            *_lists(member),
            *_records(),
            *_searches(),
            *_reports(),
            *_writes(),
        ]
    yield from made


def _page(kind: str, name: str, path: str) -> Case:
    return Case(kind, name, lambda: Request(path))


def _frame() -> Iterator[Case]:
    yield _page("", "no page: 204, session untouched", reverse("core:ping"))
    yield _page("", "empty page, logged in", reverse("core:help"))


def _work_pages(member: Membership) -> Iterator[Case]:
    pipeline, name = Pipeline.objects.active().first(), _part_of_a_name()
    board = f"{reverse('deals:board')}?pipeline={pipeline.pk}"
    yield _page("list", "Unsorted", reverse("leads:unsorted"))
    yield _page("board", "board", board)
    yield _page("board", "board, one person's overdue", f"{board}&owner={member.pk}&next=late")
    yield _page("board", "board, text", f"{board}&q={name}")
    yield _page("list", "activities of the day", reverse("activities:list"))
    yield _page("report", "start page", reverse("reports:dashboard"))


def _lists(member: Membership) -> Iterator[Case]:
    for name, page in (
        ("leads", "leads:list"),
        ("deals", "deals:list"),
        ("contacts", "contacts:list"),
        ("companies", "contacts:company_list"),
    ):
        first = reverse(page)
        yield _page("list", f"{name}, first page", first)
        number, cursor = _deep(page, member)
        yield _page("list", f"{name}, page {number}", f"{first}?cursor={cursor}")
        yield _page("list", f"{name}, text", f"{first}?q={_part_of_a_name()}")
    yield _page("list", "leads, filtered", f"{reverse('leads:list')}?period=month&quality=targeted")
    yield _page("list", "deals, filtered", f"{reverse('deals:list')}?state=open&next=late")
    yield _page("list", "deals, by title", f"{reverse('deals:list')}?sort=title")


def _part_of_a_name() -> str:
    """Take what somebody would type to find a client."""
    return str(Contact.objects.order_by("-created_at", "-id")[500].name)[:5]


def _deep(page: str, member: Membership) -> tuple[int, str]:
    """Find where the 500th page of a list begins, or its last full one: (number, cursor)."""
    listing = listing_for(page)
    sort = listing.sort("")
    rows = keyset.after(listing.filtered(member, QueryDict()).qs, sort, None).values("id", sort.field)
    number = min(DEEP_PAGE, rows.count() // listing.page_size)
    before: Any = rows[(number - 1) * listing.page_size - 1]
    return number, keyset.Cursor(before[sort.field], str(before["id"])).encode()


def _records() -> Iterator[Case]:
    lead, deal = (
        Lead.objects.order_by("-received_at", "-id")[500],
        Deal.objects.order_by("-created_at", "-id")[500],
    )
    contact = Contact.objects.filter(leads__isnull=False).order_by("-created_at", "-id")[500]
    company = Company.objects.order_by("-created_at", "-id")[500]
    for name, row in (("lead", lead), ("deal", deal), ("contact", contact)):
        yield _page("record", name, reverse(f"{row._meta.app_label}:detail", args=[row.pk]))
    yield _page("record", "company", reverse("contacts:company_detail", args=[company.pk]))
    yield _page("record", "timeline of a deal", f"{reverse('activities:timeline')}?deal={deal.pk}")


def _searches() -> Iterator[Case]:
    contact = Contact.objects.order_by("-created_at", "-id")[500]
    phone = IdentityKey.objects.filter(kind="phone")[200].value
    deal = Deal.objects.order_by("-created_at", "-id")[500]
    palette = reverse("core:palette")
    for name, text in (
        ("part of a name", _part_of_a_name()),
        ("whole name", contact.name),
        ("last digits", phone[-5:]),
        ("number of a deal", str(deal.number)),
        ("nothing found", "щзхъ"),
    ):
        yield _page("search", f"search, {name}", f"{palette}?q={text}")


def _reports() -> Iterator[Case]:
    for name in ("leads", "quality", "reasons", "funnel"):
        for period, query in (("30 days", ""), ("a year", "?period=year")):
            yield _page("report", f"report: {name}, {period}", reverse(f"reports:{name}") + query)


def _writes() -> Iterator[Case]:
    stages = list(
        Stage.objects.open().filter(pipeline=Pipeline.objects.active().first()).order_by("position")
    )
    number = itertools.count(1)
    yield Case("write", "create a deal", lambda: _creation(stages[0], next(number)))
    yield Case("write", "create a deal in a column", lambda: _quick_creation(stages[0], next(number)))
    deals = iter(list(Deal.objects.open().filter(stage=stages[0])[:300]))
    yield Case("write", "move a deal by drag", lambda: _drag(next(deals), stages[1]))
    yield Case("write", "heads of the board after a move", lambda: _heads(stages[0]))
    leads = iter(list(Lead.objects.open().filter(state=Lead.State.NEW)[:300]))
    yield Case(
        "write", "take a lead", lambda: Request(reverse("leads:take", args=[next(leads).pk]), {}, HTMX)
    )


def _creation(stage: Stage, number: int) -> Request:
    form = {"title": f"Measured {number}", "stage": str(stage.pk), "contact_name": "", "amount": "1000"}
    return Request(reverse("deals:create"), form)


def _quick_creation(stage: Stage, number: int) -> Request:
    form = {"title": f"Measured {number}", "stage": str(stage.pk), "amount": "1000"}
    return Request(reverse("deals:quick_create"), form, HTMX)


def _drag(deal: Deal, stage: Stage) -> Request:
    form = {"stage": str(stage.pk), "drag": "1", "board": f"pipeline={stage.pipeline_id}"}
    return Request(reverse("deals:move", args=[deal.pk]), form, HTMX)


def _heads(stage: Stage) -> Request:
    return Request(f"{reverse('deals:board_changes')}?pipeline={stage.pipeline_id}", headers=HTMX)
