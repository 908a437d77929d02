"""People in companies: several at once, a main one from either side, and those who have left."""

from __future__ import annotations

import pytest
from django.utils import timezone

from contacts.lists import ContactListing
from contacts.models import CompanyMember
from contacts.services import (
    create_company,
    create_contact,
    dismiss_member,
    link_company,
    unlink_company,
    update_place,
)
from core.tenancy import tenant_scope

NOW = timezone.now()
HX = {"HX-Request": "true"}


@pytest.fixture
def people(tenant, alice):
    """Maria works in Romashka and Lutik."""
    with tenant_scope(tenant):
        maria = create_contact(name="Maria", owner=alice, by=alice, now=NOW)
        firms = [create_company(name=name, owner=alice, by=alice, now=NOW) for name in ("Romashka", "Lutik")]
        places = [
            link_company(contact=maria, company=firm, position="CEO", by=alice, now=NOW) for firm in firms
        ]
    return {"maria": maria, "romashka": firms[0], "lutik": firms[1], "first": places[0], "second": places[1]}


def told(contact) -> list[str]:
    return [entry.data["code"] for entry in contact.activities.order_by("pk")]


def test_one_main_company_and_one_main_person(scope, people, alice):
    update_place(member=people["first"], is_main_company=True, is_main_person=True)
    update_place(member=people["second"], is_main_company=True)
    places = CompanyMember.objects.order_by("pk")
    assert [(p.is_main_company, p.is_main_person) for p in places] == [(False, True), (True, False)]


def test_who_leaves_is_kept_and_can_come_back(scope, people, alice):
    place = people["first"]
    update_place(member=place, is_main_company=True, is_main_person=True)
    dismiss_member(member=place, by=alice, now=NOW, on=NOW.date())
    dismiss_member(member=place, by=alice, now=NOW, on=NOW.date())
    place.refresh_from_db()
    assert (place.left_on, place.is_main_company, place.is_main_person) == (NOW.date(), False, False)
    assert told(people["maria"]).count("company_unlinked") == 1
    rows = ContactListing().rows(alice)
    assert rows.get(pk=people["maria"].pk).company_names == ["Lutik"]
    back = link_company(contact=people["maria"], company=people["romashka"], by=alice, now=NOW)
    assert back.pk == place.pk and back.left_on is None and back.position == "CEO"
    assert told(people["maria"]).count("company_linked") == 3


def test_removed_place_of_one_who_left_tells_nothing_twice(scope, people, alice):
    dismiss_member(member=people["first"], by=alice, now=NOW, on=NOW.date())
    unlink_company(member=people["first"], by=alice, now=NOW)
    assert told(people["maria"]).count("company_unlinked") == 1


def test_both_cards_show_and_change_the_place(tenant, alice, people, client_of):
    client = client_of(alice)
    mine = f"/contacts/{people['maria'].pk}/companies/{people['first'].pk}/"
    theirs = f"/companies/{people['romashka'].pk}/people/{people['first'].pk}/"
    assert client.post(mine, {"position": "CTO"}, headers=HX).status_code == 200
    assert client.post(mine, {"main": "1"}, headers=HX).status_code == 200
    assert client.post(theirs, {"main": "1"}, headers=HX).status_code == 200
    with tenant_scope(tenant):
        place = CompanyMember.objects.get(pk=people["first"].pk)
        assert (place.position, place.is_main_company, place.is_main_person) == ("CTO", True, True)
    page = client.post(f"{theirs}left/", headers=HX)
    assert page.context["people"] == [] and len(page.context["former_people"]) == 1
    card = client.get(f"/contacts/{people['maria'].pk}/")
    assert [row.company.name for row in card.context["memberships"]] == ["Lutik"]
    assert [row.company.name for row in card.context["former_memberships"]] == ["Romashka"]
    assert client.post(theirs, {"main": "1"}).status_code == 404  # nobody who has left is the main person
    client.post(f"{mine}left/", headers=HX)
    assert (
        client.post(
            f"/contacts/{people['maria'].pk}/companies/", {"company": str(people["romashka"].pk)}
        ).status_code
        == 302
    )
    with tenant_scope(tenant):
        assert CompanyMember.objects.get(pk=people["first"].pk).left_on is None


def test_places_of_others_are_not_changed(bob, charlie, people, client_of):
    url = f"/contacts/{people['maria'].pk}/companies/{people['first'].pk}"
    for member in (bob, charlie):
        for path in ("/", "/left/"):
            assert client_of(member).post(f"{url}{path}").status_code == 404
