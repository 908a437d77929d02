"""Unfold any form builder's structure into a flat list of labelled fields."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from channels.adapters.text import as_dict, clean_line, clean_text

MAX_FIELDS = 300
MAX_DEPTH = 12
MAX_VALUE = 20_000
_VALUE_KEYS = ("value", "string_value", "values", "answer", "answers", "a", "val")
_LABEL_KEYS = (
    "title",
    "label",
    "column_name",
    "question",
    "q",
    "name",
    "field_name",
    "caption",
    "column_id",
    "key",
)
_NAME_KEYS = ("id", "column_id", "key", "field", "field_id", "name")
# Beside the value they say what sort of value it is, so the container's name is the field's.
_SORT_KEYS = frozenset(("type", "kind", "value_type", "typeid", "type_id", "id", "raw_value", "is_primary"))
# Where a builder keeps the question apart from the answer (Yandex Forms, Typeform).
_QUESTION_KEYS = ("question", "field", "column")
_QUESTION_LABELS = ("label", "title", "name", "text")
_OPTION_WORDS = ("text", "label", "title")
_OPTION_KEYS = frozenset((*_OPTION_WORDS, "key", "slug", "id", "ref", "other", "position"))
# The form as its owner drew it, not what was answered.
_DRAWINGS = frozenset(("definition", "schema"))
_WRAPPERS = frozenset(
    ("fields", "data", "params", "payload", "lead", "form_data", "items", "answers", "answer")
)


@dataclasses.dataclass(frozen=True, slots=True)
class FormField:
    """One field: its machine name, what a person reads, and the value as text."""

    name: str
    label: str
    value: str
    kind: str = ""  # the HTML type, when told: tel, email, textarea
    parent: str = ""  # what it was nested in: form, quiz, company, utm …
    group: int = 0  # the same for fields that stood side by side
    path: str = ""  # from the top, as contact.phones.0
    role: str = ""  # what the tenant or the provider says it means

    @property
    def places(self) -> tuple[str, ...]:
        """Under which a mapping may name it, the surest first, in lower case."""
        return (self.path.lower(), self.name.lower(), self.label.lower())


def flatten(data: dict[str, Any]) -> list[FormField]:
    """List the fields in the order received. Unreasonable depth or number is cut."""
    fields = []
    for field in _Walker(data).walk(data, _Place()):
        fields.append(field)
        if len(fields) >= MAX_FIELDS:
            break
    return fields


def as_text(value: Any) -> str:
    """Write a value as one text; lists are joined, "" for an object."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(filter(None, map(as_text, value)))[:MAX_VALUE]
    return clean_text(value, MAX_VALUE).strip()


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """Where in the structure the walk is."""

    name: str = ""
    parent: str = ""
    path: tuple[str, ...] = ()
    group: int = 0

    def below(self, key: object, **changes: Any) -> _Place:
        return dataclasses.replace(self, path=(*self.path, str(key)), **changes)

    def field(self, name: str, label: str, value: str, kind: str = "") -> FormField:
        return FormField(
            clean_line(name, 200),
            clean_line(label, 200),
            value,
            kind=kind,
            parent=self.parent,
            group=self.group,
            path=".".join(self.path),
        )


