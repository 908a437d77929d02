"""Two cards of one client: found, compared, made one and taken apart again; told apart for good."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from activities.models import Activity
from activities.services import log_activity, plan_activity
from browser.waiting import until
from channels.models import Dialog
from contacts.identity import email_keys, messenger_key, phone_keys
from contacts.merging.references import references_to
from contacts.models import Contact, ContactPair
from contacts.services import create_contact
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.services import create_deal, update_pipeline
from leads.inquiry import Inquiry, Person
from leads.models import Lead
from leads.services import DealPlan, convert_lead, create_manual_lead, receive_inquiry


@pytest.fixture
def pair(company: Any) -> tuple[Contact, Contact]:
    """One client on two cards, with whatever there can be around each."""
    bot = company.channel("telegram", "Bot", {"token": "123456:token-of-a-bot"}).channel
    with tenant_scope(company.tenant):
        update_pipeline(pipeline=company.pipeline, has_one_open_deal=True)
        by, now = company.admin, timezone.now()
        told = {"comment": "Call after lunch", "position": "Director"}
        keys = [*phone_keys("+442079460101", "GB"), *email_keys("cat@client.example")]
        catherine = create_contact(by=by, now=now, name="Catherine Lawson", keys=keys, owner=by, **told)
        kate = create_contact(
            by=by,
            now=now,
            name="Kate Lawson",
            keys=[*phone_keys("+442079460102", "GB"), *messenger_key("telegram", "77", username="kate")],
            owner=company.manager,
            comment="Writes in Telegram",
            position="Purchasing",
        )
        for client, title in ((catherine, "Big machine"), (kate, "Small machine")):
            _surround(company, client, title, now)
        dialog = Dialog.objects.create(channel=bot, external_id="77", recipient="77", contact=kate)
        message = Inquiry(
            "1", now, Person(name="Kate Lawson", messenger_id="77"), text="And a grinder, please"
        )
        receive_inquiry(inquiry=message, channel=bot, now=now, dialog=dialog)
    return catherine, kate


def _surround(company: Any, client: Contact, title: str, now: dt.datetime) -> None:
    by, tomorrow = company.admin, now + dt.timedelta(days=1)
    lead = create_manual_lead(
        by=by, now=now, name=client.name, phone=client.keys.first().value, text="A machine"
    )
    convert_lead(
        lead=lead, by=by, now=now, contact=client, plan=DealPlan(company.pipeline, title=title, amount=900)
    )
    plan_activity(
        kind="task", subject=f"Quote: {title}", due_at=tomorrow, owner=by, by=by, now=now, contact=client
    )
    log_activity(kind="note", occurred_at=now, author=by, text=f"Wants the {title}", contact=client)
    create_deal(title=f"{title} of last year", pipeline=company.pipeline, by=by, now=now, contact=client)


def _state() -> dict[tuple[str, Any], Any]:
    """Whose everything is, and what the deals stand for."""
    found: dict[tuple[str, Any], Any] = {
        (reference.label, row.pk): getattr(row, f"{reference.name}_id")
        for reference in references_to(Contact)
        for row in reference.model._default_manager.all()
    }
    for model, names in (
        (Contact, ("name", "comment", "position", "owner_id", "deleted_at", "merged_into_id")),
        (Deal, ("deleted_at", "folded_into_id", "contact_id", "quality")),
        (Lead, ("deal_id", "quality", "quality_reason")),
        (Activity, ("deal_id", "lead_id")),
    ):
        found |= {
            (model._meta.label, row.pk): [getattr(row, n) for n in names] for row in model.objects.all()
        }
    return found


def test_two_cards_become_one_and_come_apart_again(company, pair, seat):
    catherine, kate = pair
    ada = seat(company.admin)
    with tenant_scope(company.tenant):
        before = _state()
    _wait_for_the_search(company)
    page = ada.open("/contacts/duplicates/")
    row = page.locator("[data-pair]", has_text="Kate Lawson")
    expect(row).to_contain_text("almost certainly")
    row.get_by_role("link", name=re.compile("Compare and merge")).click()
    _choose(page)
    page.get_by_role("button", name="Merge", exact=True).click()

    expect(page.locator("#toast-list")).to_contain_text("Merged")
    expect(page.locator("h1")).to_have_text("Catherine Lawson")
    for text in ("+44 20 7946 0101", "+44 20 7946 0102", "cat@client.example", "Purchasing"):
        expect(page.locator("main")).to_contain_text(text)
    expect(page.locator("#client-duplicates")).to_contain_text("Kate Lawson")
    _only_one_deal_is_shown(ada)
    ada.open(f"/contacts/{kate.pk}/")
    expect(page).to_have_url(re.compile(str(catherine.pk)))

    page.locator("#client-duplicates").get_by_role("button", name="Undo the merge: Kate Lawson").click()
    page.locator("#confirm-yes").click()
    expect(page.locator("#toast-list")).to_contain_text("The merge is undone")
    with tenant_scope(company.tenant):
        after = _state()
    assert {key: value for key, value in after.items() if key in before} == before
    expect(ada.open(f"/contacts/{kate.pk}/").locator("h1")).to_have_text("Kate Lawson")
    expect(page.locator("main")).to_contain_text("And a grinder, please")


def _wait_for_the_search(company: Any) -> None:
    """Changed cards are compared by themselves."""

    def is_found() -> bool:
        with tenant_scope(company.tenant):
            return ContactPair.objects.exists()

    until(is_found, "nobody compared the new cards")


def _choose(page: Page) -> None:
    """Catherine's card and name, Kate's position and deal, both comments."""
    group = page.get_by_role("group", name="The card that stays")
    group.get_by_label(re.compile("Catherine Lawson")).check()
    page.get_by_role("group", name="Position").get_by_label("Purchasing").check()
    expect(page.get_by_role("group", name="Comment").get_by_label("All of them together")).to_be_checked()
    deals = page.get_by_role("group", name=re.compile("Which deal stays visible"))
    deals.get_by_label(re.compile("Small machine(?! of)")).check()


def _only_one_deal_is_shown(ada: Any) -> None:
    page = ada.open("/deals/")
    expect(page.locator("[data-card]")).to_have_count(1)
    expect(page.locator("[data-card]")).to_contain_text("Small machine")


def test_cards_that_are_not_the_same_are_never_offered_again(company, pair, seat):
    catherine, _kate = pair
    _wait_for_the_search(company)
    ada = seat(company.admin)
    page = ada.open(f"/contacts/{catherine.pk}/")
    page.get_by_role("button", name="Not the same: Kate Lawson").click()
    expect(page.locator("#toast-list")).to_contain_text("Remembered: not the same")
    expect(page.locator("[data-pair]")).to_have_count(0)
    mary = seat(company.colleague)
    expect(mary.open("/contacts/duplicates/").locator("[data-pair]")).to_have_count(0)
    page = ada.open("/contacts/duplicates/?state=distinct")
    expect(page.locator("[data-pair]")).to_contain_text("Ada decided")
    page.get_by_role("button", name=re.compile("Offer again")).click()
    expect(page.locator("[data-pair]")).to_have_count(0)
    expect(ada.open("/contacts/duplicates/").locator("[data-pair]")).to_have_count(1)


def test_a_known_client_is_offered_while_one_types(company, pair, seat):
    catherine, _kate = pair
    page = seat(company.admin).open("/contacts/new/")
    page.get_by_label("Name").first.press_sequentially("Cathrine Lawson")
    hint = page.locator("#client-hint")
    expect(hint).to_contain_text("Known already?")
    page.get_by_label("E-mail").fill("catherine@home.example")
    hint.get_by_role("button", name="Use this one: Catherine Lawson").click()
    expect(page.locator("h1")).to_have_text("Catherine Lawson")
    expect(page.locator("main")).to_contain_text("catherine@home.example")
    with tenant_scope(company.tenant):
        assert Contact.objects.count() == 2
        assert catherine.keys.filter(value="catherine@home.example").exists()
