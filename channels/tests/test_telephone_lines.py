"""Telephone lines in the whole product: settings, texts, subscriptions, the order that starts a call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from channels import bell, tasks, upkeep
from channels.adapters import ADAPTERS, adapter_for
from channels.adapters.addresses import check_networks
from channels.adapters.base import OutgoingMessage, RawDelivery, SendError
from channels.adapters.beeline import BeelineAdapter
from channels.adapters.calls import check_zone
from channels.adapters.twilio import TwilioAdapter
from channels.journal import record
from channels.models import Channel, Message
from channels.samples import read_sample
from channels.services import CreatedChannel, dialling_for, send_reply
from channels.tests.adapters.samples import FORM
from channels.tests.conftest import path_of, work
from contacts.models import Contact
from core.tenancy import tenant_scope
from deals.setup import create_starter_pipeline
from leads.models import Lead
from leads.services import DealPlan, convert_lead
from tenants.models import Membership, Tenant

pytestmark = pytest.mark.django_db
LINES = [kind for kind, adapter in ADAPTERS.items() if adapter.channel_kind == "call"]
COMMON = {"name": "Line", "response_limit_min": "10", "new_lead_after_h": "24", "is_lead_source": "on"}


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


# --- Settings -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (check_zone, "Asia/Yekaterinburg", "Moscow/Europe"),
        (check_zone, "UTC", "../../etc/passwd"),
        (check_networks, "194.88.218.0/24, 2001:db8::1\n10.0.0.1", "194.88.218.0/24 binotel.com"),
        (check_networks, "", "300.1.1.1"),
    ],
)
def test_validators_know_good_from_bad(check: Callable[[str], None], good: str, bad: str) -> None:
    check(good)
    with pytest.raises(ValueError, match="."):
        check(bad)


@pytest.mark.parametrize("kind", LINES)
def test_line_is_connected_in_the_browser(kind: str, admin: Membership, client_of: Any) -> None:
    browser = client_of(admin)
    page = browser.get(reverse("channels:create_kind", args=[kind])).content.decode()
    for field in adapter_for(kind).fields:
        assert (f'name="{field.name}"' in page) != field.is_generated
    needed = {field.name: "x1" for field in adapter_for(kind).fields if field.is_required}
    defaults = {
        field.name: field.default for field in adapter_for(kind).fields if field.default not in ("", False)
    }
    made = browser.post(reverse("channels:create_kind", args=[kind]), COMMON | defaults | needed)
    assert made.status_code == 302, made.content.decode()
    with tenant_scope(admin.tenant_id):
        assert Channel.objects.get().kind == kind


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [
        ("zadarma", "time_zone", "Mars/Olympus"),
        ("binotel", "allowed_ips", "binotel.com"),
        ("uis", "mapping", "no such line"),
        ("asterisk", "channel_template", "PJSIP/101"),
    ],
)
def test_wrong_setting_is_told_at_its_field(
    kind: str, name: str, wrong: str, admin: Membership, client_of: Any, tenant: Tenant
) -> None:
    given = {field.name: "x1" for field in adapter_for(kind).fields if field.is_required} | {name: wrong}
    response = client_of(admin).post(reverse("channels:create_kind", args=[kind]), COMMON | given)
    assert response.status_code == 422
    assert f'id="id_{name}_err"' in response.content.decode()
    told = ["--tenant", tenant.slug, "--kind", kind, "--name", "L", "--set", f"{name}={wrong}"]
    with pytest.raises(CommandError, match=name):
        call_command("create_channel", *told)


# --- Texts --------------------------------------------------------------------------------------------
@pytest.fixture
def line(make_channel: Callable[..., CreatedChannel]) -> CreatedChannel:
    return make_channel("twilio", {"number": "+12028831111"})


def text_message(made: CreatedChannel, body: str, number: int = 1) -> None:
    fields = f"MessageSid=SM{number}&SmsStatus=received&From=%2B14133881111&To=%2B12028831111&Body={body}"
    with tenant_scope(made.channel.tenant_id):
        delivery = RawDelivery(fields.encode(), headers={"content-type": FORM})
        record(channel=made.channel, delivery=delivery, now=timezone.now())
    work(made.channel)


def test_text_is_a_message_of_a_dialog_that_is_answered_by_text(
    line: CreatedChannel, alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    text_message(line, "Are+you+open")
    text_message(line, "Hello", 2)
    sent: list[OutgoingMessage] = []

    def send(self: TwilioAdapter, message: OutgoingMessage, settings: Any) -> str:
        sent.append(message)
        return "SM3"

    monkeypatch.setattr(TwilioAdapter, "send", send)
    with tenant_scope(line.channel.tenant_id):
        lead = Lead.objects.select_related("dialog").get()
        assert (lead.kind, lead.phone) == ("message", "+14133881111")
        texts = Activity.objects.filter(lead=lead, kind="message").order_by("occurred_at", "id")
        assert [entry.text for entry in texts] == ["Are you open", "Hello"]
        message = send_reply(lead=lead, by=alice, text="We are", now=timezone.now())
    tasks.flush_outbox(tenant_id=line.channel.tenant_id)
    assert [(one.text, one.recipient or one.thread_key) for one in sent] == [("We are", "+14133881111")]
    with tenant_scope(line.channel.tenant_id):
        assert Message.objects.get(pk=message.pk).external_id == "SM3"


# --- Calling ------------------------------------------------------------------------------------------
@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the exchange was asked for, instead of asking."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(TwilioAdapter, "start_call", lambda self, **order: asked.append(order))
    return asked


@pytest.fixture
def lead(line: CreatedChannel, admin: Membership) -> Lead:
    text_message(line, "Call+me")
    with tenant_scope(line.channel.tenant_id):
        Membership.objects.filter(pk=admin.pk).update(phone_extension="101")
        return Lead.objects.get()


def press(browser: Client, lead: Lead, phone: str = "+14133881111", **more: str) -> Any:
    return browser.post(reverse("channels:call"), {"lead": lead.pk, "phone": phone} | more)


def said(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def test_lead_is_taken_with_the_call(
    lead: Lead, admin: Membership, client_of: Any, orders: list[dict[str, Any]]
) -> None:
    browser = client_of(admin)
    page = browser.get(reverse("channels:composer"), {"lead": lead.pk}).content.decode()
    assert "Взять и позвонить" in page
    assert "101" in said(press(browser, lead, take="1"))
    assert len(orders) == 1
    with tenant_scope(lead.tenant_id):
        assert Lead.objects.get(pk=lead.pk).taken_by == admin
    page = browser.get(reverse("channels:composer"), {"lead": lead.pk}).content.decode()
    assert "Взять и позвонить" not in page


def test_client_is_called_from_the_card(
    lead: Lead, admin: Membership, client_of: Any, orders: list[dict[str, Any]]
) -> None:
    browser = client_of(admin)
    page = browser.get(reverse("channels:composer"), {"lead": lead.pk}).content.decode()
    assert reverse("channels:call") in page
    assert "101" in said(press(browser, lead))
    (order,) = orders
    assert (order["extension"], order["phone"], order["line"]) == ("101", "+14133881111", "")
    assert order["settings"]["number"] == "+12028831111"
    with tenant_scope(lead.tenant_id):
        deal = convert_lead(
            lead=Lead.objects.get(pk=lead.pk),
            by=admin,
            now=timezone.now(),
            plan=DealPlan(pipeline=create_starter_pipeline(), title="Machine"),
        ).deal
        assert dialling_for(by=Membership.objects.get(pk=admin.pk), deal=deal).phones == ("+14133881111",)


def test_exchange_that_refuses_is_quoted(
    lead: Lead, admin: Membership, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: TwilioAdapter, **order: Any) -> None:
        raise SendError("No <such> extension", is_permanent=True)

    monkeypatch.setattr(TwilioAdapter, "start_call", refuse)
    assert "No &lt;such&gt; extension" in said(press(client_of(admin), lead))


def test_only_the_clients_phones_are_dialled(
    lead: Lead, admin: Membership, charlie: Membership, client_of: Any, orders: list[dict[str, Any]]
) -> None:
    assert press(client_of(admin), lead, "+79009009090").status_code == 422
    assert press(client_of(charlie), lead).status_code == 404
    assert orders == []


@pytest.mark.parametrize("missing", ["extension", "number", "channel"])
def test_nothing_is_offered_that_could_not_call(
    missing: str, lead: Lead, line: CreatedChannel, admin: Membership, client_of: Any,
    orders: list[dict[str, Any]],
) -> None:  # fmt: skip
    with tenant_scope(lead.tenant_id):
        match missing:
            case "extension":
                Membership.objects.update(phone_extension="")
            case "number":
                Channel.objects.update(settings={})
            case "channel":
                Channel.objects.update(is_active=False)
    browser = client_of(admin)
    page = browser.get(reverse("channels:composer"), {"lead": lead.pk}).content.decode()
    assert reverse("channels:call") not in page
    assert press(browser, lead).status_code == 422
    assert orders == []


def test_client_is_called_through_the_exchange_he_called(
    lead: Lead, line: CreatedChannel, admin: Membership, make_channel: Callable[..., CreatedChannel]
) -> None:
    with tenant_scope(lead.tenant_id):
        Channel.objects.filter(pk=line.channel.pk).update(created_at=timezone.now() + dt.timedelta(hours=1))
    mango = make_channel("mango")
    with tenant_scope(lead.tenant_id):
        member = Membership.objects.get(pk=admin.pk)
        own = dialling_for(by=member, lead=Lead.objects.get(pk=lead.pk))
        other = dialling_for(by=member, contact=Contact.objects.get())
    assert own is not None and own.channel == line.channel
    assert other is not None and other.channel == mango.channel


# --- Subscriptions ------------------------------------------------------------------------------------
ENDED = b"""<e:Event xmlns:e="http://schema.broadsoft.com/xsi" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"
 i:type="e:SubscriptionEvent"><e:eventID>9</e:eventID><e:eventData i:type="e:SubscriptionTerminatedEvent"/></e:Event>"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where events were asked to, instead of asking."""
    addresses: list[str] = []
    monkeypatch.setattr(BeelineAdapter, "keep_alive", lambda self, settings, url: addresses.append(url) or {})
    return addresses


