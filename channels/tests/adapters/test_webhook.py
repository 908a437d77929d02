import dataclasses
import hashlib
import hmac
import json
import time

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapter_settings import InvalidSettings, read_settings
from channels.adapters.base import Forged, Unparseable
from channels.adapters.webhook import WebhookAdapter
from channels.tests.adapters.samples import FORM, assert_sound, content_type_of, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import Inquiry

webhook = WebhookAdapter()
SIGNED = {"secret": "long-word-of-both-sides"}
WITH_TOKEN = SIGNED | {"mode": "token"}
LEAD = {"name": "Анна", "phone": "+79120001122"}


def signed(raw, stamp=None, secret=SIGNED["secret"], prefix=""):
    stamp = str(int(time.time())) if stamp is None else stamp
    content = raw.body or raw.query.encode()
    made = hmac.new(secret.encode(), f"{stamp}.".encode() + content, hashlib.sha256).hexdigest()
    headers = {**raw.headers, "x-timestamp": stamp, "x-signature": prefix + made}
    return dataclasses.replace(raw, headers=headers)


def get(query):
    return dataclasses.replace(delivery(b""), method="GET", query=query)


@pytest.mark.parametrize("path", recorded("webforms"))
def test_webhook_reads_every_recorded_post(path):
    raw = webhook.sign(delivery(path.read_bytes(), content_type_of(path)), SIGNED)
    webhook.verify(raw, SIGNED)
    assert_sound(webhook.parse(raw, SIGNED))


# --- Protection ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("prefix", ["", "sha256=", "SHA256="])
def test_signature_over_the_moment_and_the_raw_body_is_verified(prefix):
    webhook.verify(signed(delivery(LEAD), prefix=prefix), SIGNED)
    webhook.verify(webhook.sign(delivery(LEAD), SIGNED), SIGNED)
    webhook.verify(signed(get("phone=%2B79120001122")), SIGNED)


def test_forged_posts_are_refused():
    raw = signed(delivery(LEAD))
    for forged in (
        delivery(LEAD),
        dataclasses.replace(raw, body=raw.body + b" "),
        dataclasses.replace(raw, headers=raw.headers | {"x-timestamp": str(int(time.time()) + 1)}),
        dataclasses.replace(raw, headers=raw.headers | {"x-signature": "ё"}),
        dataclasses.replace(signed(get("phone=1")), query="phone=2"),
        signed(delivery(LEAD), secret="another"),
        signed(delivery(LEAD), stamp="soon"),
    ):
        with pytest.raises(Forged):
            webhook.verify(forged, SIGNED)
    for nothing in ({}, {"mode": "token"}):
        with pytest.raises(Forged):
            webhook.verify(signed(delivery(LEAD), secret=""), nothing)


@pytest.mark.parametrize(
    ("age_s", "is_fine"), [(0, True), (290, True), (-290, True), (310, False), (-310, False)]
)
def test_old_signature_is_refused(age_s, is_fine):
    with time_machine.travel(1_763_631_012, tick=False):
        raw = signed(delivery(LEAD), stamp=str(1_763_631_012 - age_s))
        if is_fine:
            webhook.verify(raw, SIGNED)
        else:
            with pytest.raises(Forged):
                webhook.verify(raw, SIGNED)
        webhook.verify(raw, SIGNED | {"tolerance_s": 400})


def test_token_comes_in_a_header_the_address_or_the_post():
    secret = WITH_TOKEN["secret"]
    for raw in (
        delivery(LEAD, headers={"x-webhook-token": secret}),
        delivery(LEAD, headers={"x-api-key": secret}),
        delivery(LEAD, headers={"authorization": f"Bearer {secret}"}),
        delivery(LEAD | {"token": secret}),
        dataclasses.replace(delivery(LEAD), query=f"token={secret}"),
        get(f"token={secret}&phone=1"),
        webhook.sign(delivery(LEAD), WITH_TOKEN),
    ):
        webhook.verify(raw, WITH_TOKEN)
    for raw in (delivery(LEAD), delivery(LEAD, headers={"x-webhook-token": "x"}), signed(delivery(LEAD))):
        with pytest.raises(Forged):
            webhook.verify(raw, WITH_TOKEN)


def test_token_is_no_answer_of_the_client():
    (inquiry,) = webhook.parse(delivery(LEAD | {"token": WITH_TOKEN["secret"]}), WITH_TOKEN)
    assert inquiry.fields == (("name", "Анна"), ("phone", "+79120001122"))


