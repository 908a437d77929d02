import dataclasses
import json
import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Forged, Unparseable
from channels.adapters.form import FormAdapter
from channels.adapters.form_fields import FormField
from channels.adapters.form_roles import role_of, spoken_phone
from channels.tests.adapters.samples import FORM, NOW, assert_sound, content_type_of, delivery, recorded
from leads.inquiry import Ignored, Inquiry

form = FormAdapter()


def parse_one(*args, settings=None, **kwargs) -> Inquiry:
    (item,) = form.parse(delivery(*args, **kwargs), settings or {})
    assert isinstance(item, Inquiry)
    return item


@pytest.mark.parametrize("path", recorded("webforms"))
def test_form_reads_every_recorded_post(path):
    items = form.parse(delivery(path.read_bytes(), content_type_of(path)), {})
    assert_sound(items)
    assert len(items) == 1


@pytest.mark.parametrize(
    ("name", "person_name", "phone", "email"),
    [
        ("albato_generic.json", "Мария", "+79990000001", ""),
        ("cf7_to_webhook.json", "Мария Тестова", "+7 999 000-00-01", "maria@example.ru"),
        ("elementor_advanced.form.txt", "Maria Elementor", "11955550071", "maria.elementor@example.com"),
        ("elementor_simple.form.txt", "Мария", "+79990000001", ""),
        ("google_ads_lead_form.json", "FirstName LastName", "1-650-555-0123", "test@example.com"),
        ("marquiz_lead.json", "Мария", "+7 999 000-00-01", "maria@example.ru"),
        ("slon_lead.form.txt", "Мария Тестова", "+79261112233", ""),
        ("yandex_forms_jsonrpc.json", "Мария Тестова", "+79990000001", ""),
    ],
)
def test_form_finds_the_person_in_every_builders_shape(name, person_name, phone, email):
    (path,) = [p.values[0] for p in recorded("webforms", name)]
    if path is None:
        pytest.skip("../shared is not here")
    person = parse_one(path.read_bytes(), content_type_of(path)).person
    assert (person.name, person.phone, person.email) == (person_name, phone, email)


RUSSIAN = {"Имя": "Пётр", "Телефон": "+7 999 123-45-67", "Комментарий": "Нужна доставка"}


@pytest.mark.parametrize("charset", ["utf-8", "cp1251"])
@pytest.mark.parametrize("content_type", [FORM, "", "text/plain"])
def test_form_encoded_body_is_read_in_either_charset(charset, content_type):
    body = urllib.parse.urlencode(RUSSIAN, encoding=charset)
    inquiry = parse_one(body, content_type)
    assert inquiry.person.name == "Пётр"
    assert inquiry.person.phone == "+7 999 123-45-67"
    assert inquiry.text == "Нужна доставка"
    assert inquiry.fields == tuple(RUSSIAN.items())


def test_form_encoded_body_is_read_with_unescaped_cp1251():
    assert parse_one("Имя=Пётр&Телефон=89991234567".encode("cp1251"), FORM).person.name == "Пётр"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("content_type", ["application/json", "", FORM])
def test_json_body_is_read_whatever_it_calls_itself(encoding, content_type):
    body = json.dumps(RUSSIAN, ensure_ascii=False).encode(encoding)
    assert parse_one(body, content_type).person.name == "Пётр"


def multipart(*parts: tuple[str, str], boundary: str = "XX", eol: str = "\r\n") -> bytes:
    chunks = [f"--{boundary}{eol}{head}{eol}{eol}{data}{eol}" for head, data in parts]
    return ("".join(chunks) + f"--{boundary}--{eol}").encode()


@pytest.mark.parametrize("eol", ["\r\n", "\n"])
@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=XX", 'multipart/form-data; boundary="XX"', ""]
)
def test_multipart_body_gives_fields_and_files(eol, content_type):
    body = multipart(
        ('Content-Disposition: form-data; name="Имя"', "Пётр"),
        ('Content-Disposition: form-data; name="email"', "p@example.ru"),
        (
            'Content-Disposition: form-data; name="f"; filename="..\\..\\смета.pdf"'
            + eol
            + "Content-Type: application/pdf",
            "PDF",
        ),
        ('Content-Disposition: form-data; name="g"; filename=""', ""),
        eol=eol,
    )
    inquiry = parse_one(body, content_type)
    assert (inquiry.person.name, inquiry.person.email) == ("Пётр", "p@example.ru")
    assert [(file.name, file.content_type, file.data) for file in inquiry.files] == [
        ("смета.pdf", "application/pdf", b"PDF")
    ]


