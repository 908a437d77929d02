"""Merging on pages: side by side, from a list, too late, undone; and who may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.duplicates.finding import PEOPLE, look_around
from contacts.identity import email_keys, phone_keys
from contacts.merging import merge_cards
from contacts.models import Company, Contact, ContactPair, Merge
from contacts.services import create_company, create_contact, delete_contact, update_contact
from core.tenancy import tenant_scope
from tenants.models import Membership, Tenant

NOW = dt.datetime(2026, 11, 17, 8, tzinfo=dt.UTC)
SignIn = Callable[[Membership], Client]


@pytest.fixture
def cards(tenant: Tenant, admin: Membership) -> list[Contact]:
    with tenant_scope(tenant):
        return [
            create_contact(
                by=admin, now=NOW, name="Мария Белозёрова", comment="ждёт", position="директор", tags=["vip"],
                keys=[*phone_keys("+79161234567", "RU"), *email_keys("m@x.ru")],
            ),
            create_contact(
                by=admin, now=NOW, name="Маша", comment="перезвонить", tags=["опт"],
                keys=phone_keys("+79161234568", "RU"), owner=admin,
            ),
        ]  # fmt: skip


def address(*cards: Any, name: str = "contacts:merge") -> str:
    return f"{reverse(name)}?" + "&".join(f"ids={card.pk}" for card in cards)


def test_form_shows_the_cards_side_by_side(
    tenant: Tenant, cards: list[Contact], admin: Membership, client_of: SignIn
) -> None:
    answer = client_of(admin).get(address(*cards))
    body, form = answer.content.decode(), answer.context["form"]
    assert set(form.fields) == {"survivor", "name", "tags", "comment", "primary-phone"}
    assert form["name"].value() == form["survivor"].value() == str(cards[0].pk), "the card most is known of"
    assert (form["tags"].value(), form["comment"].value()) == ("both", "both")
    assert "директор" in body and "+7 916 123-45-68" in body and "m@x.ru" in body
    assert [numbers for _label, numbers in answer.context["counts"]] == [[1, 1]], "what each timeline holds"


def test_merging_takes_the_chosen_values(
    tenant: Tenant, cards: list[Contact], admin: Membership, client_of: SignIn
) -> None:
    one, other = cards
    with tenant_scope(tenant):
        second = other.keys.get()
    typed = {
        "survivor": str(one.pk), "name": str(other.pk), "tags": str(one.pk), "comment": "both",
        "primary-phone": str(second.pk),
    }  # fmt: skip
    answer = client_of(admin).post(address(one, other), typed)
    assert answer.status_code == 302 and answer["Location"] == reverse("contacts:detail", args=[one.pk])
    with tenant_scope(tenant):
        card = Contact.objects.present().get()
        assert (card.name, card.tags, card.comment) == ("Маша", ["vip"], "ждёт\nперезвонить")
        assert (card.position, card.owner) == ("директор", admin)
        assert card.keys.get(kind="phone", is_primary=True).value == "+79161234568"


def test_merged_address_leads_to_the_survivor(
    tenant: Tenant, cards: list[Contact], admin: Membership, client_of: SignIn
) -> None:
    client, (one, other) = client_of(admin), cards
    with tenant_scope(tenant):
        merge_cards(survivor=one, others=[other], by=admin, now=NOW)
    answer = client.get(reverse("contacts:detail", args=[other.pk]))
    assert answer.status_code == 302 and answer["Location"] == reverse("contacts:detail", args=[one.pk])
    assert client.post(reverse("contacts:restore", args=[other.pk])).status_code == 404
    panel = client.get(reverse("contacts:duplicates_panel", args=[one.pk])).content.decode()
    assert "Маша" in panel and "Отменить" in panel


def test_merge_is_undone_on_the_card(
    tenant: Tenant, cards: list[Contact], admin: Membership, alice: Membership, client_of: SignIn
) -> None:
    one, other = cards
    with tenant_scope(tenant):
        merge = merge_cards(survivor=one, others=[other], by=admin, now=NOW)
    url = reverse("contacts:merge_undo", args=[merge.pk])
    assert client_of(alice).post(url).status_code == 404, "she may not edit the card"
    client = client_of(admin)
    assert client.post(url)["Location"] == reverse("contacts:detail", args=[one.pk])
    assert client.post(url).status_code == 409
    with tenant_scope(tenant):
        assert Contact.objects.present().count() == 2
    body = client.get(reverse("contacts:duplicate_list") + "?state=merged").content.decode()
    assert "отменено" in body


def test_whoever_comes_second_hears_who_was_first(
    tenant: Tenant, cards: list[Contact], admin: Membership, head: Membership, client_of: SignIn
) -> None:
    one, other = cards
    with tenant_scope(tenant):
        third = create_contact(by=admin, now=NOW, name="Третья")
        merge_cards(survivor=one, others=[other], by=admin, now=NOW)
    client = client_of(head)
    for answer in (
        client.get(address(other, third)),
        client.post(address(other, third), {"survivor": str(third.pk)}),
    ):
        assert answer.status_code == 409
        assert (
            admin.name in answer.content.decode()
            and reverse("contacts:detail", args=[one.pk]) in answer.content.decode()
        )
    with tenant_scope(tenant):
        assert Merge.objects.count() == 1


def test_merging_takes_the_right_to_edit_both(
    tenant: Tenant, cards: list[Contact], alice: Membership, client_of: SignIn
) -> None:
    client, (one, other) = client_of(alice), cards
    with tenant_scope(tenant):
        update_contact(contact=one, by=None, now=NOW, owner=alice)
    answer = client.get(address(one, other))
    assert answer.status_code == 403 and "Объединять можно только" in answer.content.decode()
    assert client.post(address(one, other), {"survivor": str(one.pk)}).status_code == 403
    with tenant_scope(tenant):
        update_contact(contact=other, by=None, now=NOW, owner=alice)
    assert client.post(address(one, other), {"survivor": str(one.pk)}).status_code == 302


def test_cards_of_another_tenant_and_gone_ones_are_missing(
    tenant: Tenant, cards: list[Contact], admin: Membership, charlie: Membership, client_of: SignIn
) -> None:
    one, other = cards
    with tenant_scope(charlie.tenant):
        theirs = create_contact(by=charlie, now=NOW, name="Чужая")
    client = client_of(admin)
    assert client.get(address(one, theirs)).status_code == 404
    assert client.get(address(one)).status_code == 404
    assert client.get(reverse("contacts:merge") + "?ids=x&ids=y").status_code == 404
    with tenant_scope(tenant):
        delete_contact(contact=other, by=admin, now=NOW)
    assert client.get(address(one, other)).status_code == 404
    with tenant_scope(charlie.tenant):
        assert client_of(charlie)
    assert client_of(charlie).get(address(one, other)).status_code == 404


def test_form_without_a_survivor_is_shown_again(
    tenant: Tenant, cards: list[Contact], admin: Membership, client_of: SignIn
) -> None:
    answer = client_of(admin).post(address(*cards), {"survivor": "nobody"})
    assert answer.status_code == 422
    with tenant_scope(tenant):
        assert not Merge.objects.exists()


def test_form_says_that_somebody_told_them_apart(
    tenant: Tenant, cards: list[Contact], admin: Membership, client_of: SignIn
) -> None:
    with tenant_scope(tenant):
        first, second = sorted(card.pk for card in cards)
        ContactPair.objects.create(
            first_id=first, second_id=second, score=60, state="distinct", decided_by=admin, decided_at=NOW
        )
    assert "разные" in client_of(admin).get(address(*cards)).content.decode()


# --- Which cards -------------------------------------------------------------------------------------
def test_ticked_rows_go_on_to_the_form(
    tenant: Tenant, cards: list[Contact], admin: Membership, client_of: SignIn
) -> None:
    client = client_of(admin)
    ids = [str(card.pk) for card in cards]
    answer = client.post(reverse("contacts:merge_ticked"), {"ids": ids})
    assert answer["Location"].startswith(reverse("contacts:merge")) and all(
        pk in answer["Location"] for pk in ids
    )
    alone = client.post(reverse("contacts:merge_ticked"), {"ids": ids[:1]})
    assert alone["Location"].startswith(reverse("contacts:list"))


def test_merge_with_offers_doubles_and_searches(
    tenant: Tenant, cards: list[Contact], admin: Membership, client_of: SignIn
) -> None:
    with tenant_scope(tenant):
        double = create_contact(
            by=admin, now=NOW, name="Белозерова Мария", keys=phone_keys("+79161234566", "RU")
        )
        look_around(PEOPLE, [double.pk, cards[0].pk])
    client, url = client_of(admin), reverse("contacts:merge_with", args=[cards[0].pk])
    assert f"ids={double.pk}" in client.get(url).content.decode().replace("&amp;", "&")
    found = client.get(url, {"q": "Маша", "part": "found"}).content.decode()
    assert f"ids={cards[0].pk}&amp;ids={cards[1].pk}" in found and "<html" not in found
    assert "Никого" in client.get(url, {"q": "Несуществующий"}).content.decode()


def test_companies_are_merged_the_same_way(tenant: Tenant, admin: Membership, client_of: SignIn) -> None:
    client = client_of(admin)
    with tenant_scope(tenant):
        one = create_company(name="Ромашка", by=admin, now=NOW, site="romashka.ru", turnover=5)
        other = create_company(name="ООО Ромашка", by=admin, now=NOW, site="romashka.com", headcount=7)
    page = client.get(address(one, other, name="contacts:company_merge"))
    assert set(page.context["form"].fields) == {"survivor", "name", "site"}
    typed = {"survivor": str(one.pk), "name": str(other.pk), "site": str(one.pk)}
    answer = client.post(address(one, other, name="contacts:company_merge"), typed)
    assert answer["Location"] == reverse("contacts:company_detail", args=[one.pk])
    with tenant_scope(tenant):
        card = Company.objects.present().get()
        assert (card.name, card.site, card.turnover, card.headcount) == ("ООО Ромашка", "romashka.ru", 5, 7)
        merge = Merge.objects.get()
    assert client.get(reverse("contacts:company_detail", args=[other.pk])).status_code == 302
    client.post(reverse("contacts:company_merge_undo", args=[merge.pk]))
    with tenant_scope(tenant):
        assert Company.objects.present().count() == 2


def test_form_costs_the_same_whatever_the_cards_have(
    tenant: Tenant,
    cards: list[Contact],
    admin: Membership,
    client_of: SignIn,
    django_assert_max_num_queries: Any,
) -> None:
    with tenant_scope(tenant):
        for number in range(10):
            cards[0].activities.create(kind="note", text=f"{number}", occurred_at=NOW)
    client = client_of(admin)
    client.get(address(*cards))
    with django_assert_max_num_queries(32):
        client.get(address(*cards))
