import base64
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters import charsets
from channels.adapters.base import Unparseable
from channels.adapters.mail import EmailAdapter
from channels.adapters.mail.html_text import html_to_text
from channels.tests.adapters.samples import NOW, SHARED, assert_sound, delivery, recorded
from leads.inquiry import Inquiry

adapter = EmailAdapter()
OWN = {"address": "info@shop.ru", "username": "info@shop.ru"}


def parse(raw: bytes | str, settings=None, **kwargs) -> Inquiry:
    (item,) = adapter.parse(
        delivery(raw if isinstance(raw, bytes) else raw.encode(), **kwargs), settings or OWN
    )
    assert_sound([item])
    assert isinstance(item, Inquiry)
    return item


def mail(body: str = "Здравствуйте", **headers: str) -> str:
    told = {
        "From": "Иван <ivan@example.ru>",
        "To": "info@shop.ru",
        "Subject": "Вопрос",
        "Date": "Fri, 20 Nov 2026 12:00:00 +0300",
        "Message-ID": "<1@example.ru>",
        "Content-Type": "text/plain; charset=utf-8",
    }
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return "\r\n".join([*(f"{name}: {value}" for name, value in told.items() if value), "", body, ""])


@pytest.mark.parametrize("path", recorded("email"))
def test_every_recorded_letter_is_read_or_refused_in_words(path):
    started = time.process_time()
    try:
        items = adapter.parse(delivery(path.read_bytes()), OWN)
    except Unparseable as exc:
        assert len(str(exc)) > 10
        assert path.suffix == ".txt" or "imap_thread" in path.name, path.name
    else:
        assert_sound(items)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "folder", ["autoreply", "bounce-dsn", "bounce-dsn-odd-eol", "complaint-arf", "russian-bounce"]
)
@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
def test_recorded_automatic_letters_are_known(folder):
    people = set()
    for parameter in recorded(f"email/{folder}"):
        (item,) = adapter.parse(delivery(parameter.values[0].read_bytes()), OWN)
        if not item.is_automatic:
            people.add(parameter.values[0].name)
    assert people == (
        {f"set-of-emails__is-not-bounce-0{n}.eml" for n in (1, 2)} if folder == "autoreply" else set()
    )


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
def test_recorded_letters_of_people_are_not_automatic():
    for folder in ("webform-helpdesk", "attachments", "russian"):
        for parameter in recorded(f"email/{folder}"):
            (item,) = adapter.parse(delivery(parameter.values[0].read_bytes()), OWN)
            assert not item.is_automatic or "rfc3464" in parameter.values[0].name


def test_plain_letter_tells_who_what_when():
    inquiry = parse(mail(In_Reply_To="<a@x>", References="<c@x> <b@x> <a@x>"))
    assert (inquiry.person.name, inquiry.person.email) == ("Иван", "ivan@example.ru")
    assert (inquiry.subject, inquiry.text, inquiry.external_id) == ("Вопрос", "Здравствуйте", "1@example.ru")
    assert inquiry.occurred_at.isoformat() == "2026-11-20T09:00:00+00:00"
    assert inquiry.references == ("a@x", "b@x", "c@x")
    assert inquiry.headers["from"] == "Иван <ivan@example.ru>"
    assert not inquiry.is_own and not inquiry.is_automatic


def test_key_is_the_same_for_copies_and_differs_for_letters_that_share_an_id():
    key = parse(mail()).key
    assert parse("Received: by mx2\r\n" + mail()).key == key
    assert parse(mail(Date="Fri, 20 Nov 2026 12:00:01 +0300")).key != key
    nameless = parse(mail(Message_ID=""))
    assert nameless.key.startswith("sha256:")
    assert nameless.external_id == ""
    assert len(parse(mail(Message_ID="<" + "x" * 5000 + "@y>")).key) < 300


@pytest.mark.parametrize(
    "date",
    [
        "",
        "вчера",
        "Fri, 99 Nov 2026 99:00:00",
        "Wed, 04 Nov 2026    59:10 +0300",
        "Thu, 01 Jan 1970 00:00:00 +0000",
        "Fri, 20 Nov 2099 12:00 +0300",
    ],
)
def test_broken_date_gives_the_time_of_receipt(date):
    assert parse(mail(Date=date)).occurred_at == NOW


