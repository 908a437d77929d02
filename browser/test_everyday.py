"""What everybody does every day: log in, search, export, switch; and what is seen when something is away."""

from __future__ import annotations

import re

import openpyxl
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from core.tenancy import tenant_scope
from leads.models import Lead
from leads.services import create_manual_lead

PASSWORD = "correct horse battery staple"


def make_leads(company, count: int) -> None:
    with tenant_scope(company.tenant):
        for number in range(count):
            create_manual_lead(
                by=company.manager,
                now=timezone.now(),
                name=f"Client {number:03}",
                phone=f"+44 20 7946 0{number:03}",
                subject=f"=Inquiry {number}",
            )


def test_login_by_the_form_opens_the_start_page(company, seat):
    user = company.manager.user
    user.set_password(PASSWORD)
    user.save()
    person = seat()
    page = person.page
    page.goto(person.url + "/unsorted/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator("main, form").first).to_contain_text("does not fit")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/unsorted/$"))
    expect(page.locator("h1")).to_have_text("Unsorted")


def test_export_of_the_lead_list_equals_the_list(company, seat, tmp_path):
    make_leads(company, 70)
    person = seat(company.admin)
    page = person.open("/leads/")
    expect(page.locator("[data-list-count]")).to_have_attribute("data-list-count", "70")
    heads = [text for text in page.locator("table thead th[data-col]").all_inner_texts() if text]
    shown = rows_of(page)
    while (more := page.locator("a[rel=next], .pagination a", has_text="Next")).count():
        more.first.click()
        person.ready()
        shown += rows_of(page)
    page = person.open("/leads/")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Excel (XLSX)").click()
    expect(page.locator("#job")).to_be_visible()
    expect(page.locator("#job")).to_contain_text("The file is ready", timeout=90_000)
    expect(page.locator("#job")).to_contain_text("70 rows")
    with page.expect_download() as download:
        page.locator("#job a[download]").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    exported = list(openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True))
    assert [str(head).strip() for head in exported[0]] == [head.strip() for head in heads]
    assert [names_in(row) for row in exported[1:]] == shown
    assert not any(str(cell).startswith("=") for row in exported for cell in row)


def rows_of(page) -> list[str]:
    return [names_in([text]) for text in page.locator("tbody [data-row]").all_inner_texts()]


def names_in(cells) -> str:
    return re.search(r"Client \d{3}", " ".join(str(cell) for cell in cells))[0]


def test_palette_finds_a_client_by_the_last_digits_of_the_phone(company, seat):
    make_leads(company, 12)
    person = seat(company.manager)
    page = person.open("/deals/")
    person.press("/")
    expect(page.locator("#palette-input")).to_be_focused()
    page.keyboard.type("460 007")
    hit = page.locator("#palette-list [role=option]", has_text="Client 007").first
    expect(hit).to_be_visible()
    expect(page.locator("#palette-list [role=option]", has_text="Client 008")).to_have_count(0)
    person.press("Enter")
    page.wait_for_url(re.compile("/(contacts|leads)/[0-9a-f-]{36}/"))
    expect(page.locator("h1").first).to_contain_text("Client 007")


def test_ended_session_is_told_and_what_was_typed_stays(company, seat):
    make_leads(company, 1)
    with tenant_scope(company.tenant):
        lead = Lead.objects.get()
    person = seat(company.manager)
    page = person.open(f"/leads/{lead.pk}/")
    note = page.locator("[data-composer] textarea, form.composer textarea").first
    note.fill("Called, asked to ring back")
    Session.objects.all().delete()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#bars")).to_contain_text("The session has ended")
    expect(note).to_have_value("Called, asked to ring back")


def test_lost_connection_is_told_and_its_return_too(company, seat):
    person = seat(company.manager)
    page = person.open("/unsorted/")
    person.context.set_offline(True)
    expect(page.locator("#bars")).to_contain_text("No connection")
    person.context.set_offline(False)
    expect(page.locator("#bars")).to_contain_text("The connection is back")
    expect(page.locator("#bars")).not_to_contain_text("No connection")
    assert {line.split()[0] for line in person.complaints} <= {"net::ERR_INTERNET_DISCONNECTED"}
    person.complaints.clear()


def test_language_and_theme_are_switched_and_kept(company, seat):
    person = seat(company.manager)
    page = person.open("/unsorted/")
    page.click("[popovertarget=user-menu]")
    page.click("#user-menu [name=theme][value=dark]")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.click("#user-menu [name=language][value=ru]")
    expect(page.locator("h1")).to_have_text("Не разобрано")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page = person.open("/deals/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "ru")

    theme = "document.documentElement.dataset.bsTheme"
    page.evaluate(f"addEventListener('beforeprint', () => {{ self.printed = {theme} }})")
    page.pdf()
    assert (page.evaluate("self.printed"), page.evaluate(theme)) == ("light", "dark")
