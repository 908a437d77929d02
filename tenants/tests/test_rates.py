"""Currency rates: converted sums, rates typed in, the bank's XML."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from core import formats
from core.tenancy import tenant_scope
from tenants import tasks
from tenants.errors import OwnCurrency
from tenants.models import CurrencyRate, Tenant
from tenants.rates import bank, rates_on
from tenants.services import delete_rate, follow_bank, set_rate, take_bank_rates

DAY = dt.date(2026, 11, 17)
NOW = dt.datetime(2026, 11, 17, 9, tzinfo=dt.UTC)
XML = """\
<?xml version="1.0" encoding="windows-1251"?>
<ValCurs Date="17.11.2026" name="Foreign Currency Market">
<Valute ID="R1"><CharCode>USD</CharCode><Nominal>1</Nominal><Name>Доллар США</Name><Value>80,5000</Value></Valute>
<Valute ID="R2"><CharCode>KZT</CharCode><Nominal>100</Nominal><Name>Тенге</Name><Value>16,1000</Value></Valute>
<Valute ID="R3"><CharCode>XDR</CharCode><Nominal>1</Nominal><Name>СДР</Name><Value>100,1</Value></Valute>
</ValCurs>""".encode("windows-1251")


@pytest.fixture
def usd(scope, tenant, admin):
    return set_rate(tenant=tenant, by=admin, currency="USD", on=DAY, value=Decimal(80), now=NOW)


def test_sums_are_added_up_by_the_days_rate(scope, tenant, admin, usd):
    set_rate(tenant=tenant, by=admin, currency="EUR", on=DAY, value=Decimal(100), now=NOW)
    rates = rates_on(tenant, DAY)
    sums = {"RUB": Decimal(1000), "USD": Decimal(10), "EUR": Decimal(1)}
    found = rates.convert(sums, "RUB")
    assert (found.total, found.missing) == (Decimal(1900), ())
    assert [rate.currency for rate in found.used] == ["EUR", "USD"]
    assert rates.convert({"RUB": Decimal(160), "USD": Decimal(1)}, "USD").total == Decimal(3)


def test_nothing_is_added_up_without_a_rate(scope, tenant, usd):
    found = rates_on(tenant, DAY).convert({"RUB": Decimal(1), "USD": Decimal(1), "EUR": Decimal(1)}, "RUB")
    assert (found.total, found.missing) == (None, ("EUR",))


def test_one_currency_needs_no_rate(scope, tenant):
    found = rates_on(tenant, DAY).convert({"EUR": Decimal(5)}, "EUR")
    assert (found.total, found.used) == (Decimal(5), ())


def test_rate_holds_until_the_next_one_and_not_for_ever(scope, tenant, admin, usd):
    later = DAY + dt.timedelta(days=2)
    set_rate(tenant=tenant, by=admin, currency="USD", on=later, value=Decimal(81), now=NOW)
    assert rates_on(tenant, DAY + dt.timedelta(days=1)).known["USD"].value == 80
    assert rates_on(tenant, later).known["USD"].value == 81
    assert "USD" not in rates_on(tenant, later + dt.timedelta(days=40)).known
    assert "USD" not in rates_on(tenant, DAY - dt.timedelta(days=1)).known


def test_rates_of_another_base_count_for_nothing(scope, tenant, usd):
    tenant.currency = "EUR"
    assert rates_on(tenant, DAY).known == {}


def test_set_rate_refuses_the_own_currency_and_replaces_the_days(scope, tenant, admin, usd):
    with pytest.raises(OwnCurrency):
        set_rate(tenant=tenant, by=admin, currency="RUB", on=DAY, value=Decimal(1), now=NOW)
    set_rate(tenant=tenant, by=admin, currency="USD", on=DAY, value=Decimal(82), now=NOW)
    assert CurrencyRate.objects.get().value == 82
    delete_rate(rate=CurrencyRate.objects.get(), by=admin)
    assert not CurrencyRate.objects.exists()


def test_banks_xml_is_read_with_its_commas_and_nominals():
    day = bank.parse(XML)
    assert day.on == DAY
    assert day.rubles == {"USD": Decimal("80.5"), "KZT": Decimal("0.161"), "XDR": Decimal("100.1")}
    assert day.against("USD")["RUB"] == 1 / Decimal("80.5")
    assert day.against("AMD") == {}


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<html>",
        b"<ValCurs/>",
        XML.replace(b"80,5000", b"none"),
        XML.replace(b"80,5000", b"-1"),
        XML.replace(b"<Nominal>1</Nominal>", b"<Nominal>0</Nominal>"),
        b'<!DOCTYPE x [<!ENTITY e "e">]><ValCurs Date="17.11.2026">&e;</ValCurs>',
    ],
)
def test_what_is_no_rates_is_refused(xml):
    with pytest.raises(bank.BankError):
        bank.parse(xml)


def test_bank_rates_are_kept_once_and_leave_what_was_typed_in(scope, tenant, usd):
    assert take_bank_rates(tenant=tenant, day=bank.parse(XML), now=NOW) == 1
    assert take_bank_rates(tenant=tenant, day=bank.parse(XML), now=NOW) == 0
    kept = dict(CurrencyRate.objects.values_list("currency", "value"))
    assert kept == {"USD": Decimal(80), "KZT": Decimal("0.161")}
    tenant.refresh_from_db()
    assert tenant.bank_asked_at == NOW


def test_rates_are_taken_for_every_company_that_follows_the_bank(
    tenant, other_tenant, admin, charlie, monkeypatch
):
    with tenant_scope(tenant):
        follow_bank(tenant=tenant, by=admin, is_on=True)
    monkeypatch.setattr(bank, "fetch", lambda day=None: XML)
    assert tasks.take_rates_of_all() == 2
    with tenant_scope(other_tenant):
        assert not CurrencyRate.objects.exists()


def test_silence_of_the_bank_is_told_on_the_page(tenant, admin, client_of, monkeypatch):
    def silent(*args, **kwargs):
        raise httpx.ConnectTimeout("no answer")

    monkeypatch.setattr(httpx, "get", silent)
    assert tasks.take_rates(tenant_id=tenant.pk) == 0
    assert "ConnectTimeout" in Tenant.objects.get(pk=tenant.pk).bank_error
    assert "ConnectTimeout" in client_of(admin).get(reverse("tenants:rates")).content.decode()


def test_command_reads_a_saved_answer(tenant, tmp_path, capsys):
    saved = tmp_path / "daily.xml"
    saved.write_bytes(XML)
    call_command("load_rates", file=saved, tenant=tenant.slug)
    assert f"{tenant.slug}: 2 rates" in capsys.readouterr().out
    saved.write_bytes(b"<html>")
    with pytest.raises(CommandError):
        call_command("load_rates", file=saved, tenant=tenant.slug)


def test_rate_is_typed_in_and_deleted_in_the_browser(tenant, admin, client_of):
    client, today = client_of(admin), timezone.localdate().isoformat()
    page = reverse("tenants:rate_create")
    assert client.post(page, {"currency": "USD", "value": "0", "on": today}).status_code == 422
    assert client.post(page, {"currency": "USD", "value": "81,25", "on": today}).status_code == 302
    with tenant_scope(tenant):
        rate = CurrencyRate.objects.get()
    assert rate.value == Decimal("81.25")
    html = client.get(reverse("tenants:rates")).content.decode()
    assert "81,25" in html
    client.post(reverse("tenants:rate_delete", args=[rate.pk]))
    with tenant_scope(tenant):
        assert not CurrencyRate.objects.exists()


def test_rate_reads_with_as_many_signs_as_it_needs():
    assert formats.rate(Decimal("78.48120000")) in ("78.4812", "78,4812")
    assert formats.rate(Decimal("0.00512340"))[2:] in ("005123",)
