"""Decode text whose charset is missing, misspelt or wrong (channels.md §1, encodings met)."""

from __future__ import annotations

import codecs
import re

# Spellings that Python doesn't know.
_ALIASES = {
    "koi8r": "koi8-r",
    "koi8": "koi8-r",
    "koi-8": "koi8-r",
    "koi-8-r": "koi8-r",
    "koi8u": "koi8-u",
    "windows1251": "cp1251",
    "windows-cp1251": "cp1251",
    "win1251": "cp1251",
    "win-1251": "cp1251",
    "cp-1251": "cp1251",
    "x-cp1251": "cp1251",
    "ansi-1251": "cp1251",
    "windows-125": "cp1251",
    "1251": "cp1251",
    "windows1252": "cp1252",
    "windows1250": "cp1250",
    "cp-850": "cp850",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "gb2312": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-8-i": "iso-8859-8",
    "x-mac-cyrillic": "mac-cyrillic",
}
# Python's codecs that are no charsets of mail: slow on purpose-made input, or not a charset at all.
_FORBIDDEN = frozenset(("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"))
_UNTOLD = frozenset(("ascii", ""))
# What a letter is in when it isn't in the charset it declares.
_SIBLINGS = {"iso2022_jp_ext": ("euc_jp", "cp932"), "euc_jp": ("cp932",), "cp932": ("euc_jp",)}
_WESTERN = frozenset(("iso8859-1", "cp1252", "iso8859-15"))
# What р, т, м, я, ю, э become; hardly a Western word has them.
_ODD = frozenset("ðòìÿþýÐÒÌÞÝ")
_SPELLING = re.compile(r"[^a-z0-9_-]")


def find_codec(declared: str) -> str:
    """Return the name of Python's codec for a declared charset, or "" when there is none."""
    name = _SPELLING.sub("", declared.partition("*")[0].strip().strip("\"'").lower())[:40]
    name = name.removeprefix("3d")  # `charset=3D"utf-8"`: quoted-printable left in a header
    name = _ALIASES.get(name, name)
    try:
        codec = codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        return ""
    return "" if codec in _FORBIDDEN else codec


def decode(data: bytes, declared: str = "") -> str:
    """Decode as declared if that fits; else UTF-8 if that fits; else cp1251. Never raises."""
    codec = find_codec(declared)
    if codec in _UNTOLD:
        attempts: tuple[str, ...] = ("utf-8", "cp1251")
    else:  # seven bits are always valid UTF-8, so trying it tells nothing
        attempts = (codec,) if data.isascii() else (codec, "utf-8", *_SIBLINGS.get(codec, ()))
    for attempt in attempts:
        try:
            return _as_meant(data.decode(attempt), data, attempt)
        except (ValueError, LookupError):
            continue
    if codec in _UNTOLD or codec == "utf-8":
        return _mostly_utf8(data) or data.decode("cp1251", "replace")
    try:
        return data.decode(codec, "replace")
    except (ValueError, LookupError):
        return data.decode("cp1251", "replace")


def decode_bare(data: bytes, beside: str = "") -> str:
    """Decode a value that names no charset: UTF-8 if it fits, else like the text beside it, else cp1251."""
    codec = find_codec(beside)
    if data.isascii() or codec in (*_UNTOLD, "utf-8"):
        return decode(data)
    try:
        return data.decode("utf-8")
    except ValueError:
        return decode(data, beside)


def _as_meant(text: str, data: bytes, codec: str) -> str:
    """Programs call Russian text Western; then nearly every letter of it has an accent, and odd ones too."""
    if codec not in _WESTERN:
        return text
    letters = [char for char in text[:20_000] if char.isalpha()]
    accented = [char for char in letters if char > "\x7f"]
    is_odd = len(accented) > 0.6 * len(letters) and not _ODD.isdisjoint(accented)
    return data.decode("cp1251", "replace") if is_odd else text


def _mostly_utf8(data: bytes) -> str:
    """UTF-8 with a few broken bytes (a cut character) stays UTF-8."""
    text = data.decode("utf-8", "replace")
    return text if text.count("\ufffd") <= max(2, len(text) // 200) else ""
