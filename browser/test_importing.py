"""A file of contacts on its way: chosen, looked at, checked, loaded by the worker, undone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.axe import violations
from browser.conftest import PHONE
from contacts.models import Contact
from core.tenancy import tenant_scope

CLIENTS = (
    "Full name;Phone;E-mail\nAnn Import;020 7946 0018;ann@example.com\nBob Import;ask him;bob@example.com\n"
)


def assert_accessible(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_file_is_loaded_and_undone(company, seat):
    ada = seat(company.admin)
    page = ada.open("/contacts/")
    page.get_by_role("link", name="Load a file").click()
    file = {"name": "clients.csv", "mimeType": "text/csv", "buffer": CLIENTS.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/columns/")
    expect(page.get_by_label("Phone", exact=True).first).to_have_value("phone")
    assert_accessible(ada.ready())

    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Nothing is written yet")).to_be_visible()
    expect(page.get_by_role("cell", name="“ask him” is no phone number.").first).to_be_visible()
    assert_accessible(ada.ready())
    page.set_viewport_size(PHONE)
    assert_accessible(page)

    page.get_by_role("button", name="Load", exact=True).click()
    undo = page.get_by_role("button", name="Undo the import")
    expect(undo).to_be_visible()
    with tenant_scope(company.tenant):
        assert list(Contact.objects.present().values_list("name", flat=True)) == ["Ann Import"]

    undo.click()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Everything it made is gone")).to_be_visible()
    with tenant_scope(company.tenant):
        assert not Contact.objects.present().exists()
