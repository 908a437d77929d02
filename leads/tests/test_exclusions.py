"""Who never becomes a lead again, and marking an inquiry as spam."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from activities.models import Activity
from channels.models import Message
from contacts.identity import Key
from contacts.models import Contact
from core.tenancy import tenant_scope
from leads.errors import CannotUndo, NotAnExclusion, PublicDomain
from leads.models import Exclusion, Lead
from leads.services import (
    create_manual_lead,
    exclude,
    mark_spam,
    read_exclusion,
    readmit,
    receive_call,
    receive_inquiry,
    spam_keys,
    undo_action,
)
from leads.tests.factories import (
    NOW,
    Person,
    call_update,
    inquiry,
    make_channel,
    make_dialog,
    make_lead,
    make_pipeline,
    make_reason,
)
from tenants.models import Membership, Tenant

pytestmark = pytest.mark.django_db
SignIn = Callable[[Membership], Client]
SPAMMER = Person(name="SEO", phone="+79160001122", email="promo@seo.example")


def outcome(person: Person, kind: str = "email") -> str:
    channel = make_channel(kind, "email")
    return receive_inquiry(inquiry=inquiry(person=person), channel=channel, now=NOW).outcome


# --- What is typed in ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("8 (916) 000-11-22", "phone", "+79160001122"),
        ("Promo@SEO.example", "email", "promo@seo.example"),
        ("@seo.example", "domain", "seo.example"),
        ("Seo.Example", "domain", "seo.example"),
        ("xn--e1afmkfd.xn--p1ai", "domain", "пример.рф"),
    ],
)
def test_typed_exclusion_is_understood(scope: Tenant, typed: str, kind: str, value: str) -> None:
    key = read_exclusion(typed)
    assert (key.kind, key.value) == (kind, value)


@pytest.mark.parametrize("typed", ["", "hello", "12", "a b.example"])
def test_typed_nonsense_is_refused(scope: Tenant, typed: str) -> None:
    with pytest.raises(NotAnExclusion):
        read_exclusion(typed)


def test_public_mail_service_is_refused_as_a_whole(scope: Tenant) -> None:
    with pytest.raises(PublicDomain):
        read_exclusion("gmail.com")
    assert read_exclusion("spam@gmail.com").kind == "email"


# --- What arrives -------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["+7 916 000-11-22", "promo@seo.example", "seo.example"])
def test_excluded_makes_no_lead_and_no_contact(scope: Tenant, typed: str) -> None:
    exclude(key=read_exclusion(typed), by=None, now=NOW)
    assert outcome(SPAMMER) == "ignored"
    assert not Lead.objects.exists() and not Contact.objects.exists()
    assert Activity.objects.get().direction == "in"  # written down all the same
    one = Exclusion.objects.get()
    assert (one.held_count, one.last_held_at) == (1, NOW)


def test_domain_covers_its_subdomains_and_no_neighbours(scope: Tenant) -> None:
    exclude(key=read_exclusion("seo.example"), by=None, now=NOW)
    assert outcome(Person(email="a@mail.seo.example")) == "ignored"
    assert outcome(Person(email="a@notseo.example")) == "lead"


def test_messenger_profile_is_excluded_in_its_own_network(scope: Tenant) -> None:
    exclude(key=Key("telegram", "500"), by=None, now=NOW)
    told = inquiry(person=Person(messenger_id="500"))
    telegram, whatsapp = make_channel("telegram", "messenger"), make_channel("whatsapp", "messenger")
    assert receive_inquiry(inquiry=told, channel=telegram, now=NOW).outcome == "ignored"
    assert receive_inquiry(inquiry=told, channel=whatsapp, now=NOW).outcome == "lead"


def test_incoming_call_of_an_excluded_number_is_counted_once(scope: Tenant) -> None:
    exclude(key=read_exclusion("+79160001122"), by=None, now=NOW)
    channel = make_channel("mango", "call")
    states = [{"state": "ringing"}, {"state": "finished", "result": "missed"}, {"recording_ref": "r"}]
    for facts in states:
        update = call_update("one", phone="89160001122", started_at=NOW, **facts)
        assert receive_call(update=update, channel=channel, now=NOW).outcome == "ignored"
    assert not Lead.objects.exists()
    assert Exclusion.objects.get().held_count == 1


def test_calling_an_excluded_number_works(scope: Tenant) -> None:
    exclude(key=read_exclusion("+79160001122"), by=None, now=NOW)
    update = call_update(phone="89160001122", direction="out", state="finished", started_at=NOW)
    assert receive_call(update=update, channel=make_channel("mango", "call"), now=NOW).outcome == "lead"


def test_message_about_an_open_deal_still_reaches_it(scope: Tenant, alice: Membership) -> None:
    channel = make_channel("telegram", "messenger", pipeline=make_pipeline(), responsible=alice)
    dialog, person = make_dialog(channel), Person(messenger_id="500")
    first = receive_inquiry(inquiry=inquiry(person=person), channel=channel, now=NOW, dialog=dialog)
    Message.objects.create(activity=first.activity, dialog=dialog, channel=channel, lead=first.lead)
    exclude(key=Key("telegram", "500"), by=None, now=NOW)
    later = inquiry(person=person, at=NOW + dt.timedelta(minutes=5))
    receipt = receive_inquiry(inquiry=later, channel=channel, now=NOW, dialog=dialog)
    assert receipt.outcome == "joined" and receipt.activity is not None
    assert receipt.activity.deal is not None


def test_readmitted_makes_leads_again(scope: Tenant, admin: Membership) -> None:
    one = exclude(key=read_exclusion("seo.example"), by=admin, now=NOW)
    readmit(exclusion=one, by=admin)
    assert outcome(SPAMMER) == "lead"


def test_what_is_typed_in_by_hand_is_a_lead_all_the_same(scope: Tenant, alice: Membership) -> None:
    exclude(key=read_exclusion("+79160001122"), by=None, now=NOW)
    assert create_manual_lead(by=alice, now=NOW, name="Anna", phone="+79160001122").pk


# --- Spam ---------------------------------------------------------------------------------------------
def test_sender_is_told_by_phone_address_domain_and_profile(scope: Tenant) -> None:
    lead = make_lead(person=SPAMMER, channel=make_channel("email", "email"))
    assert [(k.kind, k.value) for k in spam_keys(lead)] == [
        ("phone", "+79160001122"), ("email", "promo@seo.example"), ("domain", "seo.example"),
    ]  # fmt: skip
    bot = make_channel("telegram", "messenger")
    chat = make_lead(person=Person(messenger_id="500", username="seo"), channel=bot)
    assert [(k.kind, k.value) for k in spam_keys(chat)] == [("telegram", "500")]


def test_spam_is_rejected_excluded_and_undone_in_one(scope: Tenant, admin: Membership) -> None:
    reason = make_reason("Spam", is_non_targeted=True)
    lead = make_lead(person=SPAMMER, channel=make_channel("email", "email"))
    kept = exclude(key=Key("phone", "+79160001122"), by=admin, now=NOW - dt.timedelta(days=1))
    action = mark_spam(lead=lead, keys=spam_keys(lead)[:2], by=admin, now=NOW)
    done = Lead.objects.get()
    assert (done.state, done.rejection_reason, done.quality) == ("rejected", reason, "non_targeted")
    assert outcome(SPAMMER) == "ignored"
    undo_action(action=action, by=admin, now=NOW)
    assert Lead.objects.get().state == "new"
    assert list(Exclusion.objects.all()) == [kept]  # it was there before
    with pytest.raises(CannotUndo):
        undo_action(action=action, by=admin, now=NOW)


# --- Pages --------------------------------------------------------------------------------------------
@pytest.fixture
def spam(tenant: Tenant) -> Lead:
    with tenant_scope(tenant):
        make_reason("Spam", is_non_targeted=True)
        return make_lead(person=SPAMMER, channel=make_channel("email", "email"))


def test_dialog_excludes_what_is_ticked(spam: Lead, admin: Membership, client_of: SignIn) -> None:
    client, url = client_of(admin), reverse("leads:spam", args=[spam.pk])
    page = client.get(url).content.decode()
    boxes = re.findall(r'<input[^>]*name="keys"[^>]*>', page)
    assert [" checked" in box for box in boxes] == [True, True, False]  # not the domain
    assert (
        client.post(url, {"keys": ["domain:seo.example"]}, headers={"HX-Request": "true"}).status_code == 204
    )
    with tenant_scope(admin.tenant_id):
        assert [str(one) for one in Exclusion.objects.all()] == ["@seo.example"]
        assert Lead.objects.get().state == "rejected"


def test_dialog_takes_only_keys_of_this_lead(spam: Lead, admin: Membership, client_of: SignIn) -> None:
    url = reverse("leads:spam", args=[spam.pk])
    assert client_of(admin).post(url, {"keys": ["phone:+79990000000"]}).status_code == 422
    with tenant_scope(admin.tenant_id):
        assert not Exclusion.objects.exists()


def test_list_is_kept_in_the_settings(admin: Membership, client_of: SignIn) -> None:
    client = client_of(admin)
    assert (
        client.post(reverse("leads:exclusion_add"), {"value": "@seo.example", "note": "ads"}).status_code
        == 302
    )
    assert client.post(reverse("leads:exclusion_add"), {"value": "gmail.com"}).status_code == 422
    page = client.get(reverse("leads:exclusions"), {"q": "seo"}).content.decode()
    assert "@seo.example" in page and "ads" in page
    assert "@seo.example" not in client.get(reverse("leads:exclusions"), {"q": "zzz"}).content.decode()
    with tenant_scope(admin.tenant_id):
        one = Exclusion.objects.get()
    client.post(reverse("leads:exclusion_remove", args=[one.pk]))
    with tenant_scope(admin.tenant_id):
        assert not Exclusion.objects.exists()


def test_list_stands_under_settings_in_the_rail(admin: Membership, client_of: SignIn) -> None:
    response = client_of(admin).get(reverse("leads:exclusions"))
    assert response.context["shell"].section == "settings"


def test_list_is_paged_by_keyset(admin: Membership, client_of: SignIn) -> None:
    with tenant_scope(admin.tenant_id):
        for number in range(103):
            exclude(key=Key("phone", f"+7916{number:07}"), by=None, now=NOW + dt.timedelta(seconds=number))
    client = client_of(admin)
    first = client.get(reverse("leads:exclusions"))
    rest = client.get(reverse("leads:exclusions"), {"cursor": first.context["more"]})
    assert (len(first.context["rows"]), len(rest.context["rows"]), rest.context["more"]) == (100, 3, "")
