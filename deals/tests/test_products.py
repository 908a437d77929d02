"""The catalogue, price lists and lines: what they do to a deal, and what they refuse."""

from __future__ import annotations

import struct
import zlib
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from activities.models import Activity
from contacts.models import Company
from core.tenancy import tenant_scope
from deals.errors import NotAllowed
from deals.models import Deal, DealLine, DocumentSettings, ListPrice, Product
from deals.products import lines, services
from deals.products.errors import (
    CurrencyHeldByLines,
    DiscountTooLarge,
    LineGone,
    NotAPicture,
    OtherCurrency,
    SkuTaken,
    SumTooLarge,
    WrongPriceList,
)
from deals.services import update_deal
from deals.tests.conftest import NOW

HTMX = {"HX-Request": "true"}


def png(width: int = 2, height: int = 2) -> bytes:
    """A red picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff\0\0" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def make_product(tenant, alice):
    def make(name: str = "Boiler", **values) -> Product:
        with tenant_scope(tenant):
            return services.create_product(
                by=alice, now=NOW, name=name, **({"price": Decimal(1000), "unit": "pcs"} | values)
            )

    return make


@pytest.fixture
def deal(make_deal) -> Deal:
    return make_deal()


@pytest.fixture
def scoped(tenant):
    with tenant_scope(tenant):
        yield


def fresh(deal: Deal) -> Deal:
    return Deal.objects.get(pk=deal.pk)


def add(deal, alice, **values) -> DealLine:
    return lines.add_line(deal=deal, by=alice, now=NOW, **({"name": "Work", "price": Decimal(500)} | values))


# --- Lines -------------------------------------------------------------------------------------------
def test_first_line_of_a_deal_without_an_amount_makes_the_amount_follow(scoped, deal, alice, make_product):
    line = lines.add_line(
        deal=deal, by=alice, now=NOW, product=make_product(vat_percent=Decimal(20)), quantity=Decimal(2)
    )
    assert (line.name, line.unit, line.price, line.vat_percent) == ("Boiler", "pcs", 1000, 20)
    found = fresh(deal)
    assert (found.amount, found.is_amount_of_lines) == (2000, True)
    lines.update_line(line=line, by=alice, now=NOW, discount=Decimal(10))
    assert fresh(deal).amount == 1800
    lines.remove_line(line=line, by=alice, now=NOW)
    assert fresh(deal).amount == 0
    codes = [entry.data for entry in Activity.objects.filter(deal=deal, data__code="lines_changed")]
    assert {entry["act"] for entry in codes} == {"added", "changed", "removed"}


def test_amount_set_by_hand_stays_until_it_is_let_follow(scoped, make_deal, alice):
    deal = make_deal(amount=Decimal(777))
    add(deal, alice)
    assert (fresh(deal).amount, fresh(deal).is_amount_of_lines) == (777, False)
    lines.set_terms(deal=deal, by=alice, now=NOW, is_amount_of_lines=True)
    assert fresh(deal).amount == 500
    update_deal(deal=deal, by=alice, now=NOW, amount=Decimal(900))
    assert (fresh(deal).amount, fresh(deal).is_amount_of_lines) == (900, False)


def test_tax_on_top_changes_the_amount(scoped, deal, alice):
    add(deal, alice, price=Decimal(100), vat_percent=Decimal(22))
    assert fresh(deal).amount == 100
    lines.set_terms(deal=deal, by=alice, now=NOW, is_tax_included=False)
    assert fresh(deal).amount == 122


def test_currencies_never_mix_silently(scoped, deal, alice, make_product):
    euros = make_product(name="Grinder", currency="EUR")
    with pytest.raises(OtherCurrency):
        lines.add_line(deal=deal, by=alice, now=NOW, product=euros)
    assert not DealLine.objects.exists()
    lines.add_line(deal=deal, by=alice, now=NOW, product=euros, price=Decimal(90_000))
    with pytest.raises(CurrencyHeldByLines):
        update_deal(deal=deal, by=alice, now=NOW, currency="EUR")
    assert fresh(deal).currency == "RUB"


def test_price_list_gives_the_price_and_the_catalogue_the_rest(scoped, deal, alice, make_product):
    boiler, grinder = make_product(), make_product(name="Grinder", price=Decimal(50))
    wholesale = services.create_price_list(by=alice, name="Wholesale", currency="RUB")
    services.set_price(price_list=wholesale, product=boiler, by=alice, price=Decimal(800))
    lines.choose_price_list(deal=deal, price_list=wholesale, by=alice, now=NOW)
    deal = fresh(deal)
    assert lines.add_line(deal=deal, by=alice, now=NOW, product=boiler).price == 800
    assert lines.add_line(deal=deal, by=alice, now=NOW, product=grinder).price == 50
    services.set_price(price_list=wholesale, product=boiler, by=alice, price=None)
    assert not ListPrice.objects.exists()
    dollars = services.create_price_list(by=alice, name="Dollars", currency="USD")
    with pytest.raises(WrongPriceList):
        lines.choose_price_list(deal=deal, price_list=dollars, by=alice, now=NOW)


def test_price_list_for_clients_of_a_kind_is_suggested(scoped, make_deal, alice):
    chain = Company.objects.create(name="Chain", client_type="chain")
    made_for_them = services.create_price_list(by=alice, name="Chains", currency="RUB", client_type="chain")
    assert lines.suggested_price_list(make_deal(company=chain)) == made_for_them
    assert lines.suggested_price_list(make_deal()) is None


def test_what_lines_refuse(scoped, deal, alice, bob):
    with pytest.raises(DiscountTooLarge):
        add(deal, alice, discount=Decimal(501), discount_kind="money")
    with pytest.raises(DiscountTooLarge):
        add(deal, alice, discount=Decimal(101))
    with pytest.raises(SumTooLarge):
        add(deal, alice, price=Decimal(999_999_999_999), quantity=Decimal(2))
    with pytest.raises(NotAllowed):
        add(deal, bob)
    line = add(deal, alice)
    lines.remove_line(line=line, by=alice, now=NOW)
    lines.remove_line(line=line, by=alice, now=NOW)
    with pytest.raises(LineGone):
        lines.update_line(line=line, by=alice, now=NOW, quantity=Decimal(2))


def test_lines_together_may_not_exceed_an_amount(scoped, deal, alice):
    add(deal, alice, price=Decimal(999_999_999_999))
    with pytest.raises(SumTooLarge):
        add(deal, alice, price=Decimal(999_999_999_999))
    assert DealLine.objects.count() == 1


def test_lines_change_places(scoped, deal, alice):
    for name in "abc":
        add(deal, alice, name=name)
    lines.move_line(line=DealLine.objects.get(name="c"), by=alice, now=NOW, step=-1)
    assert list(DealLine.objects.values_list("name", flat=True)) == ["a", "c", "b"]


# --- Catalogue ---------------------------------------------------------------------------------------
def test_article_is_of_one_product(scoped, alice, make_product):
    make_product(sku="AB-1")
    with pytest.raises(SkuTaken):
        make_product(name="Other", sku="ab-1")
    make_product(name="Without"), make_product(name="Without too")
    assert lines.find_product("ab-1").name == "Boiler"
    assert lines.find_product("boiler").sku == "AB-1"
    assert lines.find_product("nothing") is None


def test_picture_is_a_picture_or_is_refused(scoped, alice, make_product):
    product = services.set_picture(product=make_product(), by=alice, data=png())
    assert product.picture_type == "image/png"
    for data in (b"GIF89a", b"<svg/>", png()[:40], png(4001, 1)[:33] + b"x", b"\xff\xd8\xff\xe0"):
        with pytest.raises(NotAPicture):
            services.set_picture(product=product, by=alice, data=data)
    assert services.set_picture(product=product, by=alice, data=b"").picture_key == ""


# --- Pages -------------------------------------------------------------------------------------------
def test_line_is_added_and_changed_on_its_page(tenant, deal, alice, bob, client_of, make_product):
    product = make_product(vat_percent=Decimal(10))
    page = reverse("deals:lines_create", args=[deal.pk])
    assert client_of(bob).get(page).status_code == 404
    answer = client_of(alice).post(page, {"product": product.pk, "quantity": "2,5"}, headers=HTMX)
    assert answer.status_code == 204
    with tenant_scope(tenant):
        line = DealLine.objects.get()
        assert (line.product, line.quantity, line.price, line.vat_percent) == (
            product,
            Decimal("2.5"),
            1000,
            10,
        )
    form = {"name": "Boiler XL", "quantity": "1", "price": "1 200,50", "discount": "", "vat": "none"}
    assert client_of(alice).post(reverse("deals:line", args=[line.pk]), form).status_code == 302
    with tenant_scope(tenant):
        line.refresh_from_db()
        assert (line.name, line.price, line.vat_percent) == ("Boiler XL", Decimal("1200.50"), None)
    panel = client_of(alice).get(reverse("deals:lines", args=[deal.pk]), headers=HTMX).content.decode()
    assert "Boiler XL" in panel
    assert "1 200,50" in panel.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    "form",
    [
        {"quantity": "1"},
        {"name": "Work", "quantity": "1"},
        {"name": "Work", "quantity": "0", "price": "5"},
        {"name": "Work", "quantity": "1", "price": "5", "discount": "101"},
        {"name": "Work", "quantity": "1", "price": "5", "discount": "6", "discount_kind": "money"},
        {"name": "Work", "quantity": "1", "price": "5", "vat": "17"},
    ],
)
def test_line_form_says_what_is_wrong(tenant, form, deal, alice, client_of):
    answer = client_of(alice).post(reverse("deals:lines_create", args=[deal.pk]), form)
    assert answer.status_code == 422
    with tenant_scope(tenant):
        assert not DealLine.objects.exists()


def test_rates_of_vat_are_the_tenants(tenant, deal, alice, client_of):
    page = reverse("deals:lines_create", args=[deal.pk])
    assert 'value="22"' in client_of(alice).get(page).content.decode()
    with tenant_scope(tenant):
        DocumentSettings.objects.create(vat_rates=[Decimal(12)])
    html = client_of(alice).get(page).content.decode()
    assert 'value="12"' in html
    assert 'value="22"' not in html


def test_catalogue_is_set_up_by_those_who_set_up(tenant, admin, alice, client_of, make_product):
    product = make_product()
    page = reverse("deals:product", args=[product.pk])
    assert client_of(alice).post(page, {"name": "x"}).status_code == 403
    assert "Boiler" in client_of(alice).get(page).content.decode()
    form = {
        "name": "Boiler 2", "kind": "goods", "price": "5", "currency": "RUB", "vat": "20",
        "picture": SimpleUploadedFile("a.png", png(), "image/png"),
    }  # fmt: skip
    assert client_of(admin).post(page, form).status_code == 302
    with tenant_scope(tenant):
        product.refresh_from_db()
    assert (product.name, product.vat_percent, product.picture_type) == ("Boiler 2", 20, "image/png")
    picture = client_of(alice).get(reverse("deals:product_picture", args=[product.pk]))
    assert picture["Content-Type"] == "image/png"
    refused = form | {"picture": SimpleUploadedFile("a.png", b"no picture", "image/png")}
    assert client_of(admin).post(page, refused).status_code == 422


def test_archived_products_are_not_listed_nor_offered(tenant, admin, client_of, make_product):
    product = make_product()
    client_of(admin).post(reverse("deals:product_archive", args=[product.pk]))
    listed = client_of(admin).get(reverse("deals:products")).content.decode()
    assert reverse("deals:product", args=[product.pk]) not in listed
    archived = client_of(admin).get(reverse("deals:products") + "?is_archived=1").content.decode()
    assert reverse("deals:product", args=[product.pk]) in archived
    assert client_of(admin).get(reverse("deals:product_options") + "?q=boil").json() == []
