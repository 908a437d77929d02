"""Waves: what is settled together ends as if it had been settled one by one, whatever comes between."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.utils import timezone

from activities.models import Activity, Notification
from channels.journal import drain, ledger, waves, work
from channels.journal.waves import Foresight, Wave, settle_wave
from channels.models import Channel, Event, EventItem
from channels.services import CreatedChannel
from channels.tests.conftest import post_form
from channels.tests.conftest import work as work_off
from channels.tests.test_concurrency import at_once
from conftest import make_member
from contacts.identity import Key
from contacts.models import Contact, IdentityKey
from core.tenancy import tenant_scope
from leads import services as leads
from leads.models import Lead, RoutingDecision, RoutingRule, RoutingTurn
from leads.services import RuleValues, save_rule
from leads.tests.factories import make_pipeline
from tenants.models import Membership, Role, Tenant

pytestmark = pytest.mark.django_db


def body(number: int, *, name: str = "", text: str = "Hello") -> bytes:
    return f"name={name or f'Client+{number}'}&phone=%2B7916000{number:04}&message={text}".encode()


def post_all(made: CreatedChannel, bodies: Sequence[bytes]) -> None:
    for one in bodies:
        post_form(made, one)


def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "foresee", lambda ids, channel: Foresight(ids))


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many events each wave settled; 0 for one that broke up."""
    sizes: list[int] = []

    def settle_together(wave: Wave, channel: Channel, **about: Any) -> list[Event]:
        events = settle_wave(wave, channel, **about)
        sizes.append(len(events))
        return events

    monkeypatch.setattr(work, "settle_wave", settle_together)
    return sizes


def phones() -> list[str]:
    return [phone[-2:] for phone in Lead.objects.order_by("number").values_list("phone", flat=True)]


def outcomes(made: CreatedChannel) -> list[str]:
    rows = EventItem.objects.filter(channel=made.channel).order_by("event__received_at", "event_id", "id")
    return list(rows.values_list("outcome", flat=True))


# --- As if one by one --------------------------------------------------------------------------------
def with_rules(tenant: Tenant) -> None:
    """Two people get leads in turn until they hold three each, then whoever is at it: turns, loads and a role matter."""
    with tenant_scope(tenant):
        boss = make_member(tenant, "Boss", Role.Code.ADMIN)
        people = [make_member(tenant, name, Role.Code.MANAGER) for name in ("Anna", "Boris")]
        now, role = timezone.now(), Role.objects.get(code=Role.Code.MANAGER)
        turn = RuleValues(
            name="Turn", method=RoutingRule.Method.TURN, people=people, is_on_duty_only=False, lead_capacity=3
        )
        load = RuleValues(name="Load", method=RoutingRule.Method.LOAD, role=role, is_on_duty_only=False)
        save_rule(values=turn, by=boss, now=now)
        save_rule(values=dataclasses.replace(load, lead_capacity=4), by=boss, now=now)
        save_rule(
            values=RuleValues(
                name="Role", method=RoutingRule.Method.ANYONE, role=role, is_on_duty_only=False
            ),
            by=boss,
            now=now,
        )


def seen(made: CreatedChannel) -> dict[str, list[Any]]:
    """Everything that people and reports see of what a channel brought, without ids and moments of ours."""
    mine = Lead.objects.filter(channel=made.channel)
    known = {str(pk): number for pk, number in mine.values_list("pk", "number")}
    ledger_rows = EventItem.objects.filter(channel=made.channel)
    return {
        "leads": list(
            mine.order_by("number").values_list(
                "number", "name", "phone", "email", "kind", "state", "quality", "quality_reason",
                "quality_params", "is_advertising", "summary", "search_text", "region", "unread_count",
                "responsible__name", "responsible_role__code", "assignment_reason", "assignment_params",
                "routing_rule__name", "contact__name", "contact__search_text", "escalation_step",
                "response_limit_min", "version", "fields", "company_name",
            )
        ),
        "keys": list(
            IdentityKey.objects.order_by("contact__name", "value").values_list(
                "contact__name", "kind", "value", "reversed_value", "raw", "is_primary"
            )
        ),
        "entries": [
            (known[str(lead)], *rest, data.get("code"), data.get("to"), data.get("fields"))
            for lead, data, *rest in Activity.objects.filter(lead__in=mine)
            .order_by("lead__number", "kind")
            .values_list("lead_id", "data", "kind", "direction", "text", "contact__name")
        ],
        "bells": [
            (known[url.rstrip("/").rpartition("/")[2]], *rest)
            for url, *rest in Notification.objects.order_by("params__number").values_list(
                "url", "member__name", "code", "params", "is_silent", "is_quiet"
            )
        ],
        "decisions": list(
            RoutingDecision.objects.filter(lead__in=mine)
            .order_by("lead__number")
            .values_list("lead__number", "rule__name", "member__name", "role__code", "reason", "params", "step")
        ),
        "turns": list(
            RoutingTurn.objects.order_by("rule__name", "member__name").values_list(
                "rule__name", "member__name", "serial"
            )
        ),
        "journal": list(
            ledger_rows.order_by("lead__number").values_list("outcome", "reason", "lead__number", "suspicion")
        ),
    }  # fmt: skip