@pytest.mark.parametrize(
    ("name", "value", "role"),
    [
        ("Имя", "Пётр", "name"),
        ("Ваше имя", "Пётр", "name"),
        ("your-name", "Peter", "name"),
        ("Как к вам обращаться?", "Пётр", "name"),
        ("FullName", "Peter", "name"),
        ("Фамилия", "Иванов", "last_name"),
        ("first_name", "Peter", "first_name"),
        ("Контактный телефон", "8 (999) 123-45-67", "phone"),
        ("Ваш номер телефона", "+79991234567", "phone"),
        ("tel-123", "+79991234567", "phone"),
        ("Телефон или e-mail", "p@example.ru", "email"),
        ("Телефон или e-mail", "+79991234567", "phone"),
        ("Перезвонить по телефону?", "да", ""),
        ("E-mail", "p@example.ru", "email"),
        ("Электронная почта", "p@example.ru", "email"),
        ("Почтовый индекс", "190000", ""),
        ("Компания", "ООО «Ромашка»", "company"),
        ("Название организации", "Ромашка", "company"),
        ("Должность", "директор", "position"),
        ("Сообщение", "Привет", "message"),
        ("Комментарий к заказу", "Привет", "message"),
        ("Textarea_2", "Привет", "message"),
        ("Input_3", "+7 999 123 45 67", "phone"),
        ("Input_4", "p@example.ru", "email"),
        ("Номер заказа", "79991234567", ""),
        ("ИНН", "781234567890", ""),
        ("client_id", "1702309007.1531988709", ""),
        ("file name", "photo.jpg", ""),
        ("Telegram", "@petr", "telegram"),
        ("form_name", "Заявка", "subject"),
    ],
)
def test_role_is_guessed_by_name_and_value(name, value, role):
    assert role_of(FormField(name, name, value)) == role


def test_role_of_a_name_depends_on_its_parent():
    assert role_of(FormField("name", "name", "Заявка", parent="form")) == "subject"
    assert role_of(FormField("name", "name", "Ромашка", parent="company")) == "company"
    assert role_of(FormField("name", "name", "Фикус", parent="product")) == ""
    assert role_of(FormField("name", "name", "Пётр", parent="contacts")) == "name"


def test_field_map_overrides_guessing():
    mapping = {"field_map": "Поле 1 = phone; Имя=ignore\nхвост"}
    inquiry = parse_one({"Поле 1": "123", "Имя": "робот", "Телефон": "нет"}, settings=mapping)
    assert inquiry.person.phone == "123"
    assert inquiry.person.name == ""
    assert [check.is_ok for check in form.check(mapping, "https://crm/hooks/form/x")] == [True, False]


def test_marks_come_from_fields_then_the_page_then_cookies():
    inquiry = parse_one(
        {
            "phone": "+79991234567",
            "utm_source": "vk",
            "utm_term": "{keyword}",
            "utm_content": "{{ad.id}}|a1",
            "page": "https://x.ru/?utm_source=other&utm_medium=cpc&yclid=42",
            "referrer": "https://ya.ru/",
            "cookies": "_ga=GA1.2.17.15; _ym_uid=99; TILDAUTM=utm_campaign%3Dautumn%7C%7C%7Cutm_term%3Dficus",
        }
    )
    marks = inquiry.marks
    assert (marks.source, marks.medium, marks.campaign, marks.term, marks.content) == (
        "vk",
        "cpc",
        "autumn",
        "ficus",
        "a1",
    )
    assert marks.click_ids == {"yclid": "42", "ga_client_id": "17.15", "ym_client_id": "99"}
    assert marks.page_url.startswith("https://x.ru/")
    assert marks.referrer == "https://ya.ru/"
    assert inquiry.fields == (("phone", "+79991234567"),)


