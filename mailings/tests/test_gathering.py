"""People of a filter that are too many to be judged while somebody waits: the worker takes them part by part."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import Company, Contact
from contacts.services import link_company
from core.tenancy import tenant_scope
from mailings import audience, services
from mailings.errors import StillBeingChecked
from mailings.models import Mailing, Recipient
from mailings.services import running
from mailings.tests.conftest import NOW, states

Reason = Recipient.Reason


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Let three be many."""
    monkeypatch.setattr(audience, "AT_ONCE", 2)
    monkeypatch.setattr(audience, "CHUNK", 2)


@pytest.fixture
def large(tenant, person, alice, mailbox):
    """Return a function that begins a draft for all rows of a list, with a letter written."""

    def make(card: str = "contacts", query: str = "") -> Mailing:
        with tenant_scope(tenant):
            made = services.create_mailing(
                by=alice,
                now=NOW,
                name="Spring",
                channel=mailbox,
                card=card,
                ids=[],
                query=query,
                is_all=True,
                is_cut=True,
            )
            text = {"subject": "News", "text": "Hello", "is_working_time": False, "per_hour": 3600}
            return services.update_mailing(mailing=made, by=alice, now=NOW, **text)

    return make


@pytest.fixture
def check(tenant):
    """Return a function that lets the worker check everybody, and says how many parts it took."""

    def work(mailing: Mailing) -> int:
        parts = 0
        while running.step(tenant.pk, mailing.pk, now=NOW) is not None:
            parts += 1
        with tenant_scope(tenant):
            mailing.refresh_from_db()
            assert not mailing.is_being_checked
        return parts + 1

    return work


def people_of(mailing: Mailing) -> dict[str, str]:
    with tenant_scope(mailing.tenant_id):
        rows = Recipient.objects.filter(mailing=mailing).select_related("contact")
        assert len({row.contact_id for row in rows}) == len(rows)
        return {row.contact.name: row.reason for row in rows}


def test_everybody_of_the_list_is_judged_part_by_part(person, large, check):
    for number in range(4):
        person(f"P{number}")
    person("No mail", email=None)
    mailing = large()
    assert states(mailing) == {}
    assert check(mailing) == 3
    assert people_of(mailing) == dict.fromkeys(("P0", "P1", "P2", "P3"), "") | {"No mail": Reason.NO_ADDRESS}
    assert (mailing.checked_count, mailing.due_at) == (5, None)


def test_list_is_seen_as_its_owner_sees_it(tenant, person, large, check, alice, bob):
    mine, _other = person("Mine"), person("Other", owner=bob)
    with tenant_scope(tenant):
        mine.tags = ["vip"]
        mine.save(update_fields=["tags"])
    mailing = large(query="tags=vip")
    check(mailing)
    assert people_of(mailing) == {"Mine": ""}


def test_who_stands_behind_rows_of_two_parts_is_taken_once(tenant, person, large, check, alice):
    anna, boris = person("Anna"), person("Boris")
    with tenant_scope(tenant):
        for number in range(3):
            firm = Company.objects.create(name=f"Firm {number}", owner=alice)
            link_company(contact=anna if number != 1 else boris, company=firm, position="", by=alice, now=NOW)
        Company.objects.create(name="Empty", owner=alice)
    mailing = large("companies")
    check(mailing)
    assert people_of(mailing) == {"Anna": "", "Boris": ""}
    assert mailing.without_people == 1