@pytest.mark.parametrize(
    ("headers", "person"),
    [
        ({"From": ""}, ("", "")),
        ({"From": "", "Reply_To": "P <p@x.ru>"}, ("P", "p@x.ru")),
        ({"From": "", "Sender": "s@x.ru"}, ("", "s@x.ru")),
        ({"From": "undisclosed"}, ("undisclosed", "")),
        ({"From": '"Петров, Иван (отдел)" <p@x.ru>'}, ("Петров, Иван (отдел)", "p@x.ru")),
        ({"From": "p@x.ru (Иван Петров)"}, ("Иван Петров", "p@x.ru")),
        ({"From": "=?koi8-r?B?6dfBziDw?= =?koi8-r?B?xdTSz9c=?= <p@x.ru>"}, ("Иван Петров", "p@x.ru")),
        (
            {"From": '"=?utf-8?Q?=D0=98=D0=B2=D0=B0=D0=BD, =D0=BE=D1=84=D0=B8=D1=81?=" <p@x.ru>'},
            ("Иван, офис", "p@x.ru"),
        ),
        ({"From": "=?utf-8?B?0JjQstCw?= =?utf-8?B?0L0=?= <p@x.ru>, b@x.ru"}, ("Иван", "p@x.ru")),
        ({"From": "((((((" * 2000 + "p@x.ru"}, None),
        ({"From": "<<<<p@x.ru>>>>"}, ("", "p@x.ru")),
        ({"From": "'p@x.ru' <p@x.ru>"}, ("", "p@x.ru")),
        ({"From": "noreply@site.ru", "Reply_To": "Пётр <p@x.ru>"}, ("Пётр", "p@x.ru")),
        ({"From": "Пётр <p@x.ru>", "Reply_To": "list@x.ru"}, ("Пётр", "p@x.ru")),
    ],
)
def test_sender_is_found_in_every_spelling(headers, person):
    found = parse(mail(**headers)).person
    if person is not None:
        assert (found.name, found.email) == person


def test_word_split_inside_a_character_is_joined():
    raw = "Привет".encode()
    halves = [base64.b64encode(part).decode() for part in (raw[:3], raw[3:])]
    assert parse(mail(Subject=" ".join(f"=?utf-8?B?{half}?=" for half in halves))).subject == "Привет"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("koi8r", "koi8-r"),
        ("KOI8-R", "koi8-r"),
        ("windows1251", "cp1251"),
        ("win-1251", "cp1251"),
        ("x-cp1251", "cp1251"),
        ('3D"windows-1251"', "cp1251"),
        ("", "cp1251"),
        ("us-ascii", "cp1251"),
        ("us-ascii", "utf-8"),
        ("x-unknown", "utf-8"),
        ("utf8mb4", "utf-8"),
        ("idna", "utf-8"),
        ("zlib", "utf-8"),
    ],
)
def test_text_is_decoded_whatever_its_charset_is_called(charset, encoding):
    head = mail("", Content_Type=f"text/plain; charset={charset}" if charset else "text/plain").encode()
    assert parse(head + "Съешь ещё этих булок".encode(encoding)).text == "Съешь ещё этих булок"


def test_unlabelled_eight_bit_headers_are_read():
    for encoding in ("utf-8", "cp1251"):
        raw = "From: Иван <ivan@example.ru>\r\nSubject: Заявка на расчёт\r\n\r\nтекст".encode(encoding)
        inquiry = parse(raw)
        assert (inquiry.person.name, inquiry.subject, inquiry.text) == ("Иван", "Заявка на расчёт", "текст")


@pytest.mark.parametrize(
    ("charset", "encoding"), [("koi8-r", "koi8-r"), ("iso-8859-1", "latin-1"), ("x-odd", "cp1251")]
)
def test_unlabelled_headers_are_read_like_the_text_beside_them(charset, encoding):
    word = "Заявка" if encoding != "latin-1" else "Frösche"
    raw = mail(word, Subject=word, Content_Type=f"text/plain; charset={charset}").encode(encoding, "replace")
    inquiry = parse(raw)
    assert (inquiry.subject, inquiry.text) == (word, word)


