"""A manager's day from the first call to the paid invoice, by clicks, in Russian and in English.

A letter leaves for real, the client reads in a browser of their own, the money comes in a bank's file, a robot
made under the board's column takes the deal on.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass
from decimal import Decimal
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Browser, Locator, Page, expect

from browser.conftest import Company, make_company
from browser.mouse import drag
from browser.waiting import until
from channels.tests.adapters.dovecot import dovecot  # noqa: F401  (fixture)
from contacts.identity import email_keys
from contacts.services import create_contact
from core.tenancy import tenant_scope
from deals.documents.setup import save_our_company
from deals.models import Deal, Invoice, Stage
from deals.products.services import create_product
from deals.services import create_deal, set_requirements
from deals.tests.statements import document, statement

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
ACCOUNTS = {"ru": "40702810900000012345", "en": "40702826900000012345"}  # their currency is digits 6-8
# A headless browser says that it is one, and robots who look don't count
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
CLIENT = {"ru": "Анна Белова", "en": "Anna Brown"}
PRODUCT = {"ru": "Кофемашина", "en": "Coffee machine"}


@dataclass
class Setting:
    """What is there before the day begins, and the words of its language."""

    company: Company
    deal: Deal
    language: str

    def say(self, text: str, **values: Any) -> str:
        """Say a text of the pages as its reader sees it."""
        with translation.override(self.language):
            return translation.gettext(text) % values if values else translation.gettext(text)

    def in_context(self, context: str, text: str) -> str:
        with translation.override(self.language):
            return translation.pgettext(context, text)

    def stage(self, position: int) -> Stage:
        """One of the open stages, from the first."""
        with tenant_scope(self.company.tenant):
            return Stage.objects.filter(pipeline=self.company.pipeline, kind="open").order_by("position")[
                position
            ]

    @property
    def won(self) -> Stage:
        with tenant_scope(self.company.tenant):
            return Stage.objects.get(pipeline=self.company.pipeline, kind="won")


@pytest.fixture(params=["ru", "en"])
def setting(request, stack, dovecot, post_office) -> Setting:  # noqa: F811
    """A company that sells, a client with a mailbox, a deal, and two stages that demand something."""
    language = request.param
    company = make_company(stack, language)
    company.channel("email", "Sales", dovecot.mailbox().settings | post_office.settings)
    with tenant_scope(company.tenant):
        now, mary = timezone.now(), company.manager
        save_our_company(
            company=None, by=company.admin, name="Daisy", legal_name="Daisy Ltd", account=ACCOUNTS[language]
        )
        create_product(
            by=company.admin, now=now, name=PRODUCT[language], price=Decimal(12000),
            currency=company.tenant.currency,
        )  # fmt: skip
        client = create_contact(
            name=CLIENT[language], keys=email_keys("anna@client.example"), owner=mary, by=mary, now=now
        )
        deal = create_deal(title="Two machines", pipeline=company.pipeline, contact=client, by=mary, now=now)
        middle, last = Stage.objects.filter(pipeline=company.pipeline, kind="open").order_by("position")[1:]
        set_requirements(stage=middle, enter=("expected_on",))
        set_requirements(stage=last, enter=("city",))
    return Setting(company, deal, language)


def test_day_from_the_first_call_to_the_paid_invoice(setting, seat, browser, post_office):
    ada, mary = seat(setting.company.admin), seat(setting.company.manager)
    let_a_robot_win_what_is_paid(setting, ada)
    plan_a_call_and_make_it(setting, mary)
    drag_to_a_stage_that_asks(setting, mary)
    letter = send_a_proposal(setting, mary, post_office)
    accept_as_the_client(setting, browser, link_in(letter))
    see_the_answer_and_move_on(setting, mary)
    invoice = make_an_invoice(setting, mary)
    read_the_banks_file(setting, ada, invoice)
    see_what_the_robot_did(setting, mary)


def let_a_robot_win_what_is_paid(setting: Setting, ada: Any) -> None:
    """Make the robot where robots are made: under the column of its stage."""
    say, stage = setting.say, setting.stage(2)
    page: Page = ada.open("/deals/")
    page.get_by_role("button", name=say("Choose a pipeline")).click()
    page.get_by_role("menuitem", name=setting.in_context("automation", "Robots")).click()
    ada.ready()
    column = page.get_by_role("region", name=stage.name, exact=True)
    column.get_by_role("link", name=setting.in_context("button", "Robot")).click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("link", name=say("Move the deal")).click()
    dialog.get_by_label(say("What sets it off")).select_option(label=say("An invoice is paid in full"))
    dialog.locator("[name=to_stage]").select_option(str(setting.won.pk))
    dialog.get_by_role("button", name=say("Save")).click()
    expect(column).to_contain_text(say("Move the deal"))
    expect(column).to_contain_text(say("An invoice is paid in full"))


def plan_a_call_and_make_it(setting: Setting, mary: Any) -> None:
    """From the deal's page into the day, and done there with what came of it."""
    say, subject = setting.say, "Which colour?"
    page = mary.open(f"/deals/{setting.deal.pk}/")
    composer = page.locator("#composer")
    composer.get_by_role("tab", name=say("Call"), exact=True).click()
    plan = composer.locator("#cmp-plan")
    plan.locator("[name=subject]").fill(subject)
    plan.get_by_label(say("In 1 hour"), exact=True).check()
    plan.get_by_role("button", name=say("Save")).click()
    expect(page.locator(".tl-plan")).to_contain_text(subject)
    page = mary.open("/activities/")
    row = page.locator("[data-row]", has_text=subject)
    expect(row).to_contain_text("Two machines")
    row.get_by_role("button", name=say("Actions")).click()
    row.get_by_role("menuitem", name=say("Done with a result…")).click()
    dialog = page.locator("#dialog")
    dialog.get_by_label(say("Talked"), exact=True).check()
    dialog.get_by_label(say("What came of it")).fill("The blue one")
    dialog.get_by_role("button", name=say("Mark done")).click()
    expect(row).to_have_count(0)
    expect(mary.open(f"/deals/{setting.deal.pk}/").locator(".timeline")).to_contain_text("The blue one")


