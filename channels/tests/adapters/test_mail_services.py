"""Letters posted by mail services: signatures, raw letters, letters put together of their parts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Forged, Unparseable
from channels.adapters.mail import EmailAdapter, services
from channels.tests.adapters.samples import delivery, form
from channels.tests.adapters.samples import multipart as multipart_body

JSON = "application/json"
ADAPTER = EmailAdapter()
LETTER = (
    b"From: =?utf-8?b?0JDQvdC90LA=?= <anna@client.example>\r\nTo: sales@crm.example\r\n"
    b"Subject: Six machines\r\nMessage-ID: <one@client.example>\r\nDate: Thu, 19 Nov 2026 10:00:00 +0300\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nHow much are they?\r\n"
)
TEXT = LETTER.decode()
KEY = "key-3ax6xnjp29jd6fds4gc373sgvjxteol0"
HOOK = "https://crm.example/hooks/email/t"


def channel(arrival: str, key: str = KEY) -> dict[str, str]:
    return {"address": "sales@crm.example", "arrival": arrival, "service_key": key}


def as_json(value):
    return delivery(json.dumps(value), JSON, url=HOOK)


def mailgun_fields(**fields):
    token, timestamp = "a" * 50, "1795500000"
    signature = hmac.new(KEY.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "timestamp": timestamp,
        "token": token,
        "signature": signature,
        "sender": "anna@client.example",
    } | fields


def mandrill_post(events, key=KEY):
    fields = {"mandrill_events": json.dumps(events)}
    signed = (HOOK + "".join(f"{name}{value}" for name, value in sorted(fields.items()))).encode()
    signature = base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha1).digest()).decode()
    return form(fields, url=HOOK, headers={"x-mandrill-signature": signature})


RAW_POSTS = {
    "mailgun": form(mailgun_fields(**{"body-mime": TEXT})),
    "sendgrid": form(
        {"email": TEXT, "envelope": json.dumps({"to": ["sales@crm.example"], "from": "a@b.example"})}
    ),
    "postmark": as_json({"RawEmail": TEXT, "From": "anna@client.example"}),
    "mailersend": as_json({"type": "inbound.message", "data": {"raw": TEXT}}),
    "postal": as_json({"id": 1, "base64": True, "message": base64.b64encode(LETTER).decode()}),
    "mandrill": mandrill_post([{"event": "inbound", "ts": 1795500000, "msg": {"raw_msg": TEXT}}]),
    "sparkpost": as_json(
        [
            {"msys": {"relay_message": {"content": {"email_rfc822": TEXT, "email_rfc822_is_base64": False}}}},
        ]
    ),
    "raw": delivery(LETTER, "message/rfc822"),
}


@pytest.mark.parametrize("name", RAW_POSTS)
def test_raw_letters_are_read_as_out_of_a_mailbox(name):
    (item,) = ADAPTER.parse(RAW_POSTS[name], channel(name))
    assert (item.person.name, item.person.email) == ("Анна", "anna@client.example")
    assert (item.subject, item.text) == ("Six machines", "How much are they?")
    assert item.external_id == "one@client.example"
    assert item.occurred_at.isoformat() == "2026-11-19T07:00:00+00:00"
    from_mailbox = ADAPTER.parse(delivery(LETTER, method="IMAP"), {"address": "sales@crm.example"})
    assert item.key == from_mailbox[0].key


def test_every_service_has_a_raw_post_here_but_those_that_send_none():
    asked = {"amazon_ses", "brevo", "resend"}  # test_mail_services_asked.py
    assert {*RAW_POSTS, "mailjet", *asked} == set(services.POSTED)
    assert asked == set(services.ASKED)


def test_letters_in_base64_keep_their_charset():
    letter = LETTER.replace(
        b"utf-8\r\n\r\nHow much are they?", b"koi8-r\r\n\r\n" + "Сколько стоят?".encode("koi8-r")
    )
    post = as_json({"id": 1, "base64": True, "message": base64.b64encode(letter).decode()})
    assert ADAPTER.parse(post, channel("postal"))[0].text == "Сколько стоят?"


def test_one_post_may_hold_several_letters():
    second = TEXT.replace("<one@", "<two@")
    events = [{"event": "inbound", "msg": {"raw_msg": text}} for text in (TEXT, second)]
    items = ADAPTER.parse(mandrill_post(events), channel("mandrill"))
    assert [item.external_id for item in items] == ["one@client.example", "two@client.example"]


def test_mailgun_parts_become_a_letter_with_its_files():
    fields = mailgun_fields(
        **{
            "message-headers": json.dumps(
                [
                    ["From", "Anna <anna@client.example>"],
                    ["Subject", "Price"],
                    ["Message-Id", "<3@client.example>"],
                ]
            ),
            "body-plain": "See the file",
            "attachment-count": "1",
        }
    )
    body, content_type = multipart_body(fields, {"attachment-1": ("price.txt", b"42", "text/plain")})
    (item,) = ADAPTER.parse(delivery(body, content_type), channel("mailgun"))
    assert (item.person.email, item.subject, item.text) == ("anna@client.example", "Price", "See the file")
    assert [(file.name, file.data) for file in item.files] == [("price.txt", b"42")]


def test_mailjet_and_postmark_parts_become_a_letter():
    told = {"From": "Anna <anna@client.example>", "Subject": "Price", "Message-ID": "<4@client.example>"}
    mailjet = {"Headers": told, "Text-part": "How much?", "Parts": []}
    (item,) = ADAPTER.parse(as_json(mailjet), channel("mailjet"))
    assert (item.person.email, item.text, item.external_id) == (
        "anna@client.example",
        "How much?",
        "4@client.example",
    )
    postmark = {
        "FromFull": {"Email": "anna@client.example", "Name": "Anna", "MailboxHash": ""},
        "ToFull": [{"Email": "sales@crm.example", "Name": "", "MailboxHash": ""}],
        "CcFull": [],
        "BccFull": [],
        "Subject": "Price",
        "TextBody": "How much?",
        "HtmlBody": "",
        "Headers": [{"Name": "Message-ID", "Value": "<5@client.example>"}],
        "Attachments": [
            {"Name": "a.txt", "ContentType": "text/plain", "Content": base64.b64encode(b"x").decode()}
        ],
    }
    (item,) = ADAPTER.parse(as_json(postmark), channel("postmark"))
    assert (item.person.name, item.text, [file.name for file in item.files]) == (
        "Anna",
        "How much?",
        ["a.txt"],
    )


def test_sendgrid_parts_become_a_letter():
    fields = {
        "headers": "From: Anna <anna@client.example>\nSubject: Price\nMessage-ID: <6@client.example>\n",
        "text": "How much?",
        "envelope": json.dumps({"to": ["sales@crm.example"], "from": "anna@client.example"}),
        "attachment-info": json.dumps({"attachment1": {"filename": "a.txt"}}),
    }
    body, content_type = multipart_body(fields, {"attachment1": ("a.txt", b"x", "text/plain")})
    (item,) = ADAPTER.parse(delivery(body, content_type), channel("sendgrid"))
    assert (item.person.name, item.text, [file.data for file in item.files]) == ("Anna", "How much?", [b"x"])


# --- Signatures --------------------------------------------------------------------------------------
def signed_by_mailersend(key=KEY):
    body = json.dumps({"type": "inbound.message", "data": {"raw": TEXT}})
    signature = hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
    return delivery(body, JSON, headers={"signature": signature})


def test_signed_posts_are_let_in():
    ADAPTER.verify(RAW_POSTS["mailgun"], channel("mailgun"))
    ADAPTER.verify(RAW_POSTS["mandrill"], channel("mandrill"))
    ADAPTER.verify(signed_by_mailersend(), channel("mailersend"))


def test_postal_signs_with_its_private_key():
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key = "".join(public.decode().splitlines()[1:-1])
    body = json.dumps({"id": 1, "base64": True, "message": base64.b64encode(LETTER).decode()})
    signature = base64.b64encode(private.sign(body.encode(), padding.PKCS1v15(), hashes.SHA1())).decode()  # noqa: S303
    ADAPTER.verify(delivery(body, JSON, headers={"x-postal-signature": signature}), channel("postal", key))
    with pytest.raises(Forged):
        ADAPTER.verify(
            delivery(body + " ", JSON, headers={"x-postal-signature": signature}), channel("postal", key)
        )


@pytest.mark.parametrize(
    ("name", "post"),
    [
        ("mailgun", form(mailgun_fields(**{"body-mime": TEXT}) | {"signature": "0" * 64})),
        ("mailgun", form({"body-mime": TEXT})),
        ("mailgun", delivery("{", JSON)),
        ("mandrill", mandrill_post([], key="another")),
        ("mandrill", form({"mandrill_events": "[]"})),
        ("mailersend", signed_by_mailersend("another")),
        ("mailersend", as_json({})),
        ("postal", RAW_POSTS["postal"]),
        ("postal", delivery("{}", JSON, headers={"x-postal-signature": "no base64"})),
    ],
)
def test_forged_posts_are_refused(name, post):
    with pytest.raises(Forged):
        ADAPTER.verify(post, channel(name))


@pytest.mark.parametrize("name", [name for name in services.SIGNING if name in RAW_POSTS])
def test_nothing_is_let_in_while_the_key_is_not_set(name):
    with pytest.raises(Forged):
        ADAPTER.verify(RAW_POSTS[name], channel(name, ""))


def test_nobody_posts_to_a_channel_that_reads_a_mailbox():
    for arrival in ("imap", ""):
        with pytest.raises(Forged):
            ADAPTER.verify(RAW_POSTS["raw"], channel(arrival))


def test_headers_of_a_post_are_not_those_of_our_mailbox_reader():
    post = delivery(LETTER, "message/rfc822", headers={"x-folder-of-sent-mail": "Sent"})
    assert not ADAPTER.parse(post, channel("raw"))[0].is_own


@pytest.mark.parametrize("name", services.POSTED)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_posts_never_raise_anything_but_unparseable(name, data):
    raw = RAW_POSTS.get(name) or as_json({"Headers": {}, "Text-part": "x"})
    cut = data.draw(st.integers(0, len(raw.body)))
    noise = data.draw(st.binary(max_size=20))
    broken = delivery(raw.body[:cut] + noise + raw.body[cut + len(noise) :], raw.header("content-type"))
    try:
        ADAPTER.verify(broken, channel(name))
    except Forged:
        pass
    try:
        items = ADAPTER.parse(broken, channel(name))
    except Unparseable as exc:
        assert str(exc)
        return
    assert all(item.key for item in items)