def test_marks_come_from_the_referer_header_of_a_browser():
    marks = parse_one("phone=89991234567", FORM, headers={"referer": "https://x.ru/?utm_source=a"}).marks
    assert (marks.source, marks.page_url) == ("a", "https://x.ru/?utm_source=a")


def test_key_is_the_posts_own_id_when_it_has_one():
    assert parse_one({"phone": "1234567"}, headers={"idempotency-key": "k1"}).key == "key:k1"
    assert parse_one({"phone": "1234567", "submission_id": 77}).key == "submission_id:77"
    # The event that people sign up for is the same for all of them.
    assert (
        parse_one({"phone": "1234567", "event_id": 77}).key
        != parse_one({"phone": "7654321", "event_id": 77}).key
    )


def test_key_merges_double_clicks_of_one_minute_only():
    first = parse_one({"phone": "1234567", "text": "a"}).key
    assert parse_one({"phone": "1234567", "text": "a"}).key == first
    assert parse_one({"phone": "1234567", "text": "b"}).key != first
    later = NOW.replace(minute=31)
    assert parse_one({"phone": "1234567", "text": "a"}, received_at=later).key != first


def test_signed_sample_posted_twice_has_one_key():
    raw = form.sign(delivery({"phone": "1234567"}), {})
    later = dataclasses.replace(raw, received_at=NOW.replace(hour=11))
    assert form.parse(raw, {})[0].key == form.parse(later, {})[0].key


def test_honeypot_makes_a_post_ignored():
    (item,) = form.parse(delivery({"phone": "1234567", "contact_me_by_fax": "x"}), {})
    assert isinstance(item, Ignored)
    assert "contact_me_by_fax" in item.reason
    (item,) = form.parse(delivery({"phone": "1234567", "trap": "x"}), {"honeypot_field": "trap"})
    assert isinstance(item, Ignored)


def test_api_key_is_asked_for_only_when_set():
    form.verify(delivery({"phone": "1"}), {})
    keyed = {"api_key": "s3cret"}
    form.verify(delivery({"phone": "1"}, headers={"x-api-key": "s3cret"}), keyed)
    form.verify(delivery({"phone": "1", "api_key": "s3cret"}), keyed)
    form.verify(form.sign(delivery({"phone": "1"}), keyed), keyed)
    for forged in ({}, {"x-api-key": "s3cre"}, {"x-api-key": "ё"}):
        with pytest.raises(Forged):
            form.verify(delivery({"phone": "1"}, headers=forged), keyed)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"{}",
        b"[]",
        b"null",
        b'"text"',
        b"{broken",
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"\x00\xff\xfe\x80 garbage",
        b"just a sentence",
        b"a=&b=",
        b"--XX\r\nnothing",
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_form_refuses_with_a_reason_what_it_cannot_read(body):
    try:
        items = form.parse(delivery(body), {})
    except Unparseable as exc:
        assert len(str(exc)) > 10
    else:
        assert_sound(items)


def test_form_survives_hostile_values():
    inquiry = parse_one(
        {
            "name": "a\u0000b\ud800\u202egpj",
            "phone": "+7999" + "1" * 100_000,
            "text": "\ud83d\ude00 x" * 100_000,
        }
    )
    assert_sound([inquiry])
    assert inquiry.person.name == "ab\ufffdgpj"
    assert len(inquiry.person.phone) <= 100
    assert inquiry.text.startswith("😀 x")


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_form_never_raises_anything_but_unparseable(body):
    try:
        items = form.parse(delivery(body), {})
    except Unparseable:
        return
    assert_sound(items)


@settings(max_examples=200, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=6),
    extra=st.binary(max_size=20),
)
def test_form_survives_odd_brackets_and_names(pairs, extra):
    body = urllib.parse.urlencode(pairs, errors="replace", safe="[]").encode() + extra
    try:
        items = form.parse(delivery(body, FORM), {})
    except Unparseable:
        return
    assert_sound(items)


def who(inquiry: Inquiry) -> tuple[str, str, str]:
    return inquiry.person.name, inquiry.person.phone, inquiry.person.email


