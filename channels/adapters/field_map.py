"""The tenant's own word on what the fields of a form mean: one line a field, `meaning = where it stands`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.adapters.base import Field, Settings
from channels.adapters.form_fields import FormField, as_text
from channels.adapters.form_roles import ROLES
from channels.adapters.marks import UTM
from channels.adapters.text import clean_line

# Meanings that are no facts of the person: under which name the reader of forms knows each.
_NAMES = {name: name for name in UTM} | {
    "page_url": "page_url",
    "referrer": "referrer",
    "id": "submission_id",
}
MEANINGS = frozenset((*ROLES, *_NAMES))
MAX_LINES = 100
_INDEX = re.compile(r"\[(\d{1,4})\]")


def check(text: str) -> None:
    """Raise ValueError that says which line of a mapping can't be read."""
    lines = _lines(text)
    wrong = next((line for line in lines if not all(_split(line))), "")
    if wrong:
        raise ValueError(
            _("Write “meaning = name or path” in each line. Not so: {line}").format(
                line=clean_line(wrong, 80)
            )
        )
    if len(lines) > MAX_LINES:
        raise ValueError(_("At most {count} lines.").format(count=MAX_LINES))


FIELD_MAP = Field(
    "field_map",
    gettext_lazy("Field mapping"),
    kind="lines",
    validate=check,
    help_text=gettext_lazy(
        "Only where guessing fails. One line a field: meaning = its name or path, as in “phone = "
        "contact.phones[0].value”. Meanings: name, first_name, last_name, middle_name, phone, email, company, "
        "position, message, subject, telegram, product, price, utm_source, utm_medium, utm_campaign, "
        "utm_content, utm_term, page_url, referrer, id, ignore. Any other word is a label of your own."
    ),
)


@dataclasses.dataclass(frozen=True, slots=True)
class FieldMap:
    """Rules by place: a path, name or label in lower case, and what stands there."""

    rules: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, settings: Settings) -> Self:
        """Read the setting; lines that can't be read are left out."""
        rules = {}
        for line in _lines(settings.get("field_map")):
            meaning, place = _split(line)
            if meaning and place:
                rules[place] = meaning
        return cls(rules)

    def apply(self, fields: Iterable[FormField], data: Mapping[str, Any]) -> list[FormField]:
        """Rename what is mapped, and add what is mapped by a path that unfolding did not reach."""
        applied, used = [], set()
        for field in fields:
            place = next((place for place in field.places if place in self.rules), "")
            used.add(place)
            applied.append(_renamed(field, self.rules[place]) if place else field)
        for place, meaning in self.rules.items():
            if place not in used and "." in place and (value := as_text(_dig(data, place))):
                found = FormField(name=place, label=place.rpartition(".")[2], value=value)
                applied.append(_renamed(found, meaning))
        return applied


def _lines(text: Any) -> list[str]:
    return [line.strip() for line in re.split(r"[\n;]", str(text or "")) if line.strip()]


def _split(line: str) -> tuple[str, str]:
    """Read a line into meaning and place. The other order is understood where only the right side is a meaning."""
    sign = next((sign for sign in ("=", "->", ":") if sign in line), "")
    if not sign:
        return "", ""
    left, _sign, right = (part.strip() for part in line.rpartition(sign))
    if right.lower() in MEANINGS and left.lower() not in MEANINGS:
        left, right = right, left
    meaning = left.lower() if left.lower() in MEANINGS else left
    return meaning[:200], _INDEX.sub(r".\1", right.lower().removeprefix("$.")).strip(".")[:300]


def _renamed(field: FormField, meaning: str) -> FormField:
    if meaning in _NAMES:
        return dataclasses.replace(field, name=_NAMES[meaning], parent="", role="")
    if meaning in ROLES:
        return dataclasses.replace(field, role=meaning)
    return dataclasses.replace(field, label=meaning)


def _dig(data: Any, place: str) -> Any:
    """Follow a path; names are compared in lower case, numbers count elements."""
    for part in place.split("."):
        if isinstance(data, list):
            index = int(part) if part.isascii() and part.isdecimal() else -1
            data = data[index] if 0 <= index < len(data) else None
        elif isinstance(data, dict):
            data = next((value for key, value in data.items() if str(key).lower() == part), None)
        else:
            return None
    return data
