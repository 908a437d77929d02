"""The API of advertising costs: the same twice is once, all or nothing, to the kopeck, nothing of others."""

from __future__ import annotations

import datetime as dt
import html
import json
import shlex
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import make_member
from contacts.models import CampaignSource, CostOrigin, SourceCost
from contacts.sources import services
from contacts.tests.api import Program, cost, put
from core.tenancy import tenant_scope
from tenants.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(admin) -> Program:
    return Program(admin)


@pytest.fixture
def source(admin, tenant):
    with tenant_scope(tenant):
        return services.create_source(name="Yandex", by=admin, utm_source="yandex")


def mistakes(told):
    return [(one.get("row"), one.get("field"), one["code"]) for one in told["errors"]]


def rows(tenant):
    with tenant_scope(tenant):
        return list(SourceCost.objects.order_by("starts_on", "external_id"))


# --- sending ---------------------------------------------------------------------------------
def test_cost_that_was_sent_is_there_as_it_was_told(program, tenant, source):
    answer, told = put(
        program,
        cost(ends_on="2026-11-28", currency="usd", campaign=" Brand ", source_id=str(source.pk),
             breakdown={"group": "A  b", "device": "phone"}),
    )  # fmt: skip
    assert answer.status_code == 200, told
    assert (told["created"], told["changed"], told["unchanged"]) == (1, 0, 0)
    (one,) = rows(tenant)
    assert told["items"] == [
        {
            "id": str(one.pk),
            "external_id": "a",
            "starts_on": "2026-11-27",
            "ends_on": "2026-11-28",
            "amount": "1250.00",
            "currency": "USD",
            "campaign": "Brand",
            "breakdown": {"group": "A b", "device": "phone"},
            "source_id": str(source.pk),
            "origin": "api",
        }
    ]
    assert (one.origin, one.detail) == (CostOrigin.API, "group\tA b\ndevice\tphone")
    assert program("GET", f"costs/{one.pk}").json() == told["items"][0]


def test_same_rows_twice_double_nothing(program, tenant):
    sent = [cost(name, f"2026-11-{day}") for day, name in enumerate("abc", start=10)]
    first, second = put(program, *sent)[1], put(program, *sent)[1]
    assert (second["created"], second["changed"], second["unchanged"]) == (0, 0, 3)
    assert second["items"] == first["items"]
    assert len(rows(tenant)) == 3


def test_row_sent_again_takes_the_place_of_the_first(program, tenant):
    first = put(program, cost(campaign="Brand", currency="USD"))[1]["items"][0]
    told = put(program, cost(amount="1.10"))[1]
    assert (told["created"], told["changed"]) == (0, 1)
    (one,) = rows(tenant)
    assert str(one.pk) == first["id"]
    assert (one.amount, one.campaign, one.currency) == (
        Decimal("1.10"),
        "",
        "RUB",
    )  # what is left out is gone


def test_rows_may_change_places(program, tenant):
    before = put(program, cost("a", "2026-11-10"), cost("b", "2026-11-11"))[1]["items"]
    told = put(program, cost("a", "2026-11-11"), cost("b", "2026-11-10"))[1]
    assert told["changed"] == 2
    assert [one["id"] for one in told["items"]] == [one["id"] for one in before]
    assert [one.external_id for one in rows(tenant)] == ["b", "a"]


def test_one_wrong_row_and_nothing_is_written(program, tenant):
    put(program, cost("kept", "2026-10-01"))
    answer, told = put(
        program,
        cost("kept", "2026-10-01", amount="9.99"),
        cost("b", ends_on="2026-11-01"),
        cost("c", amount="-1.00", currency="XXX"),
        cost("d", "2027-01-01"),
    )
    assert answer.status_code == 422 and told["code"] == "rows_refused"
    assert mistakes(told) == [
        (2, "ends_on", "period_backwards"),
        (3, "amount", "negative_amount"),
        (3, "currency", "unknown_currency"),
    ]
    assert [one.amount for one in rows(tenant)] == [Decimal("1250.00")]


