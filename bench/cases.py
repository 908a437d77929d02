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
from tenants.access import may
from tenants.custom_fields.definitions import fields_of, names
from tenants.models import CustomField, Membership, Tenant

# Milliseconds until the answer, on this data, one request at a time
GOALS = {"board": 50, "list": 50, "search": 40, "record": 60, "write": 25, "report": 50}
HTMX = {"HX-Request": "true"}
DEEP_PAGE = 500
MIDDLE = 200  # how far from the newest the records stand that are opened


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
            *_written_work(),
            *_records(member),
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


LISTS = (
    ("leads", "leads:list"),
    ("deals", "deals:list"),
    ("contacts", "contacts:list"),
    ("companies", "contacts:company_list"),
    ("proposals", "deals:proposals"),
    ("invoices", "deals:invoices"),
    ("payments", "deals:payments"),
)


def _lists(member: Membership) -> Iterator[Case]:
    for name, page in LISTS:
        if not may(member, listing_for(page).section):
            continue
        first, listing = reverse(page), listing_for(page)
        yield _page("list", f"{name}, first page", first)
        yield from _deep_page(name, page, listing.default_sort, member)
        yield _page("list", f"{name}, text", f"{first}?q={_part_of_a_name()}")
        for sort in sorted({*listing.sorts} - {listing.default_sort.removeprefix("-")}):
            yield _page("list", f"{name}, by {sort}", f"{first}?sort={sort}")
            yield from _deep_page(name, page, sort, member)
        yield from _own_filters(name, page)
    yield _page("list", "leads, filtered", f"{reverse('leads:list')}?period=month&quality=targeted")
    yield _page("list", "leads, calls", f"{reverse('leads:list')}?type=call")
    yield _page("list", "leads, tag", f"{reverse('leads:list')}?tags=vip")
    yield _page("list", "deals, filtered", f"{reverse('deals:list')}?state=open&next=late")
    yield _page("list", "deals, tag", f"{reverse('deals:list')}?tag=vip")
    yield _page("list", "contacts, tag", f"{reverse('contacts:list')}?tags=vip")


def _deep_page(name: str, page: str, sort: str, member: Membership) -> Iterator[Case]:
    number, cursor = _deep(page, sort, member)
    if number > 1:
        order = "" if sort == listing_for(page).default_sort else f" by {sort}"
        yield _page("list", f"{name}{order}, page {number}", f"{reverse(page)}?sort={sort}&cursor={cursor}")


def _own_filters(name: str, page: str) -> Iterator[Case]:
    """Narrow by the company's own fields: one of several options, and a part of a text."""
    for field in fields_of(getattr(listing_for(page), "entity", "")):
        if field.kind == CustomField.Kind.CHOICE:
            option = next(iter(names().elements_of(field)))
            yield _page("list", f"{name}, own choice", f"{reverse(page)}?{field.key}={option}")
        elif field.kind == CustomField.Kind.TEXT:
            yield _page("list", f"{name}, own text", f"{reverse(page)}?{field.key}=-123")


def _written_work() -> Iterator[Case]:
    """Pages that are lists without columns: dialogs, what was done, the team's feed."""
    dialogs, done = reverse("channels:dialogs"), f"{reverse('activities:list')}?owner=all"
    yield _page("list", "dialogs", dialogs)
    for tab in ("all", "closed"):
        yield _page("list", f"dialogs, {tab}", f"{dialogs}?tab={tab}")
    yield _page("list", "dialogs, text", f"{dialogs}?tab=all&q={_part_of_a_name()}")
    yield _page("list", "activities of everybody", done)
    yield _page("list", "activities, done", f"{done}&section=done")
    yield _page("list", "calendar", reverse("activities:calendar"))
    yield _page("list", "feed of the team", reverse("activities:team_feed"))


def _part_of_a_name() -> str:
    """Take what somebody would type to find a client."""
    return str(Contact.objects.order_by("-created_at", "-id")[500].name)[:5]


def _deep(page: str, order: str, member: Membership) -> tuple[int, str]:
    """Find where the 500th page of a list begins, or its last full one: (number, cursor)."""
    listing = listing_for(page)
    sort = listing.sort(order)
    rows = keyset.after(listing.filtered(member, QueryDict()).qs, sort, None).values("id", sort.field)
    number = min(DEEP_PAGE, rows.count() // listing.page_size)
    if number < 2:
        return number, ""
    before: Any = rows[(number - 1) * listing.page_size - 1]
    return number, keyset.Cursor(before[sort.field], str(before["id"])).encode()


def _records(member: Membership) -> Iterator[Case]:
    """Open a record of each kind, out of the middle of what the member sees."""
    leads = Lead.objects.present().visible_to(member).order_by("-received_at", "-id")
    deals = Deal.objects.present().visible_to(member).order_by("-created_at", "-id")
    contacts = Contact.objects.visible_to(member).filter(leads__isnull=False).order_by("-created_at", "-id")
    companies = Company.objects.visible_to(member).order_by("-created_at", "-id")
    for name, page, rows in (
        ("lead", "leads:detail", leads),
        ("deal", "deals:detail", deals),
        ("contact", "contacts:detail", contacts),
        ("company", "contacts:company_detail", companies),
    ):
        if (row := rows[MIDDLE : MIDDLE + 1].first()) is not None:
            yield _page("record", name, reverse(page, args=[row.pk]))
    if (deal := deals[MIDDLE : MIDDLE + 1].first()) is not None:
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
