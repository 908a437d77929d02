"""Reports as files, saved under names, and sent on a schedule."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from core.tenancy import tenant_scope
from reports import schedules
from reports.models import Recipient, Schedule
from reports.tasks import send_reports, send_scheduled
from tenants.mail import send_due as send_letters
from tenants.models import Membership, OutgoingLetter, SavedView, Tenant

SignIn = Callable[[Membership], Client]
MONDAY = dt.datetime(2026, 11, 16, 5, 0, tzinfo=dt.UTC)  # 8:00 in Moscow


@pytest.fixture(autouse=True)
def _as_kept(tenant: Tenant) -> None:
    tenant.refresh_from_db()


@pytest.fixture
def leads(make_lead: Any, directories: dict[str, Any], alice: Membership) -> None:
    for _index in range(3):
        make_lead(source=directories["ads"], taken_by=alice)
    make_lead(source=directories["word"], quality="repeat")


def _schedule(tenant: Tenant, by: Membership, *people: Membership, **fields: Any) -> Schedule:
    values = {
        "page": "reports:quality",
        "query": "period=all",
        "name": "Quality on Mondays",
        "at": dt.time(9),
    }
    with tenant_scope(tenant):
        return schedules.save_schedule(
            Schedule(**values | fields), recipients=people or [by], by=by, now=MONDAY
        )


def test_workbook_tells_what_was_asked_and_has_formats_totals_and_a_chart(
    client_of: SignIn, admin: Membership, leads: None
) -> None:
    answer = client_of(admin).get(reverse("reports:quality") + "?period=all&quality=targeted&format=xlsx")
    sheet: Any = load_workbook(io.BytesIO(answer.content)).active
    words = [str(row[0].value) for row in sheet.iter_rows(max_row=4)]
    assert any("Целевой" in line for line in words)
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert rows[-1][1] == 3 and sheet.cell(sheet.max_row, 2).font.bold
    assert sheet.cell(sheet.max_row, 2).number_format == "#,##0"
    assert len(sheet._charts) == 1


def test_pdf_is_set_and_takes_no_markup(client_of: SignIn, admin: Membership, make_lead: Any) -> None:
    make_lead(campaign="#panic() *bold* $x$ [")
    answer = client_of(admin).get(reverse("reports:quality") + "?period=all&by=campaign&format=pdf")
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF")


def test_csv_has_no_words_around_the_table(client_of: SignIn, admin: Membership, leads: None) -> None:
    answer = client_of(admin).get(reverse("reports:quality") + "?period=all&format=csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("Ads;3;3;") and len(lines) == 4


def test_report_is_saved_under_a_name_and_opened(
    client_of: SignIn, admin: Membership, tenant: Tenant
) -> None:
    client = client_of(admin)
    wish = {
        "page": "reports:quality",
        "query": "period=month&by=channel",
        "name": "Channels",
        "is_shared": "on",
    }
    client.post(reverse("tenants:list_view_save"), wish)
    with tenant_scope(tenant):
        view = SavedView.objects.get()
    page = client.get(
        reverse("reports:quality") + f"?period=month&by=channel&view={view.pk}"
    ).content.decode()
    assert "Channels" in page and 'aria-current="page">' in page
    assert "Channels" in client.get(reverse("reports:index")).content.decode()
    assert client.post(reverse("tenants:list_view_save"), wish | {"page": "reports:index"}).status_code == 404


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cadence": "day"}, dt.datetime(2026, 11, 16, 6, tzinfo=dt.UTC)),
        ({"cadence": "day", "at": dt.time(7)}, dt.datetime(2026, 11, 17, 4, tzinfo=dt.UTC)),
        ({"cadence": "week", "weekday": 2}, dt.datetime(2026, 11, 18, 6, tzinfo=dt.UTC)),
        ({"cadence": "week", "weekday": 0, "at": dt.time(7)}, dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)),
        ({"cadence": "month", "day": 1}, dt.datetime(2026, 12, 1, 6, tzinfo=dt.UTC)),
    ],
)
def test_next_time_is_by_the_companys_clock(
    tenant: Tenant, admin: Membership, fields: dict[str, Any], expected: dt.datetime
) -> None:
    assert _schedule(tenant, admin, **fields).next_at == expected


def test_working_day_is_the_companys(tenant: Tenant, admin: Membership) -> None:
    schedule = _schedule(tenant, admin, cadence="workday")
    friday = dt.datetime(2026, 11, 20, 7, tzinfo=dt.UTC)
    with tenant_scope(tenant):
        assert schedules.next_time(schedule, tenant, after=friday).weekday() == 0


def test_each_gets_what_they_may_see_once(
    tenant: Tenant, admin: Membership, head: Membership, leads: None, mailoutbox: list[Any]
) -> None:
    _schedule(tenant, admin, admin, head, cadence="day", query="period=all&by=source")
    with tenant_scope(tenant):
        assert schedules.send_due(tenant, now=MONDAY) == 0
        assert schedules.send_due(tenant, now=MONDAY + dt.timedelta(hours=2)) == 2
        assert schedules.send_due(tenant, now=MONDAY + dt.timedelta(hours=2)) == 0
    assert send_letters(now=timezone.now()) == 2 and not OutgoingLetter.objects.exists()
    counts = {}
    for letter in mailoutbox:
        name, content, kind = letter.attachments[0]
        assert name.startswith("quality-") and "spreadsheet" in kind
        sheet: Any = load_workbook(io.BytesIO(content)).active
        counts[letter.to[0]] = sheet.cell(sheet.max_row, 2).value
        assert "reports/quality" in letter.body
    assert counts[admin.email] == 4
    assert counts[head.email] == 3  # of the department: the fourth is nobody's


def test_those_who_may_not_export_neither_send_nor_get(
    tenant: Tenant, admin: Membership, alice: Membership, head: Membership
) -> None:
    with pytest.raises(schedules.MayNotSend):
        _schedule(tenant, alice)
    with pytest.raises(schedules.MayNotReceive, match="Alice"):
        _schedule(tenant, admin, alice, admin)
    kept = _schedule(tenant, admin, head)
    with tenant_scope(tenant):
        tenant.is_export_restricted = True
        tenant.save(update_fields=["is_export_restricted"])
        assert schedules.send(kept) == 0


def test_nobody_who_has_left_gets_it(tenant: Tenant, admin: Membership, head: Membership) -> None:
    schedule = _schedule(tenant, admin, head)
    with tenant_scope(tenant):
        Membership.objects.filter(pk=head.pk).update(is_active=False)
        assert schedules.send(schedule) == 0


def test_schedule_is_made_changed_and_deleted_on_its_pages(
    client_of: SignIn, tenant: Tenant, admin: Membership, head: Membership, alice: Membership
) -> None:
    client = client_of(admin)
    address = reverse("reports:schedule_create") + "?page=reports:quality&query=period%3Dmonth"
    wish = {"name": "Weekly", "cadence": "week", "weekday": "0", "day": "1", "at": "09:00", "format": "pdf"}
    assert client.post(address, wish).status_code == 422
    assert client.post(address, wish | {"recipients": [str(alice.pk)]}).status_code == 422  # may not export
    assert client.post(address, wish | {"recipients": [str(admin.pk), str(head.pk)]}).status_code == 302
    with tenant_scope(tenant):
        schedule = Schedule.objects.get()
        assert (schedule.query, schedule.format) == ("period=month", "pdf")
        assert Recipient.objects.count() == 2
    page = client.get(reverse("reports:index")).content.decode()
    assert "Weekly" in page
    assert "Weekly" in client_of(head).get(reverse("reports:index")).content.decode()
    assert client_of(head).get(reverse("reports:schedule", args=[schedule.pk])).status_code == 404
    assert client.post(reverse("reports:schedule_send", args=[schedule.pk])).status_code == 302
    assert OutgoingLetter.objects.count() == 2
    assert client.post(reverse("reports:schedule_delete", args=[schedule.pk])).status_code == 302
    with tenant_scope(tenant):
        assert not Schedule.objects.exists()


def test_sweeper_rings_for_due_reports(tenant: Tenant, other_tenant: Tenant, admin: Membership) -> None:
    _schedule(tenant, admin, cadence="day")
    assert send_scheduled() == 1
    assert send_reports(tenant_id=tenant.pk) == 1
    assert send_scheduled() == 0