@pytest.mark.parametrize(
    ("values", "mistake"),
    [
        ({"amount": "12,50"}, (1, "amount", "not_an_amount")),
        ({"amount": "1.005"}, (1, "amount", "not_an_amount")),
        ({"amount": "1e3"}, (1, "amount", "not_an_amount")),
        ({"amount": "NaN"}, (1, "amount", "not_an_amount")),
        ({"amount": "٣"}, (1, "amount", "not_an_amount")),
        ({"amount": 12.5}, (1, "amount", "not_text")),
        ({"amount": "1000000000000.00"}, (1, "amount", "amount_too_large")),
        ({"starts_on": "2026-02-30"}, (1, "starts_on", "not_a_day")),
        ({"starts_on": "2026-11-27T00:00:00"}, (1, "starts_on", "not_a_day")),
        ({"starts_on": 20000}, (1, "starts_on", "not_a_day")),
        ({"starts_on": "0001-01-01"}, (1, "starts_on", "impossible_day")),
        ({"ends_on": "2028-01-01"}, (1, "ends_on", "period_too_long")),
        ({"currency": "BTC"}, (1, "currency", "unknown_currency")),
        ({"external_id": ""}, (1, "external_id", "too_short")),
        ({"external_id": "x" * 101}, (1, "external_id", "too_long")),
        ({"external_id": "a\x00b"}, (1, "external_id", "not_text")),
        ({"campaign": "\ud800"}, (1, "campaign", "not_text")),
        ({"source_id": str(uuid.uuid4())}, (1, "source_id", "unknown_source")),
        ({"source_id": "x"}, (1, "source_id", "not_an_id")),
        ({"tenant": 1}, (1, "tenant", "unknown_field")),
        ({"origin": "hand"}, (1, "origin", "unknown_field")),
        ({"breakdown": {str(n): "x" * 99 for n in range(5)}}, (1, "breakdown", "breakdown_too_long")),
    ],
)
def test_what_is_wrong_with_a_row_is_told_by_code_field_and_number(program, tenant, values, mistake):
    answer, told = put(program, cost() | values)
    assert answer.status_code == 422
    assert mistakes(told) == [mistake]
    assert told["errors"][0]["message"]
    assert rows(tenant) == []


def test_missing_field_list_and_too_many_rows_are_told(program):
    assert mistakes(put(program, {"starts_on": "2026-11-27", "amount": "1"})[1]) == [
        (1, "external_id", "missing")
    ]
    for body in ({}, {"costs": []}, {"costs": [cost(str(n)) for n in range(501)]}, [], None, "x"):
        answer = program("POST", "costs", body)
        assert answer.status_code == 422, body
        assert answer.json()["errors"], body


def test_day_of_a_campaign_is_told_in_one_breakdown_only(program, tenant):
    put(program, cost("whole", campaign="Brand"))
    answer, told = put(program, cost("part", campaign="Brand", breakdown={"group": "A"}))
    assert mistakes(told) == [(1, "starts_on", "other_breakdown")]
    assert mistakes(put(program, cost("week", "2026-11-25", ends_on="2026-12-01", campaign="Brand"))[1])
    # one breakdown, many rows of it; another campaign; and what is replaced is not in the way
    groups = [cost(name, campaign="Other", breakdown={"group": name}) for name in "xyz"]
    assert put(program, *groups)[0].status_code == 200
    assert put(program, cost("whole", campaign="Brand", breakdown={"group": "A"}))[0].status_code == 200
    assert put(program, cost("part", campaign="Brand", breakdown={"group": "B"}))[0].status_code == 200
    # nor does a batch contradict itself
    both = [cost("m", campaign="New"), cost("n", campaign="New", breakdown={"group": "A"})]
    assert mistakes(put(program, *both)[1]) == [(2, "starts_on", "other_breakdown")]
    assert len(rows(tenant)) == 5


def test_same_cost_under_another_name_and_one_name_twice_are_refused(program):
    put(program, cost("a", campaign="Brand"))
    assert mistakes(put(program, cost("b", campaign="Brand"))[1]) == [(1, "external_id", "same_cost")]
    twice = [cost("c", "2026-11-01"), cost("d", "2026-11-02"), cost("c", "2026-11-03")]
    assert mistakes(put(program, *twice)[1]) == [(3, "external_id", "sent_twice")]


