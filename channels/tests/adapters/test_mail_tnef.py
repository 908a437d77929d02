"""winmail.dat: what Outlook wrapped is shown, what is broken stays a file."""

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.adapters.mail import EmailAdapter
from channels.adapters.mail.tnef import Broken, unpack
from channels.tests.adapters.samples import assert_sound, delivery

HEAD = struct.pack("<IH", 0x223E9F78, 1)


def attribute(number: int, value: bytes) -> bytes:
    return struct.pack("<BII", 1, number, len(value)) + value + b"\x00\x00"


def properties(*told: tuple[int, int, bytes]) -> bytes:
    lists = [
        struct.pack("<HHII", kind, name, 1, len(value)) + value + bytes(-len(value) % 4)
        for kind, name, value in told
    ]
    named = struct.pack("<HH", 0x3, 0x8001) + bytes(16) + struct.pack("<II", 0, 7) + struct.pack("<I", 42)
    return struct.pack("<I", len(lists) + 1) + named + b"".join(lists)


WRAPPED = HEAD + b"".join(
    [
        attribute(0x69007, struct.pack("<II", 1251, 0)),
        attribute(0x69003, properties((0x102, 0x1013, "<p>Смета внутри</p>".encode("cp1251")))),
        attribute(0x69002, bytes(14)),
        attribute(0x18010, "СМЕТА~1.PDF\x00".encode("cp1251")),
        attribute(0x6800F, b"%PDF"),
        attribute(0x69005, properties((0x1F, 0x3707, "Смета на окна.pdf\x00".encode("utf-16-le")))),
    ]
)


def letter(wrapped: bytes, text: str = "") -> bytes:
    return (
        b"From: a@x.ru\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode() + b"\r\n"
        b"--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(wrapped)
        + b"--b--\r\n"
    )


def parse(raw: bytes):
    (item,) = EmailAdapter().parse(delivery(raw), {})
    assert_sound([item])
    return item


def test_files_and_words_of_a_winmail_are_the_letters_own():
    inquiry = parse(letter(WRAPPED))
    assert inquiry.text == "Смета внутри"
    assert [(file.name, file.content_type, file.data) for file in inquiry.files] == [
        ("Смета на окна.pdf", "application/pdf", b"%PDF")
    ]
    assert parse(letter(WRAPPED, "Сами слова письма")).text == "Сами слова письма"


@pytest.mark.parametrize("wrapped", [b"", b"no tnef at all", HEAD, WRAPPED[:40]])
def test_winmail_that_holds_nothing_stays_a_file(wrapped):
    inquiry = parse(letter(wrapped, "текст"))
    assert [file.name for file in inquiry.files] == ["winmail.dat"]
    assert inquiry.text == "текст"


@given(cut=st.integers(0, len(WRAPPED)), noise=st.binary(max_size=60), place=st.integers(6, len(WRAPPED)))
def test_any_bytes_are_unpacked_or_refused(cut, noise, place):
    for data in (WRAPPED[:cut], WRAPPED[:place] + noise + WRAPPED[place:], HEAD + noise):
        try:
            unpack(data)
        except Broken:
            pass
