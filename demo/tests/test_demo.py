"""The demo starts from its snapshots, and bulk data holds together."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from typing import TextIO

import pytest
from django.core.management import call_command
from django.db.models import Count
from django.utils import timezone

from activities.models import Activity
from automation.models import Robot, RobotRun
from channels.adapters import adapter_for
from channels.models import (
    CannedReply,
    Channel,
    Dialog,
    DialogOutcome,
    Event,
    Message,
    Script,
    SiteCall,
    SiteForm,
    Talk,
)
from contacts.forms import checked_inn
from contacts.models import Company, Contact, ContactPair, LegalDetails, Merge, Source
from core.tenancy import tenant_scope
from deals.models import Deal, Invoice, ListPrice, Product, Proposal
from deals.products import lines
from demo import bulk, snapshot, today, wares, year
from demo.companies import PLANS, Plan, make_users, set_up, standing, tenant_fields
from demo.connections import AT_REST, channel_settings
from demo.site_words import SITE_WORDS
from demo.staffing import keep_calendar
from leads import quality
from leads.models import Exclusion, Lead, RoutingDecision
from tenants.models import Absence, DutyShift, Membership, Tenant


@pytest.mark.django_db
@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.slug)
def test_snapshot_loads_up_to_today(plan: Plan) -> None:
    now = timezone.now()
    tenant = Tenant.objects.create(**tenant_fields(plan, now=now))
    snapshot.load(tenant, now=now, users=make_users(plan))
    with tenant_scope(tenant):
        snapshot.renew_secrets(channel_settings(plan), now=now)
        newest = Lead.objects.order_by("-received_at")[0].received_at
        assert (now - newest).days <= 1
        assert Lead.objects.count() > 600
        assert Deal.objects.count() > 150
        _assert_every_room_is_furnished(plan)
    assert len(standing(plan, tenant).managers) >= 3
    wares.furnish(standing(plan, tenant), seed=1, now=now)
    today.bring_up_to_date(standing(plan, tenant), seed=1, now=now)
    with tenant_scope(tenant):
        _assert_the_shop_is_open()
        planned = Activity.objects.planned()
        assert 0 < planned.overdue(now=now).count() < planned.count() / 2
        assert Deal.objects.without_next_step().count() <= today.WITHOUT_STEP
        assert not Channel.objects.filter(last_event_at=None).exists()
        clients = Company.objects.all()
        assert clients and all(client.client_type and client.points.exists() for client in clients)
        assert len({client.name for client in clients}) == len(clients)
        for details in LegalDetails.objects.all():
            assert checked_inn(details.inn) == details.inn


def _assert_the_shop_is_open() -> None:
    """Products are sold, papers and money stand at every point of their way, robots wait."""
    assert Product.objects.count() > 8 and ListPrice.objects.exists()
    assert {one.state for one in Proposal.objects.all()} == {"draft", "sent", "viewed", "accepted"}
    assert {one.state for one in Invoice.objects.all()} >= {"sent", "partly_paid", "paid"}
    assert Invoice.objects.filter(state="sent", due_on__lt=timezone.localdate()).exists()
    for deal in Deal.objects.filter(is_amount_of_lines=True).prefetch_related("lines"):
        assert deal.amount == lines.sums_of(deal, deal.lines.all()).total
    open_deals = Deal.objects.filter(state="open")
    assert len(open_deals) > 10 and all(deal.custom_values for deal in open_deals)
    assert Company.objects.exclude(custom_values={}).exists()
    assert Robot.objects.values("trigger").distinct().count() >= 4
    assert {run.state for run in RobotRun.objects.all()} <= {"waiting"}  # for deals to stay idle


def _assert_every_room_is_furnished(plan: Plan) -> None:
    """Whoever looks around in the demo finds something in each part of the product."""
    dialogs = Dialog.objects.with_holder()
    assert dialogs.open().filter(holder_pk=None).exists()
    assert dialogs.open().filter(holder_pk__isnull=False, unread_count__gt=0).exists()
    assert dialogs.open().filter(waiting_since=None).exists()
    assert {one.effect for one in DialogOutcome.objects.filter(pk__in=dialogs.values("outcome"))} >= {
        "keep",
        "reject",
        "accept",
    }
    assert Talk.objects.exclude(rating=None).count() > 5
    assert (
        CannedReply.objects.exclude(owner=None).exists()
        and CannedReply.objects.exclude(department=None).exists()
    )
    assert Script.objects.exclude(channel=None).exists() and Script.objects.exclude(stage=None).exists()
    assert {lead.channel.kind for lead in Lead.objects.exclude(channel=None)} == set(plan.kinds)
    assert Lead.objects.exclude(first_page_url="").exclude(first_marks={}).exists()
    assert Lead.objects.exclude(routing_rule=None).values("routing_rule").distinct().count() >= 4
    assert RoutingDecision.objects.filter(step__gt=0).exists()
    assert SiteCall.objects.exists() and SiteForm.objects.exists()
    assert Exclusion.objects.filter(held_count__gt=0).exists()
    assert ContactPair.objects.exists() and Merge.objects.exists()
    assert not Message.objects.filter(state__in=["queued", "sending"]).exists()


@pytest.mark.django_db
def test_year_goes_through_the_services() -> None:
    """A short year, its last scenes and the day after: nothing is refused, undone or left to send."""
    plan, now = dataclasses.replace(PLANS[0], leads=12), timezone.now()
    company = set_up(plan, now=now)
    year.live(company, seed=3, now=now)
    with tenant_scope(company.tenant):
        keep_calendar(company, now=now)
    year.last_hours(company, seed=3, now=now)
    with tenant_scope(company.tenant):
        assert not Event.objects.exclude(state="processed").exists()
        assert not Message.objects.filter(state__in=["queued", "sending"]).exists()
        assert Absence.objects.count() == 2 and DutyShift.objects.count() == 4
        (letter,) = Message.objects.filter(headers__has_key="meeting")
        assert letter.headers["meeting"]["title"] == SITE_WORDS["ru"].meeting[0]
        away = [channel for channel in company.channels.values() if channel.kind in AT_REST]
        assert not any(Channel.objects.get(pk=channel.pk).is_active for channel in away)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.slug)
def test_demo_is_connected_to_nobody(plan: Plan) -> None:
    """Whatever a stranger presses, no provider hears of it."""
    for kind, told in channel_settings(plan).items():
        places = [str(value) for name, value in told.items() if name.endswith(("_url", "_host"))]
        has_own = any(field.name == "base_url" for field in adapter_for(kind).fields)
        assert places or not has_own, kind
        assert all(place.endswith((".example", ".example.com")) for place in places)


@pytest.mark.django_db
def test_snapshot_older_than_a_column_gets_what_a_new_row_would(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, now, whole = PLANS[1], timezone.now(), snapshot._tables

    def older(file: TextIO) -> Iterator[tuple[str, list[str], io.StringIO]]:
        for table, columns, rows in whole(file):
            if table == Source._meta.db_table:
                at = columns.index("is_advertising")
                cells = [line.rstrip("\n").split("\t") for line in rows]
                rows = io.StringIO("".join("\t".join(c[:at] + c[at + 1 :]) + "\n" for c in cells))
                columns = columns[:at] + columns[at + 1 :]
            yield table, columns, rows

    monkeypatch.setattr(snapshot, "_tables", older)
    tenant = Tenant.objects.create(**tenant_fields(plan, now=now))
    snapshot.load(tenant, now=now, users=make_users(plan))
    with tenant_scope(tenant):
        assert set(Source.objects.values_list("is_advertising", flat=True)) == {True}


@pytest.mark.django_db
def test_generated_rows_hold_together_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction may only end where a lead with its call and entry is complete."""
    monkeypatch.setattr(bulk, "CHUNK", 3)
    size = bulk.Size(leads=40, deals=20, contacts=30, companies=8, members=4)
    tenant = bulk.generate_tenant(slug="bulk", size=size, seed=1, now=timezone.now())
    with tenant_scope(tenant):
        assert (Lead.objects.count(), Deal.objects.count()) == (40, 20)
        assert all(quality.shown(lead)[0] for lead in Lead.objects.all())


