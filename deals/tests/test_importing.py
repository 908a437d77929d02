"""Loading deals: stages and the gate, clients, numbers, undo."""

from __future__ import annotations

import pytest
from django.utils import timezone

from activities.models import Activity, Notification
from contacts.importing import proposing
from contacts.importing.kinds import kind_of
from contacts.importing.reporting import kept_of, mistakes_of
from contacts.models import Company, Contact
from contacts.tests.importing import brought, tally, undone
from core.tenancy import tenant_scope
from deals.models import Deal, Pipeline, RejectionReason, Stage, StageChange, StageRequirement
from deals.services import update_deal
from deals.setup import create_starter_pipeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def pipeline(tenant, admin) -> Pipeline:
    with tenant_scope(tenant):
        return create_starter_pipeline(name="Продажи", by=admin)


@pytest.fixture
def stage(tenant, pipeline) -> Stage:
    with tenant_scope(tenant):
        return Stage.objects.filter(pipeline=pipeline, kind="open").order_by("position").last()


def row(**more):
    return {"ID": "", "Название сделки": "Поставка", "Бюджет": "12 500,50 ₽", "Этап сделки": "", "Воронка": "",
            "Основной контакт": "Мария Тестова", "Рабочий телефон (контакт)": "'+79990000001'", "Компания контакта": "Роза",
            "Дата создания сделки": "20.11.2024 12:34:56", "Дата закрытия": "не закрыта",
            "Теги сделки": "опт"} | more  # fmt: skip


def test_deal_goes_into_its_stage_with_its_client(tenant, admin, pipeline, stage, bob):
    done = brought([row(**{"Этап сделки": stage.name, "Ответственный": bob.name})], admin, what="deals")
    assert tally(done) == (1, 0, 0, 0)
    with tenant_scope(tenant):
        deal = Deal.objects.get()
        assert (deal.stage, deal.pipeline, deal.amount, deal.currency) == (
            stage,
            pipeline,
            deal.amount,
            "RUB",
        )
        assert str(deal.amount) == "12500.50" and deal.owner == bob and deal.tags == ["опт"]
        assert deal.contact.name == "Мария Тестова" and deal.company.name == "Роза"
        assert deal.contact.companies.get() == deal.company
        assert deal.created_at.year == 2024 and deal.stage_entered_at == deal.created_at
        assert StageChange.objects.get().to_stage == stage
        assert {a.data["code"] for a in Activity.objects.filter(deal=deal)} == {"deal_created"}
        assert not Notification.objects.exists()


def test_closed_deals_are_closed_when_the_file_says(tenant, admin, pipeline):
    with tenant_scope(tenant):
        won = Stage.objects.get(pipeline=pipeline, kind="won")
        lost = Stage.objects.get(pipeline=pipeline, kind="lost")
        reason = RejectionReason.objects.create(name="Дорого")
    rows = [
        row(**{"Этап сделки": won.name, "Дата закрытия": "25.12.2024"}),
        row(**{"Этап сделки": won.name, "Бюджет": ""}),
        row(**{"Этап сделки": lost.name, "Причина отказа": "дорого"}),
        row(**{"Этап сделки": lost.name}),
    ]
    done = brought(rows, admin, what="deals")
    assert tally(done) == (2, 0, 0, 2)
    with tenant_scope(tenant):
        assert set(mistakes_of(done)) == {3, 5}
        deals = {deal.state: deal for deal in Deal.objects.all()}
        assert deals["won"].closed_at.date().isoformat() == "2024-12-24"
        assert deals["lost"].rejection_reason == reason
    assert (
        tally(
            brought(
                [row(**{"Этап сделки": lost.name})], admin, what="deals", extra={"reason": str(reason.pk)}
            )
        )[0]
        == 1
    )


def test_gate_demands_of_files_what_it_demands_of_people(tenant, admin, stage):
    with tenant_scope(tenant):
        StageRequirement.objects.create(stage=stage, field="city")
    rows = [row(**{"Этап сделки": stage.name, "Город": city}) for city in ("", "Тверь")]
    assert tally(brought(rows, admin, what="deals")) == (1, 0, 0, 1)
    with tenant_scope(tenant):
        assert Deal.objects.get().city == "Тверь"
        assert Contact.objects.count() == 1