def drag_to_a_stage_that_asks(setting: Setting, mary: Any) -> None:
    stage = setting.stage(1)
    page = mary.open("/deals/")
    lane = page.get_by_role("region", name=stage.name, exact=True)
    drag(page, page.locator(f"[data-card='{setting.deal.pk}']"), lane.locator("[data-cards]"))
    answer_the_stage(setting, page, "expected_on", (timezone.localdate() + dt.timedelta(7)).isoformat())
    expect(lane.locator(f"[data-card='{setting.deal.pk}']")).to_be_visible()


def answer_the_stage(setting: Setting, page: Page, field: str, value: str) -> None:
    """Fill in just what the stage asks for: nothing else is asked."""
    dialog = page.locator("#dialog")
    expect(dialog.locator("[name=ask]")).to_have_count(1)
    dialog.locator(f"[name={field}]").fill(value)
    dialog.get_by_role("button", name=setting.in_context("button", "Move"), exact=True).click()
    expect(dialog).to_be_hidden()


def send_a_proposal(setting: Setting, mary: Any, post_office: Any) -> EmailMessage:
    """Make it of the deal's lines and mail it; return the letter as it arrived."""
    say = setting.say
    page = mary.open(f"/deals/{setting.deal.pk}/")
    page.get_by_role("link", name=say("New line")).click()
    page.locator("#dialog-body .ts-control input").first.fill(PRODUCT[setting.language][:6])
    page.locator(".ts-dropdown .option", has_text=PRODUCT[setting.language]).click()
    page.fill("#dialog-body [name=quantity]", "2")
    page.locator("#dialog").get_by_role("button", name=say("Save")).click()
    expect(page.locator(".deal-sum")).to_contain_text(re.compile(r"24\D000"))
    page.get_by_role("button", name=say("Make a proposal")).click()
    page.get_by_role("link", name=say("Send by mail")).click()
    dialog = page.locator("#dialog")
    expect(dialog.locator("[name=address]")).to_have_value("anna@client.example")
    dialog.get_by_role("button", name=say("Send"), exact=True).click()
    expect(page.locator("#document-link")).to_be_visible()
    until(lambda: post_office.letters, "the letter never left")
    (letter,) = post_office.letters
    assert letter["To"] and "anna@client.example" in letter["To"]
    (paper,) = letter.iter_attachments()
    assert paper.get_content_type() == "application/pdf"
    assert paper.get_content().startswith(b"%PDF-") and paper.get_filename().endswith(".pdf")
    assert page.locator("#document-link").input_value() == link_in(letter)
    return letter