@pytest.mark.django_db
def test_generated_rows_are_believable() -> None:
    size = bulk.Size(leads=600, deals=300, contacts=300, companies=60, members=8)
    tenant = bulk.generate_tenant(slug="bulk", size=size, seed=1, now=timezone.now())
    with tenant_scope(tenant):
        leads = Lead.objects.select_related("contact", "deal").prefetch_related("contact__keys")
        assert all(lead.phone in {key.value for key in lead.contact.keys.all()} for lead in leads)
        assert all(lead.name in ("", lead.contact.name) for lead in leads)
        assert all(lead.deal.contact_id == lead.contact_id for lead in leads if lead.deal)
        assert {"converted", "rejected"} <= {lead.state for lead in leads}
        assert {"targeted", "repeat", "non_targeted", "unverified"} <= {lead.quality for lead in leads}
        assert len({lead.channel_kind for lead in leads}) == 5
        assert Deal.objects.filter(state="open").values("stage").distinct().count() >= 10
        counted = Activity.objects.filter(deal__isnull=False).values("deal").annotate(n=Count("pk"))
        assert max(row["n"] for row in counted) >= 8
        names = Contact.objects.values_list("name", flat=True)
        assert len(set(names)) > 250
        women = [name for name in names if name.split()[1][-1] in "ая"]
        assert women
        assert all(name.split()[0].endswith("а") for name in women)