class _Walker:
    """Goes through the structure, numbering the objects it meets."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._objects = 0
        self._titles = dict(_titles(data, 0))

    def walk(self, node: Any, place: _Place) -> Iterator[FormField]:
        node = _unfold_string(node)
        if len(place.path) > MAX_DEPTH:
            return
        if isinstance(node, dict):
            yield from self._walk_dict(node, place)
        elif isinstance(node, list) and any(isinstance(item, dict | list) for item in node):
            for index, item in enumerate(node):
                yield from self.walk(item, place.below(index))
        elif (value := as_text(node)) != "":
            yield place.field(place.name, place.name, value)

    def _walk_dict(self, node: dict[str, Any], place: _Place) -> Iterator[FormField]:
        if (field := self._described(node, place)) is not None:
            if field.value:
                yield field
            return
        name = place.name
        inner = place.parent if name.lower() in _WRAPPERS or not name else name.lower()
        self._objects += 1
        group = self._objects
        for key, value in node.items():
            if key not in _DRAWINGS:  # PHP numbers what other languages list
                called = name if name and str(key).isdigit() else str(key)
                yield from self.walk(value, place.below(key, name=called, parent=inner, group=group))

    def _described(self, node: dict[str, Any], place: _Place) -> FormField | None:
        """Read an object that is one field: a value, with what it is called beside it."""
        lower = {str(key).lower(): value for key, value in node.items()}
        question = next((as_dict(lower[key]) for key in _QUESTION_KEYS if as_dict(lower.get(key))), {})
        value, label = _value_of(lower, bool(question)), self._label_of(lower, question)
        if value is None or not (label or _is_only_value(lower)) or _is_person(lower):
            return None
        machine = next((lower[key] for key in _NAME_KEYS if isinstance(lower.get(key), str | int)), "")
        kind = lower.get("type")
        return place.field(
            (machine if label else "") or question.get("slug") or place.name,
            label or place.name,
            value,
            kind.lower() if isinstance(kind, str) else "",
        )

    def _label_of(self, lower: dict[str, Any], question: dict[str, Any]) -> str:
        own = next((lower[key] for key in _LABEL_KEYS if isinstance(lower.get(key), str) and lower[key]), "")
        asked = next(filter(None, (_one_language(question.get(key)) for key in _QUESTION_LABELS)), "")
        return own or asked or self._titles.get(str(question.get("id")), "")


def _one_language(label: Any) -> str:
    """Read a label that may be told in several languages: {"ru": …, "en": …}."""
    words = label.values() if isinstance(label, dict) else [label]
    return next((word for word in words if isinstance(word, str) and word), "")


def _titles(node: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Find what the questions are called where answers name them by id only."""
    if depth > MAX_DEPTH or not isinstance(node, dict | list):
        return
    if isinstance(node, dict) and "id" in node and isinstance(node.get("title"), str):
        yield str(node["id"]), node["title"]
    for value in node.values() if isinstance(node, dict) else node:
        yield from _titles(value, depth + 1)


def _value_of(lower: dict[str, Any], is_answer: bool) -> str | None:
    """Return the value as text, None where the object is no field."""
    key = next((key for key in _VALUE_KEYS if key in lower), "")
    if not key and is_answer and lower.get("type") in lower:  # {"type": "email", "email": …, "field": …}
        key = str(lower["type"])
    if not key:
        return None
    return as_text(lower[key]) if _is_flat(lower[key]) else _chosen(lower[key])


def _is_only_value(lower: dict[str, Any]) -> bool:
    return set(lower) - _SORT_KEYS <= set(_VALUE_KEYS)


def _is_person(lower: dict[str, Any]) -> bool:
    """A person's record may have a `value` of its own, such as a budget."""
    return any(isinstance(lower.get(key), str | int) for key in ("phone", "email")) and "name" in lower


def _is_flat(value: Any) -> bool:
    return not isinstance(value, dict) and not (
        isinstance(value, list) and any(isinstance(item, dict | list) for item in value)
    )


def _chosen(value: Any) -> str | None:
    """Read ticked options, each an object that is no more than its words; None when they are something else."""
    if isinstance(value, dict) and isinstance(value.get("labels"), list):
        return as_text(value["labels"])
    words = []
    for item in map(as_dict, _listed(value)):
        word = next((item[key] for key in _OPTION_WORDS if isinstance(item.get(key), str)), None)
        if word is None or not set(item) <= _OPTION_KEYS:
            return None
        words.append(word)
    return as_text(words)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _unfold_string(node: Any) -> Any:
    """Some builders put JSON into a field of a form (`data={"name": …}`)."""
    if not isinstance(node, str) or node.lstrip()[:1] not in ("{", "["):
        return node
    try:
        found = json.loads(node, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return node
    return (
        found if isinstance(found, dict) or any(isinstance(item, dict) for item in _listed(found)) else node
    )
