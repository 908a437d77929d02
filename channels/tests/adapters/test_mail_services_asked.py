"""Mail services that have to be asked: Amazon's signature, Resend's letters, Brevo's files."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Forged, RawDelivery, SendError, Unparseable
from channels.adapters.mail import EmailAdapter, ses
from channels.tests.adapters.samples import delivery
from leads.inquiry import Ignored

JSON = "application/json"
ADAPTER = EmailAdapter()
LETTER = (
    b"From: Anna <anna@client.example>\r\nTo: sales@crm.example\r\nSubject: Six machines\r\n"
    b"Message-ID: <one@client.example>\r\nDate: Thu, 19 Nov 2026 10:00:00 +0300\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nHow much are they?\r\n"
)
AMAZON = {"address": "sales@crm.example", "arrival": "amazon_ses"}
BREVO = {"address": "sales@crm.example", "arrival": "brevo", "service_api_key": "xkeysib-1"}
SECRET = base64.b64encode(b"a secret of Resend's").decode()
RESEND = {
    "address": "sales@crm.example",
    "arrival": "resend",
    "service_key": f"whsec_{SECRET}",
    "service_api_key": "re_1",
}
CERT_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[respx.MockRouter]:
    ses._certificate.cache_clear()
    with respx.mock(assert_all_called=False) as router:
        yield router


def looked_up(post: RawDelivery, values: dict[str, str]) -> RawDelivery:
    return delivery(
        post.body, JSON, headers=dict(post.headers), details=ADAPTER.look_up(post, values)
    )  # as the worker does


def only(post: RawDelivery, values: dict[str, str]) -> Any:
    (item,) = ADAPTER.parse(post, values)
    return item


# --- Amazon SES --------------------------------------------------------------------------------------
def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    made = made.serial_number(1).not_valid_before(day).not_valid_after(day + dt.timedelta(days=366))
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def note(kind: str = "Notification", version: str = "2", **fields: str) -> dict[str, str]:
    told = {
        "Type": kind,
        "MessageId": "n-1",
        "TopicArn": "arn:aws:sns:eu-west-1:1:mail",
        "Timestamp": "2026-11-19T07:00:01.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERT_URL,
    } | fields
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    if kind == "Notification":
        names = [name for name in names if name not in ("SubscribeURL", "Token")]
    signed = "".join(f"{name}\n{told[name]}\n" for name in names if name in told).encode()
    algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303
    signature = KEY.sign(signed, padding.PKCS1v15(), algorithm)
    return told | {"Signature": base64.b64encode(signature).decode()}


def of_letter(content: bytes | None = LETTER, *, is_base64: bool = False, **receipt: Any) -> str:
    action = {"type": "SNS", "encoding": "BASE64" if is_base64 else "UTF8"} | receipt
    told: dict[str, Any] = {
        "notificationType": "Received",
        "mail": {
            "messageId": "ses-1",
            "headers": [
                {"name": "From", "value": "Anna <anna@client.example>"},
                {"name": "Subject", "value": "Six machines"},
                {"name": "Message-ID", "value": "<one@client.example>"},
                {"name": "Content-Type", "value": "multipart/mixed; boundary=x"},
            ],
        },
        "receipt": {"action": action},
    }
    if content is not None:
        told["content"] = base64.b64encode(content).decode() if is_base64 else content.decode()
    return json.dumps(told)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("is_base64", [True, False])
def test_amazons_letter_is_read_once_its_signature_is_right(web, version, is_base64):
    asked = web.get(CERT_URL).respond(content=certificate())
    post = delivery(note(version=version, Message=of_letter(is_base64=is_base64)))
    item = only(looked_up(post, AMAZON), AMAZON)
    assert (item.person.email, item.subject, item.text) == (
        "anna@client.example",
        "Six machines",
        "How much are they?",
    )
    ADAPTER.look_up(post, AMAZON)
    assert asked.call_count == 1  # the certificate is the same for all


def test_what_amazon_did_not_sign_is_not_read(web):
    web.get(CERT_URL).respond(content=certificate())
    forged = note(Message=of_letter()) | {"Message": of_letter(LETTER.replace(b"Six", b"Ten"))}
    with pytest.raises(SendError) as refusal:
        ADAPTER.look_up(delivery(forged), AMAZON)
    assert refusal.value.is_permanent
    with pytest.raises(Unparseable, match="did not sign"):
        ADAPTER.parse(delivery(forged, details_error=str(refusal.value)), AMAZON)
    with pytest.raises(Unparseable):
        ADAPTER.parse(delivery(note(Message=of_letter())), AMAZON)  # nobody has looked


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com",
        "http://sns.eu-west-1.amazonaws.com/x.pem",
        "https://user@sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
        "https://s3.eu-west-1.amazonaws.com/x.pem",
        "https://[",
        "",
    ],
)
def test_certificates_come_from_amazon_alone(web, url):
    with pytest.raises(SendError) as refusal:
        ADAPTER.look_up(delivery(note(Message=of_letter(), SigningCertURL=url)), AMAZON)
    assert refusal.value.is_permanent
    assert not web.calls


def test_certificate_that_does_not_come_is_asked_for_again(web):
    web.get(CERT_URL).respond(503)
    with pytest.raises(SendError) as refusal:
        ADAPTER.look_up(delivery(note(Message=of_letter())), AMAZON)
    assert not refusal.value.is_permanent


def test_subscription_is_confirmed_by_itself(web):
    web.get(CERT_URL).respond(content=certificate())
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    confirmed = web.get(url).respond(text="<ConfirmSubscriptionResponse/>")
    post = delivery(note("SubscriptionConfirmation", Message="You have chosen…", Token="t", SubscribeURL=url))
    item = only(looked_up(post, AMAZON), AMAZON)
    assert isinstance(item, Ignored) and "confirmed" in item.reason
    assert confirmed.call_count == 1
    elsewhere = note("SubscriptionConfirmation", Message="", Token="t", SubscribeURL="https://evil.example/")
    with pytest.raises(SendError):
        ADAPTER.look_up(delivery(elsewhere), AMAZON)
    assert {call.request.url.host for call in web.calls} == {"sns.eu-west-1.amazonaws.com"}


@pytest.mark.parametrize(
    "message",
    [
        "Successfully validated SNS topic for Amazon SES email receiving.",
        json.dumps({"notificationType": "Bounce", "bounce": {}}),
    ],
)
def test_other_notices_of_amazon_are_ignored(web, message):
    web.get(CERT_URL).respond(content=certificate())
    assert isinstance(only(looked_up(delivery(note(Message=message)), AMAZON), AMAZON), Ignored)


def test_letter_that_lies_in_a_store_is_a_lead_that_says_so(web):
    web.get(CERT_URL).respond(content=certificate())
    message = of_letter(None, type="S3", bucketName="mail", objectKey="in/ses-1")
    item = only(looked_up(delivery(note(Message=message)), AMAZON), AMAZON)
    assert (item.person.email, item.subject) == ("anna@client.example", "Six machines")
    assert "mail/in/ses-1" in item.text and "was not fetched" in item.text


def test_raw_delivery_of_amazon_says_what_to_change():
    with pytest.raises(Unparseable, match="Raw message delivery"):
        ADAPTER.parse(delivery(of_letter(), JSON), AMAZON)


# --- Brevo -------------------------------------------------------------------------------------------
def brevo_post(**fields: Any) -> RawDelivery:
    item = {
        "Uuid": ["u-1"],
        "MessageId": "<one@client.example>",
        "Headers": {
            "From": "Anna <anna@client.example>",
            "To": "sales@crm.example",
            "Subject": "Six machines",
            "Message-ID": "<one@client.example>",
            "Received": ["from a", "from b"],
            "Content-Type": "multipart/mixed; boundary=x",
        },
        "RawTextBody": "How much are they?",
        "Attachments": [
            {"Name": "plan.pdf", "ContentType": "application/pdf", "ContentID": "", "DownloadToken": "tok/1"}
        ],
    } | fields
    return delivery({"items": [item]})


def test_brevos_letter_has_its_files_to_be_fetched(web):
    item = only(brevo_post(), BREVO)
    assert (item.person.email, item.subject, item.text) == (
        "anna@client.example",
        "Six machines",
        "How much are they?",
    )
    assert item.external_id == "one@client.example"
    (file,) = item.files
    assert (file.name, file.data, file.ref) == ("plan.pdf", None, "tok/1")
    asked = web.get("https://api.brevo.com/v3/inbound/attachments/tok%2F1").respond(
        content=b"%PDF", headers={"content-type": "application/pdf"}
    )
    assert ADAPTER.fetch_file(file.ref, BREVO).data == b"%PDF"
    assert asked.calls[0].request.headers["api-key"] == "xkeysib-1"


def test_several_letters_of_brevo_are_several_items():
    post = json.loads(brevo_post().body)
    second = json.loads(brevo_post(RawTextBody="And two more").body)["items"][0]
    second["Headers"]["Message-ID"] = "<two@client.example>"
    items = ADAPTER.parse(delivery({"items": [*post["items"], second]}), BREVO)
    assert [item.external_id for item in items] == ["one@client.example", "two@client.example"]


def test_file_of_a_service_that_is_gone_is_given_up():
    with pytest.raises(SendError) as refusal:
        ADAPTER.fetch_file("tok", AMAZON)
    assert refusal.value.is_permanent


# --- Resend ------------------------------------------------------------------------------------------
LETTERS = "https://api.resend.com/emails/receiving/em-1"


def resend_post(key: str = SECRET, moment: float | None = None, **data: Any) -> RawDelivery:
    told = {"email_id": "em-1", "from": "Anna <anna@client.example>", "attachments": []} | data
    body = json.dumps({"type": "email.received", "created_at": "2026-11-19T07:00:00Z", "data": told}).encode()
    stamp = str(int(moment if moment is not None else time.time()))
    signed = hmac.new(base64.b64decode(key), b"msg_1." + stamp.encode() + b"." + body, hashlib.sha256)
    signature = "v1,b2xk v1," + base64.b64encode(signed.digest()).decode()
    headers = {"svix-id": "msg_1", "svix-timestamp": stamp, "svix-signature": signature}
    return delivery(body, JSON, headers=headers)


def test_resends_letter_is_asked_for_as_it_was_sent(web):
    asked = web.get(LETTERS).respond(json={"raw": {"download_url": "https://cdn.resend.example/raw?sig=1"}})
    raw = web.get("https://cdn.resend.example/raw?sig=1").respond(content=LETTER)
    post = resend_post()
    ADAPTER.verify(post, RESEND)
    item = only(looked_up(post, RESEND), RESEND)
    assert (item.person.email, item.text) == ("anna@client.example", "How much are they?")
    assert asked.calls[0].request.headers["authorization"] == "Bearer re_1"
    assert "authorization" not in raw.calls[0].request.headers


def test_resends_letter_is_put_together_where_the_raw_one_is_not_kept(web):
    files = [{"id": "at-1", "filename": "plan.pdf", "content_type": "application/pdf"}]
    web.get(LETTERS).respond(
        json={
            "from": "Anna <anna@client.example>",
            "to": ["sales@crm.example"],
            "subject": "Six machines",
            "message_id": "<one@client.example>",
            "headers": {"date": "Thu, 19 Nov 2026 10:00:00 +0300", "from": "else@client.example"},
            "text": "How much are they?",
            "html": None,
        }
    )
    item = only(looked_up(resend_post(attachments=files), RESEND), RESEND)
    assert (item.person.email, item.subject, item.text, item.external_id) == (
        "anna@client.example",
        "Six machines",
        "How much are they?",
        "one@client.example",
    )
    assert item.occurred_at.isoformat() == "2026-11-19T07:00:00+00:00"
    (file,) = item.files
    web.get(f"{LETTERS}/attachments/at-1").respond(json={"download_url": "https://cdn.resend.example/plan"})
    web.get("https://cdn.resend.example/plan").respond(content=b"%PDF")
    assert ADAPTER.fetch_file(file.ref, RESEND).data == b"%PDF"


def test_resend_that_does_not_answer_is_asked_again_and_a_wrong_key_is_said(web):
    web.get(LETTERS).mock(side_effect=[httpx.Response(503), httpx.Response(401)])
    for is_permanent in (False, True):
        with pytest.raises(SendError) as refusal:
            ADAPTER.look_up(resend_post(), RESEND)
        assert refusal.value.is_permanent is is_permanent
    with pytest.raises(Unparseable, match="the keys"):
        ADAPTER.parse(delivery(resend_post().body, JSON, details_error=str(refusal.value)), RESEND)


def test_other_events_of_resend_are_ignored_and_nobody_is_asked(web):
    post = delivery({"type": "email.bounced", "data": {"email_id": "em-1"}})
    assert isinstance(only(looked_up(post, RESEND), RESEND), Ignored)
    assert not web.calls


@pytest.mark.parametrize(
    "post",
    [
        resend_post(key=base64.b64encode(b"another").decode()),
        resend_post(moment=time.time() - 3600),
        delivery(resend_post().body + b" ", JSON, headers=dict(resend_post().headers)),
        delivery(resend_post().body, JSON),
    ],
)
def test_forged_posts_of_resend_are_refused(post):
    with pytest.raises(Forged):
        ADAPTER.verify(post, RESEND)


@pytest.mark.parametrize("key", ["", "whsec_", "no base64!"])
def test_nothing_is_let_in_without_resends_key(key):
    with pytest.raises(Forged):
        ADAPTER.verify(resend_post(), RESEND | {"service_key": key})


# --- All of them -------------------------------------------------------------------------------------
def test_only_services_that_tell_too_little_are_asked():
    post, mail = delivery("{}", JSON), delivery(LETTER, method="IMAP")
    assert [ADAPTER.has_question(post, one) for one in (AMAZON, BREVO, RESEND)] == [True, False, True]
    assert not ADAPTER.has_question(mail, AMAZON)
    assert not ADAPTER.has_question(mail, {"address": "sales@crm.example"})


@pytest.mark.parametrize(
    ("post", "values", "details"),
    [
        (delivery(note(Message=of_letter())), AMAZON, b"genuine"),
        (brevo_post(), BREVO, None),
        (resend_post(), RESEND, LETTER),
    ],
)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_posts_never_raise_anything_but_unparseable(post, values, details, data):
    cut, noise = data.draw(st.integers(0, len(post.body))), data.draw(st.binary(max_size=20))
    body = post.body[:cut] + noise + post.body[cut + len(noise) :]
    try:
        items = ADAPTER.parse(delivery(body, JSON, details=details), values)
    except Unparseable as exc:
        assert str(exc)
        return
    assert all(item.key for item in items)


def test_headers_that_no_letter_can_hold_are_no_letter():
    with pytest.raises(Unparseable, match="No letter can be made"):
        ADAPTER.parse(brevo_post(Headers={"From": "anna@client.example", "Sub ject": "x\ny: z"}), BREVO)
