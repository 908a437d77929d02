"""Fold what a letter quotes of earlier letters, so that the new words stand alone.

The patterns of mail-parser-reply are used for languages other than Russian and English, line by line:
its own reader takes minutes over a text of blank lines.
"""

from __future__ import annotations

import re

from mailparser_reply.constants import MAIL_LANGUAGES

MAX_LINES = 5000
MAX_OTHER_TRIES = 40
_MONTH = r"(?:янв|февр?|мар|апр|ма[йя]|июн|июл|авг|сент?|окт|нояб?|дек)[а-я]*\.?"
_WROTE = re.compile(
    r"(?:написал(?:\s?\(а\)|а)?|писал(?:\s?\(а\)|а)?|пишет|wrote|ответил(?:\(а\)|а)?)\s*[:：]\s*$",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}|\S@\S|\bпользователь\b|^\s*On\b"
    rf"|\d{{1,2}}\s+{_MONTH}|^\s*(?:понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)\b",
    re.IGNORECASE,
)
# Mail.ru and Yandex: «Понедельник, 20 ноября 2026, 10:04 +03:00 от Иван <a@b.ru>:», without a verb.
_NAMED = re.compile(r"(?:\d{4}|\d{1,2}[./]\d{1,2}).{0,40}\d{1,2}:\d{2}.{0,150}<[^<>\s]+@[^<>\s]+>\s*:\s*$")
_WROTE_AT = re.compile(r"\bписал\S{0,4}\s.{0,60}\d{1,2}:\d{2}\s*:\s*$", re.IGNORECASE)
_BEGINS = re.compile(
    rf"^\s*(?:On\b|\d{{1,2}}[./-]\d|\d{{4}}-\d|\d{{1,2}}\s+{_MONTH}"
    r"|(?:пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)\b)",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"^\W{0,3}[-_=*—]{2,}\s*(?:original (?:message|appointment)|исходное (?:сообщение|письмо)|исходное|"
    r"оригинальное сообщение|предыдущее сообщение|ursprüngliche nachricht|"
    r"message d'origine)\s*[-_=*—]{2,}\s*$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^\W{0,3}[-_=*—]{2,}\s*(?:forwarded message|пересылаемое сообщение|пересланное сообщение|"
    r"переадресованное сообщение|конец пересылаемого сообщения)|^(?:begin forwarded message|"
    r"начало (?:переадресованного|пересылаемого) сообщения)",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(r"^\s*(?:fwd?|fw|пересл|пер)\s*:", re.IGNORECASE)
_RULE = re.compile(r"^\s*[_=-]{10,}\s*$")
_FROM_LINE = re.compile(r"^[\s>*]*(?:От|From|Von|De|От кого|Отправитель)\s*:[\s*]*\S", re.IGNORECASE)
_HEAD_LINE = re.compile(
    r"^[\s>*]*(?:Отправлено|Sent|Дата|Date|Кому|To|Тема|Subject|Копия|Cc|Gesendet|An|Betreff|Datum|Envoyé|À|"
    r"Objet|Получатель|Importance|Важность)\s*:",
    re.IGNORECASE,
)
_OTHER_LANGUAGES = tuple(
    re.compile(MAIL_LANGUAGES[language]["wrote_header"], re.MULTILINE | re.IGNORECASE)
    for language in ("de", "fr", "es", "it", "pl", "nl", "sv", "da", "cs", "zh", "ja", "ko")
    if language in MAIL_LANGUAGES
)


def fold(text: str, subject: str = "") -> tuple[str, str]:
    """Split a letter into its new words and what it quotes.

    A forwarded letter is not folded: what was forwarded is the message. Nor is one that would be left empty.
    """
    lines = text.split("\n")
    if len(lines) > MAX_LINES or _is_forward(lines, subject):
        return text.strip("\n"), ""
    is_quoted = _mark(lines)
    new = "\n".join(line for line, quoted in zip(lines, is_quoted, strict=True) if not quoted)
    old = "\n".join(line for line, quoted in zip(lines, is_quoted, strict=True) if quoted)
    new = new.rstrip().rstrip("_-=").strip()
    return (new, old.strip("\n")) if new else (text.strip("\n"), "")


def _is_forward(lines: list[str], subject: str) -> bool:
    return bool(_FORWARD_SUBJECT.match(subject)) or any(
        _FORWARD.match(line[:200]) for line in lines[:200] if not line.startswith(">")
    )


def _mark(lines: list[str]) -> list[bool]:
    """Say of each line whether it is quoted."""
    quoted = [line.lstrip()[:1] == ">" for line in lines]
    tries = MAX_OTHER_TRIES
    for index, line in enumerate(lines):
        if quoted[index] or not line.strip():
            continue
        if _starts_block(lines, index):
            return quoted[:index] + [True] * (len(lines) - index)
        first = -1
        if line.rstrip().endswith((":", "：")):
            first = _attribution_start(lines, index, tries > 0)
            tries -= 1
        if first >= 0:
            quoted[first : index + 1] = [True] * (index + 1 - first)
            if not _quotes_follow(lines, index):
                return quoted[:first] + [True] * (len(lines) - first)
    return quoted


def _starts_block(lines: list[str], index: int) -> bool:
    """Outlook's way: a separator, or From: with other headers in the lines after it."""
    line = lines[index][:500]
    if _SEPARATOR.match(line):
        return True
    if _RULE.match(line):
        index = next((i for i in range(index + 1, min(index + 4, len(lines))) if lines[i].strip()), index)
        line = lines[index][:500]
    if not _FROM_LINE.match(line):
        return False
    following = [other for other in lines[index + 1 : index + 9] if other.strip()][:5]
    return sum(bool(_HEAD_LINE.match(other[:200])) for other in following) >= 2


def _attribution_start(lines: list[str], index: int, is_other_tried: bool) -> int:
    """Where «12 ноября 2026 г., 10:04 … написал:» begins, up to three lines above its end, or -1."""
    found = -1
    for first in range(index, max(index - 4, -1), -1):
        if not lines[first].strip() and first != index:
            break
        joined = " ".join(line.strip() for line in lines[first : index + 1])[-400:]
        if _is_attribution(joined):
            found = first if found < 0 else found
            if _BEGINS.match(lines[first]):
                return first
        elif is_other_tried and any(pattern.search(joined) for pattern in _OTHER_LANGUAGES):
            return first
    return found


def _is_attribution(line: str) -> bool:
    is_said = _WROTE.search(line) and _ATTRIBUTION.search(line)
    return bool(is_said or _NAMED.search(line) or _WROTE_AT.search(line))


def _quotes_follow(lines: list[str], index: int) -> bool:
    following = next((line for line in lines[index + 1 :] if line.strip()), "")
    return following.lstrip().startswith(">")
