"""A believable year of a demo tenant: a small simulation that drives the real services through time."""

from __future__ import annotations

import dataclasses
import datetime as dt
import heapq
import itertools
import random
import zoneinfo
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils import translation

from activities.models import Activity
from activities.services import add_note, complete_activity, mark_read, plan_activity
from channels.models import Dialog
from core.tenancy import tenant_scope
from deals.models import Deal, Pipeline, RejectionReason, Stage
from deals.services import move_deal, update_deal
from demo import answers, arrivals, payloads, scenes
from demo.companies import Company
from demo.connections import rest
from demo.site_words import SITE_WORDS
from demo.stories import STORIES, Product, Story
from leads.models import Lead
from leads.services import (
    DealPlan,
    NewCompany,
    NextStep,
    assign_lead,
    convert_lead,
    open_lead,
    reject_lead,
    take_lead,
)
from tenants.models import Membership, Role

BATCH = 150  # steps in one transaction
QUEUE_DAYS = 2  # leads younger than this may still be undecided
STALE_DAYS = 12  # what was planned since may have been forgotten
FORGOTTEN = 0.3
CONVERSION = 0.31
OPEN_DAYS = 10  # talks about deals younger than this go on
MESSENGERS = ("telegram", "chat", "vk", "avito")
GOES_ON = 0.4  # of the talks, while nothing is decided
FRESH = ((4, "chat"), (13, "callback"))  # minutes ago, by which channel: nobody has answered
Step = Callable[["Year", dt.datetime], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Client:
    """Somebody who writes or calls, perhaps more than once."""

    name: str
    phone: str
    email: str
    telegram_id: int
    company: str


class Year:
    """The clock, the dice and the queue of things that are going to happen."""

    def __init__(self, company: Company, *, seed: int, now: dt.datetime, first_serial: int = 1) -> None:
        self.company, self.now = company, now
        self.rng = random.Random(f"{seed}:{company.plan.slug}")
        self.story: Story = STORIES[company.plan.language]
        self.zone = zoneinfo.ZoneInfo(company.plan.zone)
        self.serial = itertools.count(first_serial)
        self.clients: list[Client] = []
        self.stages = {
            p.pk: list(Stage.objects.filter(pipeline=p, kind=Stage.Kind.OPEN).select_related("pipeline"))
            for p in company.pipelines
        }
        self.ends = {
            (s.pipeline_id, s.kind): s
            for s in Stage.objects.exclude(kind=Stage.Kind.OPEN).select_related("pipeline")
        }
        self._heap: list[tuple[dt.datetime, int, Step]] = []

    def at(self, moment: dt.datetime, step: Step) -> None:
        """Let something happen, unless it lies in the future."""
        if moment <= self.now:
            heapq.heappush(self._heap, (moment, next(self.serial), step))

    def later(self, moment: dt.datetime, hours: float) -> dt.datetime:
        """Some working hours on: about `hours`, never at night."""
        moment += dt.timedelta(hours=self.rng.expovariate(1 / hours))
        local = moment.astimezone(self.zone)
        if not 9 <= local.hour < 19:
            local = local.replace(hour=10, minute=self.rng.randrange(60)) + dt.timedelta(
                days=local.hour >= 19
            )
        return local.astimezone(dt.UTC)

    def run(self) -> None:
        """Let everything happen in order, a batch to a transaction."""
        while self._heap:
            with tenant_scope(self.company.tenant):
                for _index in range(BATCH):
                    if not self._heap:
                        break
                    moment, _serial, step = heapq.heappop(self._heap)
                    step(self, moment)

    def client(self) -> Client:
        """A new client, or one who was here before."""
        if self.clients and self.rng.random() < 0.22:
            return self.rng.choice(self.clients)
        return self.newcomer()

    def newcomer(self, **known: str) -> Client:
        """Somebody who was never here before; what isn't known about them is made up."""
        serial, rng = next(self.serial), self.rng
        is_russian = self.company.plan.language == "ru"
        phone = f"+7{rng.choice((903, 909, 916, 925, 926, 931, 981))}{rng.randrange(10**7):07d}"
        if not is_russian:
            phone = f"+4479{rng.randrange(10**8):08d}"
        facts = {"name": self.story.person(rng), "phone": phone, "email": f"client{serial}@mail.example"}
        facts["company"] = self.story.company(rng) if rng.random() < 0.4 else ""
        client = Client(telegram_id=500_000 + serial, **(facts | known))
        self.clients.append(client)
        return client

    def manager(self) -> Membership:
        return self.rng.choice(self.company.managers)

    def product(self) -> Product:
        return self.rng.choice(self.story.service if self.rng.random() < 0.2 else self.story.products)


def live(company: Company, *, seed: int, now: dt.datetime) -> None:
    """Fill the tenant with a year of inquiries, decisions, deals and activities."""
    with tenant_scope(company.tenant):
        year = Year(company, seed=seed, now=now)
        for moment in _moments(year, company.plan.leads):
            year.at(moment, arrive)
    with translation.override(company.plan.language):
        year.run()
        scenes.play(year)


def last_hours(company: Company, *, seed: int, now: dt.datetime, count: int = 5) -> None:
    """Let the newest inquiries come in, still undecided, and leave the rest of the bell read."""
    with tenant_scope(company.tenant):
        year = Year(company, seed=seed + 1, now=now, first_serial=900_000)
        for _index in range(count):
            year.at(now - dt.timedelta(minutes=year.rng.randint(2, 240)), arrive)
        year.at(now - dt.timedelta(minutes=47), invite)
        for minutes, kind in FRESH:
            year.at(now - dt.timedelta(minutes=minutes), lambda y, at, kind=kind: come(y, at, kind))
    with translation.override(company.plan.language):
        year.run()
        with tenant_scope(company.tenant):
            rest(company.channels, now=now)
            for member in company.members.values():
                mark_read(member=member, now=now, up_to=now - dt.timedelta(hours=20))


def _moments(year: Year, count: int) -> list[dt.datetime]:
    """When inquiries come: more of late, on weekdays, at midday."""
    rng = year.rng
    moments: list[dt.datetime] = []
    while len(moments) < count:
        day = (year.now - dt.timedelta(days=365 * rng.random() ** 1.25)).astimezone(year.zone)
        if day.weekday() >= 5 and rng.random() < 0.7:
            continue
        hour = min(21, max(7, int(rng.gauss(13, 3))))
        moment = day.replace(hour=hour, minute=rng.randrange(60), second=rng.randrange(60))
        if moment < year.now:
            moments.append(moment)
    return sorted(moments)


# --- An inquiry comes --------------------------------------------------------------------------------
def arrive(year: Year, moment: dt.datetime) -> None:
    """Deliver one inquiry through its channel and decide what becomes of it."""
    client, kind = year.client(), arrivals.choose(year)
    lead = arrivals.arrive_by(year, kind, client, moment)
    if lead is None:
        return
    year.at(year.later(moment, 0.6), lambda y, at: answer(y, at, lead.pk))
    if kind in MESSENGERS and year.rng.random() < GOES_ON:
        year.at(year.later(moment, 2), lambda y, at: go_on_talking(y, at, lead.pk, kind, client))


def come(year: Year, moment: dt.datetime, kind: str) -> None:
    """Let a new client come by a channel, whom nobody has answered yet."""
    arrivals.arrive_by(year, kind, year.newcomer(), moment)


def invite(year: Year, moment: dt.datetime) -> None:
    """Let a client invite to a meeting, at noon the day after tomorrow."""
    title, place, text = SITE_WORDS[year.company.plan.language].meeting
    client = year.newcomer(name=text.splitlines()[-2])
    noon = moment.astimezone(year.zone).replace(hour=12, minute=0, second=0, microsecond=0)
    calendar = payloads.invitation(
        serial=next(year.serial),
        title=title,
        place=place,
        starts_at=noon + dt.timedelta(days=2),
        organizer=client.email,
    )
    letter = arrivals.mail(year, client, moment, text, calendar=calendar)
    arrivals.deliver(year, year.company.channels["email"], [letter])


def go_on_talking(year: Year, moment: dt.datetime, pk: Any, kind: str, client: Client) -> None:
    """Let a client write again while somebody still has the inquiry; mostly that is answered too."""
    lead = Lead.objects.select_related("taken_by").get(pk=pk)
    who = lead.taken_by
    if not lead.is_open or who is None:
        return
    words, rng = SITE_WORDS[year.company.plan.language], year.rng
    delivery = arrivals.write(year, kind, client, moment, rng.choice(words.more))
    arrivals.deliver(year, year.company.channels[kind], [delivery])
    if rng.random() < 0.75:
        text = rng.choice(words.answers)
        year.at(year.later(moment, 0.5), lambda _y, at: answers.say(dialog_of(pk), who, text, at))


def dialog_of(pk: Any) -> Dialog:
    return Dialog.objects.select_related("channel", "contact").get(pk=Lead.objects.get(pk=pk).dialog_id)


# --- Somebody answers --------------------------------------------------------------------------------
def answer(year: Year, moment: dt.datetime, pk: Any) -> None:
    """Take the lead and answer, or leave a young one in the queue."""
    rng = year.rng
    lead = Lead.objects.select_related("channel", "contact", "responsible", "taken_by").get(pk=pk)
    is_young = year.now - lead.received_at < dt.timedelta(days=QUEUE_DAYS)
    if not lead.is_open or (is_young and rng.random() < 0.55):
        return None
    near = (lead.taken_by, lead.responsible)  # who picked up the phone has taken the lead
    who = next((m for m in near if m in year.company.managers), None) or year.manager()
    if lead.responsible_role_id not in (None, who.role_id):  # a dispatcher's queue: handed to a manager
        lead = assign_lead(
            lead=lead, by=year.company.member_in(Role.Code.DISPATCHER), now=moment, member=who
        ).lead
    if rng.random() < 0.08:
        open_lead(lead=lead, by=who, now=moment)
        return reject(year, moment, lead, who)
    lead = take_lead(lead=lead, by=who, now=moment).lead
    answers.answer(year, lead, who, rng.choice(year.story.answers), moment + dt.timedelta(minutes=2))
    year.at(year.later(moment, 3), lambda y, at: decide(y, at, lead.pk, who))
    return None


def decide(year: Year, moment: dt.datetime, pk: Any, who: Membership) -> None:
    """Make a deal of the lead, or reject it."""
    lead = Lead.objects.select_related("channel", "contact", "company").get(pk=pk)
    if not lead.is_open:
        return
    if lead.quality == Lead.Quality.NON_TARGETED or year.rng.random() > CONVERSION + 0.05:
        reject(year, moment, lead, who)
    else:
        convert(year, moment, lead, who)
        if year.now - moment < dt.timedelta(days=OPEN_DAYS):
            return
    answers.end_dialog(year, lead, who, moment + dt.timedelta(minutes=1))


def reject(year: Year, moment: dt.datetime, lead: Lead, who: Membership) -> None:
    rng = year.rng
    reasons: list[RejectionReason] = [r for r in year.company.reasons if r.is_for_leads]
    is_spam = any(line[:20] in lead.summary for line in year.story.spam)
    fitting = [r for r in reasons if r.is_non_targeted] if is_spam else reasons
    needs_reason = lead.channel is not None and lead.channel.is_reason_required
    reason = rng.choice(fitting) if needs_reason or rng.random() < 0.9 else None
    reject_lead(lead=lead, by=who, now=moment, reason=reason)


def convert(year: Year, moment: dt.datetime, lead: Lead, who: Membership) -> None:
    rng, company = year.rng, year.company
    product = year.product()
    is_service = product in year.story.service
    pipeline: Pipeline = company.pipelines[1 if is_service else rng.choices((0, 2), weights=(4, 1))[0]]
    count = rng.choice((1, 1, 1, 2, 3))
    kind, subject = rng.choice(year.story.tasks)
    made = convert_lead(
        lead=lead,
        by=who,
        now=moment,
        new_company=NewCompany(lead.company_name) if lead.company_name else None,
        plan=DealPlan(
            pipeline=pipeline,
            title=product.name if count == 1 else f"{product.name}, {count}",
            amount=Decimal(product.price * count),
            values={"city": rng.choice(year.story.cities), "object_of_interest": product.name},
        ),
        next_step=NextStep(kind, subject, year.later(moment, 30)),
    )
    if made.deal is not None:
        deal = made.deal
        year.at(year.later(moment, 40), lambda y, at: go_on(y, at, deal.pk, who))


# --- The deal goes on --------------------------------------------------------------------------------
def go_on(year: Year, moment: dt.datetime, pk: Any, who: Membership) -> None:
    """Do what was planned, talk, and move the deal a step, or close it."""
    rng = year.rng
    deal: Deal = Deal.objects.select_related("stage", "pipeline", "owner").get(pk=pk)
    is_recent = year.now - moment < dt.timedelta(days=STALE_DAYS)
    if deal.is_closed or (is_recent and rng.random() < FORGOTTEN):
        return None
    for planned in Activity.objects.planned().filter(deal=deal):
        complete_activity(activity=planned, by=who, now=moment, result="")
    if rng.random() < 0.3:
        add_note(text=rng.choice(year.story.notes), by=who, now=moment, deal=deal)
    stages = year.stages[deal.pipeline_id]
    place = next(i for i, s in enumerate(stages) if s.pk == deal.stage_id)
    if rng.random() < 0.13 + 0.02 * place:
        return _lose(year, moment, deal, who)
    if place + 1 == len(stages):
        move_deal(deal=deal, stage=year.ends[deal.pipeline_id, Stage.Kind.WON], by=who, now=moment)
        return None
    if deal.expected_on is None:
        update_deal(deal=deal, by=who, now=moment, expected_on=(moment + dt.timedelta(days=21)).date())
        deal.refresh_from_db()
    deal = move_deal(deal=deal, stage=stages[place + 1], by=who, now=moment)
    if rng.random() < 0.75:
        kind, subject = rng.choice(year.story.tasks)
        due = year.later(moment, 50)
        plan_activity(kind=kind, subject=subject, due_at=due, owner=who, by=who, now=moment, deal=deal)
    year.at(year.later(moment, 70), lambda y, at: go_on(y, at, deal.pk, who))
    return None


def _lose(year: Year, moment: dt.datetime, deal: Deal, who: Membership) -> None:
    reason = year.rng.choice([r for r in year.company.reasons if r.is_for_deals])
    lost = year.ends[deal.pipeline_id, Stage.Kind.LOST]
    move_deal(deal=deal, stage=lost, by=who, now=moment, reason=reason)
