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
_WRAPPERS = frozenset(("fields", "data", "params", "payload", "lead", "form_data", "items", "answers"))


@dataclasses.dataclass(frozen=True, slots=True)
class FormField:
    """One field: its machine name, what a person reads, and the value as text."""

    name: str
    label: str
    value: str
    kind: str = ""  # the HTML type, when told: tel, email, textarea
    parent: str = ""  # what it was nested in: form, quiz, company, utm …
    group: int = 0  # the same for fields that stood side by side


def flatten(data: dict[str, Any]) -> list[FormField]:
    """List the fields in the order received. Unreasonable depth or number is cut."""
    fields = []
    for field in _Walker(data).walk(data, "", "", 0, 0):
        fields.append(field)
        if len(fields) >= MAX_FIELDS:
            break
    return fields


class _Walker:
    """Goes through the structure, numbering the objects it meets."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._objects = 0
        self._titles = dict(_titles(data, 0))

    def walk(self, node: Any, name: str, parent: str, depth: int, group: int) -> Iterator[FormField]:
        node = _unfold_string(node)
        if depth > MAX_DEPTH:
            return
        if isinstance(node, dict):
            yield from self._walk_dict(node, name, parent, depth, group)
        elif isinstance(node, list) and any(isinstance(item, dict | list) for item in node):
            for item in node:
                yield from self.walk(item, name, parent, depth + 1, group)
        elif (value := _as_text(node)) != "":
            line = clean_line(name, 200)
            yield FormField(line, line, value, parent=parent, group=group)

    def _walk_dict(
        self, node: dict[str, Any], name: str, parent: str, depth: int, group: int
    ) -> Iterator[FormField]:
        if (field := self._described(node, name, parent, group)) is not None:
            if field.value:
                yield field
            return
        inner = parent if name.lower() in _WRAPPERS or not name else name.lower()
        self._objects += 1
        group = self._objects
        for key, value in node.items():
            if key not in _DRAWINGS:  # PHP numbers what other languages list
                called = name if name and str(key).isdigit() else str(key)
                yield from self.walk(value, called, inner, depth + 1, group)

    def _described(self, node: dict[str, Any], name: str, parent: str, group: int) -> FormField | None:
        """Read an object that is one field: a value, with what it is called beside it."""
        lower = {str(key).lower(): value for key, value in node.items()}
        question = next((as_dict(lower[key]) for key in _QUESTION_KEYS if as_dict(lower.get(key))), {})
        value, label = _value_of(lower, bool(question)), self._label_of(lower, question)
        if value is None or not (label or _is_only_value(lower)) or _is_person(lower):
            return None
        machine = next((lower[key] for key in _NAME_KEYS if isinstance(lower.get(key), str | int)), "")
        kind = lower.get("type")
        return FormField(
            name=clean_line((machine if label else "") or question.get("slug") or name, 200),
            label=clean_line(label or name, 200),
            value=value,
            kind=kind.lower() if isinstance(kind, str) else "",
            parent=parent,
            group=group,
        )

    def _label_of(self, lower: dict[str, Any], question: dict[str, Any]) -> str:
        own = next((lower[key] for key in _LABEL_KEYS if isinstance(lower.get(key), str) and lower[key]), "")
        asked = next((question[key] for key in _QUESTION_LABELS if isinstance(question.get(key), str)), "")
        return own or asked or self._titles.get(str(question.get("id")), "")


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
    return _as_text(lower[key]) if _is_flat(lower[key]) else _chosen(lower[key])


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
        return _as_text(value["labels"])
    words = []
    for item in map(as_dict, _listed(value)):
        word = next((item[key] for key in _OPTION_WORDS if isinstance(item.get(key), str)), None)
        if word is None or not set(item) <= _OPTION_KEYS:
            return None
        words.append(word)
    return _as_text(words)


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


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(filter(None, map(_as_text, value)))[:MAX_VALUE]
    return clean_text(value, MAX_VALUE).strip()