def link_in(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return re.findall(r"https?://\S+/d/\S+/", body.get_content())[0]


def accept_as_the_client(setting: Setting, browser: Browser, link: str) -> None:
    say, name = setting.say, CLIENT[setting.language]
    outside = browser.new_context(locale="de-DE", user_agent=AGENT)  # the document has a language of its own
    try:
        page = outside.new_page()
        page.goto(setting.company.stack.url + urlsplit(link).path)
        expect(page.locator("html")).to_have_attribute("lang", setting.language)
        expect(page.locator(".doc")).to_contain_text(PRODUCT[setting.language])
        page.locator("#accept").get_by_label(say("Your name")).fill(name)
        page.locator("#accept").get_by_role("button", name=say("Accept")).click()
        expect(page.get_by_role("status")).to_contain_text(name)
    finally:
        outside.close()


def see_the_answer_and_move_on(setting: Setting, mary: Any) -> None:
    """The bell rings, the document says who looked when and from where, and the strip asks for the next field."""
    say, page = setting.say, mary.page
    expect(page.locator(".doc-paper")).to_be_visible()
    page.reload()
    mary.ready()
    opened = page.locator(".sect", has_text=say("Opened by the client"))
    expect(opened).to_contain_text("127.0.0.1")
    expect(opened.locator("time")).to_have_count(1)
    expect(page.locator(".facts")).to_contain_text(CLIENT[setting.language])
    page.locator("[popovertarget=bell-pop]").click()
    bell = page.locator("#bell-pop .notice-i")
    expect(bell).to_have_count(2)  # opened, and accepted
    expect(bell.first).to_contain_text(CLIENT[setting.language])
    page = mary.open(f"/deals/{setting.deal.pk}/")
    strip_button(page, setting.stage(2)).click()
    answer_the_stage(setting, page, "city", "Leeds")
    expect(page.locator("#deal-head [aria-current=step]")).to_have_attribute("title", setting.stage(2).name)


def strip_button(page: Page, stage: Stage) -> Locator:
    return page.locator(".stages").get_by_role("button", name=re.compile(f"^{stage.name}"))


def make_an_invoice(setting: Setting, mary: Any) -> Invoice:
    say, page = setting.say, mary.page
    page.locator(".docs a[href*=proposals]").click()
    mary.ready()
    page.get_by_role("button", name=say("Make an invoice")).click()
    page.get_by_role("button", name=say("Get the link")).click()
    expect(page.locator("#document-link")).to_be_visible()
    with tenant_scope(setting.company.tenant):
        return Invoice.objects.get()


def read_the_banks_file(setting: Setting, ada: Any, invoice: Invoice) -> None:
    say, account = setting.say, ACCOUNTS[setting.language]
    today = timezone.now().astimezone(zoneinfo.ZoneInfo(setting.company.tenant.time_zone))
    raw = statement(
        [
            document(
                5, "24000.00", f"{today:%d.%m.%Y}", purpose=f"Оплата по счету № {invoice.number}", inn="",
                account=account,
            )
        ],
        accounts=[account],
    )  # fmt: skip
    page = ada.open("/deals/payments/")
    page.get_by_role("link", name=say("Bank statements")).click()
    ada.ready()
    file = {"name": "kl_to_1c.txt", "mimeType": "text/plain", "buffer": raw}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name=say("Look at it")).click()
    expect(page.locator("select[name=pay-0]")).to_have_value(str(invoice.pk))
    page.get_by_role("button", name=say("Confirm")).click()
    expect(page.locator(".st-for a.link")).to_be_visible()


def see_what_the_robot_did(setting: Setting, mary: Any) -> None:
    """The deal's page, open all the while, tells the whole day."""

    def is_won() -> bool:
        with tenant_scope(setting.company.tenant):
            return Deal.objects.get(pk=setting.deal.pk).stage_id == setting.won.pk

    say = setting.say
    until(is_won, "the robot did not move the deal")
    mary.page.locator("[popovertarget=bell-pop]").click()  # Ada read the bank's file, Mary hears of it
    expect(mary.page.locator("#bell-pop .notice-i")).to_have_count(3)
    page = mary.open(f"/deals/{setting.deal.pk}/")
    expect(page.locator("#deal-head")).to_contain_text(setting.won.name)
    timeline = page.locator(".timeline")
    for told in ("The blue one", CLIENT[setting.language], setting.stage(1).name, setting.stage(2).name):
        expect(timeline).to_contain_text(told)
    for pattern in ("%(document)s sent", "%(document)s viewed by the client", "%(document)s accepted",
                    "%(document)s paid"):  # fmt: skip
        expect(timeline).to_contain_text(say(pattern).replace("%(document)s", "").strip())
    expect(page.locator("#deal-robots")).to_contain_text(say("Move the deal"))
