import urllib.parse

import pytest

from channels.adapters.base import Forged
from channels.adapters.tilda import TildaAdapter
from channels.tests.adapters.samples import FORM, assert_sound, delivery, recorded
from leads.inquiry import Ignored, Inquiry

tilda = TildaAdapter()
PAYMENT = (
    '{"orderid":"15","amount":"9800","products":[{"name":"Фикус","price":"4900","quantity":"2","amount":"9800",'
    '"url":"https://x.ru/ficus"}]}'
)


def post(**fields: str):
    return delivery(urllib.parse.urlencode(fields), FORM)


def parse_one(**fields: str) -> Inquiry:
    (item,) = tilda.parse(post(**fields), {})
    assert isinstance(item, Inquiry)
    return item


@pytest.mark.parametrize("path", recorded("webforms", "tilda_*"))
def test_tilda_reads_every_recorded_post(path):
    assert_sound(tilda.parse(delivery(path.read_bytes(), FORM), {}))


def test_trial_post_is_answered_and_is_no_lead():
    trial = delivery("test=test", FORM)
    assert tilda.handshake(trial, {}).status == 200
    assert tilda.handshake(post(Name="test"), {}) is None
    (item,) = tilda.parse(trial, {})
    assert isinstance(item, Ignored)


def test_lead_has_person_marks_and_tranid_as_key():
    inquiry = parse_one(
        Name="Мария",
        Phone="+7 (999) 000-00-01",
        Email="m@example.ru",
        Комментарий="Фикус",
        tranid="1:2",
        formname="Прайс",
        COOKIES="_ym_uid=15; roistat_visit=7; TILDAUTM=utm_source%3Dyandex%7C%7C%7Cutm_medium%3Dcpc",
    )
    assert inquiry.key == "tranid:1:2"
    assert (inquiry.person.name, inquiry.person.phone, inquiry.person.email) == (
        "Мария",
        "+7 (999) 000-00-01",
        "m@example.ru",
    )
    assert (inquiry.text, inquiry.subject) == ("Фикус", "Прайс")
    assert (inquiry.marks.source, inquiry.marks.medium) == ("yandex", "cpc")
    assert inquiry.marks.click_ids == {"ym_client_id": "15", "roistat": "7"}


def test_order_names_its_product():
    inquiry = parse_one(Name="Пётр", Phone="79990000002", tranid="1:3", payment=PAYMENT)
    assert dict(inquiry.product) == {"title": "Фикус", "price": "4900", "url": "https://x.ru/ficus"}
    assert inquiry.text == "Фикус × 2, 9800"
    assert "9800" in dict(inquiry.fields).values()


def test_order_in_the_old_spelling_names_its_product():
    inquiry = parse_one(Name="Пётр", payment='{"products":["Фикус - 4900 x 1 ≡ 4900"],"amount":"4900"}')
    assert dict(inquiry.product) == {"title": "Фикус", "price": "4900"}


def test_broken_order_does_not_lose_the_lead():
    assert parse_one(Name="Пётр", Phone="79990000002", payment='{"products":').person.name == "Пётр"


def test_filled_trap_field_means_a_robot():
    (item,) = tilda.parse(post(Name="x", tranid="1:4", **{"form-spec-comments": "buy"}), {})
    assert isinstance(item, Ignored)
    assert item.key == "tranid:1:4"


def test_api_key_is_read_from_header_or_field():
    keyed = {"api_key": "k", "api_key_name": "X-Tilda"}
    tilda.verify(tilda.sign(post(Name="x"), keyed), keyed)
    tilda.verify(post(Name="x", **{"X-Tilda": "k"}), keyed)
    tilda.verify(post(Name="x"), {})
    usual = {"api_key": "k"}  # named api_key: as a header it would never arrive
    signed = tilda.sign(post(Name="x"), usual)
    assert not any("_" in name for name in signed.headers)
    tilda.verify(signed, usual)
    with pytest.raises(Forged):
        tilda.verify(post(Name="x"), keyed)
    (item,) = tilda.parse(post(Name="Пётр", Phone="1234567", **{"X-Tilda": "k"}), keyed)
    assert "k" not in dict(item.fields).values()
