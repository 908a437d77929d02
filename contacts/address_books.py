"""Contacts as address books take them: vCard, and the CSV of Outlook.

vCard 3.0 and not 4.0: Outlook, Google, iPhones and Android all read it, the newer one only some. Outlook's columns are
English in every language: it and Google know them by these names.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.models import IdentityKey
from core.exporting import safe_text
from core.listing.columns import Column, Row
from core.listing.files import FileFormat, Write, file_column

MAX_LINE = 75  # octets, RFC 2426 §2.6
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")


def with_keys(contacts: QuerySet[Any]) -> QuerySet[Any]:
    """Add all phones and addresses, the primary ones first."""
    return contacts.annotate(phones=_all(IdentityKey.Kind.PHONE), emails=_all(IdentityKey.Kind.EMAIL))


def _all(kind: str) -> ArraySubquery:
    keys = IdentityKey.objects.filter(contact=OuterRef("pk"), kind=kind)
    return ArraySubquery(keys.order_by("-is_primary", "created_at").values("value"))


def _first_company(row: Row) -> str:
    return next(iter(row["company_names"] or []), "")


def _listed(name: str, index: int) -> Callable[[Row], str]:
    def plain(row: Row) -> str:
        values: Sequence[str] = row[name] or []
        return values[index] if index < len(values) else ""

    return plain


_PERSON = (
    file_column("First Name", "First Name", "first_name"),
    file_column("Middle Name", "Middle Name", "middle_name"),
    file_column("Last Name", "Last Name", "last_name"),
)
_OUTLOOK: tuple[Column, ...] = (
    *_PERSON,
    file_column("Company", "Company", "company_names", plain=_first_company),
    file_column("Job Title", "Job Title", "position"),
    *(
        file_column(head, head, "phones", plain=_listed("phones", index))
        for index, head in enumerate(("Mobile Phone", "Business Phone", "Home Phone", "Other Phone"))
    ),
    *(
        file_column(head, head, "emails", plain=_listed("emails", index))
        for index, head in enumerate(("E-mail Address", "E-mail 2 Address", "E-mail 3 Address"))
    ),
    file_column("Categories", "Categories", "tags", plain=lambda row: ";".join(row["tags"])),
    file_column("Notes", "Notes", "comment"),
)
_VCARD: tuple[Column, ...] = (
    *_PERSON,
    file_column("FN", "FN", "name"),
    file_column("ORG", "ORG", "company_names", plain=_first_company),
    file_column("TITLE", "TITLE", "position"),
    file_column("TEL", "TEL", "phones", plain=lambda row: row["phones"] or []),
    file_column("EMAIL", "EMAIL", "emails", plain=lambda row: row["emails"] or []),
    file_column("CATEGORIES", "CATEGORIES", "tags", plain=lambda row: row["tags"]),
    file_column("NOTE", "NOTE", "comment"),
)


@contextlib.contextmanager
def outlook_file(path: Path, heads: Iterable[str]) -> Iterator[Write]:
    """Open a CSV as Outlook writes it: commas, everything quoted, UTF-8 with its mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(heads)
        yield lambda row: writer.writerow([safe_text(str(value)) for value in row])


@contextlib.contextmanager
def vcard_file(path: Path, heads: Iterable[str]) -> Iterator[Write]:
    """Open a file of cards."""
    with path.open("w", encoding="utf-8", newline="") as file:
        yield lambda row: _print(file.write, card(list(row)))


def _print(write: Callable[[str], Any], lines: Iterable[str]) -> None:
    for line in lines:
        write(folded(line))


def card(values: Sequence[Any]) -> Iterator[str]:
    """Write one card's lines from the values of _VCARD's columns."""
    first, middle, last, name, company, position, phones, emails, tags, note = values
    shown = name or company or next(iter([*phones, *emails]), "?")
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"N:{escaped(last)};{escaped(first)};{escaped(middle)};;"
    yield f"FN:{escaped(shown)}"
    for head, value in (("ORG", company), ("TITLE", position)):
        if value:
            yield f"{head}:{escaped(value)}"
    for index, phone in enumerate(phones):
        yield f"TEL;TYPE={'CELL,PREF' if index == 0 else 'VOICE'}:{escaped(phone)}"
    for index, email in enumerate(emails):
        yield f"EMAIL;TYPE={'INTERNET,PREF' if index == 0 else 'INTERNET'}:{escaped(email)}"
    if tags:
        yield "CATEGORIES:" + ",".join(escaped(tag) for tag in tags)
    if note:
        yield f"NOTE:{escaped(note)}"
    yield "END:VCARD"


def escaped(text: str) -> str:
    """Escape what separates in a card; a line break within stays within."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\x85", "\n")
    plain = _CONTROLS.sub("", plain)
    return re.sub(r"([\\,;])", r"\\\1", plain).replace("\n", "\\n")


def folded(line: str) -> str:
    """Break a long line as cards do: the next one begins with a space. No letter is torn."""
    raw, pieces, limit = line.encode(), [], MAX_LINE
    while len(raw) > limit:
        cut = limit
        while raw[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(raw[:cut])
        raw, limit = raw[cut:], MAX_LINE - 1
    pieces.append(raw)
    return b"\r\n ".join(pieces).decode() + "\r\n"


FORMATS = (
    FileFormat("vcard", _("vCard (phones, address books)"), "vcf", _VCARD, vcard_file, with_keys),
    FileFormat("outlook", _("CSV for Outlook"), "csv", _OUTLOOK, outlook_file, with_keys),
)