@pytest.mark.django_db
def test_generated_leads_are_what_the_rules_say() -> None:
    size = bulk.Size(leads=120, deals=40, contacts=30, companies=5, members=4)
    tenant = bulk.generate_tenant(slug="bulk", size=size, seed=2, now=timezone.now())
    with tenant_scope(tenant):
        assert quality.reclassify_contacts(Contact.objects.values_list("pk", flat=True)) == 0


@pytest.mark.django_db
def test_generated_rows_have_what_a_company_adds_of_its_own() -> None:
    size = bulk.Size(leads=120, deals=80, contacts=60, companies=20, members=6)
    tenant = bulk.generate_tenant(slug="bulk", size=size, seed=3, now=timezone.now())
    with tenant_scope(tenant):
        for model in (Lead, Deal, Contact, Company):
            filled = [row for row in model.objects.all() if row.custom_values]
            assert len(filled) == model.objects.count()
            assert model.objects.exclude(tags=[]).exists()
        assert Invoice.objects.filter(state="paid", payments__isnull=False).exists()
        dialogs = Dialog.objects.annotate(n=Count("messages"))
        assert all(
            dialog.n and dialog.lead.dialog_id == dialog.pk for dialog in dialogs.select_related("lead")
        )
        agent = Membership.objects.get(email=f"user3@{tenant.slug}.example")
        own = Contact.objects.visible_to(agent)
        assert own.exists() and own.count() < Contact.objects.count()
        manager = Membership.objects.get(email=f"user4@{tenant.slug}.example")
        assert {deal.stage.pipeline_id for deal in Deal.objects.visible_to(manager)} < {
            deal.pipeline_id for deal in Deal.objects.all()
        }


@pytest.mark.django_db
def test_generate_makes_one_big_tenant_among_small_ones() -> None:
    call_command(
        "generate", tenants=3, leads=12, deals=6, other_leads=4, members=5, slug="many", stdout=io.StringIO()
    )
    counts = []
    for tenant in Tenant.objects.filter(slug__startswith="many").order_by("pk"):
        with tenant_scope(tenant):
            counts.append((tenant.slug, Lead.objects.count(), Deal.objects.count()))
    assert counts == [("many", 12, 6), ("many2", 4, 2), ("many3", 4, 2)]
