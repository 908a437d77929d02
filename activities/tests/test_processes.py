"""Templates and chains: whose turn, when, and what follows what."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from django.utils import timezone

from activities.models import Activity, Process, ProcessStep, ProcessTemplate
from activities.services import (
    NothingToDo,
    archive_template,
    complete_activity,
    reopen_activity,
    save_template,
    start_process,
)
from activities.services.processes import due_of
from activities.tests.factories import make_deal
from tenants.hours import WorkCalendar, usual_week

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
HOURS = WorkCalendar(MOSCOW, usual_week(dt.time(9), dt.time(18)))
NOW = timezone.now()


def at(*parts):
    return dt.datetime(*parts, tzinfo=MOSCOW)


def due(unit, delay, since):
    return due_of(delay, unit, since=since, hours=HOURS, zone=MOSCOW)


@pytest.mark.parametrize(
    ("unit", "delay", "since", "expected"),
    [
        ("day", 1, at(2026, 11, 26, 11), at(2026, 11, 27, 11)),
        ("day", 1, at(2026, 11, 27, 11), at(2026, 11, 30, 11)),  # over the weekend
        ("day", 0, at(2026, 11, 26, 20), at(2026, 11, 27, 9)),  # today is over
        ("day", 2, at(2026, 11, 28, 12), at(2026, 12, 1, 12)),  # begun on a Saturday
        ("hour", 2, at(2026, 11, 27, 17), at(2026, 11, 30, 10)),
        ("min", 30, at(2026, 11, 26, 10), at(2026, 11, 26, 10, 30)),
    ],
)
def test_due_of_counts_working_time(unit, delay, since, expected):
    assert due(unit, delay, since) == expected


def make_template(by, mode="one", **first):
    template = ProcessTemplate(name=f"Onboarding {mode}", mode=mode)
    steps = [
        ProcessStep(kind="call", subject="Welcome", delay=0, unit="min", **first),
        ProcessStep(kind="task", subject="Send papers", delay=1, unit="day"),
        ProcessStep(kind="meeting", subject="Visit", delay=3, unit="day", duration_min=60),
    ]
    return save_template(template=template, steps=steps, by=by)


def planned():
    return list(Activity.objects.planned().order_by("due_at").values_list("subject", flat=True))


def test_start_process_plans_one_by_one(scope, alice, bob):
    deal = make_deal(owner=bob)
    process = start_process(template=make_template(alice), by=alice, now=NOW, deal=deal)
    assert planned() == ["Welcome"]
    first = Activity.objects.planned().get()
    assert (first.owner, first.deal, first.process) == (bob, deal, process)
    complete_activity(activity=first, by=bob, now=NOW)
    assert planned() == ["Send papers"]
    complete_activity(activity=Activity.objects.planned().get(), by=bob, now=NOW)
    last = Activity.objects.planned().get()
    assert (last.subject, last.duration_min) == ("Visit", 60)
    complete_activity(activity=last, by=bob, now=NOW)
    process.refresh_from_db()
    assert planned() == [] and process.ended_at == NOW


def test_start_process_plans_all_at_once(scope, alice):
    process = start_process(template=make_template(alice, "all"), by=alice, now=NOW, deal=make_deal())
    assert planned() == ["Welcome", "Send papers", "Visit"]
    complete_activity(activity=Activity.objects.planned().first(), by=alice, now=NOW)
    assert len(planned()) == 2 and process.ended_at == NOW


def test_reopen_takes_the_step_back_and_it_goes_on_again(scope, alice):
    start_process(template=make_template(alice), by=alice, now=NOW, deal=make_deal(owner=alice))
    first = complete_activity(activity=Activity.objects.planned().get(), by=alice, now=NOW)
    reopen_activity(activity=first, by=alice, now=NOW)
    assert planned() == ["Welcome"]
    complete_activity(activity=Activity.objects.get(pk=first.pk), by=alice, now=NOW)
    assert planned() == ["Send papers"]


def test_start_process_for_one_person_falls_back_to_who_starts(scope, alice, bob):
    template = make_template(alice, doer="member", member=bob)
    start_process(template=template, by=alice, now=NOW, deal=make_deal())
    bob.is_active = False
    bob.save()
    start_process(template=template, by=alice, now=NOW, deal=make_deal())
    owners = Activity.objects.planned().order_by("created_at", "pk").values_list("owner__name", flat=True)
    assert list(owners) == ["Bob", "Alice"]


def test_start_process_refuses_what_has_no_steps_or_is_archived(scope, alice):
    with pytest.raises(NothingToDo):
        start_process(template=ProcessTemplate.objects.create(name="Empty"), by=alice, now=NOW)
    template = make_template(alice)
    archive_template(template=template, by=alice)
    with pytest.raises(NothingToDo):
        start_process(template=template, by=alice, now=NOW, deal=make_deal())
    assert not Process.objects.exists()


def test_save_template_keeps_the_order_and_drops_what_was_taken_out(scope, alice):
    template = make_template(alice)
    first, _second, third = template.steps.all()
    save_template(template=template, steps=[third, first], by=alice)
    assert list(template.steps.values_list("subject", flat=True)) == ["Visit", "Welcome"]
