"""Merged clients and their inquiries, deals and dialogs; a merge taken apart leaves everything as it was."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from activities.models import Activity
from activities.services import add_note, plan_activity
from channels.models import Channel, Dialog
from contacts.identity import Key, messenger_key, phone_keys
from contacts.merging import merge_cards, undo_merge
from contacts.models import Company, Contact
from contacts.services import add_point, create_company, create_contact, link_company
from core.tenancy import tenant_models
from deals.models import Deal, Pipeline
from deals.services import create_deal
from leads.inquiry import Person
from leads.models import Lead
from leads.services import (
    DealPlan,
    attach_lead,
    convert_lead,
    create_manual_lead,
    open_lead,
    receive_inquiry,
    undo_action,
)
from leads.services.landing import land
from leads.tests.factories import (
    NOW,
    call_update,
    inquiry,
    make_call,
    make_channel,
    make_dialog,
    make_lead,
    make_pipeline,
)
from tenants.models import Membership

DAY = dt.timedelta(days=1)
PHONE, OTHER_PHONE = "+79161234567", "+79169876543"
pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(scope) -> Channel:
    return make_channel("telegram", "messenger", new_lead_after_h=1)


@pytest.fixture
def page(scope) -> Channel:
    return make_channel("vk", "messenger", new_lead_after_h=1)


def write(
    channel: Channel, user: str, *, at: dt.datetime = NOW, name: str = "", dialog: Dialog | None = None
) -> Lead:
    """Let somebody write in a messenger, as the journal does it."""
    talk = (
        dialog
        or Dialog.objects.get_or_create(channel=channel, external_id=user, defaults={"recipient": user})[0]
    )
    person = Person(name=name, messenger_id=user)
    receipt = receive_inquiry(inquiry=inquiry(at=at, person=person), channel=channel, now=at, dialog=talk)
    if receipt.contact is not None and talk.contact_id != receipt.contact.pk:
        talk.contact = receipt.contact
        talk.save(update_fields=["contact"])
    assert receipt.lead is not None
    return receipt.lead


def qualities(contact: Contact) -> list[str]:
    Lead.objects.filter(contact=contact, opened_at=None).update(opened_at=NOW)
    return list(
        Lead.objects.filter(contact=contact).order_by("received_at").values_list("quality", flat=True)
    )


# --- What follows ------------------------------------------------------------------------------------
def test_client_of_two_messengers_is_one_after_merging(scope, admin, bot, page):
    first, second = write(bot, "77", name="Мария"), write(page, "12", at=NOW + DAY, name="Маша")
    merge_cards(survivor=first.contact, others=[second.contact], by=admin, now=NOW)
    assert set(Dialog.objects.values_list("contact", flat=True)) == {first.contact_id}
    assert set(Activity.objects.filter(kind="message").values_list("contact", flat=True)) == {
        first.contact_id
    }
    again = write(page, "12", at=NOW + 3 * DAY)
    assert again.contact_id == first.contact_id


def test_merge_decides_quality_anew_and_undo_once_more(scope, admin, bot, page):
    first, second = write(bot, "77"), write(page, "12", at=NOW + DAY)
    for lead in (first, second):
        open_lead(lead=lead, by=admin, now=NOW)
    one, other = first.contact, second.contact
    assert (qualities(one), qualities(other)) == (["targeted"], ["targeted"])
    merge = merge_cards(survivor=other, others=[one], by=admin, now=NOW)
    assert qualities(other) == ["targeted", "repeat"]
    undo_merge(merge=merge, by=admin, now=NOW)
    assert (qualities(one), qualities(other)) == (["targeted"], ["targeted"])


def test_undo_gives_what_came_in_between_to_whom_it_came_from(scope, admin, bot, page):
    maria, masha = write(bot, "77").contact, write(page, "12").contact
    keys = phone_keys(PHONE, "RU")
    caller = create_contact(by=admin, now=NOW, name="Звонит", keys=keys)
    merge = merge_cards(survivor=maria, others=[masha, caller], by=admin, now=NOW)
    later = NOW + 2 * DAY
    by_bot, by_page = write(bot, "77", at=later), write(page, "12", at=later)
    by_phone = make_lead(person=Person(phone=PHONE), at=later)
    call = make_call(call_update(at=later, phone=PHONE, state="finished", result="missed"))
    deal = convert_lead(lead=by_page, by=admin, now=later, plan=DealPlan(make_pipeline())).deal
    note = add_note(text="сама", by=admin, now=later, contact=maria)
    undo_merge(merge=merge, by=admin, now=later)
    owner = dict(Lead.objects.values_list("pk", "contact_id"))
    assert owner[by_bot.pk] == maria.pk
    assert owner[by_page.pk] == masha.pk
    assert owner[by_phone.pk] == owner[call.pk] == caller.pk
    assert Deal.objects.get(pk=deal.pk).contact_id == masha.pk
    lines = dict(Activity.objects.filter(lead__in=[by_page.pk]).values_list("pk", "contact_id"))
    assert set(lines.values()) == {masha.pk}
    assert Activity.objects.get(pk=note.pk).contact_id == maria.pk


def test_notes_about_a_deal_go_back_with_it(scope, admin):
    pipeline = make_pipeline()
    maria, masha = (create_contact(by=admin, now=NOW, name=name) for name in ("Мария", "Маша"))
    firm, gone = (create_company(name=name, by=admin, now=NOW) for name in ("Ромашка", "Лютик"))
    deals = [
        create_deal(
            title="Кофемашина", pipeline=pipeline, by=admin, now=NOW, contact=contact, company=company
        )
        for contact, company in ((maria, firm), (masha, gone))
    ]
    merges = [
        merge_cards(survivor=maria, others=[masha], by=admin, now=NOW),
        merge_cards(survivor=firm, others=[gone], by=admin, now=NOW),
    ]
    notes = [
        add_note(text="после", by=admin, now=NOW + DAY, deal=Deal.objects.get(pk=deal.pk)) for deal in deals
    ]
    assert {(note.contact_id, note.company_id) for note in notes} == {(maria.pk, firm.pk)}
    for merge in merges:
        undo_merge(merge=merge, by=admin, now=NOW + DAY)
    own, others = (Activity.objects.get(pk=note.pk) for note in notes)
    assert (own.contact, own.company) == (maria, firm)
    assert (others.contact, others.company) == (masha, gone)


def test_undo_of_an_attachment_finds_the_survivor(scope, admin, bot):
    pipeline = make_pipeline()
    known = create_contact(by=admin, now=NOW, name="Мария", keys=phone_keys(PHONE, "RU"))
    deal = create_deal(title="Кофемашина", pipeline=pipeline, by=admin, now=NOW, contact=known)
    lead = make_lead(person=Person(phone=OTHER_PHONE))
    third = create_contact(by=admin, now=NOW, name="Третья")
    arrived = lead.contact
    action = attach_lead(lead=lead, deal=deal, by=admin, now=NOW)
    merge_cards(survivor=third, others=[arrived], by=admin, now=NOW)
    undo_action(action=action, by=admin, now=NOW)
    assert Lead.objects.get(pk=lead.pk).contact == third


def test_conversion_with_a_card_that_was_just_merged_takes_the_survivor(scope, admin):
    stale = create_contact(by=admin, now=NOW, name="Маша", keys=phone_keys(PHONE, "RU"))
    maria = create_contact(by=admin, now=NOW, name="Мария")
    company, gone = (create_company(name=name, by=admin, now=NOW) for name in ("Ромашка", "Лютик"))
    merge_cards(survivor=maria, others=[stale], by=admin, now=NOW)
    merge_cards(survivor=company, others=[gone], by=admin, now=NOW)
    lead = create_manual_lead(by=admin, now=NOW, name="Маша")
    made = convert_lead(
        lead=lead, by=admin, now=NOW, contact=stale, company=gone, plan=DealPlan(make_pipeline())
    )
    assert (made.deal.contact, made.deal.company, made.lead.contact) == (maria, company, maria)


# --- One visible deal --------------------------------------------------------------------------------
@pytest.fixture
def pipeline(scope) -> Pipeline:
    made = make_pipeline()
    made.has_one_open_deal = True
    made.save()
    return made


def test_lead_lands_on_the_open_deal_of_a_pipeline_with_one(scope, admin, pipeline):
    person = Person(phone=PHONE)
    channel = make_channel(pipeline=pipeline, new_lead_after_h=1)
    first, second = (
        make_lead(channel=channel, person=person),
        make_lead(channel=channel, person=person, at=NOW + DAY),
    )
    assert first.deal is not None and second.deal == first.deal
    assert (Deal.objects.count(), second.state) == (1, "converted")


def test_lead_lands_on_a_deal_of_its_own_elsewhere(scope, admin):
    person, channel = Person(phone=PHONE), make_channel(pipeline=make_pipeline(), new_lead_after_h=1)
    make_lead(channel=channel, person=person)
    make_lead(channel=channel, person=person, at=NOW + DAY)
    assert Deal.objects.count() == 2


def test_message_of_a_folded_deals_dialog_goes_on_with_the_visible_one(scope, admin, bot, pipeline):
    chat = make_dialog(bot, recipient="77")
    lead = write(bot, "77", dialog=chat)
    small = convert_lead(lead=lead, by=admin, now=NOW, plan=DealPlan(pipeline)).deal
    other = create_contact(by=admin, now=NOW, name="Мария")
    big = create_deal(title="Большая", pipeline=pipeline, by=admin, now=NOW, contact=other)
    answers = {f"deal-{pipeline.pk}": str(big.pk)}
    Activity.objects.filter(lead=lead).update(deal=small)
    merge_cards(survivor=other, others=[lead.contact], by=admin, now=NOW, answers=answers)
    assert Deal.objects.get(pk=small.pk).folded_into == big
    assert Lead.objects.get(pk=lead.pk).deal == big
    assert not land(make_lead(person=Person(phone=OTHER_PHONE)), make_channel(), now=NOW)


# --- Lossless ----------------------------------------------------------------------------------------
IGNORED = {
    "contacts.Merge", "contacts.MergedCard", "contacts.MergeMove", "contacts.ContactMatchKey",
    "contacts.CompanyMatchKey", "contacts.ContactPair", "contacts.CompanyPair",
}  # fmt: skip
# Counts up so that pages older than the merge are told apart, and says when a card was last compared.
MOVING_ON = {"version", "changed_at", "changed_by_id", "compared_at"}


def everything() -> dict[str, dict[Any, dict[str, Any]]]:
    """Read every row of the tenant."""
    return {
        model._meta.label: {
            row["id"]: {name: value for name, value in row.items() if name not in MOVING_ON}
            for row in model._default_manager.values()
        }
        for model in tenant_models()
        if model._meta.label not in IGNORED
    }


def made_up(
    rng: random.Random, by: Membership, pipelines: list[Pipeline]
) -> tuple[list[Contact], list[Company]]:
    """Make contacts and companies with whatever there can be around them."""
    channels = [make_channel("telegram", "messenger"), make_channel("vk", "messenger"), make_channel()]
    companies = []
    for number in range(4):
        head = rng.choice([None, *companies])
        company = create_company(name=f"Фирма {number}", by=by, now=NOW, head_company=head)
        add_point(
            company=company,
            key=Key("phone", rng.choice(["+74951111111", "+74952222222"]), label=rng.choice(["", "офис"])),
        )
        companies.append(company)
    contacts: list[Contact] = []
    for number in range(5):
        at = NOW + rng.randrange(9) * DAY
        keys = [*phone_keys(f"+7916000000{number}", "RU"), *messenger_key("telegram", f"9{number}")]
        contact = create_contact(
            by=by, now=at, name=rng.choice(["", "Мария Ким", "Олег"]), keys=keys[: rng.randrange(3)],
            owner=rng.choice([None, by]), tags=rng.choice([[], ["vip"], ["опт", "vip"]]), comment=rng.choice(["", "да"]),
            consented_at=rng.choice([None, at]),
        )  # fmt: skip
        contacts.append(contact)
        for company in rng.sample(companies, 2):
            link_company(contact=contact, company=company, position=rng.choice(["", "директор"]))
    for _number in range(14):
        contact, at = rng.choice(contacts), NOW + rng.randrange(30) * DAY
        match rng.randrange(5):
            case 0:
                key = contact.keys.first()
                told = {"phone": key.value} if key and key.kind == "phone" else {"phone": ""}
                lead = make_lead(person=Person(name="Мария", **told), at=at, channel=rng.choice(channels))
                open_lead(lead=lead, by=by, now=at)
            case 1:
                deal = create_deal(
                    title="Сделка", pipeline=rng.choice(pipelines), by=by, now=at, contact=contact,
                    company=rng.choice([None, rng.choice(companies)]),
                )  # fmt: skip
                plan_activity(kind="call", subject="Позвонить", due_at=at, owner=by, by=by, now=at, deal=deal)
            case 2:
                add_note(text="заметка", by=by, now=at, contact=contact)
            case 3:
                make_dialog(rng.choice(channels), contact=contact, recipient="1")
            case 4:
                create_deal(
                    title="Без человека",
                    pipeline=rng.choice(pipelines),
                    by=by,
                    now=at,
                    company=rng.choice(companies),
                )
    return contacts, companies


@pytest.mark.parametrize("seed", range(8))
def test_undo_restores_exactly(scope, admin, pipeline, seed):
    """Whatever there is and however it is merged: each row that was there is as it was."""
    rng = random.Random(seed)
    contacts, companies = made_up(rng, admin, [pipeline, make_pipeline()])
    for cards in (contacts, companies):
        stays, *goes = rng.sample(cards, rng.randint(2, 4))
        before = everything()
        merge = merge_cards(survivor=stays, others=goes, by=admin, now=NOW + 50 * DAY)
        assert everything() != before
        undo_merge(merge=merge, by=admin, now=NOW + 51 * DAY)
        after = everything()
        for label, rows in before.items():
            changed = {
                pk: (row, after[label].get(pk)) for pk, row in rows.items() if after[label].get(pk) != row
            }
            assert changed == {}, label


@pytest.mark.parametrize("seed", range(3))
def test_several_merges_undone_one_after_the_other_restore_exactly(scope, admin, pipeline, seed):
    rng = random.Random(100 + seed)
    contacts, _companies = made_up(rng, admin, [pipeline])
    before = everything()
    stays, *goes = contacts
    merges = [merge_cards(survivor=stays, others=[one], by=admin, now=NOW + 50 * DAY) for one in goes]
    rng.shuffle(merges)
    for merge in merges:
        undo_merge(merge=merge, by=admin, now=NOW + 51 * DAY)
    after = everything()
    for label, rows in before.items():
        changed = {pk: (row, after[label].get(pk)) for pk, row in rows.items() if after[label].get(pk) != row}
        assert changed == {}, label
