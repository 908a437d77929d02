"""Managers (R7): the case of docs/reports.md counted by hand, rights, links, sheets and the board."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from activities.models import Activity, Call
from activities.services import set_norm
from contacts.models import Contact
from core.tenancy import tenant_scope
from core.tests.filling import fill
from core.zones import zones
from deals.models import Deal, Proposal, Stage
from reports.managers.board import Board
from reports.managers.report import ManagersReport
from reports.managers.steps import MONTHS, WEEKS, steps_of
from reports.periods import Period
from tenants.models import Membership, Tenant

SignIn = Callable[[Membership], Client]
NAME, BOARD = "reports:managers", "reports:best_board"
DAY = dt.timedelta(days=1)


class Work:
    """Makes what managers did, as of so many days ago."""

    def __init__(self, pipeline: Any, make_lead: Any) -> None:
        self.now = timezone.now()
        self.make_lead = make_lead
        self.stages = {
            kind: Stage.objects.filter(pipeline=pipeline, kind=kind).first()
            for kind in ("open", "won", "lost")
        }
        self.number = 0

    def activity(
        self, owner: Membership | None, kind: str, *, ago: float = 1, call: Any = None, **fields: Any
    ) -> Activity:
        at = self.now - ago * DAY
        fields = {"occurred_at": at, "created_at": at, "author": owner} | fields
        row = Activity.objects.create(kind=kind, owner=owner, **fields)
        if call:
            fill(Call, activity=row, **{"direction": "out"} | call)
        return row

    def deal(
        self, owner: Membership, state: str, *, ago: float = 1, amount: int | None = None, **fields: Any
    ) -> Deal:
        self.number += 1
        stage = self.stages[state]
        closed_at = None if state == "open" else self.now - ago * DAY
        return Deal.objects.create(
            number=self.number, title=f"{state} {self.number}", pipeline=stage.pipeline, stage=stage, state=state,
            closed_at=closed_at, amount=amount, owner=owner, **{"currency": "RUB"} | fields,
        )  # fmt: skip

    def lead(self, owner: Membership, state: str, minutes: int | None) -> None:
        at = self.now - DAY
        self.make_lead(state=state, taken_by=owner, taken_at=at, response_min=minutes, closed_at=at)

    def proposal(self, deal: Deal, *, ago: float = 1) -> None:
        at = self.now - ago * DAY
        fill(Proposal, deal=deal, number=f"{deal.number}", issued_on=at.date(), currency="RUB", sent_at=at)


@pytest.fixture
def case(
    tenant: Tenant, alice: Membership, bob: Membership, admin: Membership, directories: dict[str, Any], make_lead: Any
) -> Work:  # fmt: skip
    """The case of docs/reports.md."""
    with tenant_scope(tenant):
        work = Work(directories["pipeline"], make_lead)
        anna, ivan = (Contact.objects.create(name=name) for name in ("Anna", "Ivan"))
        for talk_s, direction, result in (
            (40, "out", "answered"),
            (19, "in", "answered"),
            (0, "out", "missed"),
        ):
            call = {"talk_s": talk_s, "direction": direction, "result": result}
            work.activity(alice, "call", direction=direction, call=call, contact=anna, ago=3)
        work.activity(alice, "call", outcome="talked", ago=2)  # by hand
        work.activity(alice, "call", call={"talk_s": 300, "direction": "internal"})
        work.activity(None, "call", direction="in", call={"talk_s": 0, "direction": "in", "result": "missed"})
        work.activity(alice, "meeting", outcome="held", contact=anna, created_at=work.now - 2 * DAY)
        work.activity(alice, "meeting", outcome="absent")
        work.activity(alice, "email", direction="out")
        work.activity(alice, "email", direction="in")
        work.activity(bob, "message", direction="out")
        work.activity(bob, "task", due_at=work.now - 2 * DAY)
        work.activity(bob, "task", is_done=False, due_at=work.now - DAY)  # late
        work.activity(bob, "call", call={"talk_s": 90, "result": "answered"}, ago=40)  # the period before
        for owner, state, minutes in (
            (alice, "converted", 2),
            (alice, "in_work", 9),
            (bob, "rejected", None),
        ):
            work.lead(owner, state, minutes)
        won = work.deal(alice, "won", amount=1000, contact=anna)
        work.deal(alice, "won", amount=50, currency="USD")
        work.deal(bob, "won", amount=700, contact=anna, ago=0.5)
        work.deal(bob, "lost", amount=900, contact=ivan)
        work.deal(bob, "won", amount=300, ago=45)
        work.proposal(won)
        return work


def counts(page: Any, name: str) -> list[Any]:
    row = next(row for row in [*page["rows"], page["whole"]] if row["name"] == name)
    return [cell.text.replace("\xa0", " ") or cell.n for cell in row["cells"]]


def test_case_counted_by_hand(client_of: SignIn, admin: Membership, case: Work) -> None:
    with translation.override("ru"):
        page = client_of(admin).get(reverse(NAME), {"talk_from": 20}).context
    # calls, of the norm, picked up, missed; meetings, letters, messages, tasks; planned, done, %, late;
    # leads, converted, %, median; proposals, won, lost
    assert counts(page, "Alice") == [2, "—", 2, 0, 1, 1, 0, 0, 0, 0, "—", 0, 2, 1, "50 %", "2 мин", 1, 2, 0]
    assert counts(page, "Bob") == [0, "—", 0, 0, 0, 0, 1, 1, 2, 1, "50 %", 1, 1, 0, "0 %", "—", 0, 1, 1]
    assert counts(page, "Никто")[:4] == [0, "—", 0, 1]
    assert counts(page, "Итого") == [
        2,
        "—",
        2,
        1,
        1,
        1,
        1,
        1,
        2,
        1,
        "50 %",
        1,
        3,
        1,
        "33,3 %",
        "2 мин",
        1,
        3,
        1,
    ]
    sums = {row["name"]: row["sums"] for row in page["rows"]}
    assert [sum.replace("\xa0", " ") for sum in sums["Alice"]] == ["1 000 ₽", "50 $"]
    assert [row["name"] for row in page["rows"]] == ["Alice", "Bob", "Никто"]
    assert page["sentence"]["what"].replace("\xa0", " ") == "Выиграно больше: 1,7 тыс. ₽ против 300 ₽."


def test_talk_is_the_companys_unless_asked(client_of: SignIn, admin: Membership, case: Work) -> None:
    client = client_of(admin)
    with tenant_scope(admin.tenant):
        admin.tenant.min_call_s = 10
        admin.tenant.save()
    assert counts(client.get(reverse(NAME)).context, "Alice")[0] == 3
    assert counts(client.get(reverse(NAME), {"talk_from": 41}).context, "Alice")[0] == 1


def test_calls_stand_against_the_norm_of_working_days(
    client_of: SignIn, tenant: Tenant, admin: Membership, alice: Membership, case: Work
) -> None:
    with tenant_scope(tenant):
        set_norm(by=admin, member=alice, calls=10, meetings=0, min_call_s=0)
        case.activity(alice, "call", outcome="talked", occurred_at=dt.datetime(2026, 3, 17, 9, tzinfo=dt.UTC))
        case.activity(admin, "call", outcome="talked", occurred_at=dt.datetime(2026, 3, 17, 9, tzinfo=dt.UTC))
    # Saturday to Tuesday: two working days
    week = {"first": "2026-03-14", "last": "2026-03-17"}
    page = client_of(admin).get(reverse(NAME), week).context
    assert counts(page, "Alice")[1] == counts(page, "Итого")[1] == "5 %"
    assert counts(page, "Ada")[1] == "—"


def test_sheet_of_weeks_counts_clients_and_fruit(client_of: SignIn, admin: Membership, case: Work) -> None:
    page = client_of(admin).get(reverse(NAME), {"cut": "weeks", "talk_from": 20}).context
    whole = {row["name"]: row["whole"].n for row in page["company"] if not row["whole"].text}
    assert (whole["Новые клиенты"], whole["Текущие клиенты"], whole["Потерянные клиенты"]) == (1, 1, 1)
    assert whole["Звонки, после которых назначена встреча"] == 1
    assert (whole["Звонки"], whole["Встречи"], whole["КП"], whole["Выиграно сделок"]) == (2, 1, 1, 3)
    calls = next(row for row in page["company"] if row["name"] == "Звонки")
    assert sum(cell.n for cell in calls["cells"]) == 2 and len(calls["cells"]) == len(page["steps"])


@pytest.mark.parametrize("measure", ["won_sum", "calls", "new", "led"])
def test_sheet_tells_a_chosen_figure_of_each(
    client_of: SignIn, admin: Membership, case: Work, measure: str
) -> None:
    page = client_of(admin).get(reverse(NAME), {"cut": "months", "measure": measure, "talk_from": 20}).context
    people = {row["name"]: row["whole"] for row in page["people"]}
    found = people["Alice"].text.replace("\xa0", " ") or people["Alice"].n
    assert found == {"won_sum": "1 тыс. ₽", "calls": 2, "new": 1, "led": 1}[measure]


@pytest.mark.parametrize(
    "query", ["", "by=department", "cut=weeks", "cut=weeks&measure=calls", "cut=months&by=department"]
)
@pytest.mark.parametrize("who", ["admin", "head", "alice"])
def test_every_number_opens_its_rows(
    query: str, who: str, request: pytest.FixtureRequest, client_of: SignIn, case: Work, opened_numbers: Any
) -> None:  # fmt: skip
    client = client_of(request.getfixturevalue(who))
    assert opened_numbers(client, f"{reverse(NAME)}?{query}&talk_from=20&non_advertising=on")


def test_managers_see_themselves_heads_their_department(
    client_of: SignIn, tenant: Tenant, alice: Membership, head: Membership, admin: Membership, case: Work
) -> None:  # fmt: skip
    with tenant_scope(tenant):
        case.activity(admin, "email", direction="out")
        case.deal(admin, "won", amount=5000)
        # written down by Alice for Bob: hers to open, and no row of hers
        case.activity(alice, "email", direction="out")
        Activity.objects.filter(kind="message").update(author=alice)
    names = {
        who.name: [row["name"] for row in client_of(who).get(reverse(NAME)).context["rows"]]
        for who in (alice, head, admin)
    }
    assert names["Alice"] == ["Alice"]
    assert sorted(names["Helen"]) == ["Alice", "Bob"]
    assert "Ada" in names["Ada"] and "Никто" in names["Ada"]
    own = client_of(alice).get(reverse(NAME)).context
    assert own["whole"]["sums"] == own["rows"][0]["sums"]
    assert counts(own, "Итого") == counts(own, "Alice")


def test_filters_never_widen(client_of: SignIn, alice: Membership, bob: Membership, case: Work) -> None:
    page = client_of(alice).get(reverse(NAME), {"manager": bob.pk}).context
    assert not page["rows"]
    assert not any(cell.text != "—" and cell.n for cell in page["whole"]["cells"])


def test_columns_of_sections_out_of_reach_are_absent(client_of: SignIn, tenant: Tenant, case: Work) -> None:
    from conftest import make_member

    client = client_of(make_member(tenant, "Mark", "marketer"))
    labels = [str(label) for label, _columns in client.get(reverse(NAME)).context["groups"]]
    assert labels == ["Лиды", "Сделки"]
    assert client.get(reverse(NAME), {"cut": "weeks"}).status_code == 200


@pytest.mark.parametrize("name", [NAME, BOARD])
def test_forbidden_without_the_right(client_of: SignIn, tenant: Tenant, name: str) -> None:
    from conftest import make_member

    assert client_of(make_member(tenant, "Dina", "dispatcher")).get(reverse(name)).status_code == 403


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "pdf"])
@pytest.mark.parametrize("query", ["", "cut=weeks"])
def test_exports(
    client_of: SignIn, admin: Membership, alice: Membership, case: Work, file_format: str, query: str
) -> None:
    address = f"{reverse(NAME)}?{query}&talk_from=20&format={file_format}"
    file = client_of(admin).get(address)
    assert file.status_code == 200 and "attachment" in file.headers["Content-Disposition"]
    if file_format == "csv":
        text = file.content.decode("utf-8-sig")  # type: ignore[attr-defined]
        told = "Alice;2;;2;0;1;1;0;0;0;0;;0;2;1;50.0" if not query else "Alice;Звонки;"
        assert told in text.replace('"', "")
    assert "attachment" not in client_of(alice).get(address).headers.get("Content-Disposition", "")


def test_ahead_is_who_has_more_then_who_won_more_deals(
    tenant: Tenant, admin: Membership, alice: Membership, bob: Membership, head: Membership, directories: Any,
    make_lead: Any,
) -> None:  # fmt: skip
    with tenant_scope(tenant), zones(reader="Europe/Moscow", company="Europe/Moscow"):
        work = Work(directories["pipeline"], make_lead)
        work.deal(bob, "won", amount=600, ago=0)
        work.deal(alice, "won", amount=300, ago=0)
        work.deal(alice, "won", amount=300, ago=0)
        work.deal(head, "won", amount=600, ago=0)
        board = Board(admin, QueryDict())
        assert [(one["place"], one["name"]) for one in board.standings] == [
            (1, "Alice"),
            (2, "Bob"),
            (2, "Helen"),
        ]
        assert board.won["count"] == board.today["count"] == 4
        assert Board(admin, QueryDict("measure=calls")).standings == []
        own = Board(alice, QueryDict())
        assert [one["name"] for one in own.standings] == ["Alice"]
        assert {row["owner__name"] for row in own.today["deals"]} == {"Alice"}


def test_board_asks_for_itself(client_of: SignIn, admin: Membership, case: Work) -> None:
    client = client_of(admin)
    page = client.get(reverse(BOARD)).content.decode()
    assert 'class="rail"' not in page and "every 60s" in page and "live:deal.changed" in page
    part = client.get(reverse(BOARD), headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith("<main") and "<html" not in part


def test_steps_are_cut_at_the_ends_of_the_period() -> None:
    today = dt.date(2026, 11, 28)
    period = Period(dt.date(2026, 11, 4), dt.date(2026, 11, 17))  # a Wednesday to a Tuesday
    found = [(first.day, last.day) for first, last in steps_of(period, WEEKS, today)]
    assert found == [(4, 8), (9, 15), (16, 17)]
    months = steps_of(Period(dt.date(2026, 9, 20), None), MONTHS, today)
    assert months[0] == (dt.date(2026, 9, 20), dt.date(2026, 9, 30)) and months[-1][1] == today
    assert len(steps_of(Period(None, None), WEEKS, today)) == WEEKS.most


def test_whole_has_what_lies_outside_the_steps(tenant: Tenant, admin: Membership, case: Work) -> None:
    with tenant_scope(tenant), zones(reader="Europe/Moscow", company="Europe/Moscow"):
        case.deal(admin, "won", amount=1, ago=2000)
        report = ManagersReport(admin, QueryDict("period=all&cut=weeks"))
        assert report.whole.count("won") == 5
        assert sum(report.by_step[place].count("won") for place in range(1, len(report.steps) + 1)) == 4
        assert report.whole.sums["RUB"] == Decimal(2001)


@pytest.mark.parametrize("query", ["", "cut=weeks"])
def test_costs_the_same_for_any_number(
    client_of: SignIn, tenant: Tenant, admin: Membership, alice: Membership, case: Work, query: str
) -> None:  # fmt: skip
    client, found = client_of(admin), []
    for _round in range(2):
        with tenant_scope(tenant):
            for number in range(8):
                contact = Contact.objects.create(name=f"C{number}")
                case.activity(alice, "call", call={"talk_s": 60}, contact=contact)
                case.proposal(case.deal(alice, "won", amount=5, contact=contact))
                case.lead(alice, "converted", number)
        for address in (f"{reverse(NAME)}?{query}", reverse(BOARD)):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            found.append(len(queries))
    assert found[:2] == found[2:]


def test_period_of_the_report_reaches_the_links(client_of: SignIn, admin: Membership, case: Work) -> None:
    page = client_of(admin).get(reverse(NAME), {"first": "2026-01-01", "last": "2026-12-31", "cut": "months"})
    links = re.findall(r'href="(/activities/all/[^"]+)"', page.content.decode())
    assert links and all("first=2026-" in link and "period=" not in link for link in links)
