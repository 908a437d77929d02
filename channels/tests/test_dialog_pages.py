"""The dialogs' workspace as its pages: who sees what, what is answered, how many questions a list asks."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from channels import bell
from channels.dialogs.thread import PAGE
from channels.models import CannedReply, Dialog, DialogOutcome, Message
from channels.services import close_dialog
from channels.tests.conftest import MAIL, dialog_url, events
from conftest import make_member
from contacts.models import Contact
from core.tenancy import tenant_scope
from core.tests.filling import fill
from deals.models import RejectionReason
from deals.setup import create_starter_pipeline, create_starter_reasons
from leads.models import Lead
from leads.services import assign_lead
from tenants.models import Role

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


# --- The list ----------------------------------------------------------------------------------------
def test_the_list_shows_who_what_and_how_long(desk, dialog):
    text = desk.get(reverse("channels:dialogs")).content.decode()
    assert "Anna" in text
    assert "How much is &lt;b&gt;it&lt;/b&gt;?" in text
    assert f'id="dialog-{dialog.pk}"' in text


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("", True),
        ("tab=unassigned", True),
        ("tab=mine", False),
        ("tab=closed", False),
        ("kind=messenger", True),
        ("kind=email", False),
        ("q=anna", True),
        ("q=much", True),
        ("q=nothing", False),
        ("sort=waiting", True),
        ("tab=x&kind=y&sort=z&channel=w", True),
    ],
)
def test_tabs_kinds_and_search_narrow_the_list(desk, dialog, query, is_there):
    text = desk.get(f"{reverse('channels:dialogs')}?{query}&part=list").content.decode()
    assert (f'id="dialog-{dialog.pk}"' in text) is is_there


def test_a_channel_narrows_the_list(desk, dialog, make_channel):
    other = make_channel("telegram")
    for channel, is_there in ((dialog.channel, True), (other.channel, False)):
        text = desk.get(f"{reverse('channels:dialogs')}?channel={channel.pk}").content.decode()
        assert (f'id="dialog-{dialog.pk}"' in text) is is_there


def test_longest_waiting_goes_first_and_who_waits_for_nothing_last(desk, dialog, tenant):
    with tenant_scope(tenant):
        now = timezone.now()
        late = fill(
            Dialog, channel=dialog.channel, waiting_since=now - dt.timedelta(days=1), last_message_at=now
        )
        idle = fill(Dialog, channel=dialog.channel, last_message_at=now)
    text = desk.get(f"{reverse('channels:dialogs')}?sort=waiting").content.decode()
    places = [text.index(f'id="dialog-{one.pk}"') for one in (late, dialog, idle)]
    assert places == sorted(places)


@pytest.mark.parametrize("sort", ["new", "waiting"])
def test_portions_follow_each_other_without_gap_or_repeat(desk, dialog, tenant, sort):
    with tenant_scope(tenant):
        now = timezone.now()
        for n in range(60):
            waiting = now - dt.timedelta(minutes=n // 2) if n % 3 else None
            fill(
                Dialog,
                channel=dialog.channel,
                waiting_since=waiting,
                last_message_at=now - dt.timedelta(minutes=n // 2),
            )
    seen, address = [], f"{reverse('channels:dialogs')}?sort={sort}"
    for _step in range(3):
        response = desk.get(address)
        rows = [str(row).split('id="dialog-')[1][:36] for row in response.context["rows"]]
        seen += rows
        if not (address := response.context["more_url"]):
            break
    assert len(seen) == len(set(seen)) == 61


def cost(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_list_and_thread_cost_the_same_for_three_and_three_hundred(desk, dialog, tenant, alice):
    """Beyond a page one query more may find where the next one begins."""

    def grow(count: int) -> None:
        with tenant_scope(tenant):
            for n in range(count):
                contact = fill(Contact, name=f"Client {n}", owner=alice)
                fill(
                    Dialog,
                    channel=dialog.channel,
                    contact=contact,
                    assignee=alice,
                    last_message_at=timezone.now() - dt.timedelta(minutes=n),
                )
                entry = fill(
                    Activity,
                    kind="message",
                    direction="in",
                    text="x",
                    contact=dialog.contact,
                    is_done=True,
                    occurred_at=timezone.now() - dt.timedelta(minutes=n),
                    deal=None,
                    lead=None,
                    company=None,
                    author=None,
                    owner=None,
                )
                fill(Message, activity=entry, dialog=dialog, channel=dialog.channel, state="received")

    addresses = [
        reverse("channels:dialogs"),
        dialog_url("dialog", dialog),
        f"{dialog_url('dialog', dialog)}?part=thread",
        f"{dialog_url('dialog', dialog)}?part=panel",
        reverse("core:badges"),
    ]
    grow(3)
    few = [cost(desk, address) for address in addresses]
    grow(300)
    assert [cost(desk, address) for address in addresses] == few


# --- One dialog --------------------------------------------------------------------------------------
def test_a_dialog_shows_its_thread_and_its_client(desk, dialog):
    text = desk.get(dialog_url("dialog", dialog)).content.decode()
    assert 'class="t-in' in text
    assert "How much is &lt;b&gt;it&lt;/b&gt;?" in text
    assert "data-talk-reply" in text
    assert reverse("leads:detail", args=[dialog.lead_id]) in text


def test_earlier_messages_come_page_by_page(desk, dialog, tenant):
    with tenant_scope(tenant):
        for n in range(PAGE + 5):
            at = timezone.now() - dt.timedelta(days=1, minutes=n)
            entry = Activity.objects.create(kind="message", direction="in", text=f"old {n}", occurred_at=at)
            fill(Message, activity=entry, dialog=dialog, channel=dialog.channel, state="received")
    first = desk.get(f"{dialog_url('dialog', dialog)}?part=thread")
    assert "old 38" in first.content.decode()
    assert "old 39" not in first.content.decode()
    before = first.context["thread"].before
    rest = desk.get(f"{dialog_url('dialog', dialog)}?part=older&before={before}")
    assert "old 39" in rest.content.decode()
    assert "old 44" in rest.content.decode()
    assert "old 38" not in rest.content.decode()
    assert rest.context["thread"].before == ""


def test_an_answer_goes_out_and_the_thread_is_read_again(desk, dialog, tenant):
    response = desk.post(dialog_url("dialog_reply", dialog), {"text": "100", "take": "1"}, headers=HTMX)
    assert response.status_code == 204
    assert events(response)["talk:written"] == {"id": str(dialog.pk)}
    with tenant_scope(tenant):
        message = Message.objects.get(state="queued")
        assert (message.dialog_id, message.activity.text, message.lead_id) == (
            dialog.pk,
            "100",
            dialog.lead_id,
        )
        assert Lead.objects.get().taken_by is not None
    assert 'class="t-out' in desk.get(f"{dialog_url('dialog', dialog)}?part=thread").content.decode()


def test_an_empty_answer_is_refused_and_takes_nothing(desk, dialog, tenant):
    response = desk.post(dialog_url("dialog_reply", dialog), {"text": " ", "take": "1"}, headers=HTMX)
    assert response.status_code == 422
    with tenant_scope(tenant):
        assert Lead.objects.get().taken_by is None


def test_nothing_leaves_by_a_channel_that_is_off(desk, dialog, tenant):
    with tenant_scope(tenant):
        type(dialog.channel).objects.update(is_active=False)
    assert "data-talk-reply" not in desk.get(dialog_url("dialog", dialog)).content.decode()
    assert desk.post(dialog_url("dialog_reply", dialog), {"text": "100"}, headers=HTMX).status_code == 422


def test_a_comment_stands_in_the_thread_and_goes_nowhere(desk, dialog, tenant):
    assert (
        desk.post(dialog_url("dialog_comment", dialog), {"text": "Ask Boris"}, headers=HTMX).status_code
        == 204
    )
    with tenant_scope(tenant):
        assert Activity.objects.get(kind="note").lead_id == dialog.lead_id
        assert Message.objects.count() == 1
    assert "Ask Boris" in desk.get(f"{dialog_url('dialog', dialog)}?part=thread").content.decode()


def test_without_scripts_every_step_leads_to_a_page(desk, dialog, tenant):
    with tenant_scope(tenant):
        outcome = DialogOutcome.objects.create(name="Answered")
    for name, data in (
        ("dialog_reply", {"text": "100"}),
        ("dialog_comment", {"text": "x"}),
        ("dialog_take", {}),
    ):
        response = desk.post(dialog_url(name, dialog), data)
        assert (response.status_code, response.url) == (302, dialog_url("dialog", dialog))
    response = desk.post(dialog_url("dialog_close", dialog), {"outcome": str(outcome.pk)})
    assert (response.status_code, response.url) == (302, reverse("channels:dialogs"))


def test_closing_tells_what_to_undo_and_undoing_opens_again(desk, dialog, tenant):
    with tenant_scope(tenant):
        outcome = DialogOutcome.objects.create(name="Answered")
    response = desk.post(dialog_url("dialog_close", dialog), {"outcome": str(outcome.pk)}, headers=HTMX)
    told = events(response)
    assert told["talk:done"] == {"id": str(dialog.pk), "action": "close"}
    undone = desk.post(told["toast"]["undo_url"], headers=HTMX)
    assert events(undone)["talk:undone"] == {"id": str(dialog.pk)}
    with tenant_scope(tenant):
        assert Dialog.objects.get().closed_at is None
    assert desk.post(told["toast"]["undo_url"], headers=HTMX).status_code == 409


def test_nobody_undoes_what_another_decided(desk, dialog, tenant, client_of, head):
    with tenant_scope(tenant):
        outcome = DialogOutcome.objects.create(name="Answered")
    response = desk.post(dialog_url("dialog_close", dialog), {"outcome": str(outcome.pk)}, headers=HTMX)
    undo = events(response)["toast"]["undo_url"]
    assert client_of(head).post(undo, headers=HTMX).status_code == 409


def test_a_missing_reason_is_asked_for_in_a_dialog(desk, dialog, tenant):
    with tenant_scope(tenant):
        type(dialog.channel).objects.update(is_reason_required=True)
        outcome = DialogOutcome.objects.create(name="Refused", effect="reject")
        create_starter_reasons()
        reason = RejectionReason.objects.first()
    response = desk.post(dialog_url("dialog_close", dialog), {"outcome": str(outcome.pk)}, headers=HTMX)
    asking = events(response)["dialog:open"]["url"]
    assert f'value="{outcome.pk}" selected' in desk.get(asking).content.decode()
    data = {"outcome": str(outcome.pk), "asked": "1"}
    assert desk.post(asking, data, headers=HTMX).status_code == 422
    assert desk.post(asking, data | {"reason": str(reason.pk)}, headers=HTMX).status_code == 204
    with tenant_scope(tenant):
        assert Lead.objects.get().rejection_reason == reason


def test_moved_to_a_deal_goes_through_the_wizard_and_comes_back(desk, dialog, tenant):
    with tenant_scope(tenant):
        outcome = DialogOutcome.objects.create(name="Moved to a deal", effect="accept")
        pipeline = create_starter_pipeline()
        stage = pipeline.stages.filter(kind="open").first()
    response = desk.post(dialog_url("dialog_close", dialog), {"outcome": str(outcome.pk)}, headers=HTMX)
    wizard = response.headers["HX-Redirect"]
    assert wizard.startswith(reverse("leads:wizard", args=[dialog.lead_id]))
    form = desk.get(wizard).context["form"]
    data = {name: form[name].value() or "" for name in form.fields if form[name].value() is not None}
    saved = desk.post(wizard, data | {"stage": str(stage.pk)})
    assert saved.status_code == 302, saved.context and saved.context["form"].errors
    assert saved.url.startswith(dialog_url("dialog", dialog))
    assert f'name="outcome" value="{outcome.pk}"' in desk.get(saved.url).content.decode()


def test_reopening_puts_it_back(desk, dialog, tenant, admin):
    with tenant_scope(tenant):
        close_dialog(dialog=dialog, outcome=None, by=admin, now=timezone.now())
    assert desk.post(dialog_url("dialog_reopen", dialog), headers=HTMX).status_code == 204
    with tenant_scope(tenant):
        assert Dialog.objects.get().closed_at is None


def test_handing_over_asks_to_whom(desk, dialog, tenant, alice):
    assert "Alice" in desk.get(dialog_url("dialog_assign", dialog)).content.decode()
    assert desk.post(dialog_url("dialog_assign", dialog), {"member": "x"}, headers=HTMX).status_code == 422
    assert (
        desk.post(dialog_url("dialog_assign", dialog), {"member": str(alice.pk)}, headers=HTMX).status_code
        == 204
    )
    with tenant_scope(tenant):
        assert Lead.objects.get().responsible == alice


# --- Rights ------------------------------------------------------------------------------------------
def test_a_dialog_out_of_reach_is_missing(dialog, tenant, alice, bob, charlie, client_of):
    with tenant_scope(tenant):
        assign_lead(lead=dialog.lead, member=bob, by=None, now=timezone.now())
    for member in (alice, charlie):
        client = client_of(member)
        assert client.get(dialog_url("dialog", dialog)).status_code == 404
        assert client.post(dialog_url("dialog_reply", dialog), {"text": "x"}, headers=HTMX).status_code == 404
        assert str(dialog.pk) not in client.get(reverse("channels:dialogs")).content.decode()
    assert client_of(bob).get(dialog_url("dialog", dialog)).status_code == 200


def test_who_may_only_look_sees_no_composer_and_is_refused(dialog, tenant, client_of):
    marketer = make_member(tenant, "Max", Role.Code.MARKETER)
    client = client_of(marketer)
    text = client.get(dialog_url("dialog", dialog)).content.decode()
    assert "data-talk-reply" not in text
    for name in ("dialog_reply", "dialog_take", "dialog_close", "dialog_assign", "dialog_typing"):
        assert client.post(dialog_url(name, dialog), headers=HTMX).status_code == 403, name


# --- Canned replies ----------------------------------------------------------------------------------
def test_canned_replies_come_filled_in(desk, dialog, tenant):
    with tenant_scope(tenant):
        text = "Hello, {client_name}! {manager_name}, {company_name}. About {deal_title}, {deal_amount}."
        CannedReply.objects.create(shortcut="hello", text=text)
    [found] = desk.get(f"{dialog_url('dialog_canned', dialog)}?q=he", headers=HTMX).json()["results"]
    assert found["text"].startswith("Hello, Anna! Ada, Tenant")
    assert found["preview"].endswith("About …, ….")
    assert len(found["missing"]) == 2
    assert desk.get(f"{dialog_url('dialog_canned', dialog)}?q=zz", headers=HTMX).json() == {"results": []}


def test_a_canned_reply_is_inserted_without_scripts(desk, dialog, tenant):
    with tenant_scope(tenant):
        reply = CannedReply.objects.create(shortcut="hello", text="Hello, {client_name}!{client_phone}")
    link = f"{dialog_url('dialog', dialog)}?canned={reply.pk}"
    assert link in desk.get(dialog_url("dialog_canned", dialog)).content.decode()
    text = desk.get(link).content.decode()
    assert ">Hello, Anna!</textarea>" in text
    assert "cmp-err" in text  # no phone is known


def test_a_letter_is_answered_with_a_subject(desk, make_channel, tenant):
    made = make_channel("email", MAIL)
    with tenant_scope(tenant):
        dialog = fill(
            Dialog, channel=made.channel, recipient="a@example.com", subject="Prices", closed_at=None
        )
    text = desk.get(dialog_url("dialog", dialog)).content.decode()
    assert 'value="Re: Prices"' in text


def test_a_letters_signature_is_shown_and_can_be_left_out(desk, make_channel, tenant, admin):
    made = make_channel("email", MAIL)
    with tenant_scope(tenant):
        dialog = fill(Dialog, channel=made.channel, recipient="a@example.com", closed_at=None)
        admin.mail_signature = "Regards, {name}"
        admin.save(update_fields=["mail_signature"])
    assert "Regards, Ada" in desk.get(dialog_url("dialog", dialog)).content.decode()
    for fields, is_signed in (({}, True), ({"unsigned": "1"}, False)):
        answer = {"text": "100", "subject": "Prices"} | fields
        assert desk.post(dialog_url("dialog_reply", dialog), answer, headers=HTMX).status_code == 204
        with tenant_scope(tenant):
            message = Message.objects.latest("activity__created_at")
            assert ("signature" in message.headers) is is_signed


def test_a_chat_has_no_signature_and_the_menu_of_replies_leads_to_their_settings(desk, dialog, tenant, admin):
    with tenant_scope(tenant):
        admin.mail_signature = "Regards, {name}"
        admin.save(update_fields=["mail_signature"])
    text = desk.get(dialog_url("dialog", dialog)).content.decode()
    assert "reply-sign" not in text
    assert f'data-canned-settings="{reverse("channels:canned")}"' in text
    assert reverse("channels:canned") in desk.get(dialog_url("dialog_canned", dialog)).content.decode()


def test_who_may_connect_channels_is_led_to_one_that_is_off(desk, dialog, tenant):
    with tenant_scope(tenant):
        type(dialog.channel).objects.update(is_active=False)
    text = desk.get(dialog_url("dialog", dialog)).content.decode()
    assert reverse("channels:detail", args=[dialog.channel_id]) in text