def test_source_is_as_said_of_the_campaign_else_of_its_name(program, tenant, admin, source):
    with tenant_scope(tenant):
        named = services.create_source(name="Brand", by=admin)
        other = services.create_source(name="VK", by=admin)
    told = put(program, cost("a", campaign="brand"), cost("b", campaign="YANDEX"), cost("c", campaign="?"))[1]
    assert [one["source_id"] for one in told["items"]] == [str(named.pk), str(source.pk), None]
    changed = program("PUT", "campaigns", {"campaign": "?", "source_id": str(other.pk)})
    assert changed.json() == {"changed": 1}
    told = put(program, cost("d", "2026-11-28", campaign="?"))[1]
    assert told["items"][0]["source_id"] == str(other.pk)
    assert program("PUT", "campaigns", {"campaign": "?"}).json() == {"changed": 2}
    with tenant_scope(tenant):
        assert not CampaignSource.objects.exists()


AMOUNTS = st.decimals("0", "999999999999.99", places=2)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_amounts_come_back_to_the_kopeck(program, tenant, amounts):
    sent = [
        cost(str(n), f"2026-{n // 28 + 1:02}-{n % 28 + 1:02}", amount=f"{a:.2f}")
        for n, a in enumerate(amounts)
    ]
    told = put(program, *sent)[1]
    assert [one["amount"] for one in told["items"]] == [one["amount"] for one in sent]
    with tenant_scope(tenant):
        kept = dict(SourceCost.objects.values_list("external_id", "amount"))
    assert sum(kept[str(n)] for n in range(len(amounts))) == sum(amounts)


# --- changing and deleting -------------------------------------------------------------------
def test_change_keeps_what_is_left_out(program, tenant, source):
    sent = put(program, cost(campaign="Brand", source_id=str(source.pk)))[1]["items"][0]
    told = program("PATCH", f"costs/{sent['id']}", {"amount": "0.10"}).json()
    assert told == sent | {"amount": "0.10"}
    told = program("PATCH", f"costs/{sent['id']}", {"source_id": None, "ends_on": "2026-11-30"}).json()
    assert told == sent | {"amount": "0.10", "source_id": None, "ends_on": "2026-11-30"}


def test_change_meets_the_same_refusals(program, tenant, source):
    put(program, cost("a", campaign="A"), cost("b", campaign="B"))
    pk = rows(tenant)[1].pk
    for change, status, code in (
        ({"campaign": "A"}, 409, "same_cost"),
        ({"campaign": "A", "ends_on": "2026-11-28"}, 409, "other_breakdown"),
        ({"amount": "-1"}, 422, "negative_amount"),
        ({"amount": "x"}, 422, "not_an_amount"),
        ({"starts_on": "2026-12-01"}, 422, "period_backwards"),
        ({"source_id": str(uuid.uuid4())}, 422, "unknown_source"),
        ({"external_id": "c"}, 422, "invalid"),
    ):
        answer = program("PATCH", f"costs/{pk}", change)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert rows(tenant)[1].campaign == "B"


def test_cost_typed_in_is_changed_and_one_of_a_file_is_not(program, tenant, admin, source):
    with tenant_scope(tenant):
        typed = services.add_cost(source=source, by=admin, starts_on=dt.date(2026, 1, 1),
                                  ends_on=dt.date(2026, 1, 31), amount=Decimal(5), currency="RUB")  # fmt: skip
        loaded = SourceCost.objects.create(
            origin="file", campaign="A", starts_on="2026-01-01", ends_on="2026-01-02", amount=1
        )
    assert program("PATCH", f"costs/{typed.pk}", {"amount": "6.00"}).json()["amount"] == "6.00"
    assert program("PATCH", f"costs/{typed.pk}", {"amount": "-6.00"}).json()["code"] == "negative_amount"
    answer = program("PATCH", f"costs/{loaded.pk}", {"amount": "6.00"})
    assert (answer.status_code, answer.json()["code"]) == (409, "cost_of_file")


