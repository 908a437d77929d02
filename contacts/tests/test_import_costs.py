"""Costs from the files of advertising platforms: recognised, never doubled, put back by the undo."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from contacts.importing.platforms import platform_of
from contacts.models import CampaignSource, CostOrigin, Source, SourceCost
from contacts.sources import services
from contacts.tests.importing import brought, table, tally, undone, uploaded, work
from core.tenancy import tenant_scope

pytestmark = pytest.mark.django_db

# From memory of each platform's export; none was compared with a file of today
YANDEX = """Отчет за период 01.03.2026 - 02.03.2026
Дата;Название кампании;Показы;Клики;Расход (руб.);Ср. цена клика (руб.)
01.03.2026;Поиск;1000;50;1 234,50;24,69
02.03.2026;Поиск;800;40;1000,00;25,00
01.03.2026;РСЯ;5000;60;300,00;5,00
02.03.2026;РСЯ;4000;0;0,00;0
Итого;;10800;150;2534,50;16,90
""".encode("windows-1251")
VK = 'Дата,Название кампании,Показы,Клики,"Потрачено, ₽"\n2026-03-01,Весна,100,3,450.25\n2026-03-02,Весна,90,2,49.75\n'.encode()
GOOGLE = (
    "Campaign report\nMarch 1, 2026 - March 2, 2026\nDay\tCampaign\tCurrency code\tCost\tClicks\n"
    "2026-03-01\tBrand\tUSD\t1,200.50\t7\n2026-03-02\tBrand\tUSD\t10.00\t1\nTotal: Account\t\tUSD\t1,210.50\t8\n"
).encode("utf-16")
FILES = [
    (YANDEX, CostOrigin.YANDEX_DIRECT, (3, 0, 2, 0), "RUB", "2534.50"),
    (VK, CostOrigin.VK_ADS, (2, 0, 0, 0), "RUB", "500.00"),
    (GOOGLE, CostOrigin.GOOGLE_ADS, (2, 0, 1, 0), "USD", "1210.50"),
]


def spent(tenant):
    with tenant_scope(tenant):
        return sum(SourceCost.objects.values_list("amount", flat=True), Decimal(0))


@pytest.mark.parametrize(("data", "origin", "figures", "currency", "total"), FILES)
def test_file_of_a_platform_is_recognised_and_loaded_once(
    tenant, admin, data, origin, figures, currency, total
):
    assert tally(brought(data, admin, what="costs")) == figures
    with tenant_scope(tenant):
        costs = list(SourceCost.objects.order_by("starts_on"))
        assert {cost.origin for cost in costs} == {origin} and {cost.currency for cost in costs} == {currency}
        assert costs[0].starts_on == costs[0].ends_on == dt.date(2026, 3, 1)
    assert spent(tenant) == Decimal(total)
    again = tally(brought(data, admin, what="costs"))
    assert again == (0, 0, sum(figures), 0) and spent(tenant) == Decimal(total)


def test_corrected_amount_replaces_and_undo_puts_it_back(tenant, admin):
    first = brought([{"Дата": "01.03.2026", "Кампания": "А", "Расход": "100"}], admin, what="costs")
    second = brought([{"Дата": "01.03.2026", "Кампания": "А", "Расход": "120"}], admin, what="costs")
    assert tally(second) == (0, 1, 0, 0) and spent(tenant) == 120
    undone(second, admin)
    assert spent(tenant) == 100
    undone(first, admin)
    assert spent(tenant) == 0


def test_undo_leaves_what_a_later_file_has_changed(tenant, admin):
    first = brought([{"Дата": "01.03.2026", "Кампания": "А", "Расход": "100"}], admin, what="costs")
    brought([{"Дата": "01.03.2026", "Кампания": "А", "Расход": "120"}], admin, what="costs")
    assert undone(first, admin).report["undo"]["kept"] == 1 and spent(tenant) == 120


def test_rows_of_one_day_are_told_apart_or_refused(tenant, admin):
    rows = [
        {"Дата": "01.03.2026", "Кампания": "А", "Группа": group, "Расход": "5"}
        for group in ("one", "two", "one")
    ]
    assert tally(brought(rows, admin, what="costs")) == (2, 0, 0, 1)
    whole = [{"Дата": "01.03.2026", "Кампания": "А", "Расход": "10"}]
    assert tally(brought(whole, admin, what="costs")) == (0, 0, 0, 1), "the same day in another breakdown"
    month = [{"Начало": "01.02.2026", "Конец": "31.03.2026", "Кампания": "А", "Расход": "900"}]
    assert tally(brought(month, admin, what="costs")) == (0, 0, 0, 1)
    assert spent(tenant) == 10


@pytest.mark.parametrize(
    "row",
    [
        {"Кампания": "А", "Расход": "5"},
        {"Дата": "позавчера", "Кампания": "А", "Расход": "5"},
        {"Дата": "01.03.2026", "Кампания": "А", "Расход": "-5"},
        {"Дата": "01.03.2026", "Кампания": "А", "Расход": "много"},
        {"Начало": "01.03.2026", "Конец": "01.02.2026", "Кампания": "А", "Расход": "5"},
        {"Начало": "01.03.2020", "Конец": "01.02.2026", "Кампания": "А", "Расход": "5"},
        {"Дата": "01.03.2026", "Кампания": "А", "Расход": "5", "Источник": "Неведомый"},
    ],
)
def test_row_that_says_nothing_sure_is_a_mistake(tenant, admin, row):
    assert tally(brought([row], admin, what="costs")) == (0, 0, 0, 1)
    assert spent(tenant) == 0


def test_campaign_finds_its_source_and_is_remembered(tenant, admin):
    with tenant_scope(tenant):
        named, chosen, usual = (Source.objects.create(name=name) for name in ("Весна", "Чат", "Прочее"))
    brought(
        [{"Дата": "01.03.2026", "Кампания": name, "Расход": "5"} for name in ("весна", "Лето")],
        admin,
        what="costs",
    )
    with tenant_scope(tenant):
        assert dict(SourceCost.objects.values_list("campaign", "source")) == {"весна": named.pk, "Лето": None}
        origin = SourceCost.objects.first().origin
        services.set_campaign_source(origin=origin, campaign="Лето", source=chosen, by=admin)
        assert SourceCost.objects.get(campaign="Лето").source == chosen
    rows = [{"Дата": "02.03.2026", "Кампания": name, "Расход": "6"} for name in ("Лето", "Осень")]
    brought(rows, admin, what="costs", source=str(usual.pk))
    with tenant_scope(tenant):
        later = SourceCost.objects.filter(starts_on=dt.date(2026, 3, 2))
        assert dict(later.values_list("campaign", "source")) == {"Лето": chosen.pk, "Осень": usual.pk}
        services.set_campaign_source(origin=origin, campaign="Лето", source=None, by=admin)
        assert not CampaignSource.objects.exists()
        assert not SourceCost.objects.filter(campaign="Лето").exclude(source=None).exists()


def test_source_that_is_deleted_leaves_its_costs(tenant, admin):
    with tenant_scope(tenant):
        Source.objects.create(name="Весна")
    brought([{"Дата": "01.03.2026", "Кампания": "Весна", "Расход": "5"}], admin, what="costs")
    with tenant_scope(tenant):
        Source.objects.get().delete()
        assert SourceCost.objects.get().source is None


def test_pages_of_campaigns_and_columns(tenant, admin, alice, client_of):
    browser = client_of(admin)
    brought([{"Дата": "01.03.2026", "Кампания": "Лето & море", "Расход": "5"}], admin, what="costs")
    with tenant_scope(tenant):
        source = Source.objects.create(name="Чат")
    page = browser.get(reverse("tenants:campaigns")).content.decode()
    assert "Лето &amp; море" in page
    query = urlencode({"origin": "yandex_direct", "campaign": "Лето & море"})
    address = f"{reverse('tenants:campaign_source')}?{query}"
    assert browser.post(address, {"source": str(source.pk)}).status_code == 302
    with tenant_scope(tenant):
        assert SourceCost.objects.get().source == source
    assert browser.get(reverse("tenants:campaign_source")).status_code == 404
    assert client_of(alice).get(reverse("tenants:campaigns")).status_code == 403
    made = uploaded(table([{"Дата": "02.03.2026", "Кампания": "А", "Расход": "5"}]), admin, what="costs")
    columns = browser.get(reverse("contacts:import_columns", args=[made.pk])).content.decode()
    assert 'name="extra_platform"' in columns and 'name="policy"' not in columns
    given = {f"column_{place}": name for place, name in enumerate(made.mapping)}
    answer = browser.post(
        reverse("contacts:import_columns", args=[made.pk]), given | {"extra_platform": "vk_ads", "source": ""}
    )
    assert answer.status_code == 302
    with tenant_scope(tenant):
        made.refresh_from_db()
        assert made.options["extra"] == {"platform": "vk_ads"}
    assert work(made).report["check"]["created"] == 1


def test_platforms_are_told_by_their_columns():
    assert platform_of(["Day", "Campaign", "Currency code", "Cost"]) == CostOrigin.GOOGLE_ADS
    assert platform_of(["Дата", "Списано"]) == CostOrigin.VK_ADS
    assert platform_of(["Date", "CampaignName", "Cost"]) == CostOrigin.YANDEX_DIRECT
    assert platform_of(["Дата", "Затраты"]) == CostOrigin.FILE
