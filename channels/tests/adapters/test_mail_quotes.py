import pytest

from channels.adapters.mail.html_text import html_to_text
from channels.adapters.mail.quotes import fold
from channels.tests.adapters.samples import SHARED

OLD = "> Сколько стоит фикус?\n> Анна"
ATTRIBUTIONS = [
    "12 ноября 2026 г., 10:04 пользователь Анна Петрова <anna@shop.ru> написал:",
    "12 ноября 2026 г., 10:04 пользователь Анна Петрова\n<anna@shop.ru> написал:",
    "чт, 12 нояб. 2026 г. в 10:04, Анна Петрова <anna@shop.ru>:",
    "12.11.2026 10:04, Анна Петрова пишет:",
    '12.11.2026, 10:04, "Анна Петрова" <anna@shop.ru>:',
    "Понедельник, 12 ноября 2026, 10:04 +03:00 от Анна Петрова <anna@shop.ru>:",
    "12 нояб. 2026 г., в 10:04, Анна Петрова <anna@shop.ru> написал(а):",
    "Анна Петрова писал(а) 2026-11-12 10:04:",
    "On Thu, Nov 12, 2026 at 10:04 AM Anna <anna@shop.ru> wrote:",
    "On Thu, Nov 12, 2026 at 10:04 AM Anna Petrova\n<anna@shop.ru> wrote:",
    "Am 12.11.2026 um 10:04 schrieb Anna Petrova <anna@shop.ru>:",
    "Le jeu. 12 nov. 2026 à 10:04, Anna <anna@shop.ru> a écrit :",
]
BLOCKS = [
    "От: Анна Петрова <anna@shop.ru>\nОтправлено: 12 ноября 2026 г. 10:04\nКому: Иван\nТема: RE: Фикус",
    "From: Anna\nSent: Thursday, 12 November 2026 10:04\nTo: Ivan\nSubject: RE: Ficus",
    "*From:* Anna <anna@shop.ru>\n*Sent:* Thursday\n*To:* Ivan\n*Subject:* Ficus",
    "________________________________\nОт: Анна\nДата: 12 ноября 2026\nКому: Иван",
    "-------- Исходное сообщение --------\nОт: Анна",
    "-----Original Message-----\nFrom: Anna",
    "----- Исходное письмо -----",
]


@pytest.mark.parametrize("head", ATTRIBUTIONS)
@pytest.mark.parametrize("old", [OLD, "Сколько стоит фикус?\nАнна"])
def test_quoted_answer_is_folded(head, old):
    new, quoted = fold(f"Пять тысяч.\n\nИван\n\n{head}\n\n{old}\n")
    assert new == "Пять тысяч.\n\nИван"
    assert "фикус" in quoted
    assert head.split("\n")[0] in quoted


@pytest.mark.parametrize("head", BLOCKS)
def test_outlook_block_is_folded(head):
    new, quoted = fold(f"Пять тысяч.\n\n{head}\n\nСколько стоит фикус?\nОт: склад")
    assert new == "Пять тысяч."
    assert "фикус" in quoted


def test_answers_between_quotes_stay():
    text = "12.11.2026 10:04, Анна пишет:\n> Сколько?\nПять.\n> Когда?\nЗавтра."
    new, quoted = fold(text)
    assert new == "Пять.\nЗавтра."
    assert quoted == "12.11.2026 10:04, Анна пишет:\n> Сколько?\n> Когда?"


@pytest.mark.parametrize(
    "text",
    [
        "Здравствуйте!\nПрошу посчитать:\nфикус\nпальма",
        "От: склада\nнужен счёт на 12.11.2026",
        "Он написал: приходите завтра в 10:04",
        "Напомню, что мне написали:\nскидка 10%",
        "Имя: Пётр\nТелефон: +7 999 123-45-67\nEmail: p@x.ru\nДата: 12.11.2026",
        "> всё письмо\n> цитата",
        "--\nподпись",
    ],
)
def test_letter_without_quotes_stays_whole(text):
    assert fold(text) == (text, "")


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (
            "Посмотри\n\n-------- Пересылаемое сообщение --------\nОт: Пётр\nКому: Иван\nТема: Заявка\n\nНужен фикус",
            "",
        ),
        ("FYI\n\n---------- Forwarded message -----\nFrom: P\nDate: Tue\nSubject: x\n\nHi", ""),
        ("Начало переадресованного сообщения:\n\nОт: Пётр\nДата: x\nКому: y\n\nНужен фикус", ""),
        ("см.\n\nОт: Пётр\nОтправлено: 12 ноября\nКому: Иван\n\nНужен фикус", "FW: Заявка"),
    ],
)
def test_forwarded_letter_stays_whole(text, subject):
    assert fold(text, subject) == (text, "")


def test_quotation_of_an_html_letter_is_folded():
    page = (
        "<div>Пять тысяч.</div><div><br></div><div>12.11.2026, 10:04, Анна &lt;anna@shop.ru&gt;:</div>"
        "<blockquote><div>Сколько стоит <b>фикус</b>?</div><blockquote>Ещё раньше</blockquote></blockquote>"
    )
    new, quoted = fold(html_to_text(page))
    assert new == "Пять тысяч."
    assert "> Сколько стоит фикус?" in quoted
    assert "> > Ещё раньше" in quoted


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("email-reply-parser__email_2_2.txt", "Outlook with a reply directly above line"),
        (
            "email_reply_trimmer__embedded_email_chinese.txt",
            "Hi Erlend Sogge Heggen,\nThank you for your reply.",
        ),
        (
            "email_reply_trimmer__embedded_email_polish_1.txt",
            "Oh, I've forgot to add. MIT\n\n--\nŁukasz Jan Niemier",
        ),
        (
            "email_reply_trimmer__embedded_email_10.txt",
            "Thank you.\n\nSent from Outlook Mobile<https://foo.bar>",
        ),
    ],
)
def test_recorded_replies_are_folded(name, expected):
    assert fold((SHARED / "email" / "reply-quoted" / name).read_text())[0] == expected
