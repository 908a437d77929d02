"""Pages of working hours: weeks, the rota, absences, holidays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conftest import make_member
from core.tenancy import tenant_scope
from tenants.hours import book_of
from tenants.hours.words import week_text
from tenants.models import Absence, Department, DutyShift, Holiday, Membership, Role, Tenant, WorkSchedule

SignIn = Callable[[Membership], Client]
pytestmark = pytest.mark.django_db
WEEK = {f"d{day}_1_{side}": value for day in range(5) for side, value in (("from", "10:00"), ("to", "19:00"))}
PAGES = ("hours", "hours_company", "holidays", "holiday_create", "absences", "absence_create", "rota")


def fresh_book(tenant: Tenant) -> Any:
    with tenant_scope(tenant):
        return book_of(Tenant.objects.get(pk=tenant.pk), now=timezone.now())


@pytest.mark.parametrize("name", PAGES)
def test_page_opens(client_of: SignIn, admin: Membership, alice: Membership, name: str) -> None:
    page = client_of(admin).get(reverse(f"tenants:{name}"))
    assert page.status_code == 200


def test_company_week_is_set_with_a_break_and_a_night(client_of: SignIn, admin: Membership) -> None:
    data = WEEK | {"d0_1_to": "13:00", "d0_2_from": "14:00", "d0_2_to": "19:00", "lead_capacity": "25"}
    data |= {"d5_1_from": "22:00", "d5_1_to": "06:00", "d6_1_from": "00:00", "d6_1_to": "00:00"}
    response = client_of(admin).post(reverse("tenants:hours_company"), data)
    assert response.status_code == 302
    book = fresh_book(admin.tenant)
    assert book.company.week == (
        ((600, 780), (840, 1140)),
        *(((600, 1140),),) * 4,
        ((1320, 1800),),
        ((0, 1440),),
    )
    assert book.company_terms.lead_capacity == 25
    html = client_of(admin).get(reverse("tenants:hours_company")).content.decode()
    assert 'value="14:00"' in html and 'value="22:00"' in html and 'value="06:00"' in html


def test_half_a_stretch_and_stretches_that_overlap_are_told_at_once(
    client_of: SignIn, admin: Membership
) -> None:
    url = reverse("tenants:hours_company")
    half = client_of(admin).post(url, WEEK | {"d0_1_to": ""})
    assert half.status_code == 422 and 'id="id_d0_1_to_err"' in half.content.decode()
    crowded = client_of(admin).post(url, WEEK | {"d0_2_from": "12:00", "d0_2_to": "20:00"})
    assert crowded.status_code == 422


def test_person_goes_back_to_the_hours_of_the_department(
    client_of: SignIn, admin: Membership, alice: Membership
) -> None:
    client = client_of(admin)
    url = reverse("tenants:hours_member", args=[alice.pk])
    client.post(url, WEEK | {"hours": "week", "time_zone": "Asia/Omsk"})
    assert fresh_book(alice.tenant).of(alice).zone.key == "Asia/Omsk"
    client.post(reverse("tenants:hours_department", args=[alice.department_id]), WEEK | {"hours": "week"})
    client.post(url, {"hours": "inherited", "time_zone": ""})
    assert fresh_book(alice.tenant).of(alice).week[0] == ((600, 1140),)
    client.post(url, {"hours": "rota", "time_zone": ""})
    assert not any(fresh_book(alice.tenant).of(alice).week)
    html = client.get(reverse("tenants:hours")).content.decode()
    assert "дежурств" in html


def test_hours_cost_the_same_for_few_and_many_people(
    client_of: SignIn, admin: Membership, tenant: Tenant
) -> None:
    client = client_of(admin)

    def cost(name: str) -> int:
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    pages = ("tenants:hours", "tenants:rota", "tenants:absences", "tenants:holidays")
    few = [cost(name) for name in pages]
    today = timezone.localdate()
    for number in range(12):
        member = make_member(tenant, f"Person{number}", Role.Code.MANAGER)
        with tenant_scope(tenant):
            Department.objects.create(name=f"Team {number}")
            Absence.objects.create(member=member, starts_on=today, ends_on=today, substitute=admin)
            DutyShift.objects.create(member=member, on=today, starts_min=0, ends_min=60)
            Holiday.objects.create(on=today + dt.timedelta(days=number), name="Rest")
    assert [cost(name) for name in pages] == few


def test_rota_day_is_set_changed_and_emptied(client_of: SignIn, admin: Membership, alice: Membership) -> None:
    client, day = client_of(admin), timezone.localdate()
    url = f"{reverse('tenants:rota_day', args=[alice.pk])}?day={day.isoformat()}"
    assert client.get(url).status_code == 200
    assert client.post(url, {"s1_from": "22:00", "s1_to": "06:00", "lead_capacity": "3"}).status_code == 302
    assert "22:00–06:00" in client.get(reverse("tenants:rota")).content.decode()
    assert 'value="22:00"' in client.get(url).content.decode()
    client.post(url, {"s1_from": "", "s1_to": ""})
    with tenant_scope(alice.tenant):
        assert not DutyShift.objects.exists()


@pytest.mark.parametrize("day", ["", "nonsense", "2026-02-30", "9999-12-31", "0001-01-01"])
def test_day_nobody_plans_is_missing_and_its_week_is_this_one(
    client_of: SignIn, admin: Membership, alice: Membership, day: str
) -> None:
    client = client_of(admin)
    assert client.get(reverse("tenants:rota_day", args=[alice.pk]), {"day": day}).status_code == 404
    assert client.get(reverse("tenants:rota"), {"day": day, "department": day}).status_code == 200
    assert client.post(reverse("tenants:rota_copy"), {"monday": day}).status_code == 404


def test_week_before_is_copied(client_of: SignIn, admin: Membership, alice: Membership) -> None:
    today = timezone.localdate()
    with tenant_scope(alice.tenant):
        DutyShift.objects.create(member=alice, on=today - dt.timedelta(days=7), starts_min=0, ends_min=60)
    page = client_of(admin).post(reverse("tenants:rota_copy"), {"monday": today.isoformat()}, follow=True)
    assert "00:00–01:00" in page.content.decode()


def test_rota_shows_who_is_away_and_only_the_chosen_department(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant
) -> None:
    today = timezone.localdate()
    with tenant_scope(tenant):
        Absence.objects.create(member=alice, starts_on=today, ends_on=today)
        other = Department.objects.create(name="Elsewhere")
    client = client_of(admin)
    assert "rota-away" in client.get(reverse("tenants:rota")).content.decode()
    html = client.get(reverse("tenants:rota"), {"department": str(other.pk)}).content.decode()
    assert "rota-away" not in html and 'class="nothing"' in html


def test_absence_is_entered_changed_and_deleted(
    client_of: SignIn, admin: Membership, alice: Membership, bob: Membership
) -> None:
    client, today = client_of(admin), timezone.localdate()
    data = {
        "member": alice.pk,
        "starts_on": today.isoformat(),
        "ends_on": (today + dt.timedelta(days=5)).isoformat(),
        "kind": "sick",
        "substitute": bob.pk,
    }
    assert client.post(reverse("tenants:absence_create"), data).status_code == 302
    again = client.post(reverse("tenants:absence_create"), data)
    assert again.status_code == 422  # overlaps
    with tenant_scope(alice.tenant):
        absence = Absence.objects.get()
    url = reverse("tenants:absence", args=[absence.pk])
    assert client.post(url, data | {"kind": "trip", "substitute": ""}).status_code == 302
    with tenant_scope(alice.tenant):
        assert Absence.objects.get().kind == "trip" and Absence.objects.get().substitute is None
    assert "Alice" in client.get(reverse("tenants:absences")).content.decode()
    client.post(reverse("tenants:absence_delete", args=[absence.pk]))
    assert 'class="nothing"' in client.get(reverse("tenants:absences"), {"past": "1"}).content.decode()
    with tenant_scope(alice.tenant):
        assert not Absence.objects.exists()


def test_public_holidays_fill_the_year(client_of: SignIn, admin: Membership) -> None:
    client = client_of(admin)
    page = client.post(reverse("tenants:holidays_fill"), {"country": "RU", "year": "2026"}, follow=True)
    assert "День России" in page.content.decode()
    with tenant_scope(admin.tenant):
        holiday = Holiday.objects.get(on=dt.date(2026, 6, 12))
    url = reverse("tenants:holiday", args=[holiday.pk])
    client.post(url, {"on": "2026-06-12", "name": "Moved", "is_working": "on"})
    assert client.post(url, {"on": "2026-01-01", "name": "Taken"}).status_code == 422
    client.post(reverse("tenants:holiday_create"), {"on": "2026-07-01", "name": "Ours"})
    with tenant_scope(admin.tenant):
        assert Holiday.objects.get(pk=holiday.pk).is_working
        assert Holiday.objects.filter(name="Ours").exists()
    client.post(reverse("tenants:holiday_delete", args=[holiday.pk]))
    with tenant_scope(admin.tenant):
        assert not Holiday.objects.filter(pk=holiday.pk).exists()
    assert client.post(reverse("tenants:holidays_fill"), {"country": "XX", "year": "x"}).status_code == 302


def test_dismissed_people_have_no_duty_and_no_row(
    client_of: SignIn, admin: Membership, alice: Membership
) -> None:
    with tenant_scope(alice.tenant):
        Membership.objects.filter(pk=alice.pk).update(is_active=False)
    client, day = client_of(admin), timezone.localdate().isoformat()
    assert client.get(reverse("tenants:rota_day", args=[alice.pk]), {"day": day}).status_code == 404
    assert "Alice" not in client.get(reverse("tenants:hours")).content.decode()


@pytest.mark.parametrize(
    ("week", "text"),
    [
        ((((540, 1080),),) * 5 + ((),) * 2, "Mon–Fri 09:00–18:00"),
        ((((540, 1080),),) * 2 + ((),) * 5, "Mon, Tue 09:00–18:00"),
        ((((0, 1440),),) * 7, "every day around the clock"),
        (
            (((540, 780), (840, 1080)),) + ((),) * 5 + (((600, 900),),),
            "Mon 09:00–13:00, 14:00–18:00; Sun 10:00–15:00",
        ),
        (((),) * 7, "no hours"),
    ],
)
def test_week_is_said_in_a_line(week: Any, text: str) -> None:
    from django.utils import translation

    with translation.override("en"):
        assert week_text(week) == text


def test_settings_without_a_schedule_stay_as_they_were(admin: Membership) -> None:
    with tenant_scope(admin.tenant):
        assert not WorkSchedule.objects.exists()
    assert fresh_book(admin.tenant).company.week[0] == ((540, 1080),)
