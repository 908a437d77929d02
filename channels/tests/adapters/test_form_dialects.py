"""How form builders post: each by its vendor's shape, with values of our own."""

import json
import urllib.parse

import pytest

from channels.adapters import field_map
from channels.adapters.field_map import FieldMap
from channels.adapters.form import FormAdapter
from channels.adapters.form_fields import flatten
from channels.tests.adapters.samples import FORM, delivery
from leads.inquiry import Ignored, Inquiry

form = FormAdapter()


def parse_one(*args, settings=None, **kwargs) -> Inquiry:
    (item,) = form.parse(delivery(*args, **kwargs), settings or {})
    assert isinstance(item, Inquiry)
    return item


# --- Elementor -----------------------------------------------------------------------------------------
def elementor(fields, meta=(), **others):
    """Post as Elementor Pro does with "Advanced Data" switched on."""
    pairs = [("form[id]", "1a2b3c"), ("form[name]", "Расчёт")]
    for name, kind, title, value in fields:
        for key, text in (
            ("id", name),
            ("type", kind),
            ("title", title),
            ("value", value),
            ("required", "0"),
        ):
            pairs.append((f"fields[{name}][{key}]", text))
    for name, title, value in meta:
        pairs += [(f"meta[{name}][title]", title), (f"meta[{name}][value]", value)]
    return urllib.parse.urlencode([*pairs, *others.items()])


def test_elementor_is_read_by_type_and_title_not_by_its_random_names():
    inquiry = parse_one(
        elementor(
            [
                ("field_91c", "text", "Как вас зовут?", "Олег"),
                ("field_77a", "tel", "Связь", "+7 912 000-11-22"),
                ("field_30f", "email", "Куда прислать", "oleg@example.ru"),
                ("field_e01", "select", "Площадь", "до 50 м²"),
                ("field_e02", "textarea", "Что нужно", "Смета"),
            ],
            [
                ("date", "Date", "20 ноября 2026"),
                ("time", "Time", "12:00"),
                ("page_url", "Page URL", "https://x.ru/smeta?utm_source=vk&utm_medium=cpc&yclid=7"),
                ("user_agent", "User Agent", "Mozilla/5.0"),
                ("remote_ip", "Remote IP", "203.0.113.9"),
                ("credit", "Powered by", "Elementor"),
            ],
        ),
        FORM,
    )
    person = inquiry.person
    assert (person.name, person.phone, person.email) == ("Олег", "+7 912 000-11-22", "oleg@example.ru")
    assert (inquiry.subject, inquiry.text) == ("Расчёт", "Смета")
    assert [label for label, _value in inquiry.fields] == [
        "Как вас зовут?", "Связь", "Куда прислать", "Площадь", "Что нужно",
    ]  # fmt: skip
    assert (inquiry.marks.source, inquiry.marks.click_ids) == ("vk", {"yclid": "7"})


def test_elementor_without_advanced_data_names_the_page_in_words():
    body = {"Имя": "Олег", "Телефон": "89120001122", "Page URL": "https://x.ru/a", "Remote IP": "203.0.113.9"}
    inquiry = parse_one(urllib.parse.urlencode(body), FORM)
    assert inquiry.marks.page_url == "https://x.ru/a"
    assert inquiry.fields == (("Имя", "Олег"), ("Телефон", "89120001122"))


# --- Contact Form 7 ------------------------------------------------------------------------------------
def test_contact_form_7_hides_its_own_fields():
    body = {
        "_wpcf7": "12",
        "_wpcf7_unit_tag": "wpcf7-f12-o1",
        "your-name": "Олег",
        "tel-501": "+79120001122",
        "menu-9": ["Доставка"],
        "_post_url": "https://x.ru/kontakty?utm_campaign=osen",
        "_remote_ip": "203.0.113.9",
    }
    inquiry = parse_one(body)
    assert inquiry.fields == (("your-name", "Олег"), ("tel-501", "+79120001122"), ("menu-9", "Доставка"))
    assert inquiry.text == "menu-9: Доставка"
    assert inquiry.marks.campaign == "osen"


