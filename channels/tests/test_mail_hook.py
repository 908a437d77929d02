"""Letters that a mail service posts: from the settings page to a lead that can be answered."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx
from django.test import Client
from django.utils import timezone

from channels import hooks, secrets
from channels.adapters.base import RawDelivery
from channels.connections import Account
from channels.journal.intake import record
from channels.journal.looking import question_of
from channels.mailboxes import read_once
from channels.models import Channel, Event, Message
from channels.services import CreatedChannel, InvalidSettings, hook_url_of, update_channel
from channels.tests.conftest import path_of, work
from core.tenancy import tenant_scope
from leads.models import Lead
from tenants.models import Membership, Tenant

LETTER = (
    "From: Anna <anna@client.example>\r\nTo: sales@crm.example\r\nSubject: Six machines\r\n"
    "Message-ID: <one@client.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHow much are they?\r\n"
)
KEY = "key-of-mailgun-0123456789"
POSTED = {"address": "sales@crm.example", "arrival": "mailgun", "service_key": KEY, "imap_host": ""}


@pytest.fixture
def posted(make_channel: Callable[..., CreatedChannel]) -> CreatedChannel:
    return make_channel("email", POSTED)


def post_letter(made: CreatedChannel, letter: str = LETTER, key: str = KEY) -> Any:
    signature = hmac.new(key.encode(), b"1795500000token", hashlib.sha256).hexdigest()
    signed = {"timestamp": "1795500000", "token": "token", "signature": signature}
    return Client().post(path_of(made.hook_url), signed | {"body-mime": letter})


def test_posted_letter_becomes_a_lead_with_a_dialog(posted: CreatedChannel) -> None:
    assert post_letter(posted).status_code == 200
    assert post_letter(posted).status_code == 200
    work(posted.channel)
    with tenant_scope(posted.channel.tenant_id):
        lead, message = Lead.objects.get(), Message.objects.get()
    assert (lead.email, lead.kind) == ("anna@client.example", "email")
    assert message.external_id == "one@client.example"


def test_forged_letter_is_refused(posted: CreatedChannel) -> None:
    assert post_letter(posted, key="another").status_code == 401


def test_posted_letter_may_be_larger_than_another_delivery(posted: CreatedChannel, settings: Any) -> None:
    settings.HOOK_MAX_BYTES = 1000
    assert post_letter(posted, LETTER + "x" * 2000).status_code == 200


def test_services_may_look_by_head_whether_anybody_is_there(posted: CreatedChannel) -> None:
    assert Client().head(path_of(posted.hook_url)).status_code == 200
    assert Client().head("/hooks/email/unknown").status_code == 404


def test_channel_of_a_service_needs_its_key_and_no_mailbox(
    make_channel: Callable[..., CreatedChannel],
) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        make_channel("email", POSTED | {"service_key": ""})
    assert set(refusal.value.errors) == {"service_key"}
    with pytest.raises(InvalidSettings) as refusal:
        make_channel("email", POSTED | {"arrival": "imap", "service_key": ""})
    assert set(refusal.value.errors) == {"imap_host"}
    assert make_channel("email", POSTED | {"arrival": "raw", "service_key": ""}).hook_url


def test_mailbox_gets_an_address_once_a_service_posts_to_it(
    make_channel: Callable[..., CreatedChannel],
) -> None:
    made = make_channel("email")
    assert made.hook_url == ""
    with tenant_scope(made.channel.tenant_id):
        changed = update_channel(channel=made.channel, now=timezone.now(), settings=POSTED)
        url = hook_url_of(changed)
        token = secrets.read(changed)[secrets.HOOK_TOKEN]
    assert url.endswith(f"/hooks/email/{token}")
    route = hooks.find_route("email", token)
    assert route is not None
    assert route.channel_id == made.channel.pk
    with tenant_scope(made.channel.tenant_id):
        back = update_channel(
            channel=changed, now=timezone.now(), settings={"arrival": "imap", "imap_host": "x.example"}
        )
        assert hook_url_of(back) == ""


def test_nobody_reads_a_mailbox_of_a_channel_that_is_posted_to(posted: CreatedChannel) -> None:
    account = Account(posted.channel.tenant_id, posted.channel.pk, timezone.now())
    assert read_once(account) == 0


def test_page_shows_the_address_only_where_letters_are_posted(
    posted: CreatedChannel, make_channel: Callable[..., CreatedChannel], admin: Membership, client: Client
) -> None:
    client.force_login(admin.user)
    page = client.get(f"/settings/channels/{posted.channel.pk}/").content.decode()
    assert posted.hook_url in page
    assert 'data-only-with="arrival"' in page
    read = make_channel("email")
    assert "/hooks/email/" not in client.get(f"/settings/channels/{read.channel.pk}/").content.decode()


def test_test_of_the_connection_says_where_letters_are_posted(posted: CreatedChannel) -> None:
    from channels.adapters.mail import EmailAdapter

    lines = EmailAdapter().check(POSTED, posted.hook_url)
    assert [line.is_ok for line in lines] == [True, True]
    assert posted.hook_url in str(lines[0].text)
    unsigned = EmailAdapter().check(POSTED | {"arrival": "postmark"}, posted.hook_url)
    assert len(unsigned) == 3


def test_form_asks_only_for_what_plays_a_part(admin: Membership, client: Client, tenant: Tenant) -> None:
    client.force_login(admin.user)
    url = "/settings/channels/new/email/"
    usual = {"name": "Mail", "address": "a@b.example", "response_limit_min": 15, "new_lead_after_h": 72}
    refused = client.post(url, usual | {"arrival": "imap"})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"imap_host"}
    refused = client.post(url, usual | {"arrival": "mandrill"})
    assert set(refused.context["form"].errors) == {"service_key"}
    assert client.post(url, usual | {"arrival": "postmark"}).status_code == 302
    with tenant_scope(tenant):
        assert Channel.objects.get().settings["arrival"] == "postmark"


def test_letter_that_has_to_be_asked_for_waits_for_its_service(
    make_channel: Callable[..., CreatedChannel],
) -> None:
    """Brought by Resend: the post names it, the worker asks, and asks again where no answer came."""
    secret = base64.b64encode(b"secret").decode()
    keys = {"service_key": f"whsec_{secret}", "service_api_key": "re_1"}
    made = make_channel("email", {"address": "sales@crm.example", "arrival": "resend"} | keys)
    body, stamp = b'{"type": "email.received", "data": {"email_id": "em-1"}}', str(int(time.time()))
    signed = hmac.new(b"secret", b"m1." + stamp.encode() + b"." + body, hashlib.sha256).digest()
    headers = {
        "svix-id": "m1",
        "svix-timestamp": stamp,
        "svix-signature": "v1," + base64.b64encode(signed).decode(),
    }
    with respx.mock() as web:
        told = httpx.Response(200, json={"raw": {"download_url": "https://cdn.resend.example/raw"}})
        web.get("https://api.resend.com/emails/receiving/em-1").mock(side_effect=[httpx.Response(503), told])
        web.get("https://cdn.resend.example/raw").respond(content=LETTER.encode())
        answer = Client().post(path_of(made.hook_url), body, content_type="application/json", headers=headers)
        assert answer.status_code == 200
        work(made.channel)
        with tenant_scope(made.channel.tenant_id):
            assert not Lead.objects.exists()
            event = Event.objects.get()
            assert event.state == Event.State.RECEIVED
            Event.objects.update(next_try_at=timezone.now())
        work(made.channel)
    with tenant_scope(made.channel.tenant_id):
        assert Lead.objects.get().email == "anna@client.example"
        assert "re_1" not in str(Channel.objects.get(pk=made.channel.pk).settings)


def test_letters_of_a_mailbox_ask_nobody_first(make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel("email", {"address": "sales@crm.example", "imap_host": "imap.crm.example"})
    with tenant_scope(made.channel.tenant_id):
        event = record(
            channel=made.channel, delivery=RawDelivery(LETTER.encode(), method="IMAP"), now=timezone.now()
        )
        assert question_of(event, made.channel) is None
