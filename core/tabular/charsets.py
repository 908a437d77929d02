"""Which charset a text is in: exact where the bytes say so, else the reading that looks most like words.

Own scoring and not charset-normalizer: of the five charsets Russian files come in, half a page of names and phones is
enough to tell, while a general detector takes such short tables for Bulgarian or Greek.
"""

from __future__ import annotations

import codecs
import re

from core.tabular.errors import Unreadable

CHARSETS = (
    "utf-8",
    "windows-1251",
    "koi8-r",
    "cp866",
    "utf-16-le",
    "utf-16-be",
    "windows-1252",
    "mac-cyrillic",
)
_GUESSED = ("windows-1251", "koi8-r", "cp866", "mac-cyrillic", "windows-1252")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT = 200_000
_WORD = re.compile(r"[^\W\d_]+")
# How often a letter stands in Russian text, in tenths of a per cent
_FREQUENCY = dict(
    zip("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", (
        109, 84, 80, 73, 67, 62, 54, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 16, 16, 14, 12, 10, 9, 7, 6,
        5, 4, 3, 3, 1, 1,
    ), strict=True)
)  # fmt: skip


def detect(data: bytes) -> str:
    """Name the charset of a text, as Python calls it."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return name
    head = data[:_LOOKED_AT]
    if wide := _without_bom(head):
        return wide
    if _is_utf8(head):
        return "utf-8"
    return max(_GUESSED, key=lambda name: _likeness(head.decode(name, "replace")))


def decode(data: bytes, charset: str) -> str:
    """Decode a text without its mark; raise Unreadable for a charset it is not in."""
    try:
        text = data.decode(charset)
    except (UnicodeDecodeError, LookupError):
        if charset not in CHARSETS:
            raise Unreadable from None
        text = data.decode(charset, "replace")
    return text.removeprefix("\ufeff").replace("\0", "")


def _without_bom(head: bytes) -> str:
    """UTF-16 that says nothing of itself: in a table half of the bytes are zero (or 4, of Russian letters)."""
    even, odd = head[0:2000:2], head[1:2000:2]
    for name, high in (("utf-16-le", odd), ("utf-16-be", even)):
        if len(high) > 3 and sum(byte in (0, 4) for byte in high) > 0.9 * len(high):
            return name
    return ""


def _is_utf8(head: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _likeness(text: str) -> float:
    """Say how much a reading looks like words of one script, with case as people write it."""
    score = -3.0 * sum(text.count(sign) for sign in "\ufffd") - sum(_is_odd(sign) for sign in text)
    for word in _WORD.findall(text):
        if word.isascii():
            continue
        score += _word_likeness(word)
    return score


def _word_likeness(word: str) -> float:
    lower = word.lower()
    known = [_FREQUENCY.get(letter, 0) for letter in lower]
    if all(known):
        shape = 1.0 if word in (lower, word.upper(), word.capitalize()) else -1.5
        return shape * sum(known) / 60
    if not any(known):  # a western word: few of its letters carry an accent
        accented = sum(not letter.isascii() for letter in word)
        return 1.0 if accented * 2 <= len(word) and "À" <= max(word) <= "ſ" else -1.0
    return -2.0  # two alphabets in one word


def _is_odd(sign: str) -> bool:
    """Frames and signs of other alphabets that no table of clients has."""
    return (
        "\u2500" <= sign <= "\u25ff" or "\x80" <= sign <= "\x9f" or sign in "ЂЃѓЉЊЌЋЏђљњќћџ¤¦¬µ¶·±€‰†‡∙√≈≤≥"
    )