PHONE = "+79215551122"


@pytest.mark.parametrize(
    ("body", "person", "text"),
    [
        # Yandex Forms: the question stands beside the answer, ticked options are objects.
        (
            {
                "answer": {
                    "data": {
                        "answer_short_text_1": {
                            "value": "Анна Ли",
                            "question": {"id": 1, "slug": "answer_short_text_1", "label": "Как вас зовут?"},
                        },
                        "answer_phone_2": {"value": PHONE, "question": {"slug": "answer_phone_2"}},
                        "answer_choices_3": {
                            "value": [{"key": "1", "text": "Кухня"}, {"key": "2", "text": "Шкаф"}],
                            "question": {"slug": "answer_choices_3", "label": "Что нужно"},
                        },
                    }
                }
            },
            ("Анна Ли", PHONE, ""),
            "Что нужно: Кухня, Шкаф",
        ),
        # Typeform: answers name their questions by id.
        (
            {
                "form_response": {
                    "definition": {"fields": [{"id": "a", "title": "What's your name?"}, {"id": "b", "title": "Size"}]},
                    "answers": [
                        {"type": "text", "text": "Ann Lee", "field": {"id": "a", "type": "short_text"}},
                        {"type": "email", "email": "ann@x.com", "field": {"id": "c", "type": "email"}},
                        {"type": "choice", "choice": {"label": "Big"}, "field": {"id": "b"}},
                    ],
                }
            },
            ("Ann Lee", "", "ann@x.com"),
            "Size: Big",
        ),
        # A thing's name beside it is not the person's.
        (
            {"payload": {"name": "Contact us", "data": {"First Name": "Ann", "Last Name": "Lee", "Phone": PHONE}}},
            ("Ann Lee", PHONE, ""),
            "",
        ),
        ({"Лид": {"Имя": "Анна", "Телефоны": [PHONE, "+79215551133"]}, "Услуга": "Окна"}, ("Анна", PHONE, ""), "Услуга: Окна"),
        # JSON in a field of a form, parts of an answer under their own names.
        (
            {
                "formTitle": "x",
                "rawRequest": json.dumps({"q3_name": {"first": "Ann", "last": "Lee"}, "q4_phone": {"full": PHONE}}),
            },
            ("Ann Lee", PHONE, ""),
            "formTitle: x",
        ),
        ({"data": {"FIELDS": {"NAME": "Анна", "PHONE": {"0": {"VALUE": PHONE, "VALUE_TYPE": "WORK"}}}}}, ("Анна", PHONE, ""), ""),
        # Left only in the message.
        ({"text": "Анна, звоните на 8 (921) 555-11-22 или a@x.ru"}, ("", "8 (921) 555-11-22", "a@x.ru"), None),
        # A record with a value of its own is not one field.
        ({"lead": {"name": "Анна", "phone": PHONE, "value": "5000"}}, ("Анна", PHONE, ""), "value: 5000"),
    ],
)  # fmt: skip
def test_person_is_found_in_any_structure(body, person, text):
    inquiry = parse_one(body)
    assert who(inquiry) == person
    assert text is None or inquiry.text == text


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "Анна", "phone": "+79215551122", }',
        "{'name': 'Анна', 'phone': '+79215551122', 'ok': True}",
        '{"name": "Анна", "phone": "+79215551122", "text": "раз\nдва"}',
        '{name: "Анна", phone: +79215551122}',
        "Имя: Анна\nТелефон: +79215551122\nжду звонка",
        '<?xml version="1.0"?><lead><name>Анна</name><phone type="mobile">+79215551122</phone></lead>',
        '<form xmlns="urn:x"><field name="name">Анна</field><field name="phone">+79215551122</field></form>',
    ],
)
def test_body_that_a_person_understands_is_understood(body):
    assert who(parse_one(body)) == ("Анна", PHONE, "")


