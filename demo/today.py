"""The day a demo is looked at: plans around today, clients with their details, channels that have just heard."""

from __future__ import annotations

import datetime as dt
import random
import zoneinfo
from collections import Counter
from decimal import Decimal
from typing import Any

from django.db.models import Max

from activities.models import Activity
from activities.services import complete_activity, plan_activity, reschedule_activity
from channels.models import Channel, Event
from contacts.identity.keys import phone_keys
from contacts.models import Company as ClientCompany
from contacts.models import LegalDetails
from contacts.services import add_point, save_legal_details, update_company
from core.tenancy import tenant_scope
from deals.models import Deal
from demo.companies import Company
from demo.stories import STORIES
from tenants.models import User

WORKDAY = range(9, 18)
# What a day of a good manager looks like: some of it late, much of it today, the rest ahead.
LATE, TODAY = 0.16, 0.4
WITHOUT_STEP = 4  # deals that nobody has planned anything for
DIGITS = (2, 4, 10, 3, 5, 9, 4, 6, 8)  # weights of the control digit of a Russian company's INN


def bring_up_to_date(company: Company, *, seed: int, now: dt.datetime) -> None:
    """Plan around `now`, and fill in what a year of inquiries leaves empty."""
    rng = random.Random(f"{seed}:{company.plan.slug}:today")
    with tenant_scope(company.tenant):
        _spread_plans(company, rng, now)
        _done_this_morning(company, rng, now)
        _plan_idle_deals(company, rng, now)
        _describe_clients(company, rng, now)
        _hear_channels()
        _log_people_in(company, rng, now)


# --- Plans -------------------------------------------------------------------------------------------
def _moment(company: Company, rng: random.Random, now: dt.datetime, days: int) -> dt.datetime:
    """Some time of a working day, `days` from today in the company's zone."""
    local = now.astimezone(zoneinfo.ZoneInfo(company.plan.zone))
    minute = rng.choice((0, 0, 15, 30, 30, 45))
    moment = local.replace(hour=rng.choice(WORKDAY), minute=minute, second=0, microsecond=0)
    return (moment + dt.timedelta(days=days)).astimezone(dt.UTC)


def _spread_plans(company: Company, rng: random.Random, now: dt.datetime) -> None:
    for activity in Activity.objects.planned().order_by("pk"):
        chance = rng.random()
        days = -rng.randint(1, 3) if chance < LATE else 0 if chance < LATE + TODAY else rng.randint(1, 6)
        reschedule_activity(
            activity=activity, due_at=_moment(company, rng, now, days), by=activity.owner, now=now
        )
        Activity.objects.filter(pk=activity.pk).update(data=activity.data)  # nobody has put it off


def _plan_idle_deals(company: Company, rng: random.Random, now: dt.datetime) -> None:
    story = STORIES[company.plan.language]
    idle = Deal.objects.without_next_step().select_related("owner").order_by("-created_at", "-id")
    for deal in list(idle)[WITHOUT_STEP:]:
        kind, subject = rng.choice(story.tasks)
        due_at = _moment(company, rng, now, rng.randint(0, 5))
        plan_activity(
            kind=kind, subject=subject, due_at=due_at, owner=deal.owner, by=deal.owner, now=now, deal=deal
        )


def _done_this_morning(company: Company, rng: random.Random, now: dt.datetime) -> None:
    """Mark done what was planned for hours of today that have passed, but for the last one of each person."""
    start = _moment(company, rng, now, 0).astimezone(zoneinfo.ZoneInfo(company.plan.zone)).replace(hour=0)
    passed = Activity.objects.planned().filter(due_at__gte=start, due_at__lt=now).select_related("owner")
    left: Counter[object] = Counter()
    for activity in passed.order_by("-due_at"):
        left[activity.owner_id] += 1
        if left[activity.owner_id] > 1 and activity.due_at:
            complete_activity(activity=activity, by=activity.owner, now=activity.due_at)


# --- Clients -----------------------------------------------------------------------------------------
def _describe_clients(company: Company, rng: random.Random, now: dt.datetime) -> None:
    story, names = STORIES[company.plan.language], Counter[str]()
    for client in ClientCompany.objects.present().order_by("created_at", "id"):
        names[client.name] += 1
        city = rng.choice(story.cities)
        # The same name again is a branch elsewhere, not the same company twice.
        name = client.name if names[client.name] == 1 else f"{client.name}, {city}"
        update_company(
            company=client, by=client.owner, now=client.created_at, name=name, **_facts(company, rng, city)
        )
        for key in phone_keys(_phone(company, rng), company.plan.region):
            add_point(company=client, key=key)
        if company.plan.language == "ru":
            inn = _inn(rng)
            save_legal_details(details=LegalDetails(company=client, title=client.name, inn=inn))


def _facts(company: Company, rng: random.Random, city: str) -> dict[str, Any]:
    kinds = ClientCompany.ClientType
    return {
        "client_type": rng.choice((kinds.HORECA, kinds.HORECA, kinds.OFFICE, kinds.CHAIN, kinds.RETAIL)),
        "address": city,
        "potential": Decimal(rng.choice((60, 120, 250, 400, 900)) * _unit(company)),
        "is_potential_regular": rng.random() < 0.5,
        "currency": company.plan.currency,
        "headcount": rng.choice((8, 15, 40, 120, 300)),
    }


def _unit(company: Company) -> int:
    return 1_000 if company.plan.currency == "RUB" else 20


def _phone(company: Company, rng: random.Random) -> str:
    if company.plan.language == "ru":
        return f"+7495{rng.randrange(10**7):07d}"
    return f"+4420794{rng.randrange(10**5):05d}"


def _inn(rng: random.Random) -> str:
    digits = [7, 7, *(rng.randrange(10) for _index in range(7))]
    control = sum(digit * weight for digit, weight in zip(digits, DIGITS, strict=True)) % 11 % 10
    return "".join(map(str, [*digits, control]))


# --- Traces of work ----------------------------------------------------------------------------------
def _hear_channels() -> None:
    """The year is settled without workers, who note when a channel was last heard."""
    heard = Event.objects.order_by().values_list("channel").annotate(last=Max("received_at"))
    for pk, last in heard:
        Channel.objects.filter(pk=pk).update(last_event_at=last)


def _log_people_in(company: Company, rng: random.Random, now: dt.datetime) -> None:
    for member in company.members.values():
        ago = dt.timedelta(minutes=rng.randint(20, 60 * 30))
        User.objects.filter(pk=member.user_id).update(last_login=now - ago)