def test_russian_text_that_calls_itself_western_is_russian():
    for name in ("iso-8859-1", "windows-1252"):
        assert (
            charsets.decode("Съешь ещё этих мягких булок".encode("cp1251"), name)
            == "Съешь ещё этих мягких булок"
        )
    for words in ("Die Hasen und die Frösche", "ÄäÖöÜü", "Ñandú", "été", "Ísland: Þingvellir"):
        assert charsets.decode(words.encode("latin-1"), "iso-8859-1") == words


def test_cut_character_does_not_change_the_charset():
    assert charsets.decode("Съешь ещё этих мягких булок".encode()[:-1], "utf-8").startswith("Съешь ещё")


@pytest.mark.parametrize("eol", ["\r\n", "\n", "\r"])
def test_every_line_end_is_read(eol):
    raw = multipart(("text/plain; charset=utf-8", "", "один\r\nдва"), ("text/html", "", "<b>x</b>")).replace(
        "\r\n", eol
    )
    inquiry = parse(raw)
    assert inquiry.text == "один\nдва"
    assert inquiry.html == "<b>x</b>"


def multipart(
    *parts: tuple[str, str, str], kind: str = "mixed", boundary: str = "BB", close: bool = True
) -> str:
    chunks = [
        f"--{boundary}\r\nContent-Type: {type_}\r\n{extra}\r\n{body}\r\n" for type_, extra, body in parts
    ]
    body = "preamble\r\n" + "".join(chunks) + (f"--{boundary}--\r\nepilogue" if close else "")
    return mail(body, Content_Type=f'multipart/{kind}; boundary="{boundary}"')


def test_html_only_letter_becomes_readable():
    page = (
        "<html><head><title>t</title><style>p{}</style></head><body><p>Здравствуйте,&nbsp;Анна!</p><div>Нужно:</div>"
        "<ul><li>фикус</li><li>пальма</li></ul><table><tr><td>Цена</td><td>5&thinsp;000</td></tr></table>"
        "<script>alert(1)</script><!-- <p>нет</p> --><br>С уважением<br>Иван</body></html>"
    )
    inquiry = parse(mail(page, Content_Type="text/html; charset=utf-8"))
    lines = [line for line in inquiry.text.split("\n") if line]
    assert lines == [
        "Здравствуйте, Анна!",
        "Нужно:",
        "– фикус",
        "– пальма",
        "Цена 5 000",
        "С уважением",
        "Иван",
    ]
    assert inquiry.html.rstrip() == page


def test_html_is_taken_where_plain_text_says_nothing():
    page = "<p>" + "Настоящее письмо. " * 20 + "</p>"
    raw = multipart(
        ("text/plain", "", "HTML only"), ("text/html; charset=utf-8", "", page), kind="alternative"
    )
    assert parse(raw).text.startswith("Настоящее письмо.")


def test_attachments_keep_safe_names_and_inline_pictures_their_ids():
    pdf = base64.b64encode(b"%PDF").decode()
    b64 = "Content-Transfer-Encoding: base64\r\n"
    raw = multipart(
        ("text/plain", "", "см. вложение"),
        (
            "application/pdf",
            b64 + 'Content-Disposition: attachment; filename="=?utf-8?B?0YLQty5wZGY=?="\r\n',
            pdf,
        ),
        (
            "application/pdf",
            b64 + "Content-Disposition: attachment; filename*=utf-8''%D1%82%D0%B7.pdf\r\n",
            pdf,
        ),
        (
            "application/pdf",
            b64 + "Content-Disposition: attachment; filename*0*=windows-1251''%F2; filename*1=z.pdf\r\n",
            pdf,
        ),
        (
            "image/png",
            b64 + "Content-ID: <logo@x>\r\nContent-Disposition: inline; filename=logo.png\r\n",
            pdf,
        ),
        (
            "application/x",
            b64 + 'Content-Disposition: attachment; filename="../../etc/pass\u202ewd\x07.exe"\r\n',
            pdf,
        ),
        ("application/zip", b64 + f'Content-Disposition: attachment; filename="{"я" * 500}.zip"\r\n', pdf),
        ("application/pdf", b64, pdf),
        ("message/rfc822", "", mail()),
    )
    files = parse(raw).files
    assert [file.name for file in files[:5]] == ["тз.pdf", "тз.pdf", "тz.pdf", "logo.png", "passwd.exe"]
    assert files[0].data == b"%PDF"
    assert files[3].content_id == "logo@x"
    assert files[5].name.endswith(".zip") and len(files[5].name) <= 200
    assert [file.name for file in files[6:]] == ["attachment-7.pdf", "letter-8.eml"]