@pytest.mark.parametrize(
    "body",
    [
        "{not json}",
        '{"name": "Анна", "phone": "+7921',
        '{"text": "no contact", }',
        "<html><body>502 Bad Gateway</body></html>",
        "<lead><phone>+79215551122</phone>",
        '<!DOCTYPE x [<!ENTITY a "b">]><x><phone>&a;+79215551122</phone></x>',
        "<a>" * 50 + "+79215551122" + "</a>" * 50,
        "Тема: привет\nничего больше",
        bytes(range(256)),
    ],
)
def test_body_that_nobody_understands_is_a_dead_letter(body):
    for content_type in ("", FORM):
        with pytest.raises(Unparseable):
            form.parse(delivery(body, content_type), {})


@pytest.mark.parametrize(
    "wrap", [lambda people: people, lambda people: {"leads": people, "utm_source": "vk"}]
)
def test_post_of_several_people_makes_an_inquiry_of_each(wrap):
    people = [{"name": "Анна", "phone": PHONE}, {"name": "Пётр", "phone": "+79215551133"}]
    items = form.parse(delivery(wrap(people)), {})
    assert_sound(items)
    assert [(item.person.name, item.person.phone) for item in items] == [tuple(p.values()) for p in people]
    lines = "\n".join(map(json.dumps, people))
    assert len(form.parse(delivery(lines, "application/json"), {})) == 2


def test_id_of_the_whole_list_is_no_id_of_one_in_it():
    people = [{"name": "Anna", "phone": PHONE}, {"name": "Igor", "phone": "+79215551133"}]
    items = form.parse(delivery({"request_id": "7", "leads": people}), {})
    assert [item.key for item in items] == ["request_id:7:0", "request_id:7:1"]


def test_answers_listed_with_their_labels_are_one_inquiry():
    answers = [{"name": "phone", "value": PHONE}, {"name": "email", "value": "a@x.ru"}]
    assert who(parse_one({"items": answers})) == ("", PHONE, "a@x.ru")


def test_facts_about_the_post_are_no_words_of_the_client():
    inquiry = parse_one(
        {
            "Телефон": PHONE, "Page URL": "https://x.ru/?utm_source=vk", "User Agent": "Mozilla", "Remote IP": "1.2.3.4",
            "Powered by": "Elementor", "campaign_id": 7, "submittedAt": "2026-11-20", "Я согласен с политикой": "on",
        }
    )  # fmt: skip
    assert inquiry.text == ""
    assert inquiry.marks.source == "vk"
    assert [label for label, _value in inquiry.fields] == [
        "Телефон", "campaign_id", "submittedAt", "Я согласен с политикой",
    ]  # fmt: skip


def test_marks_grouped_under_one_name_are_understood():
    marks = parse_one(
        {"phone": PHONE, "utm": {"source": "vk", "name": "осень", "keyword": "окна", "city": "Омск"}}
    ).marks
    assert (marks.source, marks.campaign, marks.term) == ("vk", "осень", "окна")


def test_cart_of_a_form_is_an_order_whoever_passes_it_on():
    inquiry = parse_one(
        {"phone": PHONE, "payment": json.dumps({"orderid": "7", "products": ["Фикус - 2x4900 = 9800"]})}
    )
    assert inquiry.product == {"title": "Фикус", "price": "4900"}
    assert inquiry.text == "Фикус - 2x4900 = 9800"
    assert parse_one({"phone": PHONE, "payment": "наличными"}).text == "payment: наличными"


def test_trial_post_is_ignored():
    (item,) = form.parse(delivery("test=test", FORM), {})
    assert isinstance(item, Ignored)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("мой номер +7 921 555 11 22, Олег", "+7 921 555 11 22"),
        ("8-800-2000-600", "8-800-2000-600"),
        ("тел.89215551122", "89215551122"),
        ("(921) 555-11-22 вечером", "(921) 555-11-22"),
        ("+1 (555) 555-1234.", "+1 (555) 555-1234"),
        ("ИНН 7812345678, ОГРН 1027700132195, счёт 40702810900000012345", ""),
        ("https://x.ru/?id=79215551122", ""),
        ("2026-11-20T12:34:56+03:00", ""),
        ("заказ 8 921 555-11-22-33", ""),
    ],
)
def test_number_named_in_a_sentence_is_found(text, phone):
    assert spoken_phone(text) == phone
