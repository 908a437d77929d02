"""Unfold any form builder's structure into a flat list of labelled fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from channels.adapters.text import clean_line, clean_text

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
_WRAPPERS = frozenset(("fields", "data", "params", "payload", "lead", "form_data", "items", "answers"))


@dataclasses.dataclass(frozen=True, slots=True)
class FormField:
    """One field: its machine name, what a person reads, and the value as text."""

    name: str
    label: str
    value: str
    kind: str = ""  # the HTML type, when told: tel, email, textarea
    parent: str = ""  # what it was nested in: form, quiz, company, utm …


def flatten(data: dict[str, Any]) -> list[FormField]:
    """List the fields in the order received. Unreasonable depth or number is cut."""
    fields = []
    for field in _walk(data, "", "", 0):
        fields.append(field)
        if len(fields) >= MAX_FIELDS:
            break
    return fields


def _walk(node: Any, name: str, parent: str, depth: int) -> Iterator[FormField]:
    if depth > MAX_DEPTH:
        return
    if isinstance(node, dict):
        yield from _walk_dict(node, name, parent, depth)
    elif isinstance(node, list) and any(isinstance(item, dict | list) for item in node):
        for item in node:
            yield from _walk(item, name, parent, depth + 1)
    elif (value := _as_text(node)) != "":
        yield FormField(clean_line(name, 200), clean_line(name, 200), value, parent=parent)


def _walk_dict(node: dict[str, Any], name: str, parent: str, depth: int) -> Iterator[FormField]:
    value_key = next((key for key in _VALUE_KEYS if key in node), "")
    label_key = next((key for key in _LABEL_KEYS if isinstance(node.get(key), str) and node[key]), "")
    if value_key and (label_key or set(node) <= {value_key, "type", "kind"}) and _is_flat(node[value_key]):
        if value := _as_text(node[value_key]):
            yield _described(node, value, name, label_key, parent)
        return
    inner = parent if name.lower() in _WRAPPERS or not name else name.lower()
    for key, value in node.items():
        yield from _walk(value, str(key), inner, depth + 1)


def _described(node: dict[str, Any], value: str, name: str, label_key: str, parent: str) -> FormField:
    machine = next((node[key] for key in _NAME_KEYS if isinstance(node.get(key), str | int)), name)
    label = node[label_key] if label_key else name
    kind = node.get("type")
    return FormField(
        name=clean_line(machine, 200),
        label=clean_line(label, 200),
        value=value,
        kind=kind.lower() if isinstance(kind, str) else "",
        parent=parent,
    )


def _is_flat(value: Any) -> bool:
    return not isinstance(value, dict) and not (
        isinstance(value, list) and any(isinstance(item, dict | list) for item in value)
    )


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(filter(None, map(_as_text, value)))[:MAX_VALUE]
    return clean_text(value, MAX_VALUE).strip()
