"""A company with something on every page, made through the services."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from activities.services import log_activity, notify, plan_activity
from contacts.duplicates.decisions import mark_distinct
from contacts.duplicates.finding import PEOPLE as CONTACTS
from contacts.duplicates.finding import look_around
from contacts.identity import phone_keys
from contacts.merging import merge_cards
from contacts.models import Company as ClientCompany
from contacts.models import Contact, ContactPair, Source, SourceGroup
from contacts.services import create_contact
from core.tenancy import tenant_scope
from deals.models import Deal, Stage
from deals.services import create_deal, move_deal
from leads import tasks
from leads.models import Lead
from leads.routing import Value
from leads.services import (
    NewCompany,
    RuleValues,
    Step,
    convert_lead,
    create_manual_lead,
    reject_lead,
    save_rule,
    snooze_lead,
    start_trial,
    take_lead,
)
from leads.services.conversion import DealPlan, NextStep
from leads.services.quality_rules import recompute_quality
from tenants.models import Department, Office, SavedView
from tenants.services import set_absence, set_holiday, set_shifts

PEOPLE = (
    "Anna Brown",
    "Ben Carter",
    "Cleo Dunn",
    "Dan Ellis",
    "Eve Ford",
    "Finn Gray",
    "Gus Hill",
    "Hana Ito",
)


def furnish(company: Any) -> None:
    """Fill the lists, the board, the reports and the settings."""
    with tenant_scope(company.tenant):
        now = timezone.now()
        group = SourceGroup.objects.create(name="Advertising")
        source = Source.objects.create(name="Search ads", group=group, utm_source="ads", is_advertising=True)
        Department.objects.create(name="Retail")
        Office.objects.create(name="Leeds")
        leads = [_lead(company, number, source, now) for number in range(len(PEOPLE))]
        _decide(company, leads, now)
        _hand_out(company, now)
        _plan(company, Deal.objects.order_by("pk"), now)
        SavedView.objects.create(
            member=company.admin, page="leads:list", name="Ads", query="", is_shared=True, is_pinned=True
        )
        url = reverse("deals:detail", args=[Deal.objects.first().pk])
        notify(
            members=[company.admin],
            code="deal_assigned",
            params={"deal": "Machines", "by": "Mary"},
            url=url,
            now=now,
        )
        _double(company, now)
        job = recompute_quality(by=company.admin)
    tasks.recompute(tenant_id=company.tenant.pk, job_id=str(job.pk))
    _connect(company)


def _double(company: Any, now: dt.datetime) -> None:
    """Cards of one client: a pair to decide about, a pair told apart, and two merged already."""
    by = company.admin
    people = [
        create_contact(by=by, now=now, name=f"{name} Quill", keys=phone_keys(f"+44207946070{number}", "GB"))
        for number, name in enumerate(("Catherine", "Kate", "Cathrine", "Katie"))
    ]
    merge_cards(survivor=people[0], others=[people[1]], by=by, now=now)
    look_around(CONTACTS, [people[0].pk, *(card.pk for card in people[2:])])
    pair = ContactPair.objects.order_by("score").first()
    assert pair is not None
    mark_distinct(pair=pair, by=by, now=now)


def _hand_out(company: Any, now: dt.datetime) -> None:
    """Hours, duty, an absence, a holiday, and a rule with a step."""
    by, today = company.admin, timezone.localdate()
    set_holiday(by=by, on=today.replace(month=1, day=1), name="New Year")
    set_shifts(by=by, member=by, on=today, spans=((9 * 60, 18 * 60),), lead_capacity=5)
    set_absence(
        by=by, member=by, starts_on=today + dt.timedelta(days=9), ends_on=today + dt.timedelta(days=12)
    )
    values = RuleValues(
        "Wholesale",
        "turn",
        people=[by],
        conditions={"text": [Value("wholesale")]},
        steps=[Step(15, "taken", "next")],
    )
    save_rule(values=values, by=by, now=now)
    start_trial(by=by, now=now, rules=[], days=30, title="Rules as they stand")


def _lead(company: Any, number: int, source: Source, now: dt.datetime) -> Lead:
    return create_manual_lead(
        by=company.manager,
        now=now - dt.timedelta(hours=5 * number + 1),
        name=PEOPLE[number],
        phone=f"+44 20 7946 05{number:02}",
        email=f"{PEOPLE[number].split()[0].lower()}@client.example",
        company_name=f"{PEOPLE[number].split()[1]} Ltd",
        subject="Coffee machines",
        text="Could you send a quote for two machines?",
        source=source,
    )


def _decide(company: Any, leads: list[Lead], now: dt.datetime) -> None:
    stages = list(Stage.objects.filter(pipeline=company.pipeline, kind="open").order_by("position"))
    step = NextStep("call", "Ring back", now + dt.timedelta(hours=2))
    for lead, stage in zip(leads[:3], stages, strict=True):
        plan = DealPlan(company.pipeline, stage, f"Machines for {lead.name}", Decimal(1748))
        convert_lead(
            lead=lead,
            by=company.manager,
            now=now,
            plan=plan,
            next_step=step,
            new_company=NewCompany(f"{lead.name} Ltd"),
        )
    take_lead(lead=leads[3], by=company.admin, now=now)
    reject_lead(lead=leads[4], by=company.manager, now=now, reason=company.reasons[0])
    snooze_lead(lead=leads[5], until=now + dt.timedelta(days=1), by=company.manager, now=now)


def _plan(company: Any, deals: Any, now: dt.datetime) -> None:
    contact, client = Contact.objects.first(), ClientCompany.objects.first()
    won = create_deal(
        title="Won already",
        pipeline=company.pipeline,
        by=company.admin,
        now=now,
        contact=contact,
        company=client,
        amount=Decimal(900),
    )
    move_deal(
        deal=won, stage=Stage.objects.get(pipeline=company.pipeline, kind="won"), by=company.admin, now=now
    )
    lost = create_deal(title="Lost already", pipeline=company.pipeline, by=company.admin, now=now)
    stage = Stage.objects.get(pipeline=company.pipeline, kind="lost")
    move_deal(deal=lost, stage=stage, by=company.admin, now=now, reason=company.reasons[1])
    for deal, days in zip(deals, (-2, 0, 3), strict=False):
        due = now + dt.timedelta(days=days, hours=1)
        plan_activity(
            kind="task",
            subject="Send the quote",
            due_at=due,
            owner=company.admin,
            by=company.admin,
            now=now,
            deal=deal,
        )
    for kind, text in (("note", "Likes the blue one"), ("call", "Talked it over")):
        log_activity(kind=kind, occurred_at=now, author=company.admin, text=text, deal=won, contact=contact)


def _connect(company: Any) -> None:
    mail = {
        "address": "sales@shop.example",
        "imap_host": "127.0.0.1",
        "imap_port": 1,
        "imap_security": "none",
    }
    company.channel("email", "Mailbox", mail | {"password": "x"}, is_active=False)
    company.channel("telegram", "Bot", {"token": "123456:token-of-a-bot"})
    company.channel("mango", "Phone", {"api_key": "key-of-a-phone", "api_salt": "salt"})
