"""Reading tables from bytes: charsets, delimiters, workbooks, cards, and files that are none."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile
import zoneinfo
from decimal import Decimal

import pytest
from openpyxl import Workbook

from core.tabular import Layout, Unreadable, heads, open_table, reading, recognise, sheets_of, values, zips

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
RUSSIAN = "ФИО;Телефон;Город\nИванов Пётр;+7 916 204-18-77;Щёлково\nЮлия Жукова;8 (495) 123-45-67;Ёлкино\n"


def rows(data: bytes, layout: Layout | None = None) -> list[list[str]]:
    """The header and the rows of a file, read as it is recognised."""
    table = open_table(data, layout or recognise(data))
    return [table.heads, *(cells for _number, cells in table.rows)]


# --- CSV -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "charset",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "windows-1251",
        "koi8-r",
        "cp866",
        "mac-cyrillic",
    ],
)
def test_russian_is_read_in_any_charset(charset):
    found = rows(RUSSIAN.encode(charset))
    assert found[0] == ["ФИО", "Телефон", "Город"] and found[2][0] == "Юлия Жукова"


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "cp866"])
@pytest.mark.parametrize(
    "text", ["Имя,Почта\nАнна,a@x.ru\n", "КЛИЕНТ;ГОРОД\nООО РОМАШКА;МОСКВА\n", "Name;Город\nJohn;Тверь\n"]
)
def test_few_words_are_enough_to_tell_the_charset(charset, text):
    assert rows(text.encode(charset))[0] == text.split("\n")[0].replace(";", ",").split(",")


def test_western_accents_are_no_cyrillic():
    found = rows("Name,Ort\nJürgen Müller,Köln\nRené Élodie,Orléans\n".encode("windows-1252"))
    assert found[1] == ["Jürgen Müller", "Köln"] and found[2][0] == "René Élodie"


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiter_is_found_also_where_others_stand_in_cells(sign):
    text = sign.join(("Имя", "Адрес")) + "\n" + sign.join(("Анна", '"Москва, Тверская; 1 | 2"')) + "\n"
    assert rows(text.encode())[1] == ["Анна", "Москва, Тверская; 1 | 2"]


def test_excels_own_line_names_the_delimiter():
    assert rows(b"sep=;\nA;B\n1,5;2,5\n") == [["A", "B"], ["1,5", "2,5"]]


def test_quoted_cells_hold_line_breaks_and_rows_keep_their_numbers():
    data = 'Имя,Комментарий\nАнна,"две\nстроки ""в кавычках"""\n\nПётр,x\n'.encode()
    table = open_table(data, recognise(data))
    assert list(table.rows) == [(2, ["Анна", 'две\nстроки "в кавычках"']), (4, ["Пётр", "x"])]


def test_short_rows_are_filled_and_long_ones_cut():
    assert rows(b"A,B\n1\n1,2,3\n") == [["A", "B"], ["1", ""], ["1", "2"]]


def test_title_above_the_table_is_no_header():
    layout = recognise("Клиенты за год;;\n;;\nИмя;Телефон;Город\nАнна;1;2\nПётр;3;4\n".encode())
    assert (layout.head_row, layout.head_depth) == (3, 1)


def test_wrong_guess_is_corrected_by_hand():
    data = "Имя;Город\nАнна;Тверь\n".encode("koi8-r")
    layout = reading.corrected(data, Layout("csv", charset="koi8-r", delimiter=";", head_row=9))
    assert rows(data, layout) == [["Имя", "Город"], ["Анна", "Тверь"]]
    layout = reading.corrected(b"x;y\nA;B\n1;2\n", Layout("csv", charset="utf-8", delimiter=";"), head_row=2)
    assert rows(b"x;y\nA;B\n1;2\n", layout) == [["A", "B"], ["1", "2"]]