@pytest.mark.parametrize("cells", [{"Этап сделки": "Нет такого"}, {"Воронка": "Луна"}, {"Бюджет": "много"}])
def test_unknown_words_are_mistakes(tenant, admin, pipeline, cells):
    assert tally(brought([row(**cells)], admin, what="deals")) == (0, 0, 0, 1)
    assert tally(brought([row(**cells)], admin, what="deals", is_lenient=True)) == (1, 0, 0, 0)


def test_one_client_of_many_deals_is_made_once(tenant, admin, pipeline):
    nameless = {"Рабочий телефон (контакт)": ""}
    rows = [
        row(),
        row(),
        row(**nameless),
        row(**nameless, **{"Основной контакт": "Пётр"}),
        row(**nameless, **{"Основной контакт": "Пётр"}),
    ]
    assert tally(brought(rows, admin, what="deals")) == (5, 0, 0, 0)
    with tenant_scope(tenant):
        assert set(Contact.objects.values_list("name", flat=True)) == {"Мария Тестова", "Пётр"}
        assert Company.objects.count() == 1
        assert list(Deal.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5]
        ranks = Deal.objects.order_by("number").values_list("rank", flat=True)
        assert list(ranks) == sorted(ranks, reverse=True)


def test_deal_is_known_again_by_its_number_there_or_here(tenant, admin, pipeline):
    brought([row(ID="23100001")], admin, what="deals")
    again = [row(ID="23100001", Бюджет="99")]
    assert tally(brought(again, admin, what="deals")) == (0, 0, 1, 0)
    assert tally(brought(again, admin, what="deals", policy="overwrite")) == (0, 1, 0, 0)
    assert tally(
        brought([{"Номер": "1", "Город": "Тверь"}, {"Номер": "7", "Город": "Х"}], admin, what="deals")
    ) == (0, 1, 0, 1)
    with tenant_scope(tenant):
        deal = Deal.objects.get()
        assert (deal.amount, deal.city) == (99, "Тверь")


def test_undo_takes_deals_and_their_clients_back(tenant, admin, pipeline):
    brought([row(ID="1")], admin, what="deals")
    fresh = {
        "Основной контакт": "Новый",
        "Рабочий телефон (контакт)": "89161112233",
        "Компания контакта": "Лилия",
    }
    rows = [row(ID="1", Бюджет="99"), row(ID="2", **fresh), row(ID="3")]
    done = brought(rows, admin, what="deals", policy="overwrite")
    with tenant_scope(tenant):
        kept = Deal.objects.order_by("-number").first()
        update_deal(deal=kept, by=admin, now=timezone.now(), city="Тверь")
    gone = undone(done, admin)
    with tenant_scope(tenant):
        assert [number for number, _why in kept_of(gone)] == [4]
        assert set(Deal.objects.present().values_list("number", flat=True)) == {1, 3}
        assert str(Deal.objects.get(number=1).amount) == "12500.50"
        assert list(Contact.objects.present().values_list("name", flat=True)) == ["Мария Тестова"]
        assert list(Company.objects.present().values_list("name", flat=True)) == ["Роза"]


def test_columns_of_amocrm_are_known(tenant, admin, pipeline):
    heads = [
        "ID",
        "Название сделки",
        "Ответственный",
        "Дата создания сделки",
        "Кем создана сделка",
        "Теги сделки",
        "Примечание",
        "Этап сделки",
        "Воронка",
        "Бюджет ₽",
        "Основной контакт",
        "Компания контакта",
        "Рабочий телефон (контакт)",
        "Факс (контакт)",
        "Рабочий email (контакт)",
        "Должность (контакт)",
        "utm_source",
        "gclid",
    ]
    with tenant_scope(tenant):
        found = proposing.propose(kind_of("deals"), heads, [], region="RU")
    assert found == [
        *(
            "external",
            "title",
            "owner",
            "created_at",
            "",
            "tags",
            "note",
            "stage",
            "pipeline",
            "amount",
            "contact_name",
        ),
        *("company_name", "contact_phone", "", "contact_email", "contact_position", "source", ""),
    ]
