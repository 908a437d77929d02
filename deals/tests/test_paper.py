"""The PDF as its reader has it: every word of the sheet on paper, whatever its length, on as many pages as it takes."""

from __future__ import annotations

import re
import shutil
import subprocess
from decimal import Decimal

import pytest

from contacts.models import Company, LegalDetails
from core.tenancy import tenant_scope
from deals.documents import pdf, services
from deals.documents.setup import save_our_company
from deals.products import lines
from deals.tests.conftest import NOW

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
LONG = "Кофемашина рожковая трёхгрупповая автоматическая с мультибойлером и подогревом чашек"
SELLER = {
    "legal_name": "Общество с ограниченной ответственностью «Ромашка — кофейное оборудование и сервис»",
    "inn": "7707083893", "kpp": "770701001", "bank": "ПАО СБЕРБАНК", "bik": "044525225",
    "account": "40702810200000000001", "correspondent_account": "30101810400000000225",
    "director": "Константинопольский В. А.", "accountant": "Гусева Ш. О.",
}  # fmt: skip


@pytest.fixture
def scoped(tenant):
    with tenant_scope(tenant):
        yield


@pytest.fixture
def deal(tenant, make_deal, alice):
    with tenant_scope(tenant):
        save_our_company(company=None, by=alice, name="Ромашка", **SELLER)
        company = Company.objects.create(name="Кофейня")
        LegalDetails.objects.create(company=company, title="ООО «Кофейня»", inn="7728168971")
    return make_deal(company=company)


def pages_of(document) -> list[str]:
    """Read the PDF page by page, as a reader would copy it, with plain spaces."""
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf.render(document), capture_output=True, check=True
    )
    return [re.sub(r"\s+", " ", page) for page in done.stdout.decode().split("\f") if page.strip()]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", ("Счёт № 1", "Скидка", "В том числе НДС 22 %", "К оплате", "рубл", "Главный бухгалтер", "Сумма, ₽")),
        ("en", ("Invoice No. 1", "Discount", "Including VAT 22%", "To be paid", "rouble", "Chief accountant", "Sum, ₽")),
    ],
)  # fmt: skip
def test_long_invoice_has_every_line_its_heads_again_and_its_sums(scoped, deal, alice, language, words):
    for number in range(60):
        lines.add_line(
            deal=deal, by=alice, now=NOW, name=f"{LONG} № {number:02}", price=Decimal("1245900.50"),
            quantity=Decimal(3), discount=Decimal(number % 2 * 10), discount_kind="percent", vat_percent=Decimal(22),
        )  # fmt: skip
    invoice = services.create_invoice(deal=deal, by=alice, now=NOW, language=language)
    pages = pages_of(invoice)
    assert len(pages) > 2
    whole = " ".join(pages)
    assert all(f"№ {number:02}" in whole for number in range(60))
    head = words[-1].partition(",")[0]
    assert all(head in page for page in pages[:-1])
    assert all(word in whole for word in words)
    assert all(
        text in whole for text in ("ООО «Кофейня»", "7728168971", "40702810200000000001", "Гусева Ш. О.")
    )
    assert f"{len(pages)} / {len(pages)}" in pages[-1]


def test_payment_code_stands_on_the_paper_only_where_it_can_be_paid_by(scoped, deal, alice):
    lines.add_line(deal=deal, by=alice, now=NOW, name="Кофемашина", price=Decimal(1220))
    said = "Оплатите по коду"
    [page] = pages_of(services.create_invoice(deal=deal, by=alice, now=NOW, language="ru"))
    assert said in page
    [page] = pages_of(services.create_proposal(deal=deal, by=alice, now=NOW))
    assert said not in page


def test_columns_nobody_fills_in_take_no_room(scoped, deal, alice):
    lines.add_line(deal=deal, by=alice, now=NOW, name="Монтаж", price=Decimal(1220))
    bare = pages_of(services.create_proposal(deal=deal, by=alice, now=NOW, language="ru"))[0]
    assert not any(head in bare for head in ("Единица", "Скидка"))
    lines.add_line(
        deal=deal, by=alice, now=NOW, name="Кабель", price=Decimal(10), unit="м", discount=Decimal(1),
        discount_kind="percent",
    )  # fmt: skip
    full = pages_of(services.create_proposal(deal=deal, by=alice, now=NOW, language="ru"))[0]
    assert all(head in full for head in ("Единица", "Скидка"))
