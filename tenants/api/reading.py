"""The description of the API, read out: from OpenAPI to what a page prints."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

Json = Mapping[str, Any]
DEEPEST = 3


@dataclasses.dataclass(frozen=True, slots=True)
class FieldLine:
    """A field of what is sent or told; `name` is its way from the outside, costs[].amount."""

    name: str
    kind: str
    is_required: bool
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class EndpointText:
    """An endpoint as a person reads it."""

    anchor: str
    method: str
    path: str
    scope: str
    summary: str
    text: str
    sent: list[FieldLine]
    told: list[FieldLine]


def sections(description: Json) -> dict[str, list[EndpointText]]:
    """Sort the endpoints of an OpenAPI description under their tags."""
    schemas = description["components"]["schemas"]
    found: dict[str, list[EndpointText]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            text = _endpoint(path, method, operation, schemas)
            found.setdefault(_(operation["tags"][0]), []).append(text)
    return found


def _endpoint(path: str, method: str, operation: Json, schemas: Json) -> EndpointText:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    answer = next(told for status, told in operation["responses"].items() if int(status) < 300)
    told = answer.get("content", {}).get("application/json", {}).get("schema", {})
    given = [
        FieldLine(one["name"], _kind(one["schema"], schemas), one["required"], _text(one["schema"]))
        for one in operation["parameters"]
    ]
    return EndpointText(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        scope=operation["x-scope"],
        summary=_(operation["summary"]),
        text=_said(operation.get("description", "")),
        sent=given + list(_fields(body, schemas)),
        told=list(_fields(told, schemas)),
    )


def _fields(schema: Json, schemas: Json, way: str = "", depth: int = 0) -> Iterator[FieldLine]:
    """Go through an object's fields, and those of the objects in it."""
    schema = _resolved(schema, schemas)
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield FieldLine(way + name, _kind(field, schemas), name in required, _text(field))
        inner = _resolved(field, schemas)
        sign = "[]." if inner.get("type") == "array" else "."
        if depth < DEEPEST:
            yield from _fields(inner.get("items", inner), schemas, way + name + sign, depth + 1)


def _resolved(schema: Json, schemas: Json) -> Json:
    """Follow references, and take 'this or null' for this."""
    for step in ("anyOf", "allOf"):
        if step in schema:
            choices = [one for one in schema[step] if one.get("type") != "null"]
            return _resolved(choices[0], schemas) if choices else schema
    if "$ref" in schema:
        return _resolved(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    return schema


def _kind(schema: Json, schemas: Json) -> str:
    inner = _resolved(schema, schemas)
    if "enum" in inner:
        return " | ".join(inner["enum"])
    kind = str(inner.get("format") or inner.get("type", ""))
    limits = [f"≤ {inner[name]}" for name in ("maxLength", "maxItems", "maximum") if name in inner]
    is_nullable = any(one.get("type") == "null" for one in schema.get("anyOf", ()))
    return ", ".join([kind, *limits, *(["null"] if is_nullable else [])])


def _text(schema: Json) -> str:
    return _said(schema.get("description", ""))


def _said(text: str) -> str:
    return _(text) if text else ""