def test_dirty_base64_and_uuencode_are_decoded():
    dirty = "JVBE\r\n!!Rg=\r\n"
    raw = multipart(
        ("application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64\r\n", dirty),
        (
            "text/plain; name=b.txt",
            "Content-Transfer-Encoding: x-uuencode\r\n",
            "begin 644 b\r\n#0V%T\r\n`\r\nend\r\n",
        ),
    )
    assert [file.data for file in parse(raw).files] == [b"%PDF", b"Cat"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (rejected)"},
        {"X_Autoreply": "yes"},
        {"X_Auto_Response_Suppress": "All"},
        {"Precedence": "bulk"},
        {"Precedence": "list"},
        {"List_Id": "<a.b>"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@x.ru"},
        {"From": "Mail Delivery System <x@x.ru>"},
        {"From": "postmaster@x.ru"},
        {"Subject": "Автоматический ответ: Вопрос"},
        {"Subject": "Out of office: Hi"},
        {"X_Failed_Recipients": "a@b.ru"},
        {"Content_Type": "multipart/report; report-type=delivery-status; boundary=x"},
    ],
)
def test_automatic_letters_are_marked_with_a_reason(headers):
    inquiry = parse(mail(**headers))
    assert inquiry.is_automatic
    assert inquiry.automatic_reason


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "no"},
        {"Return_Path": "<a@b.ru>"},
        {"List_Unsubscribe": "<mailto:x@y>"},
        {"Precedence": "normal"},
    ],
)
def test_letters_of_people_are_not_marked(headers):
    assert not parse(mail(**headers)).is_automatic


def test_bounce_answers_the_letter_it_returns():
    raw = multipart(
        ("text/plain", "", "не доставлено"),
        ("message/delivery-status", "", "Action: failed"),
        ("message/rfc822", "", "Message-ID: <ours@shop.ru>\r\nSubject: КП\r\n\r\nтекст"),
        kind="report; report-type=delivery-status",
    )
    inquiry = parse(raw)
    assert inquiry.is_automatic
    assert inquiry.references == ("ours@shop.ru",)
    assert inquiry.undelivered_id == "ours@shop.ru"
    assert parse(raw.replace("Action: failed", "Action: delayed")).undelivered_id == ""


B64 = "Content-Transfer-Encoding: base64\r\n"
QP = "Content-Transfer-Encoding: quoted-printable\r\n"
FORM = """Новая заявка с сайта!

Имя: Пётр Иванов
Телефон: +7 (999) 123-45-67
E-mail: petr@client.ru
Компания: ООО «Ромашка»
Комментарий: Нужен фикус
"""


@pytest.mark.parametrize("sender", ["info@shop.ru", "noreply@shop.ru", "wordpress@shop.ru"])
def test_letter_of_a_sites_form_is_from_the_person_in_it(sender):
    inquiry = parse(mail(FORM, From=f"Сайт <{sender}>"))
    person = inquiry.person
    assert (person.name, person.phone, person.email) == (
        "Пётр Иванов",
        "+7 (999) 123-45-67",
        "petr@client.ru",
    )
    assert person.company == "ООО «Ромашка»"
    assert not inquiry.is_own
    assert ("Комментарий", "Нужен фикус") in inquiry.fields