# --- workbooks -------------------------------------------------------------------------------
def workbook(*sheets: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for number, lines in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Лист {number}")
        for line in lines:
            sheet.append(line)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


TABLE = [
    ["Имя", "Телефон", "Дата", "Сумма", "Да"],
    ["Анна", 79162041877, dt.date(2026, 11, 20), 12500.5, True],
]


def test_workbook_gives_phones_without_a_point_and_dates_in_iso():
    assert rows(workbook(TABLE))[1] == ["Анна", "79162041877", "2026-11-20", "12500.5", "1"]


def test_sheet_with_a_table_is_chosen_and_another_can_be():
    data = workbook([["Только титул"]], TABLE, [["А", "Б"], ["1", "2"], ["3", "4"]])
    layout = recognise(data)
    assert layout.sheet == "Лист 2" and sheets_of(data, layout) == ["Лист 1", "Лист 2", "Лист 3"]
    other = reading.corrected(data, Layout("xlsx", sheet="Лист 3"))
    assert rows(data, other)[0] == ["А", "Б"]


def test_header_of_two_rows_with_merged_cells_is_joined():
    lines = [
        ["Имя", "Связь", None, "Город"],
        [None, "Телефон", "Почта", None],
        ["Анна", "1", "a@x.ru", "Тверь"],
    ]
    book = Workbook()
    sheet = book.active
    for line in lines:
        sheet.append(line)
    sheet.merge_cells("B1:C1")
    file = io.BytesIO()
    book.save(file)
    found = rows(file.getvalue())
    # Имя and Город stand in the first row alone: nothing fills the gap under them, but the gap beside Связь is filled
    assert found[0] == ["Имя", "Связь Телефон", "Связь Почта", "Город"] and found[1][0] == "Анна"


# --- vCard -----------------------------------------------------------------------------------
OLD_CARD = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD=D0=BE=D0=B2;=D0=98=
=D0=B2=D0=B0=D0=BD;;;
TEL;CELL;PREF:8 916 204-18-77
TEL;WORK;VOICE:+7 495 123-45-67
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQ
 AAAQABAAD/2wBD
END:VCARD
"""
NEW_CARD = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Анна Ким\r\nitem1.EMAIL;TYPE=work:anna@exa\r\n mple.com\r\n"
    'TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-418-656-9254;ext=102\r\nORG:Роза\\; и Ко;Отдел\r\n'
    "NOTE:раз\\nдва\\, три\r\nCATEGORIES:vip,опт\r\nEND:VCARD\r\n"
)


def test_cards_of_all_ages_are_rows():
    found, first, second = rows((OLD_CARD + NEW_CARD).encode())
    old, new = dict(zip(found, first, strict=True)), dict(zip(found, second, strict=True))
    assert (
        list(old.values())[:2] == ["Иванов", "Иван"]
        and "8 916 204-18-77" in first
        and "+7 495 123-45-67" in first
    )
    assert {
        "Анна Ким",
        "anna@example.com",
        "+1-418-656-9254 ext. 102",
        "Роза; и Ко",
        "раз\nдва, три",
        "vip, опт",
    } <= set(new.values())


def test_card_in_another_charset_and_one_that_never_ends():
    data = "BEGIN:VCARD\nN;CHARSET=windows-1251:Иванов;Иван\nTEL:1".encode("windows-1251")
    assert rows(data)[1][:2] == ["Иванов", "Иван"]
    assert rows("BEGIN:VCARD\nFN:Анна\nEND:VCARD\n".encode("utf-16"))[1] == ["Анна"]


# --- files that are no tables ----------------------------------------------------------------
def packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return file.getvalue()


XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'
FAR = b'<worksheet><sheetData><row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"/></row></sheetData></worksheet>'
HOSTILE = {
    "empty": b"",
    "blank": b"\r\n \t\n",
    "pdf called csv": b"%PDF-1.7\n%\xe2\xe3",
    "page": b"<!DOCTYPE html><html><table><tr><td>1",
    "json": b'{"rows": []}',
    "binary": bytes(range(256)) * 20,
    "zip that is no workbook": packed({"a.txt": b"x"}),
    "torn workbook": workbook(TABLE)[:900],
    "xls that is none": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600,
    "entities": packed({"xl/worksheets/sheet1.xml": XXE}),
    "bomb": packed({"xl/worksheets/sheet1.xml": b" " * 30_000_000}),
    "a cell at the end of the world": packed({"xl/worksheets/sheet1.xml": FAR}),
    "many parts": packed({f"p{n}": b"" for n in range(zips.MAX_ENTRIES + 1)}),
    "quote never closed": b'A,B\n"' + b"x" * 300_000,
    "too many columns": b",".join(b"c%d" % n for n in range(1000)) + b"\n1\n",
    "card without a card": b"BEGIN:VCARD\nEND:VCARD",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_with_a_sentence_and_at_once(name):
    started = time.process_time()
    with pytest.raises(Unreadable) as refusal:
        data = HOSTILE[name]
        list(open_table(data, recognise(data)).rows)
    assert str(refusal.value.message) and time.process_time() - started < 3


def test_archive_that_lies_about_its_size_is_still_a_bomb():
    data = bytearray(HOSTILE["bomb"])
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    with pytest.raises(Unreadable):
        zips.check(bytes(data))


def test_too_many_rows_are_refused_while_reading(monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 3)
    with pytest.raises(Unreadable):
        rows(b"A\n1\n2\n3\n4\n")


def test_long_cells_are_cut():
    assert len(rows(b"A\n" + b"x" * 100_000 + b"\n")[1][0]) == reading.MAX_CELL


# --- values ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12 500,50 ₽", "12500.50"), ("12 500", "12500"), ("1,234.50", "1234.50"), ("1.234,50", "1234.50"),
        ("1,234,567", "1234567"), ("(100)", "-100"), ("$ 99.90", "99.90"), ("1500руб.", "1500"), ("12'500", "12500"), ("0", "0"),
    ],
)  # fmt: skip
def test_amounts(text, amount):
    assert values.amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "нет", "12 или 13", "1e40", "NaN", "9" * 20])
def test_what_is_no_amount(text):
    with pytest.raises(ValueError, match=".*"):
        values.amount(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20.11.2026", "2026-11-20T00:00:00+03:00"), ("20.11.26 9:05", "2026-11-20T09:05:00+03:00"),
        ("2026-11-20 12:34:56", "2026-11-20T12:34:56+03:00"), ("2026-11-20T12:34:56Z", "2026-11-20T12:34:56+00:00"),
        ("11/20/2026", "2026-11-20T00:00:00+03:00"), ("20/11/2026 3:15 PM", "2026-11-20T15:15:00+03:00"),
        ("20 ноября 2026 г.", "2026-11-20T00:00:00+03:00"), ("Nov 20, 2026", "2026-11-20T00:00:00+03:00"),
        ("20261120", "2026-11-20T00:00:00+03:00"), ("46346", "2026-11-20T00:00:00+03:00"),
    ],
)  # fmt: skip
def test_moments(text, moment):
    assert values.moment(text, MOSCOW).isoformat() == moment


@pytest.mark.parametrize("text", ["", "вчера", "32.01.2026", "13/13/2026", "2026-02-30", "не закрыта"])
def test_what_is_no_moment(text):
    with pytest.raises(ValueError, match=".*"):
        values.moment(text, MOSCOW)


def test_yes_and_no():
    assert values.yes("Да") and values.yes("TRUE") and not values.yes("нет")
    with pytest.raises(ValueError, match="может быть"):
        values.yes("может быть")


def test_fingerprint_is_the_same_whatever_case_and_spaces():
    assert heads.fingerprint(["ФИО", "Телефон "]) == heads.fingerprint(["фио", "телефон"])
    assert heads.fingerprint(["ФИО"]) != heads.fingerprint(["Имя"])