def test_look_at_the_address_is_answered_and_no_post():
    assert webhook.handshake(get(""), SIGNED).status == 200
    assert webhook.handshake(get("phone=1"), SIGNED) is None
    assert webhook.handshake(delivery(b""), SIGNED) is None


# --- Posts ---------------------------------------------------------------------------------------------
def test_post_comes_as_json_form_or_query():
    for raw in (
        delivery(LEAD),
        delivery("name=Анна&phone=%2B79120001122", FORM),
        get("name=Анна&phone=%2B79120001122"),
    ):
        (inquiry,) = webhook.parse(raw, SIGNED)
        assert (inquiry.person.name, inquiry.person.phone) == ("Анна", "+79120001122")


def test_mapping_finds_what_is_deep_inside():
    body = {
        "data": {"buyer": {"title": "Анна Л.", "tel": ["79120001122"]}, "goods": [{"n": "Стол", "p": 4900}]}
    }
    lines = [
        "name = data.buyer.title",
        "phone = data.buyer.tel.0",
        "product = data.goods[0].n",
        "price = data.goods[0].p",
    ]
    (inquiry,) = webhook.parse(delivery(body), SIGNED | {"field_map": "\n".join(lines)})
    assert (inquiry.person.name, inquiry.person.phone) == ("Анна Л.", "79120001122")
    assert inquiry.product == {"title": "Стол", "price": "4900"}


def test_list_is_a_batch_and_its_items_have_keys_of_their_own():
    posts = [LEAD, {"name": "Борис", "phone": "+79120003344"}, {}]
    items = webhook.parse(delivery(posts), SIGNED)
    assert [item.person.name for item in items] == ["Анна", "Борис"]
    keyed = webhook.parse(delivery(posts, headers={"idempotency-key": "k"}), SIGNED)
    assert [item.key for item in keyed] == ["key:k:0", "key:k:1"]
    own = webhook.parse(delivery([LEAD | {"lead_id": "a"}, LEAD | {"lead_id": "b"}]), SIGNED)
    assert [item.key for item in own] == ["lead_id:a", "lead_id:b"]


def test_list_of_fields_and_an_order_with_its_lines_are_one_post():
    fields = [{"name": "Имя", "value": "Анна"}, {"name": "Телефон", "value": "+79120001122"}]
    (inquiry,) = webhook.parse(delivery(fields), SIGNED)
    assert (inquiry.person.name, inquiry.person.phone) == ("Анна", "+79120001122")
    order = LEAD | {"items": [{"title": "Стол"}, {"title": "Стул"}]}
    (inquiry,) = webhook.parse(delivery(order), SIGNED)
    assert inquiry.person.phone == "+79120001122"


@pytest.mark.parametrize("body", [b"", b"[]", b"[{}, {}]", b"{}", b"\xff\xfe", b"just words"])
def test_post_without_fields_is_refused_with_a_reason(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        webhook.parse(delivery(body), SIGNED)


@settings(max_examples=300, deadline=None)
@given(
    body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()),
    place=st.text(max_size=12),
)
def test_webhook_never_raises_anything_but_unparseable(body, place):
    try:
        items = webhook.parse(delivery(body), SIGNED | {"field_map": f"name = {place}"})
    except Unparseable:
        return
    assert_sound(list({item.key: item for item in items}.values()))
    assert all(isinstance(item, Inquiry) for item in items) or len(items) == 1


# --- Settings ------------------------------------------------------------------------------------------
def test_wrong_settings_are_named():
    read_settings(webhook, SIGNED | {"tolerance_s": 300, "field_map": "name = a.b"}, plain={}, secret={})
    for wrong in ({"tolerance_s": 0}, {"tolerance_s": 90_000, "field_map": "words"}):
        with pytest.raises(InvalidSettings) as refused:
            read_settings(webhook, SIGNED | wrong, plain={}, secret={})
        assert set(refused.value.errors) == set(wrong)


def test_check_says_how_posts_are_checked_and_what_is_mapped():
    checks = webhook.check(
        SIGNED | {"field_map": "phone = a\nГород = b"}, "https://crm.example/hooks/webhook/t"
    )
    texts = [str(check.text) for check in checks]
    assert all(check.is_ok for check in checks)
    assert "signed" in texts[1] and "phone" in texts[2] and "Город" in texts[2]
    assert "token" in str(webhook.check(WITH_TOKEN, "https://x/")[1].text)