@pytest.mark.parametrize(
    ("headers", "is_automatic"),
    [
        ({"Auto_Submitted": "auto-generated"}, False),
        ({"Precedence": "bulk"}, False),
        ({"Return_Path": "<>"}, False),
        ({"Auto_Submitted": "auto-replied"}, True),
        ({"X_Failed_Recipients": "a@b.ru"}, True),
    ],
)
def test_form_letter_is_an_inquiry_though_a_program_sent_it(headers, is_automatic):
    assert parse(mail(FORM, From="noreply@shop.ru", **headers)).is_automatic is is_automatic


def test_bounce_in_words_names_the_letter_it_returns():
    body = "Ваше письмо не доставлено:\n  a@x.ru\n\n------ copy ------\n\nFrom: info@shop.ru\nMessage-Id: <our-1@shop.ru>\n"
    bounce = {"From": "mailer-daemon@corp.mail.ru", "Subject": "Ваше сообщение не доставлено. Mail failure."}
    inquiry = parse(mail(body, **bounce))
    assert (inquiry.is_automatic, inquiry.undelivered_id) == (True, "our-1@shop.ru")
    assert parse(mail(body)).undelivered_id == ""


def test_phone_named_in_the_text_is_shown():
    person = parse(mail("Добрый день! Перезвоните на 8 (921) 555-11-22, Олег")).person
    assert (person.phone, person.shown_phone) == ("", "8 (921) 555-11-22")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Новая заявка\n\nИмя:\nАнна Ли\n\nТелефон:\n+79215551122\nСообщение:\nНужны окна", "text/plain"),
        (
            "Новая заявка\nВаше имя\nАнна Ли\nКонтактный телефон\n+79215551122\nКомментарий\nНужны окна",
            "text/plain",
        ),
        (
            "<table><tr><th>Имя</th><td>Анна Ли</td></tr><tr><td>Телефон</td><td>+79215551122</td></tr>"
            "<tr><td>Комментарий</td><td>Нужны окна</td></tr></table>",
            "text/html",
        ),
        (
            "<table><tr><td><p>Имя</p></td><td><p>Анна Ли</p></td></tr>"
            "<tr><td><p>Телефон</p></td><td><p>+79215551122</p></td></tr></table>",
            "text/html",
        ),
    ],
)
def test_letter_of_a_form_is_understood_however_it_is_laid_out(body, content_type):
    person = parse(
        mail(body, From="Сайт <no-reply@site.ru>", Content_Type=f"{content_type}; charset=utf-8")
    ).person
    assert (person.name, person.phone) == ("Анна Ли", "+79215551122")


def test_table_that_is_no_form_keeps_its_words():
    row = "<table><tr><td>Иван Петров</td><td>ООО «Ромашка»</td></tr><tr><td>a</td><td>b</td><td>c</td></tr></table>"
    assert html_to_text(row) == "Иван Петров ООО «Ромашка»\na b c"


def test_phone_of_a_signature_is_shown_but_tells_nobody_apart():
    inquiry = parse(mail("Добрый день\n\n--\nИван\nтел.: 8 (812) 555-55-55 доб. 12"))
    assert inquiry.person.phone == ""
    assert inquiry.person.shown_phone.startswith("8 (812) 555-55-55")
    assert inquiry.person.email == "ivan@example.ru"
    assert inquiry.fields == ()


def test_own_letter_is_known():
    inquiry = parse(mail(From="Мы <INFO@shop.ru>", To="Клиент <c@x.ru>"))
    assert inquiry.is_own
    assert (inquiry.person.name, inquiry.person.email) == ("Клиент", "c@x.ru")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"\x00\x00",
        b"\xff\xfe\x00",
        b"X-A: b\r\n\r\n",
        b"* THREAD (1)(2)(14)(3)(4 18 39 100)((5)(6))",
        b"two words\x00 of a binary file",
    ],
)
def test_what_is_no_letter_is_refused_in_words(raw):
    with pytest.raises(Unparseable, match=r".{10}"):
        adapter.parse(delivery(raw), OWN)