def test_wave_ends_as_its_events_one_by_one(
    tenant: Tenant,
    other_tenant: Tenant,
    make_channel: Callable[..., CreatedChannel],
    settled: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for company in (tenant, other_tenant):
        with_rules(company)
        made = make_channel("form", tenant=company)
        post_all(made, [body(number) for number in range(12)])
        assert work_off(made.channel) == 12
        with tenant_scope(company):
            found.append(seen(made))
        one_by_one(monkeypatch)
    assert settled == [12]
    for name, rows in found[0].items():
        assert rows == found[1][name], name
    reasons = [reason for *_rest, reason, _params, _step in found[0]["decisions"]]
    assert reasons == ["rule_turn"] * 6 + ["rule_load"] * 2 + ["rule_role"] * 4


def test_what_is_more_than_a_newcomers_inquiry_keeps_its_place(
    form: CreatedChannel, settled: list[int]
) -> None:
    post_all(form, [body(0)])
    work_off(form.channel)
    broken = b"name=Nobody&message=no+way+to+answer"
    post_all(form, [body(1), body(2), body(0, text="again"), body(3), body(4), broken, body(5), body(6)])
    work_off(form.channel)
    with tenant_scope(form.channel.tenant_id):
        assert settled == [2, 2, 2]
        assert phones() == ["00", "01", "02", "03", "04", "", "05", "06"]
        assert outcomes(form) == ["lead"] * 3 + ["joined"] + ["lead"] * 5


def test_person_who_writes_twice_in_a_wave_has_one_lead(form: CreatedChannel, settled: list[int]) -> None:
    post_all(form, [body(1), body(2), body(1, text="and+one+more"), body(3), body(4)])
    work_off(form.channel)
    with tenant_scope(form.channel.tenant_id):
        assert settled == [2, 2]
        assert phones() == ["01", "02", "03", "04"]
        assert Lead.objects.get(phone__endswith="01").unread_count == 2
        assert Contact.objects.count() == 4


def test_deliveries_repeated_within_a_wave_are_duplicates(form: CreatedChannel, settled: list[int]) -> None:
    bodies = [body(number) for number in range(6)]
    headers = {"X-Request-Id": "1"}
    for one in bodies:
        post_form(form, one, **headers)
        post_form(form, one, **headers)
    work_off(form.channel)
    with tenant_scope(form.channel.tenant_id):
        book = ledger()
        assert (book.leads, book.duplicates, book.received) == (6, 6, 12)
        assert settled == [6]
        assert outcomes(form) == ["lead", "duplicate"] * 6
        assert phones() == [f"{number:02}" for number in range(6)]
        rows = EventItem.objects.filter(outcome="duplicate").values_list("lead__phone", flat=True)
        assert len(set(rows)) == 6


def test_whoever_is_on_the_exclusion_list_stays_out_of_a_wave(
    form: CreatedChannel, settled: list[int]
) -> None:
    with tenant_scope(form.channel.tenant_id):
        leads.exclude(key=Key("phone", "+79160000002"), by=None, now=timezone.now())
    post_all(form, [body(number) for number in range(5)])
    work_off(form.channel)
    with tenant_scope(form.channel.tenant_id):
        assert settled == [2, 2]
        assert outcomes(form) == ["lead", "lead", "ignored", "lead", "lead"]


def test_channel_that_is_no_source_of_leads_has_no_waves(form: CreatedChannel, settled: list[int]) -> None:
    with tenant_scope(form.channel.tenant_id):
        Channel.objects.update(is_lead_source=False)
    post_all(form, [body(number) for number in range(3)])
    work_off(form.channel)
    with tenant_scope(form.channel.tenant_id):
        assert (settled, outcomes(form)) == ([], ["ignored"] * 3)


def test_simple_mode_has_no_waves(form: CreatedChannel, settled: list[int]) -> None:
    with tenant_scope(form.channel.tenant_id):
        Tenant.objects.filter(pk=form.channel.tenant_id).update(mode=Tenant.Mode.SIMPLE)
        make_pipeline()
    post_all(form, [body(number) for number in range(3)])
    work_off(form.channel)
    with tenant_scope(form.channel.tenant_id):
        assert settled == []
        assert Lead.objects.exclude(deal=None).count() == 3


def test_heavy_delivery_is_read_alone(
    form: CreatedChannel, settled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waves, "LIGHT", 200)
    post_all(form, [body(1), body(2), body(3, text="x" * 200), body(4), body(5)])
    work_off(form.channel)
    with tenant_scope(form.channel.tenant_id):
        assert (settled, phones()) == ([2, 2], ["01", "02", "03", "04", "05"])


# --- What goes wrong ---------------------------------------------------------------------------------
def test_poison_in_a_wave_takes_no_other_with_it(
    form: CreatedChannel, settled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from leads.services import arrival

    original = arrival.search_text

    def poisoned(lead: Lead) -> str:
        if lead.name == "Poison":
            raise ValueError("poison")
        return original(lead)

    monkeypatch.setattr(arrival, "search_text", poisoned)
    post_all(form, [body(1), body(2, name="Poison"), body(3), body(4)])
    work_off(form.channel)
    with tenant_scope(form.channel.tenant_id):
        assert settled == [0]
        assert outcomes(form) == ["lead", "pending", "lead", "lead"]
        assert list(Lead.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
        assert Contact.objects.filter(name="Poison").count() == 0
        assert ledger().received == 4


def test_wave_whose_people_became_known_meanwhile_breaks_up(
    form: CreatedChannel, settled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = work.foresee

    def slowly(ids: Sequence[Any], channel: Channel) -> Foresight:
        foresight = original(ids, channel)
        if not Contact.objects.exists():
            contact = Contact.objects.create(name="Known", created_at=timezone.now())
            IdentityKey.objects.create(contact=contact, kind="phone", value="+79160000002", raw="")
        return foresight

    monkeypatch.setattr(work, "foresee", slowly)
    post_all(form, [body(number) for number in range(1, 5)])
    work_off(form.channel)
    with tenant_scope(form.channel.tenant_id):
        assert settled == [0]
        assert phones() == ["01", "02", "03", "04"]
        assert Lead.objects.get(phone__endswith="02").contact.name == "Known"
        assert Contact.objects.count() == 4


def test_person_dismissed_since_the_staff_was_read_gets_nothing_of_a_wave(
    form: CreatedChannel, alice: Membership, bob: Membership, admin: Membership, settled: list[int]
) -> None:
    with tenant_scope(form.channel.tenant_id):
        values = RuleValues(
            name="All", method=RoutingRule.Method.TURN, people=[alice, bob], is_on_duty_only=False
        )
        save_rule(values=values, by=admin, now=timezone.now())
        Membership.objects.filter(pk=alice.pk).update(is_active=False)
    post_all(form, [body(number) for number in range(4)])
    work_off(form.channel)
    with tenant_scope(form.channel.tenant_id):
        assert settled == [4]
        assert set(Lead.objects.values_list("responsible__name", flat=True)) == {"Bob"}


# --- Several at once ---------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_same_people_in_two_waves_at_once_are_one_contact_each(
    make_channel: Callable[..., CreatedChannel],
) -> None:
    """One channel has them in the other's reversed order; a wave that loses breaks up and finds them known."""
    channels = [make_channel("form"), make_channel("form")]
    bodies = [body(number) for number in range(30)]
    post_all(channels[0], bodies)
    post_all(channels[1], bodies[::-1])
    tenant_id = channels[0].channel.tenant_id
    at_once(4, lambda index: drain(tenant_id))
    drain(tenant_id)
    with tenant_scope(tenant_id):
        book = ledger()
        assert (book.leads, book.pending, book.failed, book.received) == (60, 0, 0, 60)
        assert Contact.objects.count() == 30
        numbers = list(Lead.objects.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, 61))
        for made, wanted in zip(channels, (range(30), range(29, -1, -1)), strict=True):
            mine = Lead.objects.filter(channel=made.channel).order_by("number")
            assert [int(one[-4:]) for one in mine.values_list("phone", flat=True)] == list(wanted)
        assert not Event.objects.exclude(attempt_count=1).exists()


@pytest.mark.django_db(transaction=True)
def test_people_write_inquiries_down_while_waves_are_settled(form: CreatedChannel, alice: Membership) -> None:
    """By hand a contact is made and then a number taken, as in a wave: they wait for each other, never in a circle."""
    post_all(form, [body(number) for number in range(40)])
    tenant_id = form.channel.tenant_id

    def write_down(index: int) -> int:
        made = 0
        for number in range(39, -1, -3):
            with tenant_scope(tenant_id):
                leads.create_manual_lead(by=alice, now=timezone.now(), phone=f"+7916000{number:04}")
            made += 1
        return made

    made = at_once(2, lambda index: write_down(index) if index else drain(tenant_id))
    drain(tenant_id)
    assert made[1] == 14
    with tenant_scope(tenant_id):
        book = ledger()
        assert (book.pending, book.failed, book.leads) == (0, 0, 40)
        assert Contact.objects.count() == 40
        assert Lead.objects.count() == 54