def test_a_worker_that_dies_leaves_nothing_half_done(tenant, person, large, check, monkeypatch):
    for number in range(5):
        person(f"P{number}")
    mailing = large()
    assert running.step(tenant.pk, mailing.pk, now=NOW) == 0
    judge = audience.Judge.verdicts
    monkeypatch.setattr(audience.Judge, "verdicts", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        running.step(tenant.pk, mailing.pk, now=NOW)
    with tenant_scope(tenant):
        mailing.refresh_from_db()
        assert (mailing.checked_count, Recipient.objects.filter(mailing=mailing).count()) == (2, 2)
    monkeypatch.setattr(audience.Judge, "verdicts", judge)
    check(mailing)
    assert len(people_of(mailing)) == 5


def test_nothing_leaves_before_everybody_was_judged(tenant, person, large, check, start, post, server):
    for number in range(3):
        person(f"P{number}")
    mailing = large()
    assert running.due(tenant.pk, now=NOW) == [mailing.pk]
    with pytest.raises(StillBeingChecked):
        start(mailing)
    check(mailing)
    assert running.due(tenant.pk, now=NOW) == []
    post.run(start(mailing))
    assert len(server[0].letters) == 3


def test_who_is_left_out_since_gets_no_letter_of_a_large_one(
    tenant, person, large, check, start, post, server
):
    people = [person(f"P{number}") for number in range(3)]
    mailing = large()
    check(mailing)
    with tenant_scope(tenant):
        services.unsubscribe_contact(contact=people[1], by=people[1].owner, now=NOW)
    post.run(start(mailing))
    assert len(server[0].letters) == 2 and people_of(mailing)["P1"] == Reason.UNSUBSCRIBED


def test_another_channel_checks_a_large_one_anew(tenant, person, large, check, make_channel, alice):
    for number in range(3):
        person(f"P{number}")
    mailing = large()
    check(mailing)
    with tenant_scope(tenant):
        telegram = make_channel("telegram").channel
        services.update_mailing(mailing=mailing, by=alice, now=NOW, channel=telegram)
    check(mailing)
    assert set(people_of(mailing).values()) == {Reason.NO_DIALOG}


def test_a_large_one_is_copied_with_its_people(tenant, person, large, check, alice):
    for number in range(3):
        person(f"P{number}")
    mailing = large()
    check(mailing)
    person("Later")
    with tenant_scope(tenant):
        made = services.copy_mailing(mailing=mailing, by=alice, now=NOW)
    check(made)
    assert set(people_of(made)) == {"P0", "P1", "P2"}


def test_the_page_says_how_far_it_is_and_comes_anew_when_it_is_over(
    tenant, person, check, client_of, alice, mailbox
):
    for number in range(3):
        person(f"P{number}")
    desk = client_of(alice)
    answer = desk.post(
        reverse("mailings:create"), {"name": "All", "people": "contacts", "channel": mailbox.pk}
    )
    assert answer.status_code == 302
    with tenant_scope(tenant):
        mailing = Mailing.objects.get()
        Mailing.objects.update(due_at=NOW, text="Hello", subject="News")
    running.step(tenant.pk, mailing.pk, now=NOW)
    page = reverse("mailings:detail", args=[mailing.pk])
    assert "2 из 3" in desk.get(page).content.decode()
    assert reverse("mailings:start", args=[mailing.pk]) not in desk.get(page).content.decode()
    asks = {"hx-request": "true", "hx-target": "mailing-people"}
    part = desk.get(page, headers=asks)
    assert 'hx-trigger="every 2s"' in part.content.decode() and "HX-Refresh" not in part.headers
    check(mailing)
    part = desk.get(page, headers=asks)
    assert "hx-trigger" not in part.content.decode() and part.headers["HX-Refresh"] == "true"
    assert reverse("mailings:start", args=[mailing.pk]) in desk.get(page).content.decode()


def test_each_part_costs_the_same_number_of_queries(tenant, person, large, check, monkeypatch):
    def cost(chunk: int) -> int:
        monkeypatch.setattr(audience, "CHUNK", chunk)
        mailing = large()
        running.step(tenant.pk, mailing.pk, now=NOW)
        with CaptureQueriesContext(connection) as seen:
            running.step(tenant.pk, mailing.pk, now=NOW + dt.timedelta(seconds=1))
        return len(seen)

    for number in range(40):
        person(f"P{number}")
    with tenant_scope(tenant):
        assert Contact.objects.count() == 40
    assert cost(3) == cost(15)
