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
_NAME_KEYS = ("id", "column_id", "key", "field", "field_id", "name", "slug")
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
    path: str = ""  # from the top, as contact.phones.0
    role: str = ""  # what the tenant says it means

    @property
    def places(self) -> tuple[str, ...]:
        """Under which a mapping may name it, the surest first, in lower case."""
        return (self.path.lower(), self.name.lower(), self.label.lower())


def flatten(data: dict[str, Any]) -> list[FormField]:
    """List the fields in the order received. Unreasonable depth or number is cut."""
    fields = []
    for field in _walk(data, "", "", "", 0):
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


def _walk(node: Any, name: str, parent: str, path: str, depth: int) -> Iterator[FormField]:
    if depth > MAX_DEPTH:
        return
    node = _unpacked(node)
    if isinstance(node, dict):
        yield from _walk_dict(node, name, parent, path, depth)
    elif isinstance(node, list) and any(isinstance(item, dict | list) for item in node):
        for index, item in enumerate(node):
            yield from _walk(item, name, parent, f"{path}.{index}", depth + 1)
    elif (value := as_text(node)) != "":
        shown = clean_line(name, 200)
        yield FormField(shown, shown, value, parent=parent, path=path.strip("."))


def _walk_dict(node: dict[str, Any], name: str, parent: str, path: str, depth: int) -> Iterator[FormField]:
    value_key = next((key for key in _VALUE_KEYS if key in node), "")
    label = _label(node)
    told = _chosen(node[value_key]) if value_key and label else node.get(value_key)
    if value_key and (label or set(node) <= {value_key, "type", "kind"}) and _is_flat(told):
        if value := as_text(told):
            yield _described(node, value, name, label, parent, path)
        return
    inner = parent if name.lower() in _WRAPPERS or not name else name.lower()
    for key, value in node.items():
        yield from _walk(value, str(key), inner, f"{path}.{key}", depth + 1)


def _described(node: dict[str, Any], value: str, name: str, label: str, parent: str, path: str) -> FormField:
    machine = next((node[key] for key in _NAME_KEYS if isinstance(node.get(key), str | int)), name)
    kind = node.get("type")
    return FormField(
        name=clean_line(machine, 200),
        label=clean_line(label or name, 200),
        value=value,
        kind=kind.lower() if isinstance(kind, str) else "",
        parent=parent,
        path=path.strip("."),
    )


def _label(node: dict[str, Any]) -> str:
    """What a person reads beside the value: a word, or one in several languages (Yandex Forms)."""
    for key in _LABEL_KEYS:
        told = node.get(key)
        if isinstance(told, dict):
            told = told.get("label", told)
        if isinstance(told, dict):
            told = next((text for text in told.values() if isinstance(text, str) and text), None)
        if isinstance(told, str) and told:
            return told
    return ""


def _chosen(value: Any) -> Any:
    """Chosen options as their words: some builders send each as an object with a key and a text."""
    options = value if isinstance(value, list) else [value]
    words = [
        next((option[key] for key in ("text", "title", "label", "name", "value") if option.get(key)), "")
        for option in options
        if isinstance(option, dict)
    ]
    return words if words and len(words) == len(options) else value


def _unpacked(node: Any) -> Any:
    """JSON in a string, as some builders put a cart or the whole form into one field."""
    if not isinstance(node, str) or len(node) > MAX_VALUE or node[:1] not in ("{", "["):
        return node
    try:
        inner = json.loads(node, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return node
    return inner if as_dict(inner) or isinstance(inner, list) else node


def _is_flat(value: Any) -> bool:
    return not isinstance(value, dict) and not (
        isinstance(value, list) and any(isinstance(item, dict | list) for item in value)
    )