# --- Marquiz -------------------------------------------------------------------------------------------
def marquiz(**changes):
    return {
        "quiz": {"id": "66aa", "name": "Подбор кухни"},
        "answers": [{"q": "Какая форма?", "a": "Угловая"}, {"q": "Когда нужна", "a": ["Весной", "Летом"]}],
        "contacts": {"name": "Ирина", "phone": "+79120001133", "text": "Звоните вечером"},
        "raw": [{"q": "Какая форма?", "a": ["Угловая"], "t": "answers"}],
        "extra": {
            "href": "https://mrqz.me/66aa?utm_source=yandex",
            "cookies": {"_ym_uid": "16", "roistat_visit": "77"},
            "ip": "203.0.113.9",
        },
        **changes,
    }


def test_quiz_answers_are_fields_and_text():
    inquiry = parse_one(marquiz())
    assert inquiry.text == "Какая форма? Угловая\nКогда нужна: Весной, Летом\n\nЗвоните вечером"
    assert inquiry.fields[:2] == (("Какая форма?", "Угловая"), ("Когда нужна", "Весной, Летом"))
    assert [label for label, _value in inquiry.fields].count("Какая форма?") == 1
    assert (inquiry.subject, inquiry.person.name) == ("Подбор кухни", "Ирина")
    assert inquiry.marks.click_ids == {"ym_client_id": "16", "roistat": "77"}
    assert inquiry.marks.source == "yandex"


# --- Yandex Forms --------------------------------------------------------------------------------------
RPC = {
    "jsonrpc": "2.0",
    "method": "lead",
    "params": {"Имя": "Ирина", "Телефон": "+79120001133", "Вопрос": "Есть ли рассрочка?"},
    "id": 15,
}


def test_yandex_forms_call_a_procedure_and_get_its_answer():
    raw = delivery(RPC, headers={"x-form-answer-id": "990011"})
    (inquiry,) = form.parse(raw, {})
    assert (inquiry.person.name, inquiry.text) == ("Ирина", "Есть ли рассрочка?")
    assert inquiry.key == "key:990011"
    assert json.loads(form.answer(raw, {}).body) == {"jsonrpc": "2.0", "result": "ok", "id": 15}


@pytest.mark.parametrize(
    "body", [{"phone": "+79120001133"}, {"jsonrpc": "2.0", "method": "note"}, '{"jsonrpc"', '["jsonrpc"]', ""]
)
def test_others_hear_what_a_script_of_a_page_expects(body):
    assert json.loads(form.answer(delivery(body), {}).body) == {"ok": True}


def test_yandex_forms_answers_with_their_questions_are_unfolded():
    def answer(slug, label, value):
        return {"value": value, "question": {"slug": slug, "label": {"ru": label}}}

    body = {
        "answer": {
            "id": 5,
            "data": {
                "q1": answer("q1", "Ваше имя", "Ирина"),
                "q2": answer("q2", "Номер телефона", "+7 912 000-11-33"),
                "q3": answer("q3", "Цвет", [{"key": "1", "text": "Белый"}, {"key": "2", "text": "Серый"}]),
            },
        }
    }
    inquiry = parse_one(body)
    assert (inquiry.person.name, inquiry.person.phone) == ("Ирина", "+7 912 000-11-33")
    assert inquiry.fields[2] == ("Цвет", "Белый, Серый")


# --- Others --------------------------------------------------------------------------------------------
def test_albato_marks_in_an_object_are_marks():
    body = {"contact": {"Имя": "Олег", "phones": ["+79120001122"]}, "utm": {"source": "vk", "term": "кухни"}}
    inquiry = parse_one(body)
    assert (inquiry.marks.source, inquiry.marks.term) == ("vk", "кухни")
    assert inquiry.person.phone == "+79120001122"


def test_json_in_a_field_is_unfolded():
    body = {"data": json.dumps({"name": "Олег", "phone": "+79120001122", "cart": [{"name": "Стол"}]})}
    inquiry = parse_one(urllib.parse.urlencode(body), FORM)
    assert (inquiry.person.name, inquiry.person.phone) == ("Олег", "+79120001122")
    assert parse_one({"phone": "1234567", "text": "{not json"}).text == "{not json"


