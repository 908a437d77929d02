"""Legal details as people paste them, from a letter or a contract, taken apart into fields.

Numbers are found by their label («р/с», «БИК»), unlabelled ones by their shape and control sum; then what is
labelled by words; then the name by its legal form. What nobody understood is left as text and nothing is guessed.
"""

from __future__ import annotations

import dataclasses
import re

from contacts import requisites

_GAP = r"[\s:№#\-–—.]*"
_BETWEEN = " \t\xa0"


@dataclasses.dataclass(frozen=True, slots=True)
class Recognised:
    """Values by the names of LegalDetails' fields, and the lines that are none of them."""

    fields: dict[str, str]
    rest: str


def _number(label: str, digits: str) -> re.Pattern[str]:
    """A labelled number; its digits may stand in groups."""
    return re.compile(rf"(?<!\w)(?:{label}){_GAP}(?P<value>(?:\d[{_BETWEEN}]?){{{digits}}})(?!\d)", re.I)


_ACCOUNT = r"р[\s./\\]*/?[\s./\\]*с(?:ч[её]?т?)?|расч[её]тный\s+сч[её]т|расч\.?\s*сч(?:[её]т)?|account"
_CORRESPONDENT = r"к[\s./\\]*/[\s./\\]*с(?:ч[её]?т?)?|корр?\.?\s*/?\s*сч(?:[её]т)?\.?|корреспондентский\s+сч[её]т|кор\s*/\s*с"
_PAIR = re.compile(
    rf"ИНН\s*[/\\,]\s*КПП{_GAP}(?P<inn>(?:\d[{_BETWEEN}]?){{10,12}})\s*[/\\,]\s*(?P<kpp>\d{{4}}[\dA-Z]{{2}}\d{{3}})",
    re.I,
)
_LABELLED: tuple[tuple[str, re.Pattern[str], tuple[int, ...]], ...] = (
    ("ogrn", _number(r"ОГРНИП|ОГРН|OGRN", "13,15"), (13, 15)),
    ("inn", _number("ИНН|INN", "10,12"), (10, 12)),
    ("bik", _number("БИК|BIK", "9"), (9,)),
    ("correspondent_account", _number(_CORRESPONDENT, "20"), (20,)),
    ("account", _number(_ACCOUNT, "20"), (20,)),
)
_KPP = re.compile(rf"(?<!\w)(?:КПП|KPP){_GAP}(?P<value>\d{{4}}[\dA-Z]{{2}}\d{{3}})(?!\w)", re.I)
_BARE = re.compile(r"(?<![\w/])\d{9,20}(?![\w/])")
# Words that begin a value of text up to the end of the line, or to the next comma of a bank.
_ADDRESS = re.compile(
    r"(?:юридический|юр\.?|местонахождение|адрес\s+места\s+нахождения)\s*(?:адрес)?[ \t]*[:\-–—][ \t]*(?P<value>[^\n]+)"
    r"|(?<!почтовый )(?<!фактический )(?<!\w)адрес[ \t]*[:\-–—][ \t]*(?P<plain>[^\n]+)",
    re.I,
)
_BANK = re.compile(
    r"(?:наименование\s+банка|банк(?:\s+получателя)?)[ \t]*[:\-–—][ \t]*(?P<value>[^\n;]+)"
    r"|(?:^|[\s,;])в[ \t]+(?P<inside>(?:[А-ЯЁ]{2,4}[ \t]+)?[«\"]?[^,;\n]*банк[^,;\n]*)",
    re.I,
)
_TITLE = re.compile(
    r"(?:(?:полное|сокращ[её]нное)?\s*наименование(?:\s+организации)?|организация|название)[ \t]*[:\-–—][ \t]*(?P<value>[^\n]+)",
    re.I,
)
_FORM = re.compile(
    r"(?:^|\n)[ \t]*(?P<value>(?:(?:ООО|ОАО|ЗАО|ПАО|НАО|АО|ИП|АНО|ГУП|МУП|ФГУП|НКО)\b|Общество с ограниченной"
    r"|Акционерное общество|Публичное акционерное|Индивидуальный предприниматель)[^\n,;]*)",
    re.I,
)


def recognise(text: str) -> Recognised:
    """Take pasted legal details apart; values are shortened to nothing here, the form checks them."""
    left = text.replace("\xa0", " ").replace("\r\n", "\n").replace("\r", "\n")
    fields: dict[str, str] = {}
    left = _take_pair(left, fields)
    for name, pattern, lengths in _LABELLED:
        left = _take_number(left, fields, name, pattern, lengths)
    if match := _KPP.search(left):
        if "kpp" not in fields:
            fields["kpp"] = match["value"].upper()
        left = _without(left, match)
    left = _take_bare(left, fields)
    for name, pattern in (("title", _TITLE), ("legal_address", _ADDRESS), ("bank", _BANK), ("title", _FORM)):
        left = _take_text(left, fields, name, pattern)
    return Recognised(fields, _tidied(left))


def _take_pair(text: str, fields: dict[str, str]) -> str:
    """«ИНН/КПП 7707083893/773601001»."""
    match = _PAIR.search(text)
    if match is None:
        return text
    fields |= {"inn": _digits(match["inn"]), "kpp": match["kpp"].upper()}
    return _without(text, match)


def _take_number(
    text: str, fields: dict[str, str], name: str, pattern: re.Pattern[str], lengths: tuple[int, ...]
) -> str:
    """Take the first number of this label; a second one is another set and stays text."""
    match = pattern.search(text)
    if match is None or name in fields or len(_digits(match["value"])) not in lengths:
        return text
    fields[name] = _digits(match["value"])
    return _without(text, match)


def _take_bare(text: str, fields: dict[str, str]) -> str:
    """Take numbers without a label, where shape and control sum leave one meaning."""
    for match in list(_BARE.finditer(text)):
        name = _meaning(match[0])
        if name and name not in fields:
            fields[name] = match[0]
            text = text.replace(match[0], "", 1)
    return text


def _meaning(number: str) -> str:
    if len(number) == 20:
        return "correspondent_account" if number.startswith("301") else "account" if number[0] == "4" else ""
    if len(number) == 9:
        return "bik" if number.startswith("04") else ""
    if requisites.is_inn(number):
        return "inn"
    return "ogrn" if requisites.is_ogrn(number) else ""


def _take_text(text: str, fields: dict[str, str], name: str, pattern: re.Pattern[str]) -> str:
    match = pattern.search(text)
    if match is None or name in fields:
        return text
    value = next((part for part in match.groups() if part), "").strip(" ,;.\t")
    if not value:
        return text
    fields[name] = value
    return _without(text, match)


def _without(text: str, match: re.Match[str]) -> str:
    return (
        f"{text[: match.start()]}\n{text[match.end() :]}"
        if match[0].startswith("\n")
        else (text[: match.start()] + text[match.end() :])
    )


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _tidied(text: str) -> str:
    """Leave the lines that still say something."""
    lines = (re.sub(r"\s*([,;])(?:\s*[,;])+", r"\1", line).strip(" ,;:.\t/") for line in text.split("\n"))
    return "\n".join(line for line in lines if re.search(r"\w", line))
