"""Which field a column most likely fills: as this tenant chose before, by its header, else by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from contacts.identity import normalise_email, normalise_phones
from contacts.importing.kinds import Field, Kind
from contacts.importing.spellings import OTHERS, folded
from contacts.models import ImportMapping
from contacts.requisites import is_inn
from core.tabular.heads import fingerprint

_RECENT = 20  # earlier tables whose single columns are remembered
_DIGITS = re.compile(r"\d")


def propose(kind: Kind, heads: Sequence[str], samples: Sequence[Sequence[str]], *, region: str) -> list[str]:
    """Return a field's name, or nothing, for each column. `samples` are rows."""
    fields = kind.fields()
    known = {field.name for field in fields}
    remembered = ImportMapping.objects.filter(what=kind.name, fingerprint=fingerprint(heads)).first()
    if remembered is not None:
        return [name if (name := remembered.columns.get(head, "")) in known else "" for head in heads]
    earlier = _earlier(kind)
    found = [earlier.get(head, "") if earlier.get(head, "") in known else "" for head in heads]
    return _by_values(fields, _by_heads(fields, heads, found), samples, region)


def remember(kind: Kind, heads: Sequence[str], mapping: Sequence[str]) -> None:
    """Keep the choice for the next table with the same header."""
    columns = {head: name for head, name in zip(heads, mapping, strict=True) if head}
    ImportMapping.objects.update_or_create(
        what=kind.name, fingerprint=fingerprint(heads), defaults={"columns": columns}
    )


def _earlier(kind: Kind) -> dict[str, str]:
    """What single columns meant in the tenant's last tables; the newest word counts."""
    rows = ImportMapping.objects.filter(what=kind.name).order_by("-used_at").values_list("columns", flat=True)
    found: dict[str, str] = {}
    for columns in rows[:_RECENT]:
        for head, name in columns.items():
            if name:
                found.setdefault(head, name)
    return found


def _by_heads(fields: Sequence[Field], heads: Sequence[str], found: list[str]) -> list[str]:
    """Whole spellings first, then likenesses: a field that takes one column takes the best."""
    taken = {name for name in found if name}
    words = [folded(head) for head in heads]
    for matches in (_is_spelt, _is_alike):
        for index, head in enumerate(words):
            if found[index] or not head:
                continue
            for field in fields:
                if (field.is_many or field.name not in taken) and matches(field, head):
                    found[index] = field.name
                    taken.add(field.name)
                    break
    return _one_name(found, words, taken)


def _is_spelt(field: Field, head: str) -> bool:
    return head in field.words or head == folded(str(field.label))


def _is_alike(field: Field, head: str) -> bool:
    bare = re.sub(r"\s?\d+(?=\s|$)", "", head).strip()
    if OTHERS.search(head):
        return False
    return bare in field.words or bool(field.pattern and re.search(field.pattern, bare))


def _one_name(found: list[str], words: Sequence[str], taken: set[str]) -> list[str]:
    """A lone first name is the whole name; beside a last name the whole one repeats the parts."""
    if "first_name" in taken and "last_name" not in taken and "name" not in taken:
        return ["name" if name == "first_name" else name for name in found]
    if {"first_name", "last_name"} <= taken and "name" in taken:
        return ["" if name == "name" else name for name in found]
    return found


def _by_values(
    fields: Sequence[Field], found: list[str], samples: Sequence[Sequence[str]], region: str
) -> list[str]:
    """Columns nobody knows by name: addresses, phones and INNs tell themselves."""
    many = {field.name for field in fields if field.is_many}
    names = {field.name for field in fields}
    tests = {
        "email": lambda text: bool(normalise_email(text)),
        "inn": is_inn,
        "phone": lambda text: len(_DIGITS.findall(text)) >= 10 and bool(normalise_phones(text, region)),
    }
    for index, name in enumerate(found):
        texts = [row[index] for row in samples if index < len(row) and row[index]]
        if name or len(texts) < 3:
            continue
        for field, test in tests.items():
            is_free = field in many or field not in found
            if field in names and is_free and sum(map(test, texts)) > 0.7 * len(texts):
                found[index] = field
                break
    return found
