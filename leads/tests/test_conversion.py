"""A lead becomes a contact, a company, a deal, or part of a deal."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from activities.models import Activity
from contacts.models import Company, Contact, IdentityKey
from deals.errors import MissingFields
from deals.models import Deal, Stage
from deals.products.services import create_product
from deals.services import create_deal, move_deal, set_requirements
from leads import errors
from leads.models import Lead
from leads.services import (
    DealPlan,
    NewCompany,
    NewContact,
    NextStep,
    attach_lead,
    convert_lead,
    reject_lead,
    take_lead,
    undo_action,
)
from leads.tests.factories import NOW, Marks, Person, make_channel, make_lead, make_pipeline, make_source
from tenants.models import Membership, Tenant

ANNA = Person(name="Anna", phone="+79165551234", email="anna@example.com", company="Romashka")
TOMORROW = NOW + dt.timedelta(days=1)


def fresh(lead: Lead) -> Lead:
    return Lead.objects.select_related("deal", "contact", "company").get(pk=lead.pk)


def test_conversion_makes_contact_company_deal_and_next_step(scope: Tenant, alice: Membership) -> None:
    source = make_source("Avito", utm_source="avito")
    lead = make_lead(
        channel=make_channel(responsible=alice),
        person=ANNA,
        marks=Marks(source="avito", campaign="autumn"),
        product={"title": "Aurora 2"},
    )
    made = convert_lead(
        lead=lead,
        by=alice,
        now=NOW,
        new_contact=NewContact("Anna Kuzmina", "Director", is_arrived=True),
        new_company=NewCompany("Romashka LLC"),
        plan=DealPlan(make_pipeline(), amount=Decimal(289000)),
        next_step=NextStep("call", "Talk about delivery", TOMORROW),
    )
    assert made.contact == lead.contact and made.contact is not None and made.deal is not None
    assert (made.contact.name, made.contact.position) == ("Anna Kuzmina", "Director")
    assert made.company is not None and list(made.company.contacts.all()) == [made.contact]
    deal = Deal.objects.get(pk=made.deal.pk)
    assert (deal.title, deal.amount, deal.owner) == ("Aurora 2", Decimal(289000), alice)
    assert (deal.source, deal.campaign, deal.channel_kind) == (source, "autumn", "request")
    assert (deal.quality, deal.contact, deal.company) == ("targeted", made.contact, made.company)
    assert (deal.next_activity_title, deal.next_activity_at) == ("Talk about delivery", TOMORROW)
    done = fresh(lead)
    assert (done.state, done.deal, done.taken_by, done.closed_by) == ("converted", deal, alice, alice)
    assert Activity.objects.filter(lead=lead, deal=deal, kind="request").exists()


@pytest.mark.parametrize(
    ("price", "amount", "becomes"),
    [
        ("4 900", None, (Decimal(4900), True)),
        ("4900", Decimal(4900), (Decimal(4900), True)),
        ("4900", Decimal(5000), (Decimal(5000), False)),
        ("on request", Decimal(5000), (Decimal(5000), False)),
    ],
)
def test_product_of_a_lead_becomes_a_line_of_its_deal(
    scope: Tenant, alice: Membership, price: str, amount: Decimal | None, becomes: tuple[Decimal, bool]
) -> None:
    lead = make_lead(channel=make_channel(responsible=alice), product={"title": "Ficus", "price": price})
    deal = convert_lead(lead=lead, by=alice, now=NOW, plan=DealPlan(make_pipeline(), amount=amount)).deal
    assert deal is not None
    kept = Deal.objects.get(pk=deal.pk)
    assert (kept.amount, kept.is_amount_of_lines) == becomes
    assert [line.name for line in kept.lines.all()] == ([] if price == "on request" else ["Ficus"])


def test_product_of_the_catalogue_is_known_by_name(scope: Tenant, alice: Membership) -> None:
    ficus = create_product(by=alice, now=NOW, name="Ficus", price=Decimal(100), unit="pcs")
    lead = make_lead(channel=make_channel(responsible=alice), product={"title": "ficus"})
    deal = convert_lead(lead=lead, by=alice, now=NOW, plan=DealPlan(make_pipeline())).deal
    assert deal is not None
    [line] = deal.lines.all()
    assert (line.product, line.price, line.unit) == (ficus, 100, "pcs")
    assert Deal.objects.get(pk=deal.pk).amount == 100


def test_second_conversion_gets_the_deal_of_the_first(
    scope: Tenant, alice: Membership, admin: Membership
) -> None:
    lead, pipeline = make_lead(channel=make_channel(responsible=alice)), make_pipeline()
    deal = convert_lead(lead=lead, by=alice, now=NOW, plan=DealPlan(pipeline)).deal
    for member in (alice, admin):
        with pytest.raises(errors.LeadAlreadyConverted) as told:
            convert_lead(lead=lead, by=member, now=NOW, plan=DealPlan(pipeline))
        assert (told.value.deal, told.value.who) == (deal, "Alice")
    assert Deal.objects.count() == 1


def test_refused_stage_rolls_everything_back(scope: Tenant, admin: Membership) -> None:
    lead, pipeline = make_lead(), make_pipeline()
    stage = pipeline.stages.filter(kind=Stage.Kind.OPEN).order_by("position").first()
    assert stage is not None
    set_requirements(stage=stage, enter=["city", "amount"])
    with pytest.raises(MissingFields) as told:
        convert_lead(
            lead=lead,
            by=admin,
            now=NOW,
            new_company=NewCompany("Romashka"),
            plan=DealPlan(pipeline, stage, amount=Decimal(1)),
        )
    assert told.value.fields == ["city"]
    assert not Company.objects.exists() and not Deal.objects.exists() and fresh(lead).state == "new"
    plan = DealPlan(pipeline, stage, amount=Decimal(1), values={"city": "Khimki"})
    assert convert_lead(lead=lead, by=admin, now=NOW, plan=plan).deal is not None


def test_contact_alone_is_enough(scope: Tenant, admin: Membership) -> None:
    lead = make_lead(person=ANNA)
    made = convert_lead(lead=lead, by=admin, now=NOW)
    assert (made.deal, made.contact) == (None, lead.contact)
    assert fresh(lead).state == "converted"


def test_nothing_at_all_is_no_conversion(scope: Tenant, admin: Membership) -> None:
    lead = make_lead(person=Person(name="Somebody"))
    with pytest.raises(errors.NothingToCreate):
        convert_lead(lead=lead, by=admin, now=NOW)
    assert fresh(lead).state == "new"


def test_lead_taken_by_a_colleague_is_not_converted(
    scope: Tenant, admin: Membership, alice: Membership
) -> None:
    lead = make_lead(channel=make_channel(responsible=alice))
    take_lead(lead=lead, by=alice, now=NOW)
    with pytest.raises(errors.LeadTakenByOther):
        convert_lead(lead=lead, by=admin, now=NOW)


def test_rejected_lead_is_not_converted(scope: Tenant, admin: Membership) -> None:
    lead = make_lead()
    reject_lead(lead=lead, by=admin, now=NOW)
    with pytest.raises(errors.LeadClosed):
        convert_lead(lead=lead, by=admin, now=NOW)


def test_chosen_contact_takes_over_what_the_newcomer_brought(scope: Tenant, admin: Membership) -> None:
    known = Contact.objects.create(name="Anna Kuzmina")
    lead = make_lead(person=ANNA)
    newcomer = lead.contact
    assert newcomer is not None
    convert_lead(lead=lead, by=admin, now=NOW, contact=known)
    assert set(IdentityKey.objects.values_list("contact_id", "value")) == {
        (known.pk, "+79165551234"),
        (known.pk, "anna@example.com"),
    }
    assert Contact.objects.get(pk=newcomer.pk).deleted_at is not None
    assert fresh(lead).contact == known
    assert set(
        Activity.objects.filter(lead=lead).exclude(contact=newcomer).values_list("contact", flat=True)
    ) == {known.pk}


def test_chosen_contact_leaves_a_contact_with_a_life_of_its_own(scope: Tenant, admin: Membership) -> None:
    known = Contact.objects.create(name="Anna Kuzmina")
    make_lead(person=ANNA)
    lead = make_lead(person=ANNA, at=NOW + dt.timedelta(days=10))
    old = lead.contact
    assert old is not None
    convert_lead(lead=lead, by=admin, now=NOW, contact=known)
    assert old.keys.count() == 2 and Contact.objects.get(pk=old.pk).deleted_at is None


def test_untouched_newcomer_keeps_its_keys(scope: Tenant, admin: Membership) -> None:
    known = Contact.objects.create(name="Anna Kuzmina")
    lead = make_lead(person=ANNA)
    convert_lead(lead=lead, by=admin, now=NOW, contact=known, is_contact_completed=False)
    assert known.keys.count() == 0


def test_new_contact_beside_a_known_one_takes_no_keys_of_it(scope: Tenant, admin: Membership) -> None:
    make_lead(person=ANNA)
    lead = make_lead(person=ANNA, at=NOW + dt.timedelta(days=10))
    made = convert_lead(lead=lead, by=admin, now=NOW, new_contact=NewContact("Boris"))
    assert made.contact is not None and (made.contact.name, made.contact.keys.count()) == ("Boris", 0)
    assert made.contact != lead.contact


def test_conversion_makes_an_outgoing_call_count(scope: Tenant, admin: Membership) -> None:
    from leads.tests.factories import call_update, make_call

    lead = make_call(
        call_update(direction="out", state="finished", result="answered", answered_at=NOW, talk_s=60)
    )
    assert not lead.is_advertising
    convert_lead(lead=lead, by=admin, now=NOW, plan=DealPlan(make_pipeline()))
    assert (fresh(lead).is_advertising, fresh(lead).quality) == (True, "targeted")


# --- Attaching ---------------------------------------------------------------------------------------
def test_attached_lead_shows_on_the_deal_and_is_taken_off_again(scope: Tenant, alice: Membership) -> None:
    deal = create_deal(title="Old", pipeline=make_pipeline(), by=alice, now=NOW)
    lead = make_lead(channel=make_channel(responsible=alice), person=ANNA)
    action = attach_lead(lead=lead, deal=deal, by=alice, now=NOW)
    assert (action.lead.state, action.lead.deal, action.lead.contact) == ("converted", deal, lead.contact)
    assert Activity.objects.filter(deal=deal, lead=lead, kind="request").exists()
    undo_action(action=action, by=alice, now=NOW)
    assert (fresh(lead).state, fresh(lead).deal) == ("new", None)
    assert not Activity.objects.filter(deal=deal, lead=lead, kind="request").exists()


def test_lead_is_attached_to_open_deals_only(scope: Tenant, admin: Membership) -> None:
    deal = create_deal(title="Old", pipeline=make_pipeline(), by=admin, now=NOW)
    archived = Stage.objects.get(pipeline=deal.pipeline, kind=Stage.Kind.ARCHIVED)
    move_deal(deal=deal, stage=archived, by=admin, now=NOW)
    with pytest.raises(errors.DealClosed):
        attach_lead(lead=make_lead(), deal=deal, by=admin, now=NOW)


def test_conversion_cannot_be_undone(scope: Tenant, admin: Membership) -> None:
    made = convert_lead(lead=make_lead(), by=admin, now=NOW, plan=DealPlan(make_pipeline()))
    with pytest.raises(errors.CannotUndo):
        undo_action(action=made.action, by=admin, now=NOW)


def test_contact_that_loses_an_inquiry_has_its_quality_decided_anew(scope: Tenant, admin: Membership) -> None:
    person = Person(name="Anna", phone="+79160001122")
    first = make_lead(person=person)
    second = make_lead(person=person, at=NOW + dt.timedelta(days=10))
    assert second.quality_params["guess"] == Lead.Quality.REPEAT
    other = Contact.objects.create(name="Somebody else")
    convert_lead(lead=first, by=admin, now=NOW, contact=other, plan=DealPlan(pipeline=make_pipeline()))
    assert fresh(second).quality_params["guess"] == Lead.Quality.TARGETED