def test_ended_subscription_is_asked_for_again(
    make_channel: Callable[..., CreatedChannel], asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    beeline = make_channel("beeline")
    with tenant_scope(beeline.channel.tenant_id):
        record(channel=beeline.channel, delivery=RawDelivery(ENDED), now=timezone.now())
    queued: list[dict[str, Any]] = []
    monkeypatch.setattr(bell, "after_commit", lambda task, **told: queued.append({"task": task, **told}))
    work(beeline.channel)
    assert queued == [{"task": "keep_channel_alive", "channel_id": str(beeline.channel.pk)}]
    tasks.keep_channel_alive(tenant_id=beeline.channel.tenant_id, channel_id=str(beeline.channel.pk))
    assert asked == [beeline.hook_url]


def test_refused_subscription_is_told_on_the_channel(
    make_channel: Callable[..., CreatedChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    beeline = make_channel("beeline")

    def refuse(self: BeelineAdapter, settings: Any, url: str) -> None:
        raise SendError("wrong token", is_permanent=True)

    monkeypatch.setattr(BeelineAdapter, "keep_alive", refuse)
    assert upkeep.keep_alive(beeline.channel.tenant_id, beeline.channel.pk)
    with tenant_scope(beeline.channel.tenant_id):
        assert Channel.objects.get().last_error == "wrong token"
    monkeypatch.setattr(BeelineAdapter, "keep_alive", lambda *args: {})
    assert upkeep.keep_alive(beeline.channel.tenant_id, beeline.channel.pk)
    with tenant_scope(beeline.channel.tenant_id):
        assert Channel.objects.get().last_error == ""


# --- Recorded requests --------------------------------------------------------------------------------
def test_sample_may_be_a_whole_request(tmp_path: Path, line: CreatedChannel) -> None:
    whole = tmp_path / "request.txt"
    whole.write_bytes(
        b"POST /old?x=1 HTTP/1.1\r\nHost: a.example\r\nX-Signature: s\r\nContent-Length: 3\r\n\r\na=1"
    )
    sample = read_sample(whole, line.hook_url)
    assert (sample.method, sample.query, sample.body, sample.url) == ("POST", "x=1", b"a=1", line.hook_url)
    assert sample.headers == {"content-type": FORM, "x-signature": "s"}
    line_only = tmp_path / "visit.txt"
    line_only.write_bytes(b"GET /old?callerphone=79161112233\n")
    assert read_sample(line_only, line.hook_url).method == "GET"
    bare = tmp_path / "bare.json"
    bare.write_bytes(b'{"GET": "/x"}')
    assert read_sample(bare, line.hook_url).body == b'{"GET": "/x"}'


def test_address_of_a_line_knows_its_own_kind_only(line: CreatedChannel) -> None:
    path = path_of(line.hook_url).replace("/twilio/", "/zadarma/")
    assert Client().post(path, b"a=1", content_type=FORM).status_code == 404
