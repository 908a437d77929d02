"""Contacts as vCard and Outlook's CSV: complete, inert, and readable by our own import."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from contacts.address_books import card, escaped, folded
from contacts.identity import Key
from contacts.lists import ContactListing
from contacts.services import create_company, create_contact, link_company
from contacts.tests.importing import brought, tally
from core.tabular import open_table, recognise
from core.tenancy import tenant_scope
from tenants.exports import write_list
from tenants.models import Job, Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(tenant, admin, tmp_path):
    """Export one contact with everything in a format; return the file's bytes."""
    with tenant_scope(tenant):
        keys = [Key("phone", "+79162041877"), Key("phone", "+74951234567"), Key("email", "anna@example.com")]
        anna = create_contact(
            last_name="Ким", first_name="Анна", keys=keys, position="Юрист; партнёр", tags=["vip", "опт"],
            comment="=cmd()\nвторая, строка", by=admin, now=timezone.now(),
        )  # fmt: skip
        company = create_company(name="ООО «Роза»", by=admin, now=timezone.now())
        link_company(contact=anna, company=company)
        member = Membership.objects.select_related("role", "tenant", "user").get(pk=admin.pk)

    def write(file_format: str) -> bytes:
        path = tmp_path / file_format
        write_list(
            tenant_id=tenant.pk,
            member=member,
            listing=ContactListing(),
            query="",
            file_format=file_format,
            path=path,
        )
        return path.read_bytes()

    return write


def test_card_holds_everything_and_comes_back_as_it_was(written, charlie):
    data = written("vcard")
    assert b"VERSION:3.0" in data and all(len(line) <= 75 for line in data.split(b"\r\n"))
    table = open_table(data, recognise(data))
    [(_number, cells)] = table.rows
    assert {
        "Ким",
        "Анна",
        "ООО «Роза»",
        "Юрист; партнёр",
        "+79162041877",
        "+74951234567",
        "anna@example.com",
        "vip, опт",
    } <= set(cells)
    assert "=cmd()\nвторая, строка" in cells
    assert tally(brought(data, charlie)) == (1, 0, 0, 0)


def test_outlook_file_is_what_outlook_knows_and_runs_nothing(written, charlie):
    data = written("outlook")
    heads, row = data.decode("utf-8-sig").split("\r\n", 1)
    assert '"First Name"' in heads and '"E-mail Address"' in heads and '"Mobile Phone"' in heads
    assert '"+79162041877"' in row and "\"'=cmd()" in row and '"vip;опт"' in row
    assert tally(brought(data, charlie)) == (1, 0, 0, 0)


@given(st.text())
def test_no_text_breaks_out_of_its_line(text):
    assert not set(escaped(text)) & {"\n", "\r", "\x85", "\u2028", "\u2029", "\0"}
    whole = folded(f"NOTE:{escaped(text)}")
    assert whole.replace("\r\n ", "") == f"NOTE:{escaped(text)}\r\n"
    lines = list(card([text, "", "", text, text, "", [text], [], [text], text]))
    assert sum(line.startswith("BEGIN:") for line in lines) == 1


def test_list_offers_the_formats_and_export_right_rules_them_too(tenant, admin, alice, client_of):
    page = client_of(admin).get(reverse("contacts:list")).content.decode()
    assert 'value="vcard"' in page and 'value="outlook"' in page
    data = {"page": "contacts:list", "query": "", "format": "vcard"}
    assert client_of(alice).post(reverse("tenants:list_export"), data).status_code == 403
    client_of(admin).post(reverse("tenants:list_export"), data)
    with tenant_scope(tenant):
        assert Job.objects.get().file_name.endswith(".vcf")
    data["page"] = "contacts:company_list"
    assert client_of(admin).post(reverse("tenants:list_export"), data).status_code == 422
