"""Merging cards and taking merges apart, as far as contacts alone are concerned."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from contacts import merging
from contacts.duplicates.decisions import mark_distinct
from contacts.duplicates.finding import FIRMS, PEOPLE, look_around
from contacts.identity import Key, find_contact, get_or_create_contact, messenger_key, phone_keys
from contacts.merging import merge_cards, undo_merge
from contacts.merging.references import STAYING, references_to
from contacts.models import Company, Contact, ContactPair, IdentityKey, LegalDetails, Merge, Pair
from contacts.services import (
    ContactKeyTaken,
    add_point,
    create_company,
    create_contact,
    delete_contact,
    link_company,
    restore_contact,
    save_legal_details,
    update_contact,
)
from contacts.survivors import CardIsMerged, survivor_of
from core.tenancy import TenantForeignKey, tenant_models
from core.tests.filling import fill

NOW = dt.datetime(2026, 11, 17, 8, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)
MARIA, MASHA = "+79161234567", "+79161234568"


def phone(number: str) -> list[Key]:
    return phone_keys(number, "RU")


@pytest.fixture
def maria(scope, admin) -> Contact:
    return create_contact(
        by=admin, now=NOW, name="Мария Белозёрова", keys=phone(MARIA), tags=["vip"], comment="ждёт звонка"
    )


@pytest.fixture
def masha(scope, admin) -> Contact:
    keys = [*phone(MASHA), *messenger_key("telegram", 77, username="masha")]
    return create_contact(
        by=admin, now=LATER, name="Маша", keys=keys, owner=admin, position="директор", tags=["опт", "vip"]
    )


def fresh(card: Any) -> Any:
    return type(card).objects.get(pk=card.pk)


# --- What moves --------------------------------------------------------------------------------------
@pytest.mark.parametrize("card", [Contact, Company])
def test_every_reference_to_a_client_is_moved_or_stays_for_a_reason(card):
    """A new foreign key to a client is moved by itself; one that must not be is named in STAYING."""
    known = {
        f"{model._meta.label}.{field.name}"
        for model in tenant_models()
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey) and field.related_model is card
    }
    moved = {reference.label for reference in references_to(card)}
    assert moved == known - STAYING
    assert {"leads.Lead", "deals.Deal", "activities.Activity"} <= {
        label.rpartition(".")[0] for label in moved
    }
    assert all(label.startswith("contacts.") for label in STAYING), "only this app's own notes may stay"


def test_staying_names_only_what_there_is():
    labels = {f"{m._meta.label}.{f.name}" for m in tenant_models() for f in m._meta.local_fields}
    assert labels >= STAYING


@pytest.mark.parametrize("model", [Contact, Company])
def test_rows_of_every_model_follow_and_go_back(scope, admin, model):
    stays, goes = fill(model, name="Stays"), fill(model, name="Goes")
    rows = {reference: fill(reference.model, **{reference.name: goes}) for reference in references_to(model)}
    assert len(rows) > 4
    merge = merge_cards(survivor=stays, others=[goes], by=admin, now=NOW)
    for reference, row in rows.items():
        assert getattr(fresh(row), f"{reference.name}_id") == stays.pk, reference.label
    undo_merge(merge=merge, by=admin, now=NOW)
    for reference, row in rows.items():
        assert getattr(fresh(row), f"{reference.name}_id") == goes.pk, reference.label


def test_survivor_keeps_its_values_and_fills_the_empty_ones(maria, masha, admin):
    merge_cards(survivor=maria, others=[masha], by=admin, now=LATER)
    card = fresh(maria)
    assert (card.name, card.first_name, card.position) == ("Мария Белозёрова", "Мария", "директор")
    assert (card.owner, card.comment, card.tags) == (admin, "ждёт звонка", ["vip", "опт"])
    assert {key.value: key.is_primary for key in card.keys.all()} == {MARIA: True, MASHA: False, "77": True}
    assert "79161234568" in card.search_text
    gone = fresh(masha)
    assert (gone.deleted_at, gone.merged_into) == (LATER, card)


def test_chosen_values_and_primary_keys_win(maria, masha, admin):
    second = masha.keys.get(value=MASHA)
    chosen = {"name": "Маша", "first_name": "Маша", "last_name": "", "comment": "", "tags": []}
    merge_cards(survivor=maria, others=[masha], by=admin, now=LATER, chosen=chosen, primary=[second.pk])
    card = fresh(maria)
    assert (card.name, card.last_name, card.comment, card.tags) == ("Маша", "", "", [])
    assert card.keys.get(kind="phone", is_primary=True).value == MASHA


def test_client_is_known_since_the_elder_card(maria, masha, admin):
    merge_cards(survivor=masha, others=[maria], by=admin, now=LATER)
    assert fresh(masha).created_at == NOW


def test_membership_both_have_stays_once_and_gains_the_position(maria, masha, admin):
    company = create_company(name="Ромашка", by=admin, now=NOW)
    mine = link_company(contact=maria, company=company)
    link_company(contact=masha, company=company, position="директор")
    merge = merge_cards(survivor=maria, others=[masha], by=admin, now=LATER)
    assert [(row.pk, row.position) for row in maria.memberships.all()] == [(mine.pk, "директор")]
    undo_merge(merge=merge, by=admin, now=LATER)
    assert (maria.memberships.get().position, masha.memberships.get().position) == ("", "директор")


def test_three_cards_at_once(maria, masha, admin):
    third = create_contact(by=admin, now=NOW, name="М. Белозёрова", keys=phone("+79161234569"))
    merge = merge_cards(survivor=maria, others=[masha, third], by=admin, now=LATER)
    assert maria.keys.filter(kind="phone").count() == 3
    assert Contact.objects.present().count() == 1
    undo_merge(merge=merge, by=admin, now=LATER)
    assert [maria.keys.count(), masha.keys.count(), third.keys.count()] == [1, 2, 1]


def test_timeline_says_who_was_merged(maria, masha, admin):
    merge = merge_cards(survivor=maria, others=[masha], by=admin, now=LATER)
    told = maria.activities.order_by("-id").first().data
    assert (told["code"], told["names"], told["merge"]) == ("cards_merged", ["Маша"], str(merge.pk))


# --- Refusals ----------------------------------------------------------------------------------------
def test_merge_refuses_one_card_too_many_and_gone_ones(maria, masha, admin):
    with pytest.raises(merging.NothingToMerge):
        merge_cards(survivor=maria, others=[maria], by=admin, now=NOW)
    crowd = [create_contact(by=admin, now=NOW, name=f"Contact {n}") for n in range(merging.MAX_CARDS)]
    with pytest.raises(merging.TooManyCards):
        merge_cards(survivor=maria, others=crowd, by=admin, now=NOW)
    delete_contact(contact=masha, by=admin, now=NOW)
    with pytest.raises(merging.CardGone):
        merge_cards(survivor=maria, others=[masha], by=admin, now=NOW)
    assert not Merge.objects.exists()


def test_second_merge_of_a_card_hears_who_was_faster(maria, masha, admin):
    other = create_contact(by=admin, now=NOW, name="Другая")
    merge_cards(survivor=maria, others=[masha], by=admin, now=NOW)
    with pytest.raises(merging.CardsAlreadyMerged) as refusal:
        merge_cards(survivor=other, others=[masha], by=admin, now=NOW)
    assert (refusal.value.details["who"], refusal.value.survivor) == (admin.name, maria.pk)


def test_merge_takes_the_right_to_edit_every_card(scope, maria, masha, alice):
    update_contact(contact=maria, by=None, now=NOW, owner=alice)
    with pytest.raises(merging.MergeNotAllowed):
        merge_cards(survivor=maria, others=[masha], by=alice, now=NOW)
    update_contact(contact=masha, by=None, now=NOW, owner=alice)
    merge_cards(survivor=maria, others=[masha], by=alice, now=NOW)


def test_undo_takes_the_right_to_edit_the_survivor(scope, maria, masha, admin, alice):
    merge = merge_cards(survivor=maria, others=[masha], by=admin, now=NOW)
    with pytest.raises(merging.MergeNotAllowed):
        undo_merge(merge=merge, by=alice, now=NOW)


def test_undo_happens_once(maria, masha, admin):
    merge = merge_cards(survivor=maria, others=[masha], by=admin, now=NOW)
    undo_merge(merge=merge, by=admin, now=NOW)
    with pytest.raises(merging.MergeAlreadyUndone):
        undo_merge(merge=merge, by=admin, now=NOW)


def test_later_merge_is_undone_first(maria, masha, admin):
    other = create_contact(by=admin, now=NOW, name="Анна Ким")
    first = merge_cards(survivor=maria, others=[masha], by=admin, now=NOW)
    second = merge_cards(survivor=other, others=[maria], by=admin, now=NOW)
    with pytest.raises(merging.MergedOnward):
        undo_merge(merge=first, by=admin, now=NOW)
    assert survivor_of(masha) == other
    undo_merge(merge=second, by=admin, now=NOW)
    undo_merge(merge=first, by=admin, now=NOW)
    assert fresh(masha).merged_into is None and masha.keys.count() == 2


def test_merged_card_comes_back_only_by_the_undo(maria, masha, admin):
    merge_cards(survivor=maria, others=[masha], by=admin, now=NOW)
    with pytest.raises(CardIsMerged):
        restore_contact(contact=fresh(masha), by=admin, now=NOW)


# --- Afterwards --------------------------------------------------------------------------------------
def test_undo_leaves_what_was_changed_since(maria, masha, admin):
    merge = merge_cards(survivor=maria, others=[masha], by=admin, now=NOW)
    update_contact(contact=fresh(maria), by=admin, now=NOW, position="владелец")
    undo_merge(merge=merge, by=admin, now=NOW)
    assert (fresh(maria).position, fresh(maria).owner) == ("владелец", None)


def test_two_merges_into_one_card_are_undone_in_any_order(maria, masha, admin):
    anna = create_contact(by=admin, now=NOW, name="Анна Ким", kind="клиент", position="бухгалтер")
    first = merge_cards(survivor=maria, others=[masha], by=admin, now=NOW)
    second = merge_cards(
        survivor=maria, others=[anna], by=admin, now=NOW, chosen={"position": "бухгалтер", "kind": "клиент"}
    )
    undo_merge(merge=first, by=admin, now=NOW)
    assert (fresh(maria).position, fresh(maria).kind, fresh(maria).owner) == ("бухгалтер", "клиент", None)
    undo_merge(merge=second, by=admin, now=NOW)
    assert (fresh(maria).position, fresh(maria).kind) == ("", "")


def test_keys_of_a_merged_card_lead_to_the_survivor(maria, masha, admin):
    merge_cards(survivor=maria, others=[masha], by=admin, now=NOW)
    assert find_contact(messenger_key("telegram", 77)) == maria
    # one that came to the merged card by a race
    IdentityKey.objects.create(contact=masha, kind="vk", value="5")
    found, is_new = get_or_create_contact(name="", keys=messenger_key("vk", 5), now=LATER)
    assert (found, is_new, fresh(masha).merged_into) == (maria, False, maria)
    with pytest.raises(ContactKeyTaken) as refusal:
        create_contact(by=admin, now=NOW, name="Новая", keys=messenger_key("vk", 5))
    assert refusal.value.details["contact"] == maria


def test_not_the_same_holds_for_the_survivor_and_is_undone(maria, masha, admin):
    stranger = create_contact(by=admin, now=NOW, name="Маша Белозерова", keys=messenger_key("telegram", 78))
    look_around(PEOPLE, [stranger.pk, maria.pk, masha.pk])
    pair = ContactPair.objects.of(maria).of(stranger).get()
    ContactPair.objects.exclude(pk=pair.pk).delete()
    mark_distinct(pair=pair, by=admin, now=NOW)
    merge = merge_cards(survivor=masha, others=[maria], by=admin, now=NOW)
    carried = ContactPair.objects.of(masha).get(state=Pair.State.DISTINCT)
    assert stranger.pk in (carried.first_id, carried.second_id) and carried.decided_by == admin
    look_around(PEOPLE, [masha.pk])
    assert not ContactPair.objects.likely().of(masha).of(stranger).exists()
    undo_merge(merge=merge, by=admin, now=NOW)
    assert list(ContactPair.objects.filter(state=Pair.State.DISTINCT)) == [pair]


# --- Companies ---------------------------------------------------------------------------------------
def test_companies_bring_people_points_details_and_branches(scope, admin):
    stays = create_company(name="Ромашка", by=admin, now=NOW)
    goes = create_company(name="ООО «Ромашка»", by=admin, now=NOW, industry="цветы", currency="RUB")
    branch = create_company(name="Ромашка Юг", by=admin, now=NOW, head_company=goes)
    person = create_contact(by=admin, now=NOW, name="Анна")
    link_company(contact=person, company=goes)
    for company in (stays, goes):
        add_point(company=company, key=phone("+74951234567")[0])
    save_legal_details(details=LegalDetails(company=goes, title="ООО Ромашка", inn="7707083893"))
    merge = merge_cards(survivor=stays, others=[goes], by=admin, now=LATER)
    assert (stays.points.count(), stays.legal_details.count(), stays.members.count()) == (1, 1, 1)
    assert (fresh(branch).head_company, fresh(stays).industry) == (stays, "цветы")
    assert "7707083893" in fresh(stays).search_text
    undo_merge(merge=merge, by=admin, now=LATER)
    assert (stays.points.count(), goes.points.count(), goes.legal_details.count()) == (1, 1, 1)
    assert (fresh(branch).head_company, fresh(stays).industry) == (goes, "")


@pytest.mark.parametrize("survivor", ["head", "branch"])
def test_head_and_branch_merged_make_no_loop(scope, admin, survivor):
    head = create_company(name="Ромашка", by=admin, now=NOW)
    between = create_company(name="Ромашка Юг", by=admin, now=NOW, head_company=head)
    branch = create_company(name="Ромашка Сочи", by=admin, now=NOW, head_company=between)
    stays, goes = (head, branch) if survivor == "head" else (branch, head)
    merge = merge_cards(survivor=stays, others=[goes], by=admin, now=NOW)
    assert (fresh(stays).head_company, fresh(between).head_company) == (None, stays)
    undo_merge(merge=merge, by=admin, now=NOW)
    assert fresh(branch).head_company == between and fresh(between).head_company == head


def test_merged_companies_are_compared_anew(scope, admin):
    stays, goes = (create_company(name=name, by=admin, now=NOW) for name in ("Ромашка", "Лютик"))
    third = create_company(name="Лютик", by=admin, now=NOW)
    look_around(FIRMS, [stays.pk, goes.pk, third.pk])
    merge_cards(survivor=stays, others=[goes], by=admin, now=NOW)
    assert fresh(stays).compared_at is None and fresh(goes).compared_at is None
