"""Who gets what and when people work: hours, rules of routing with their steps; the days around today."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from typing import TYPE_CHECKING, TypeAlias

from contacts.models import Source
from core.conditions import Value
from leads.models import EscalationStep, RoutingRule
from leads.services import RuleValues, Step, save_rule
from tenants.models import Absence, Department, Membership, WorkSchedule
from tenants.services import set_absence, set_holiday, set_hours, set_shifts

if TYPE_CHECKING:
    from demo.companies import Company

Method: TypeAlias = RoutingRule.Method
Watch: TypeAlias = EscalationStep.Watch
Action: TypeAlias = EscalationStep.Action
OFFICE, SERVICE = (9 * 60, 19 * 60), (8 * 60, 20 * 60)  # minutes of a day
ON_DUTY = (10 * 60, 18 * 60)
CAPACITY = 40  # open inquiries at once
WEEKENDS = range(2)  # with duty, counted from this week


@dataclasses.dataclass(frozen=True, slots=True)
class Sketch:
    """A rule before its people and sources are found."""

    name: str
    asks: tuple[tuple[str, str], ...]  # kind of the condition, value; a source by its name
    method: Method = Method.TURN
    people: tuple[str, ...] = ()  # by the first part of their e-mail
    department: str = ""
    is_owner_first: bool = False
    steps: tuple[tuple[int, Watch, Action], ...] = ()


HURRY = (
    (5, Watch.TAKEN, Action.NEXT),
    (15, Watch.TAKEN, Action.ROLE),
    (30, Watch.ANSWERED, Action.TELL_HEAD),
)
PATIENT = ((60, Watch.ANSWERED, Action.TELL_HEAD),)
SITE = (("channel_kind", "request"), ("channel_kind", "chat"), ("channel_kind", "callback"))
SKETCHES = {
    "ru": (
        Sketch(
            "Тендеры и закупки",
            (("text", "тендер"), ("text", "закупк"), ("text", "44-ФЗ")),
            department="Тендеры",
            steps=PATIENT,
        ),
        Sketch(
            "Сервис: сломалось и течёт",
            (
                ("text", "сломал"),
                ("text", "ошибка"),
                ("text", "течёт"),
                ("text", "давление"),
                ("text", "декальцинац"),
                ("text", "прокладк"),
            ),
            department="Сервис",
            steps=((10, Watch.TAKEN, Action.ROLE), *PATIENT),
        ),
        Sketch(
            "Северо-Запад",
            (("region", "Санкт-Петербург"), ("region", "Тверь")),
            Method.ORDER,
            ("oleg", "maria"),
        ),
        Sketch(
            "Яндекс Директ: самым быстрым",
            (("source", "Яндекс Директ"),),
            Method.LOAD,
            ("maria", "oleg"),
            is_owner_first=True,
            steps=HURRY,
        ),
        Sketch(
            "Знакомые клиенты: своему менеджеру",
            (("client", "owned"),),
            department="Продажи",
            is_owner_first=True,
            steps=PATIENT,
        ),
        Sketch("Сайт: у кого меньше открытых", SITE, Method.LOAD, department="Розница", steps=HURRY),
    ),
    "en": (
        Sketch(
            "Service: broken or leaking",
            (
                ("text", "broke"),
                ("text", "leaks"),
                ("text", "error"),
                ("text", "repair"),
                ("text", "descaling"),
            ),
            department="Service",
            steps=((10, Watch.TAKEN, Action.ROLE), *PATIENT),
        ),
        Sketch("The North", (("region", "Leeds"), ("region", "York")), Method.ORDER, ("oscar", "mary")),
        Sketch(
            "Google Ads: to the quickest",
            (("source", "Google Ads"),),
            Method.LOAD,
            ("mary", "oscar"),
            is_owner_first=True,
            steps=HURRY,
        ),
        Sketch(
            "Known clients: to their manager",
            (("client", "owned"),),
            department="Sales",
            is_owner_first=True,
            steps=PATIENT,
        ),
        Sketch("Site: who has the fewest open", SITE, Method.LOAD, department="Retail", steps=HURRY),
    ),
}
# Days off with a date of their own; a snapshot moves its days, so these are entered when it is loaded.
HOLIDAYS = {
    "ru": (
        (1, 1, "Новый год"),
        (1, 7, "Рождество"),
        (5, 9, "День Победы"),
        (6, 12, "День России"),
    ),
    "en": ((1, 1, "New Year's Day"), (12, 25, "Christmas Day"), (12, 26, "Boxing Day")),
}


# --- The year ----------------------------------------------------------------------------------------
def staff(company: Company, *, now: dt.datetime) -> None:
    """Set the hours and the rules that hold all year in the active tenant."""
    by = company.member_in("admin")
    departments = {one.name: one for one in Department.objects.all()}
    week = ((OFFICE,),) * 5 + ((),) * 2
    set_hours(by=by, hours=WorkSchedule.Hours.WEEK, week=week, lead_capacity=CAPACITY)
    service = departments.get("Сервис") or departments["Service"]
    set_hours(by=by, department=service, hours=WorkSchedule.Hours.WEEK, week=((SERVICE,),) * 6 + ((),))
    sources = {source.name: source for source in Source.objects.all()}
    for sketch in SKETCHES[company.plan.language]:
        save_rule(values=_values(sketch, company, departments, sources), by=by, now=now)


def _values(
    sketch: Sketch, company: Company, departments: dict[str, Department], sources: dict[str, Source]
) -> RuleValues:
    conditions: dict[str, list[Value]] = {}
    for kind, value in sketch.asks:
        asked = Value(ref=sources[value].pk) if kind == "source" else Value(value)
        conditions.setdefault(kind, []).append(asked)
    dispatchers = company.member_in("dispatcher").role
    return RuleValues(
        name=sketch.name,
        method=sketch.method,
        conditions=conditions,
        people=[company.person(name) for name in sketch.people],
        department=departments.get(sketch.department),
        role=company.managers[0].role if sketch.department else None,
        is_owner_first=sketch.is_owner_first,
        steps=[
            Step(after, watch, action, role=dispatchers if action == Action.ROLE else None)
            for after, watch, action in sketch.steps
        ],
    )


# --- The days around today ---------------------------------------------------------------------------
def keep_calendar(company: Company, *, now: dt.datetime) -> None:
    """Enter holidays, who is away, and duty at weekends around today, in the active tenant."""
    by, today = company.member_in("admin"), now.astimezone(zoneinfo.ZoneInfo(company.plan.zone)).date()
    for month, day, name in HOLIDAYS[company.plan.language]:
        ahead = today.replace(month=month, day=day)
        set_holiday(by=by, on=ahead if ahead >= today else ahead.replace(year=today.year + 1), name=name)
    first, second, third, *_rest = company.managers
    _away(third, today + dt.timedelta(days=18), 12, by=by, substitute=first)
    _away(second, today - dt.timedelta(days=1), 3, by=by, substitute=first, kind=Absence.Kind.SICK)
    monday = today - dt.timedelta(days=today.weekday())
    for week in WEEKENDS:
        saturday = monday + dt.timedelta(days=7 * week + 5)
        for member, on in ((first, saturday), (third, saturday + dt.timedelta(days=1))):
            set_shifts(by=by, member=member, on=on, spans=[ON_DUTY])


def _away(
    member: Membership,
    starts_on: dt.date,
    days: int,
    *,
    by: Membership,
    substitute: Membership,
    kind: str = Absence.Kind.VACATION,
) -> None:
    ends_on = starts_on + dt.timedelta(days=days)
    set_absence(by=by, member=member, starts_on=starts_on, ends_on=ends_on, kind=kind, substitute=substitute)
