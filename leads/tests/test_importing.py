"""Loading leads: settled ones as history, open ones only when asked for, quietly; undo."""

from __future__ import annotations

import pytest
from django.utils import timezone

from activities.models import Activity, Notification
from contacts.importing import proposing
from contacts.importing.kinds import kind_of
from contacts.models import Contact
from contacts.tests.importing import brought, tally, undone
from core.tenancy import tenant_scope
from deals.models import RejectionReason
from leads.models import Lead
from leads.services import take_lead

pytestmark = pytest.mark.django_db
ROW = {"ID": "5", "Название лида": "Заявка с сайта", "Имя": "Евгений", "Фамилия": "Никифоров", "Мобильный телефон": "89162041877",
       "Рабочий e-mail": "e@example.com", "Название компании": "Роза", "Статус": "Не обработан", "Комментарий": "Хочу пионы",
       "Источник": "yandex", "Дата создания": "20.11.2024 10:00"}  # fmt: skip


def test_old_lead_becomes_its_clients_history_and_no_queue_knows(tenant, admin):
    assert tally(brought([ROW], admin, what="leads")) == (1, 0, 0, 0)
    with tenant_scope(tenant):
        lead = Lead.objects.get()
        assert (lead.state, lead.name, lead.phone) == ("converted", "Евгений Никифоров", "+79162041877")
        assert lead.received_at.year == 2024 and lead.utm_source == "yandex" and lead.source is None
        assert lead.contact.name == "Евгений Никифоров" and lead.company.name == "Роза"
        assert not Lead.objects.unsorted(now=timezone.now()).exists()
        assert not Notification.objects.exists() and lead.escalate_at is None
        inquiry = Activity.objects.get(lead=lead, kind="request")
        assert inquiry.text == "Хочу пионы" and inquiry.occurred_at == lead.received_at
        assert lead.quality != "" and "пионы" in lead.search_text


def test_open_leads_come_into_unsorted_when_asked_for(tenant, admin):
    rows = [ROW, ROW | {"ID": "6", "Статус": "Некачественный"}, ROW | {"ID": "7", "Статус": "Сконвертирован"}]
    done = brought(rows, admin, what="leads", extra={"open": "unsorted"})
    assert tally(done) == (3, 0, 0, 0)
    with tenant_scope(tenant):
        assert [lead.state for lead in Lead.objects.order_by("number")] == ["new", "rejected", "converted"]
        assert Lead.objects.unsorted(now=timezone.now()).count() == 1
        assert not Notification.objects.exists() and Contact.objects.count() == 1


def test_reason_of_a_rejection_is_read_or_chosen(tenant, admin):
    with tenant_scope(tenant):
        spam, other = (RejectionReason.objects.create(name=name) for name in ("Спам-рассылка", "Прочее"))
    rows = [
        ROW | {"ID": "1", "Статус": "Спам", "Причина": "спам-рассылка"},
        ROW | {"ID": "2", "Статус": "Спам", "Причина": ""},
    ]
    brought(rows, admin, what="leads", extra={"reason": str(other.pk)})
    with tenant_scope(tenant):
        assert [lead.rejection_reason for lead in Lead.objects.order_by("number")] == [spam, other]


def test_lead_is_loaded_once(tenant, admin):
    brought([ROW, ROW], admin, what="leads")
    assert tally(brought([ROW], admin, what="leads")) == (0, 0, 1, 0)
    with tenant_scope(tenant):
        assert Lead.objects.count() == 1


def test_row_that_says_nothing_is_a_mistake(tenant, admin):
    assert tally(brought([{"Статус": "Новый", "Имя": ""}], admin, what="leads")) == (0, 0, 0, 1)


def test_undo_leaves_leads_somebody_took(tenant, admin):
    rows = [ROW, ROW | {"ID": "6", "Мобильный телефон": "89031112233", "Рабочий e-mail": "", "Имя": "Анна"}]
    done = brought(rows, admin, what="leads", extra={"open": "unsorted"})
    with tenant_scope(tenant):
        take_lead(lead=Lead.objects.order_by("number").last(), by=admin, now=timezone.now())
    undone(done, admin)
    with tenant_scope(tenant):
        assert [lead.number for lead in Lead.objects.present()] == [2]
        assert list(Contact.objects.present().values_list("first_name", flat=True)) == ["Анна"]


def test_columns_of_bitrix_are_known(tenant, admin):
    heads = [
        "ID",
        "Название лида",
        "Обращение",
        "Имя",
        "Фамилия",
        "Отчество",
        "Имя, Фамилия",
        "Населенный пункт",
        "Рабочий телефон",
        "Номер факса",
        "Рабочий e-mail",
        "E-mail для рассылок",
        "Название компании",
        "Должность",
        "Комментарий",
        "Статус",
        "Источник",
        "Ответственный",
        "Дата создания",
    ]
    with tenant_scope(tenant):
        found = proposing.propose(kind_of("leads"), heads, [], region="RU")
    assert dict(zip(heads, found, strict=True)) == {
        "ID": "external", "Название лида": "subject", "Обращение": "text", "Имя": "contact_first_name",
        "Фамилия": "contact_last_name", "Отчество": "contact_middle_name", "Имя, Фамилия": "contact_name",
        "Населенный пункт": "region", "Рабочий телефон": "contact_phone", "Номер факса": "", "Рабочий e-mail": "contact_email",
        "E-mail для рассылок": "", "Название компании": "company_name", "Должность": "contact_position", "Комментарий": "text",
        "Статус": "status", "Источник": "source", "Ответственный": "owner", "Дата создания": "received_at",
    }  # fmt: skip
