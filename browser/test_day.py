"""The day of a manager: dragging in the calendar, planning for many rows of a list."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from django.utils import timezone
from playwright.sync_api import expect

from activities.models import Activity
from activities.services import plan_activity
from browser.waiting import until
from contacts.services import create_contact
from core.tenancy import tenant_scope


def reload(company, pk):
    with tenant_scope(company.tenant):
        return Activity.objects.get(pk=pk)


def monday_at(company, hour: int) -> dt.datetime:
    zone = zoneinfo.ZoneInfo(company.tenant.time_zone)
    today = timezone.localdate(timezone=zone)
    return dt.datetime.combine(today - dt.timedelta(days=today.weekday()), dt.time(hour), tzinfo=zone)


def test_dragging_in_the_week_moves_lengthens_and_undoes(company, seat):
    start = monday_at(company, 10)
    with tenant_scope(company.tenant):
        meeting = plan_activity(
            kind="meeting", subject="Visit", due_at=start, owner=company.manager, by=company.manager,
            now=timezone.now(), duration_min=60,
        )  # fmt: skip
    person = seat(company.manager)
    page = person.open("/calendar/")
    event = page.locator(f'[data-event="{meeting.pk}"]')
    box = event.bounding_box()
    tuesday = page.locator(".cal-col").nth(1).bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 6)
    page.mouse.down()
    page.mouse.move(tuesday["x"] + 30, box["y"] + 6 + 96, steps=6)  # a day on, two hours later
    expect(page.locator(".cal-ghost")).to_contain_text("12:00")
    page.mouse.up()
    moved = start + dt.timedelta(days=1, hours=2)
    until(lambda: reload(company, meeting.pk).due_at == moved, "the meeting was not moved")
    expect(page.locator("#dialog")).to_be_hidden()  # the click that ends a drag opens nothing

    event = page.locator(".cal-col").nth(1).locator(f'[data-event="{meeting.pk}"][data-at$="T12:00"]')
    event.wait_for()  # read again as it now stands
    box = event.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] - 3)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] + 21, steps=4)
    page.mouse.up()
    until(lambda: reload(company, meeting.pk).duration_min == 90, "the meeting was not made longer")

    event = page.locator(f'[data-event="{meeting.pk}"][data-min="90"]')
    event.wait_for()
    event.focus()
    page.keyboard.press("Alt+ArrowDown")
    quarter = moved + dt.timedelta(minutes=15)
    until(lambda: reload(company, meeting.pk).due_at == quarter, "the keys did not move it")
    page.locator(f'[data-event="{meeting.pk}"][data-at$="T12:15"]').click()
    expect(page.locator("#dialog")).to_contain_text("Visit")


def test_planning_for_ticked_rows_reports_and_is_taken_back(company, seat):
    with tenant_scope(company.tenant):
        for name in ("Ann Archer", "Bert Baker", "Cleo Cook"):
            create_contact(name=name, keys=[], owner=company.manager, by=company.manager, now=timezone.now())
    person = seat(company.manager)
    page = person.open("/contacts/")
    for box in page.locator("[data-select-row]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Plan", exact=True).click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("2 cards chosen")
    dialog.locator("[name=subject]").fill("Invite to the exhibition")
    dialog.get_by_role("button", name="Plan", exact=True).click()
    expect(page.locator(".act-batch .day-row")).to_have_count(2)
    with tenant_scope(company.tenant):
        assert Activity.objects.planned().filter(subject="Invite to the exhibition").count() == 2
    page.get_by_role("button", name="Take back").click()
    page.locator("#confirm").get_by_role("button", name="Take back").click()
    expect(page.locator(".act-batch")).to_contain_text("2 taken back")
    with tenant_scope(company.tenant):
        assert not Activity.objects.planned().exists()
