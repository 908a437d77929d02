"""Ordered calls: the inquiry, the planned call, when the clock begins, and robots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from activities.models import Activity
from channels.models import Event, EventItem
from channels.services import CreatedChannel
from channels.tests.conftest import work
from channels.tests.widget.conftest import Visitor, in_scope
from channels.widget.staffing import staffing_of
from leads.models import Lead
from leads.services import note_answer
from tenants.models import Membership, Role
from tenants.services import set_absence

pytestmark = pytest.mark.django_db
PHONE = "8 (916) 123-45-67"


@pytest.fixture
def button(make_channel: Callable[..., CreatedChannel], alice: Membership) -> CreatedChannel:
    return make_channel("callback", {"hours": "always"}, responsible=alice)


def order(made: CreatedChannel, *, address: str = "203.0.113.7", **facts: object) -> dict[str, object]:
    visitor = Visitor(made, address=address)
    said = visitor.ask("/calls", {"type": "callback", "id": "c1", "phone": PHONE} | facts)
    work(made.channel)
    return {"status": said.status_code} | said.json()


def test_call_for_now_is_an_inquiry_with_a_call_due_now(button: CreatedChannel, alice: Membership) -> None:
    assert order(button, name="Anna") == {"status": 200, "ok": True, "at": None}
    with in_scope(button):
        lead = Lead.objects.get()
        assert (lead.kind, lead.channel_kind, lead.name, lead.phone) == (
            "callback",
            "callback",
            "Anna",
            "+79161234567",
        )
        assert lead.waiting_since == lead.received_at
        call = Activity.objects.planned().get()
        assert (call.kind, call.owner, call.lead) == ("call", alice, lead)
        assert abs(call.due_at - timezone.now()) < dt.timedelta(minutes=1)
        assert lead.contact is not None


def test_call_at_a_time_is_due_then_and_nobody_is_late_before(button: CreatedChannel) -> None:
    at = (timezone.now() + dt.timedelta(hours=20)).replace(microsecond=0)
    said = order(button, at=at.isoformat(), zone="Asia/Yekaterinburg")
    assert said == {"status": 200, "ok": True, "at": at.isoformat()}
    with in_scope(button):
        lead = Lead.objects.get()
        assert (lead.waiting_since, lead.next_activity_at) == (at, at)
        assert "(Asia/Yekaterinburg)" in dict(lead.fields)["Когда позвонить"]
        note_answer(lead=lead, at=timezone.now())  # called earlier than asked: that is an answer too
        assert Lead.objects.get().waiting_since is None


def test_second_order_moves_the_call(button: CreatedChannel) -> None:
    order(button)
    at = (timezone.now() + dt.timedelta(hours=3)).replace(microsecond=0)
    order(button, id="c2", at=at.isoformat())
    with in_scope(button):
        assert Lead.objects.count() == 1
        assert Activity.objects.planned().get().due_at == at


def test_repeated_order_is_one(button: CreatedChannel) -> None:
    order(button)
    order(button)
    with in_scope(button):
        assert list(EventItem.objects.order_by("at").values_list("outcome", flat=True)) == [
            "lead",
            "duplicate",
        ]


def test_call_out_of_hours_is_planned_for_when_somebody_is_there(
    make_channel: Callable[..., CreatedChannel], alice: Membership, admin: Membership
) -> None:
    made = make_channel("callback", responsible=alice)
    with in_scope(made):
        today = timezone.localdate()
        set_absence(
            by=admin,
            member=alice,
            starts_on=today - dt.timedelta(days=1),
            ends_on=today + dt.timedelta(days=1),
        )
        next_at = staffing_of(made.channel, now=timezone.now()).next_at(timezone.now())
    assert next_at is not None and next_at > timezone.now()
    config = Visitor(made).ask("/config", method="GET").json()
    assert (config["is_online"], config["next_at"]) == (False, next_at.isoformat())
    assert order(made)["at"] == next_at.isoformat()
    with in_scope(made):
        assert Activity.objects.planned().get().due_at == next_at
    wrong = (timezone.now() + dt.timedelta(hours=1)).isoformat()
    assert order(made, id="c2", at=wrong) == {"status": 422, "error": "wrong_time"}


def test_call_for_a_role_goes_to_who_has_least_to_do(
    make_channel: Callable[..., CreatedChannel], alice: Membership, bob: Membership
) -> None:
    with in_scope(make_channel("form")):
        role = Role.objects.get(code=Role.Code.MANAGER)
    made = make_channel("callback", {"hours": "always"}, responsible_role=role)
    with in_scope(made):
        staffing = staffing_of(made.channel, now=timezone.now())
        at = staffing.calendars[0].after(timezone.now() + dt.timedelta(hours=1), 60)
    assert at is not None and at - timezone.now() < dt.timedelta(days=4)
    order(made, at=at.isoformat())
    order(made, id="c2", phone="+79160000002", at=at.isoformat())
    with in_scope(made):
        assert set(Activity.objects.planned().values_list("owner__name", flat=True)) == {"Alice", "Bob"}


@pytest.mark.parametrize("phone", ["", "12", "call me", None, {"a": 1}])
def test_order_without_a_phone_is_refused(button: CreatedChannel, phone: object) -> None:
    assert order(button, phone=phone) == {"status": 422, "error": "needs_phone"}


def test_robot_that_fills_the_trap_makes_nothing(button: CreatedChannel) -> None:
    assert order(button, website="x")["status"] == 200
    with in_scope(button):
        assert not Lead.objects.exists()
        assert EventItem.objects.get().outcome == "ignored"


def test_orders_of_one_phone_and_of_one_address_are_limited(button: CreatedChannel) -> None:
    of_phone = [order(button, id=f"p{n}", address=f"203.0.113.{n}")["status"] for n in range(4)]
    assert of_phone == [200, 200, 200, 429]
    of_address = [order(button, id=f"a{n}", phone=f"+7916000000{n}")["status"] for n in range(7)]
    assert of_address.count(429) == 1


def test_chat_and_callback_answer_each_at_their_own_doors(
    button: CreatedChannel, chat: CreatedChannel
) -> None:
    assert Visitor(chat).ask("/calls", {"id": "1", "phone": PHONE}).status_code == 404
    visitor = Visitor(button).start()
    assert visitor.ask("/messages", {"type": "message", "id": "1", "text": "x"}).status_code == 401
    assert visitor.ask("/sync").status_code == 401
    with in_scope(button):
        assert not Event.objects.exists()
