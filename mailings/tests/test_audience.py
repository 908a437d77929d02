"""Whom a mailing goes to, and why some are left out."""

from __future__ import annotations

import datetime as dt

import pytest

from contacts.identity import Key
from contacts.models import Company, Contact
from contacts.services import link_company
from core.tenancy import tenant_scope
from leads.services import exclude
from mailings import audience, services
from mailings.errors import AlreadyStarted, CannotSendFrom, NobodyToWriteTo, TooManyPeople
from mailings.models import Mailing, Recipient, Subscription
from mailings.services import subscriptions
from mailings.tests.conftest import NOW, states
from tenants.models import Role

Reason = Recipient.Reason


def reasons(mailing: Mailing) -> dict[str, str]:
    with tenant_scope(mailing.tenant_id):
        rows = Recipient.objects.filter(mailing=mailing).select_related("contact")
        return {row.contact.name: row.reason for row in rows}


def test_each_is_left_out_for_the_reason_that_is_theirs(tenant, draft, person, alice):
    good = person("Good")
    nobody = person("No mail", email=None)
    spammer = person("Spammer", email="a@spam.example")
    left = person("Left", email="left@client.example")
    dead = person("Dead", email="dead@client.example")
    with tenant_scope(tenant):
        exclude(key=Key("domain", "spam.example"), by=alice, now=NOW)
        subscriptions.unsubscribe(
            address=("email", "left@client.example"), how=Subscription.How.LINK, now=NOW
        )
        subscriptions.note_bounce(address=("email", "dead@client.example"), is_passing=False, now=NOW)
    mailing = draft(good, nobody, spammer, left, dead)
    assert reasons(mailing) == {
        "Good": "",
        "No mail": Reason.NO_ADDRESS,
        "Spammer": Reason.EXCLUSION,
        "Left": Reason.UNSUBSCRIBED,
        "Dead": Reason.BOUNCED,
    }
    assert states(mailing) == {"waiting": 1, "excluded": 4}


def test_who_unsubscribed_one_address_gets_nothing_at_another(tenant, draft, person):
    two = person("Two", email="one@client.example")
    with tenant_scope(tenant):
        from contacts.services import add_key

        add_key(contact=two, key=Key("email", "two@client.example"), by=two.owner, now=NOW)
        subscriptions.unsubscribe(address=("email", "two@client.example"), how="link", now=NOW)
    assert reasons(draft(two)) == {"Two": Reason.UNSUBSCRIBED}


def test_a_bounced_address_leaves_the_next_one(tenant, draft, person):
    two = person("Two", email="one@client.example")
    with tenant_scope(tenant):
        from contacts.services import add_key

        add_key(contact=two, key=Key("email", "two@client.example"), by=two.owner, now=NOW)
        subscriptions.note_bounce(address=("email", "one@client.example"), is_passing=False, now=NOW)
        mailing = draft(two)
        assert Recipient.objects.get(mailing=mailing).address == "two@client.example"


def test_consent_is_asked_for_where_the_tenant_wants_it(tenant, draft, person, alice):
    given, none = person("Given", consented_at=NOW), person("None")
    assert reasons(draft(given, none)) == {"Given": "", "None": ""}
    with tenant_scope(tenant):
        services.save_settings(by=alice, is_consent_required=True)
    assert reasons(draft(given, none)) == {"Given": "", "None": Reason.NO_CONSENT}


def test_soft_bounces_count_up(tenant, draft, person):
    soft = person("Soft", email="soft@client.example")
    with tenant_scope(tenant):
        for _time in range(subscriptions.MAX_SOFT - 1):
            subscriptions.note_bounce(address=("email", "soft@client.example"), is_passing=True, now=NOW)
    assert reasons(draft(soft)) == {"Soft": ""}
    with tenant_scope(tenant):
        subscriptions.note_bounce(address=("email", "soft@client.example"), is_passing=True, now=NOW)
    assert reasons(draft(soft)) == {"Soft": Reason.BOUNCED}


def test_clients_out_of_sight_are_not_addressed(tenant, draft, person, alice, bob):
    with tenant_scope(tenant):
        Role.objects.filter(pk=alice.role_id).update(
            grants=alice.role.grants | {"contacts": {"view": "own", "add": "all", "edit": "own"}}
        )
        alice.role.refresh_from_db()
    mine, other = person("Mine"), person("Other", owner=bob)
    assert reasons(draft(mine, other)) == {"Mine": "", "Other": Reason.GONE}