def test_trial_post_is_no_lead():
    (item,) = form.parse(delivery("test=test", FORM), {})
    assert isinstance(item, Ignored)
    assert parse_one("test=test&phone=89120001122", FORM).person.phone == "89120001122"


# --- Mapping -------------------------------------------------------------------------------------------
NESTED = {
    "event": "new",
    "client": {"title": "Пётр С.", "contacts": [{"kind": "tg", "to": "@petr"}, {"kind": "tel", "to": "89120001122"}]},
    "order": {"what": "Стол", "sum": 12900, "number": "A-17"},
    "from": {"page": "https://x.ru/stol", "campaign": "osen"},
    "tags": ["срочно", "опт"],
}  # fmt: skip


def mapped(*lines):
    return {"field_map": "\n".join(lines)}


def test_mapping_by_path_says_what_is_what():
    settings = mapped(
        "name = client.title",
        "phone = client.contacts[1].to",
        "telegram = $.client.contacts.0.to",
        "product = order.what",
        "price = order.sum",
        "id = order.number",
        "utm_campaign = from.campaign",
        "page_url = from.page",
        "ignore = event",
        "Отметка = tags.0",
    )
    inquiry = parse_one(NESTED, settings=settings)
    person = inquiry.person
    assert (person.name, person.phone, person.username) == ("Пётр С.", "89120001122", "petr")
    assert inquiry.product == {"title": "Стол", "price": "12900"}
    assert inquiry.key == "submission_id:A-17"
    assert (inquiry.marks.campaign, inquiry.marks.page_url) == ("osen", "https://x.ru/stol")
    assert ("event", "new") not in inquiry.fields
    assert inquiry.fields[-1] == ("Отметка", "срочно")


def test_mapping_by_name_or_label_and_a_label_of_ones_own():
    body = elementor([("field_1", "text", "Ник", "petr"), ("field_2", "text", "Размер", "M")])
    inquiry = parse_one(body, FORM, settings=mapped("telegram = ник", "Рост = field_2"))
    assert inquiry.person.username == "petr"
    assert inquiry.fields == (("Ник", "petr"), ("Рост", "M"))


def test_mapping_is_understood_in_the_other_order_where_it_is_clear():
    assert FieldMap.read(mapped("Поле 1 = phone", "Ваш e-mail -> email", "тема: subject")).rules == {
        "поле 1": "phone",
        "ваш e-mail": "email",
        "тема": "subject",
    }
    assert FieldMap.read(mapped("name = message")).rules == {"message": "name"}


def test_mapped_name_is_not_mixed_with_guessed_parts():
    body = {"first_name": "Бот", "last_name": "Ботов", "кто": "Пётр С."}
    assert parse_one(body, settings=mapped("name = кто")).person.name == "Пётр С."


def test_mapped_field_counts_before_a_guessed_one():
    body = {"phone": "+79120000000", "второй": "+79120001122"}
    assert parse_one(body, settings=mapped("phone = второй")).person.phone == "+79120001122"


@pytest.mark.parametrize("text", ["name", "= phone", "name =", "phone = a\nпросто текст"])
def test_mapping_that_cannot_be_read_is_named(text):
    with pytest.raises(ValueError, match="meaning = name or path"):
        field_map.check(text)
    assert [check.is_ok for check in form.check({"field_map": text}, "https://x/")] == [True, False]


def test_mapping_that_can_be_read_has_no_problems():
    field_map.check("")
    field_map.check("phone = a.b[0]\n\nГород = город; email = e")
    with pytest.raises(ValueError, match="100"):
        field_map.check("\n".join(f"a{n} = b" for n in range(101)))


@pytest.mark.parametrize("place", ["a.b.c", "a[9].b", "a.0.0.0", "..", "a..b", "$", "a[99999999]"])
def test_path_to_nowhere_finds_nothing(place):
    inquiry = parse_one({"a": [{"b": "x"}], "phone": "1234567"}, settings=mapped(f"name = {place}"))
    assert inquiry.person.name == ""


def test_paths_are_those_of_the_post():
    fields = flatten({"a": {"b": [{"q": "Что?", "a": "Да"}, {"q": "Где?", "a": "Тут"}]}, "c": "1"})
    assert [field.path for field in fields] == ["a.b.0", "a.b.1", "c"]