def test_letter_that_lost_its_headers_is_read_as_words():
    inquiry = parse("Здравствуйте!\nПосчитайте, пожалуйста, окна.\n\nTel: +7 921 555-11-22")
    assert inquiry.text.startswith("Здравствуйте!")
    assert (inquiry.person.name, inquiry.person.email, inquiry.person.phone) == ("", "", "+7 921 555-11-22")
    form = parse("Name: Ann Lee\nPhone: +79215551122\nEmail: ann@x.com\n")
    assert (form.person.name, form.person.phone, form.person.email) == (
        "Ann Lee",
        "+79215551122",
        "ann@x.com",
    )


def test_nuls_surrogates_and_directions_are_taken_out():
    inquiry = parse(mail("a\x00b\u202e", Subject="x\x00y\u202ez").encode() + b"\xed\xa0\x80")
    assert inquiry.subject == "xyz"
    assert inquiry.text.startswith("ab")


@pytest.mark.parametrize(
    "make",
    [
        lambda: mail("x" * 10_000_000),
        lambda: mail("\r\n" * 5_000_000),
        lambda: mail("слово " * 1_000_000),
        lambda: mail("> " * 5_000_000),
        lambda: mail("On On On wrote " * 600_000),
        lambda: mail("12 ноября 2026 г., 10:04 пользователь:\n" * 250_000),
        lambda: mail("От: a\n" * 1_000_000),
        lambda: mail("Телефон: 1\n" * 900_000),
        lambda: mail("<div>" * 2_000_000, Content_Type="text/html"),
        lambda: mail("<!--" * 2_500_000, Content_Type="text/html"),
        lambda: mail("<" * 10_000_000, Content_Type="text/html"),
        lambda: mail("<script>" * 1_000_000, Content_Type="text/html"),
        lambda: mail("&" * 10_000_000, Content_Type="text/html"),
        lambda: mail("<blockquote>текст" * 400_000, Content_Type="text/html"),
        lambda: mail("--BB\r\n" * 1_500_000, Content_Type="multipart/mixed; boundary=BB"),
        lambda: "".join(f"Content-Type: multipart/mixed; boundary=B{n}\n\n--B{n}\n" for n in range(50_000)),
        lambda: "From: a@b.ru\r\n" + "X: y\r\n" * 1_500_000 + "\r\nтекст",
        lambda: mail(Subject="=?utf-8?q?" * 500_000),
        lambda: mail(From="<" * 1_000_000),
        lambda: mail(References="<a@b> " * 1_000_000),
        lambda: mail(To=", ".join(f"u{n}@x.ru" for n in range(400_000))),
        lambda: mail(Content_Type="text/plain" + "; a=b" * 1_000_000),
        lambda: multipart(("application/pdf; name=a.pdf", B64, "QUJD" * 2_500_000)),
        lambda: multipart(("text/plain", QP, "=D0=AF" * 1_600_000)),
        lambda: multipart(*[("text/plain", "", "x")] * 100_000),
    ],
)  # fmt: skip
def test_ten_megabytes_of_anything_are_read_in_two_seconds(make):
    raw = make().encode()
    started = time.process_time()
    parse(raw)
    assert time.process_time() - started < 2


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw):
    for body in (raw, b"From: a@b.ru\r\n" + raw, mail().encode() + raw):
        try:
            assert_sound(adapter.parse(delivery(body), OWN))
        except Unparseable as exc:
            assert str(exc)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_mutated_letters_are_read_or_refused(data):
    raw = bytearray(
        multipart(
            ("text/plain; charset=koi8-r", "Content-Transfer-Encoding: base64\r\n", "8NLJ18XU"),
            ("text/html", "", "<blockquote>x</blockquote>"),
            ("application/pdf", "Content-Disposition: attachment; filename*=utf-8''%D1%82.pdf\r\n", "x"),
        ).encode()
    )
    for _step in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    try:
        assert_sound(adapter.parse(delivery(bytes(raw)), OWN))
    except Unparseable as exc:
        assert str(exc)


@settings(max_examples=200, deadline=None)
@given(page=st.text(alphabet="<>/!-abp&;\"' \n=", max_size=200))
def test_any_html_becomes_text(page):
    assert "\x00" not in html_to_text(page)