def test_people_of_companies_and_how_many_have_none(tenant, draft, person, alice, mailbox):
    anna = person("Anna")
    with tenant_scope(tenant):
        firm, empty = (Company.objects.create(name=name, owner=alice) for name in ("Firm", "Empty"))
        link_company(contact=anna, company=firm, position="", by=alice, now=NOW)
        mailing = services.create_mailing(
            by=alice, now=NOW, name="Firms", channel=mailbox, card="companies", ids=[firm.pk, empty.pk]
        )
        assert mailing.without_people == 1
        assert [row.contact_id for row in Recipient.objects.filter(mailing=mailing)] == [anna.pk]
        with pytest.raises(NobodyToWriteTo):
            services.create_mailing(
                by=alice, now=NOW, name="None", channel=mailbox, card="companies", ids=[empty.pk]
            )


def test_more_people_than_one_mailing_takes_are_refused(tenant, draft, person, monkeypatch):
    monkeypatch.setattr(audience, "LIMIT", 1)
    with pytest.raises(TooManyPeople):
        draft(person(), person())


def test_a_channel_that_is_off_or_takes_no_mailings_is_refused(tenant, draft, person, make_channel, mailbox):
    with tenant_scope(tenant):
        form = make_channel("form").channel
    with pytest.raises(CannotSendFrom):
        draft(person(), channel=form)
    with tenant_scope(tenant):
        mailbox.is_active = False
        mailbox.save(update_fields=["is_active"])
    with pytest.raises(CannotSendFrom):
        draft(person())


def test_what_has_begun_is_changed_no_more(tenant, draft, person, start, alice):
    mailing = start(draft(person()))
    with tenant_scope(tenant):
        for act in (
            lambda: services.update_mailing(mailing=mailing, by=alice, now=NOW, text="Other"),
            lambda: services.delete_mailing(mailing=mailing, by=alice),
            lambda: services.start_mailing(mailing=mailing, by=alice, now=NOW),
            lambda: services.gather_again(mailing=mailing, by=alice, now=NOW, ids=[]),
        ):
            with pytest.raises(AlreadyStarted):
                act()


def test_a_draft_for_many_costs_the_same_number_of_queries(tenant, person, alice, mailbox):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost(count: int) -> int:
        people = [person(f"P{number}") for number in range(count)]
        with tenant_scope(tenant), CaptureQueriesContext(connection) as seen:
            services.create_mailing(
                by=alice, now=NOW, name="X", channel=mailbox, card="contacts", ids=[p.pk for p in people]
            )
        return len(seen)

    assert cost(3) == cost(30)


def test_in_a_messenger_only_who_has_written_and_while_the_window_is_open(
    tenant, draft, person, make_channel, alice
):
    from activities.models import Activity
    from channels.models import Dialog, Message

    with tenant_scope(tenant):
        whatsapp = make_channel("whatsapp", {"base_url": "https://graph.example"}).channel
        telegram = make_channel("telegram").channel
    fresh, stale, silent = person("Fresh"), person("Stale"), person("Silent")

    def wrote(contact: Contact, channel, key: str, ago: dt.timedelta) -> None:
        with tenant_scope(tenant):
            dialog = Dialog.objects.create(channel=channel, external_id=key, recipient=key, contact=contact)
            said = Activity.objects.create(
                kind="message", direction="in", occurred_at=NOW - ago, contact=contact, text="Hi"
            )
            Message.objects.create(
                activity=said, dialog=dialog, channel=channel, state="received", external_id=key
            )

    for number, channel in enumerate((whatsapp, telegram)):
        wrote(fresh, channel, f"1{number}", dt.timedelta(hours=23))
        wrote(stale, channel, f"2{number}", dt.timedelta(hours=25))
    assert reasons(draft(fresh, stale, silent, channel=whatsapp)) == {
        "Fresh": "",
        "Stale": Reason.WINDOW,
        "Silent": Reason.NO_DIALOG,
    }
    assert reasons(draft(fresh, stale, silent, channel=telegram)) == {
        "Fresh": "",
        "Stale": "",
        "Silent": Reason.NO_DIALOG,
    }
    wrote(silent, telegram, "-100500", dt.timedelta(hours=1))  # a group
    assert reasons(draft(silent, channel=telegram)) == {"Silent": Reason.NO_DIALOG}