def test_deleted_cost_is_gone_and_may_be_sent_anew(program, tenant):
    pk = put(program, cost())[1]["items"][0]["id"]
    answer = program("DELETE", f"costs/{pk}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert program("DELETE", f"costs/{pk}").status_code == 404
    assert put(program, cost())[1]["created"] == 1


def test_call_on_the_settings_page_works_as_it_stands(program, tenant, admin, client_of):
    page = client_of(admin).get("/settings/api/").content.decode()
    shown = html.unescape(page.split('id="api-example">')[1].split("</pre>")[0])
    words = shlex.split(shown)
    path = urlsplit(words[1]).path.removeprefix("/api/v1/")
    for created in (1, 0):
        answer = program("POST", path, json.loads(words[words.index("-d") + 1]))
        assert (answer.status_code, answer.json()["created"]) == (200, created)
    assert "Authorization: Bearer $CRM_TOKEN" in words


# --- whose -----------------------------------------------------------------------------------
def test_another_companys_cost_and_source_are_as_missing_ones(program, tenant, charlie):
    theirs = put(Program(charlie), cost("secret", campaign="Secret"))[1]["items"][0]["id"]
    with tenant_scope(charlie.tenant):
        source = services.create_source(name="Secret", by=charlie)
    for method, body in (("GET", None), ("PATCH", {"amount": "1"}), ("DELETE", None)):
        told, same = program(method, f"costs/{theirs}", body), program(method, f"costs/{uuid.uuid4()}", body)
        assert (told.status_code, told.content) == (same.status_code, same.content)
        assert told.status_code == 404
    assert (
        put(program, cost(source_id=str(source.pk)))[1] == put(program, cost(source_id=str(uuid.uuid4())))[1]
    )
    assert put(program, cost("secret", campaign="Secret"))[1]["created"] == 1  # their names are free here
    assert len(rows(charlie.tenant)) == 1


@pytest.mark.parametrize(
    ("code", "reads", "writes"),
    [
        (Role.Code.ADMIN, True, True),
        (Role.Code.MARKETER, True, False),  # the list of costs in the reports is theirs
        (Role.Code.HEAD, False, False),  # sees a department's deals only
        (Role.Code.MANAGER, False, False),
    ],
)
def test_role_reads_and_writes_costs_as_on_the_pages(code, reads, writes, tenant, sales):
    member = make_member(tenant, code.title(), code, sales)
    with tenant_scope(tenant):  # a token from before a change of the role
        role, member.role = member.role, Role.objects.get(code=Role.Code.ADMIN)
        member.save()
        program = Program(member)
        member.role = role
        member.save()
    assert program("GET", "costs").status_code == (200 if reads else 403)
    assert put(program, cost())[0].status_code == (200 if writes else 403)


def test_only_administrators_programs_read_costs_where_only_they_may_export(tenant, admin):
    marketer = make_member(tenant, "Mark", Role.Code.MARKETER)
    theirs, own = Program(marketer), Program(admin)
    assert theirs("GET", "costs").status_code == 200
    type(tenant).objects.filter(pk=tenant.pk).update(is_export_restricted=True)
    assert theirs("GET", "costs").json()["code"] == "no_right"
    assert own("GET", "costs").status_code == 200


def test_list_of_costs_says_which_came_by_api(program, tenant, admin, client_of):
    put(program, cost(campaign="Brand"))
    page = client_of(admin).get("/reports/costs/?origin=api&period=all").content.decode()
    assert "Brand" in page and "1 250" in page.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.django_db(transaction=True)
def test_same_rows_sent_at_once_are_there_once(tenant, admin):
    program = Program(admin)
    sent = {"costs": [cost(str(n), f"2026-11-{n + 1:02}", campaign="Brand") for n in range(20)]}
    gate = threading.Barrier(6)

    def send(_number):
        try:
            gate.wait()
            return program("POST", "costs", sent).json()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(send, range(6)))
    assert sorted(one["created"] for one in told) == [0] * 5 + [20]
    assert len({str(one["items"]) for one in told}) == 1
    assert len(rows(tenant)) == 20
