"""What each action does, and what it can't."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx
from django.utils import timezone

from activities.models import Activity, Notification, Process, ProcessStep, ProcessTemplate
from activities.services import save_template
from automation.actions import ACTIONS
from automation.actions.webhook import SIGNATURE_HEADER
from automation.errors import BeyondRights, NothingToDo
from automation.models import Robot, RobotRun
from automation.services import RobotValues, do_again, read_secret, save_robot, try_stage
from channels.models import Channel, Message
from channels.services import create_channel
from contacts.identity import normalise_phone
from contacts.models import Contact, IdentityKey, Source
from core.conditions import Value
from core.placeholders import UnknownField
from core.tenancy import tenant_scope
from deals.models import Deal, RejectionReason, Stage
from deals.services import delete_stage, move_deal
from tenants.custom_fields.services import create_field
from tenants.field_rights import seen_by
from tenants.models import Membership, Role, Tenant

Make = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("clock")
MAIL = {
    "address": "sales@romashka.example",
    "username": "sales@romashka.example",
    "password": "mailbox-password",
    "imap_host": "127.0.0.1",
    "smtp_host": "127.0.0.1",
}
SITE = "https://93.184.216.34/hooks/crm"


@pytest.fixture
def contact(tenant: Tenant) -> Contact:
    with tenant_scope(tenant):
        person = Contact.objects.create(name="Olga Ivanova", first_name="Olga")
        phone = normalise_phone("+7 916 204-18-77", "RU")
        IdentityKey.objects.create(contact=person, kind="phone", value=phone)
        IdentityKey.objects.create(contact=person, kind="email", value="olga@client.example")
        return person


@pytest.fixture
def run_with(
    tenant: Tenant,
    stages: dict[str, Stage],
    alice: Membership,
    make_deal: Make,
    make_robot: Make,
    work_off: Make,
) -> Callable[..., tuple[Deal, RobotRun]]:
    """Return a function that makes a robot and lets it act on a new deal."""

    def go(deal: dict[str, Any] | None = None, **robot: Any) -> tuple[Deal, RobotRun]:
        make_robot(**robot)
        made = make_deal(**(deal or {}))
        with tenant_scope(tenant):
            move_deal(deal=made, stage=stages["second"], by=alice, now=timezone.now())
        (run,) = work_off()
        with tenant_scope(tenant):
            return Deal.objects.select_related("owner", "stage", "source").get(pk=made.pk), run

    return go


def test_planned_call_is_due_in_working_time(
    tenant: Tenant, run_with: Make, contact: Contact, alice: Membership
) -> None:
    """Tuesday noon plus eight working hours of nine to eighteen is Wednesday at eleven."""
    run_with({"contact": contact}, due=8, due_unit="h", subject="Call {client_first_name}")
    with tenant_scope(tenant):
        call = Activity.objects.planned().get()
    assert call.subject == "Call Olga"
    assert call.due_at == dt.datetime(2026, 11, 18, 8, 0, tzinfo=dt.UTC)
    assert (call.owner_id, call.contact_id) == (alice.pk, contact.pk)


def test_task_of_a_deal_without_owner_has_nobody(run_with: Make, alice: Membership) -> None:
    """Its head would get it, were there one."""
    deal, run = run_with(whom="head")
    assert (run.state, run.outcome) == ("failed", "nobody")
    assert deal.owner == alice


def test_head_of_the_department_is_told(
    tenant: Tenant, run_with: Make, head: Membership, alice: Membership
) -> None:
    run_with({"title": "Ovens"}, action="notify", whom="head", member=None, text="Look at {deal_title}")
    with tenant_scope(tenant):
        notice = Notification.objects.get(code="robot_says")
    assert notice.member_id == head.pk
    assert notice.params["text"] == "Look at Ovens"


def test_least_loaded_of_a_role_gets_the_deal(
    tenant: Tenant, run_with: Make, make_deal: Make, alice: Membership, bob: Membership
) -> None:
    make_deal(), make_deal()
    with tenant_scope(tenant):
        role = Role.objects.get(code=Role.Code.MANAGER)
    deal, run = run_with(action="assign", whom="role", role=role, member=None)
    assert (run.outcome, deal.owner) == ("assigned", bob)


def test_assigning_to_whom_has_it_already_is_told(run_with: Make, alice: Membership) -> None:
    _deal, run = run_with(action="assign", whom="member", member=alice, role=None)
    assert (run.state, run.outcome) == ("failed", "same_owner")


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("amount", "12 500,50", "12500.50"),
        ("city", "Казань", "Казань"),
        ("tags", "hot, vip", ["old", "hot", "vip"]),
        ("note", "see {deal_title}", "first\nsee Coffee machine"),
        ("expected_on", "10", dt.date(2026, 11, 27)),
    ],
)
def test_field_is_filled_in(run_with: Make, field: str, value: str, expected: Any) -> None:
    deal, run = run_with({"tags": ["old"], "note": "first"}, action="set_field", field=field, value=value)
    found = getattr(deal, field)
    assert run.outcome == "filled"
    assert (str(found) if field == "amount" else found) == expected


def test_field_of_the_companys_own_is_filled_in(tenant: Tenant, run_with: Make, make_robot: Make) -> None:
    with tenant_scope(tenant):
        field = create_field(entity="deal", kind="number", name="Tables")
    with pytest.raises(NothingToDo):
        make_robot(action="set_field", field=field.key, value="many")
    deal, run = run_with(action="set_field", field=field.key, value="1 200")
    assert (run.outcome, run.params["name"], deal.custom_values) == ("filled", "Tables", {field.key: "1200"})


def test_a_process_is_started_on_the_deal_and_its_client(
    tenant: Tenant, run_with: Make, admin: Membership
) -> None:
    with tenant_scope(tenant):
        steps = [
            ProcessStep(kind="call", subject="Call", delay=1),
            ProcessStep(kind="task", subject="Send", delay=1),
        ]
        chain = save_template(template=ProcessTemplate(name="Welcome"), steps=steps, by=admin)
    deal, run = run_with(action="start", process_template=chain)
    assert (run.outcome, run.params) == ("started", {"process": "Welcome"})
    with tenant_scope(tenant):
        process = Process.objects.get(deal=deal)
        assert process.started_by == admin and process.contact == deal.contact
        planned = Activity.objects.planned().get(process=process)
        assert planned.subject == "Call" and planned.owner == deal.owner


def test_a_process_without_a_template_is_refused(
    tenant: Tenant, make_robot: Make, run_with: Make, admin: Membership
) -> None:
    with pytest.raises(NothingToDo):
        make_robot(action="start", process_template=None)
    with tenant_scope(tenant):
        steps = [ProcessStep(kind="call", subject="Call")]
        chain = save_template(
            template=ProcessTemplate(name="Welcome", is_archived=True), steps=steps, by=admin
        )
    _deal, run = run_with(action="start", process_template=chain)
    assert (run.state, run.outcome) == (RobotRun.State.FAILED, "refused")


def test_a_condition_somebody_does_not_see_does_not_fall_out(
    tenant: Tenant, make_robot: Make, admin: Membership, stages: dict[str, Stage]
) -> None:
    with tenant_scope(tenant):
        field = create_field(entity="deal", kind="flag", name="Own")
        robot = make_robot(conditions={field.key: [Value("yes")]})
        admin.role.field_rights, admin.role.is_admin = {field.key: "hidden"}, False
        admin.role.grants = {"settings": {"view": "all", "edit": "all"}, "activities": {"add": "all"}}
        values = RobotValues(trigger="entered", action="comment", action_values={"text": "x"})
        with seen_by(admin), pytest.raises(BeyondRights):
            save_robot(values=values, by=admin, now=timezone.now(), stage=stages["second"], robot=robot)


def test_source_is_named(tenant: Tenant, run_with: Make) -> None:
    with tenant_scope(tenant):
        Source.objects.create(name="Avito")
    deal, _run = run_with(action="set_field", field="source", value="avito")
    assert deal.source is not None and deal.source.name == "Avito"


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "much"), ("amount", "-5"), ("expected_on", "tomorrow"), ("source", "None"), ("state", "won")],
)
def test_value_that_does_not_fit_is_refused_on_saving(make_robot: Make, field: str, value: str) -> None:
    with pytest.raises(NothingToDo):
        make_robot(action="set_field", field=field, value=value)


def test_text_that_names_what_nobody_knows_is_refused(make_robot: Make) -> None:
    with pytest.raises(UnknownField):
        make_robot(action="comment", text="Dear {nobody}")


def test_robot_whose_stage_was_deleted_stays_and_says_so(
    tenant: Tenant, run_with: Make, stages: dict[str, Stage], admin: Membership, make_robot: Make
) -> None:
    robot = make_robot("first", action="move", to_stage=stages["third"], reason=None)
    with tenant_scope(tenant):
        delete_stage(stage=stages["third"], by=admin, now=timezone.now())
        robot.refresh_from_db()
        assert robot.to_stage is None
        assert ACTIONS["move"].words(robot)


def test_lost_needs_its_reason(
    tenant: Tenant, make_robot: Make, run_with: Make, stages: dict[str, Stage], reason: RejectionReason
) -> None:
    with pytest.raises(NothingToDo):
        make_robot(action="move", to_stage=stages["lost"], reason=None)
    deal, run = run_with(action="move", to_stage=stages["lost"], reason=reason)
    assert (run.outcome, deal.state, deal.rejection_reason_id) == ("moved", "lost", reason.pk)


def test_mail_goes_to_the_client_signed_by_the_responsible(
    tenant: Tenant, run_with: Make, contact: Contact, admin: Membership, alice: Membership
) -> None:
    with tenant_scope(tenant):
        created = create_channel(kind="email", name="Sales", settings=MAIL, by=admin, now=timezone.now())
        channel = Channel.objects.get(pk=created.channel.pk)
    _deal, run = run_with(
        {"contact": contact, "amount": 1500},
        action="write", channel=channel, subject="Your order", text="Hello, {client_first_name}!",
    )  # fmt: skip
    assert run.outcome == "written"
    with tenant_scope(tenant):
        message = Message.objects.select_related("activity", "dialog").get()
    assert (message.state, message.dialog.recipient) == ("queued", "olga@client.example")
    assert (message.activity.text, message.activity.author_id) == ("Hello, Olga!", alice.pk)
    assert message.activity.data["robot"]


def test_client_nobody_can_write_to_is_told(run_with: Make, contact: Contact) -> None:
    _deal, run = run_with({"contact": contact}, action="write", channel=None, subject="", text="Hello")
    assert (run.state, run.outcome) == ("failed", "no_way")


def test_sms_goes_to_the_mobile_phone(
    tenant: Tenant, run_with: Make, contact: Contact, admin: Membership
) -> None:
    with tenant_scope(tenant):
        keys = {"api_key": "mango-key-0123456789", "api_salt": "mango-salt-0123456789"}
        channel = create_channel(
            kind="mango", name="Line", settings=keys, by=admin, now=timezone.now()
        ).channel
    _deal, run = run_with({"contact": contact}, action="text", channel=channel, text="We wait for you")
    assert run.outcome == "written"
    with tenant_scope(tenant):
        message = Message.objects.select_related("dialog").get()
    assert (message.dialog.recipient, message.is_automatic) == ("+79162041877", True)


# --- Webhooks ----------------------------------------------------------------------------------------
@respx.mock
def test_webhook_posts_the_signed_deal(tenant: Tenant, run_with: Make, contact: Contact) -> None:
    route = respx.post(SITE).mock(return_value=httpx.Response(204))
    deal, run = run_with({"contact": contact, "amount": 1500}, action="webhook", url=SITE)
    assert (run.state, run.outcome) == ("done", "called")
    with tenant_scope(tenant):
        secret = read_secret(Robot.objects.get())
    sent = route.calls.last.request
    told = json.loads(sent.content)
    expected = hmac.new(secret.encode(), sent.content, hashlib.sha256).hexdigest()
    assert sent.headers[SIGNATURE_HEADER] == f"sha256={expected}"
    assert (told["deal"]["id"], told["deal"]["amount"], told["event"]) == (str(deal.pk), "1500.00", "entered")
    assert told["contact"]["keys"]["phone"] == ["+79162041877"]


@respx.mock
def test_webhook_that_fails_is_tried_again_later(
    tenant: Tenant, run_with: Make, work_off: Make, clock: Any
) -> None:
    route = respx.post(SITE).mock(side_effect=[httpx.Response(500), httpx.Response(200)])
    _deal, run = run_with(action="webhook", url=SITE)
    assert (run.state, run.try_count) == ("waiting", 1)
    clock.shift(dt.timedelta(minutes=2))
    assert [run.state for run in work_off()] == ["done"]
    assert route.call_count == 2


@respx.mock
def test_webhook_that_refuses_has_failed_and_can_be_done_again(
    tenant: Tenant, run_with: Make, work_off: Make, admin: Membership
) -> None:
    route = respx.post(SITE).mock(side_effect=[httpx.Response(404), httpx.Response(200)])
    _deal, run = run_with(action="webhook", url=SITE)
    assert (run.state, run.outcome) == ("failed", "call_failed")
    with tenant_scope(tenant):
        do_again(run=run, by=admin, now=timezone.now())
    assert [run.state for run in work_off()] == ["done"]
    assert route.call_count == 2


def test_webhook_to_a_forbidden_address_is_not_called(run_with: Make) -> None:
    """Cloud metadata: refused wherever the product runs."""
    _deal, run = run_with(action="webhook", url="http://169.254.169.254/latest/")
    assert run.state in ("failed", "waiting")
    assert run.outcome in ("call_failed", "")


def test_webhook_needs_the_right_to_take_data_out(
    tenant: Tenant, make_robot: Make, admin: Membership
) -> None:
    with tenant_scope(tenant):
        role = Role.objects.get(code=Role.Code.HEAD)
        role.grants["settings"] = {"view": "all", "edit": "all"}
        role.grants["deals"].pop("export")
        role.save()
        admin.role = role
        admin.save()
    with pytest.raises(BeyondRights):
        make_robot(action="webhook", url=SITE)


# --- A test run --------------------------------------------------------------------------------------
def test_trial_shows_what_would_happen_and_leaves_nothing(
    tenant: Tenant,
    make_robot: Make,
    make_deal: Make,
    stages: dict[str, Stage],
    admin: Membership,
    contact: Contact,
) -> None:
    make_robot(subject="Call {client_first_name}")
    make_robot(action="move", to_stage=stages["won"], reason=None)
    make_robot(action="set_field", field="city", value="Омск")
    make_robot(action="webhook", url=SITE)
    deal = make_deal(contact=contact)
    with tenant_scope(tenant):
        trials = try_stage(stage=stages["second"], deal=deal, by=admin, now=timezone.now())
        ended = [(one.ended.state, one.ended.outcome) for one in trials]
        assert ended == [
            ("done", "planned"),
            ("failed", "lacks_fields"),
            ("done", "filled"),
            ("done", "would_call"),
        ]
        assert not Activity.objects.planned().exists()
        assert not RobotRun.objects.exists()
        fresh = Deal.objects.get(pk=deal.pk)
        assert (fresh.city, fresh.version, fresh.stage_id) == ("", deal.version, deal.stage_id)


def test_every_action_has_its_words(tenant: Tenant) -> None:
    assert set(ACTIONS) == set(Robot.Action.values)
