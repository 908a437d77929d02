"""Read the body of a form post, whatever it calls itself, into one nested structure."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters import lenient_json
from channels.adapters.base import RawDelivery, Unparseable
from channels.adapters.form_fields import flatten
from channels.adapters.form_roles import role_of
from channels.adapters.labelled import labelled_fields
from channels.adapters.mime import header_parameters
from channels.adapters.text import clean_line, decode_bytes
from channels.adapters.xml_fields import read_xml
from leads.inquiry import File

MAX_BODY_BYTES = 30 * 1024 * 1024
MAX_PAIRS = 1000
MAX_DEPTH = 12
MAX_PEOPLE = 500
_LISTS_OF_PEOPLE = frozenset(("items", "leads", "requests", "rows", "submissions", "entries"))
LIST = "items"  # under which a bare list stands
_FIELD_KEYS = frozenset(("value", "values", "string_value", "answer", "a"))  # an element is a field, no form
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_MULTIPART_BODY = re.compile(rb"\A--([^\r\n]{1,70})\r?\n")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")  # a form escapes such bytes
_PAIR = re.compile(rb"\A[^\s<>{}\[\]\"=&][^\s<>{}\"=&]{0,200}=")


def read_body(delivery: RawDelivery) -> tuple[dict[str, Any], list[File]]:
    """Return the post as nested dicts, lists and scalars, and the files sent with it.

    The query string counts too: some builders put campaign marks there. Raises Unparseable.
    """
    if len(delivery.body) > MAX_BODY_BYTES:
        raise Unparseable(_("The request is larger than allowed."))
    data, files = _read_typed(delivery)
    for key, value in _nest(_pairs(delivery.query.encode("utf-8", "replace"), "")).items():
        data.setdefault(key, value)
    if not data and not files:
        raise Unparseable(_("The request is empty."))
    return data, files


def read_field(delivery: RawDelivery, name: str) -> str:
    """Return one top-level text field of the post, or ""."""
    try:
        value = read_body(delivery)[0].get(name)
    except Unparseable:
        return ""
    return value if isinstance(value, str) else ""


def read_json(body: bytes) -> Any:
    """Decode JSON with or without BOM; floats and large numbers keep their text. Raises Unparseable."""
    try:
        return json.loads(_json_text(body), parse_float=str, parse_constant=str)
    except RecursionError:
        raise Unparseable(_("The JSON is nested too deeply.")) from None
    except ValueError as exc:
        place = f"{exc.lineno}:{exc.colno}" if isinstance(exc, json.JSONDecodeError) else "1:1"
        raise Unparseable(_("The JSON is broken at {place}.").format(place=place)) from None


def _json_text(body: bytes) -> str:
    try:
        text = body.decode(json.detect_encoding(body))
    except ValueError:
        text = decode_bytes(body)
    return text.lstrip("\ufeff")


def has_contact(data: dict[str, Any]) -> bool:
    """Say whether a phone or an e-mail address is among the fields."""
    return any(role_of(field) in ("phone", "email") for field in flatten(data))


def split_people(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Take a post apart that hands over several people at once; each keeps the facts told of all."""
    for name in sorted(_LISTS_OF_PEOPLE & set(data)):
        people = data[name]
        if isinstance(people, list) and len(people) > 1 and all(map(_is_person, people)):
            common = {key: value for key, value in data.items() if key != name}
            return [{**common, **person} for person in people[:MAX_PEOPLE]]
    return [data]


def split_batch(delivery: RawDelivery, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the posts of a body that is a list of several, else the one. A list of described fields is one form.

    Unlike split_people() it needs no phone or address in each: where the tenant maps the fields, none may be known.
    """
    listed = data.get(LIST)
    is_bare = _first_byte(delivery.body) == b"["  # not the lines of an order, which stand beside its client
    if not is_bare or not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        return [data]
    if any(key in item for item in listed for key in _FIELD_KEYS):
        return [data]
    beside = {name: value for name, value in data.items() if name != LIST}  # marks in the address
    return [{**beside, **item} for item in listed[:MAX_PEOPLE]] or [data]


def _is_person(value: Any) -> bool:
    """A record of several fields with a phone or an address, unlike a field with its label and value."""
    return (
        isinstance(value, dict)
        and len(fields := flatten(value)) > 1
        and any(role_of(field) in ("phone", "email") for field in fields)
    )


def _read_typed(delivery: RawDelivery) -> tuple[dict[str, Any], list[File]]:
    body = delivery.body
    content_type, parameters = header_parameters(delivery.header("content-type"))
    if content_type == "multipart/form-data" or _MULTIPART_BODY.match(body):
        return _read_multipart(body, parameters.get("boundary", ""))
    if _looks_like_json(body) or content_type.endswith("json"):
        return _read_object(body) if body.strip() else {}, []
    if not body.strip():
        return {}, []
    if body.lstrip()[:1] == b"<":
        return _read_markup(body), []
    is_form = content_type in ("application/x-www-form-urlencoded", "") or _PAIR.match(body.lstrip())
    if is_form and not _BINARY.search(body):
        pairs = _pairs(body, parameters.get("charset", ""))
        if any(value for _key, value in pairs):
            return _nest(pairs), []
    if data := _read_labelled(decode_bytes(body)):
        return data, []
    raise Unparseable(_("The body is neither a form nor JSON."))


def _read_markup(body: bytes) -> dict[str, Any]:
    if not has_contact(data := read_xml(body)):  # a page of a site, an answer of some program
        raise Unparseable(_("The XML names nobody to answer: it has neither a phone nor an e-mail address."))
    return data


def _read_object(body: bytes) -> dict[str, Any]:
    """Read JSON; where scripts wrote it by hand, forgive what leaves no doubt who asks."""
    try:
        return _as_object(read_json(body))
    except Unparseable:
        for data in _repaired(_json_text(body)):
            if has_contact(data):
                return data
        raise


def _repaired(text: str) -> Iterator[dict[str, Any]]:
    """Yield what broken JSON may have meant: an object a line, or one with commas and quotes put right."""
    with contextlib.suppress(ValueError, RecursionError):
        lines = [json.loads(line, parse_float=str) for line in text.splitlines() if line.strip()]
        yield {LIST: lines}
    with contextlib.suppress(lenient_json.BrokenJson, RecursionError):
        value = lenient_json.repair(text)
        yield value if isinstance(value, dict) else {LIST: value}


def _read_labelled(text: str) -> dict[str, Any]:
    """Read a note of lines like «Телефон: +7 …»; the other lines are its message. Empty without a contact."""
    fields: dict[str, Any] = {}
    rest = []
    for line in text.splitlines()[:MAX_PAIRS]:
        found = labelled_fields(line)
        if found and found[0][0] not in fields:
            fields[found[0][0]] = found[0][1]
        else:
            rest.append(line)
    return {**fields, "message": "\n".join(rest).strip()} if has_contact(fields) else {}


def _looks_like_json(body: bytes) -> bool:
    return _first_byte(body) in (b"{", b"[")


def _first_byte(body: bytes) -> bytes:
    return body[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]


def _as_object(value: Any) -> dict[str, Any]:
    """A list of one lead, or JSON in a string in JSON, is unwrapped; a bare value has no fields."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        value = read_json(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, list):
        value = value[0] if len(value) == 1 and isinstance(value[0], dict) else {LIST: value}
    if not isinstance(value, dict):
        raise Unparseable(_("The JSON holds no fields."))
    return value


def _pairs(body: bytes, charset: str) -> list[tuple[str, str]]:
    """Split a form-encoded body; the whole body is cp1251 as soon as one value isn't UTF-8."""
    raw = []
    for chunk in body.strip().split(b"&")[:MAX_PAIRS]:
        key, _eq, value = chunk.partition(b"=")
        if key:
            raw.append((_unquote(key), _unquote(value)))
    codec = _common_codec([part for pair in raw for part in pair], charset)
    return [(key.decode(codec, "replace"), value.decode(codec, "replace")) for key, value in raw]


def _unquote(part: bytes) -> bytes:
    return urllib.parse.unquote_to_bytes(part.replace(b"+", b" "))


def _common_codec(parts: list[bytes], declared: str) -> str:
    joined = b"\n".join(parts)
    for codec in ("utf-8", declared, "cp1251"):
        try:
            joined.decode(codec or "ascii")
        except (LookupError, ValueError):
            continue
        return codec or "ascii"
    return "cp1251"


def _nest(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Unfold PHP-style keys: `fields[name][value]`; repeated keys become a list."""
    data: dict[str, Any] = {}
    for key, value in pairs:
        head, _bracket, _rest = key.partition("[")
        path = [head, *_BRACKETS.findall(key[len(head) :])[:MAX_DEPTH]] if head else [key]
        _put(data, path, value)
    return data


def _put(node: dict[str, Any], path: list[str], value: str) -> None:
    for part, following in itertools.pairwise(path):
        child = node.get(part)
        if following == "" and not isinstance(child, dict):
            break
        if not isinstance(child, dict):
            child = node[part] = {} if child is None else {"": child}
        node = child
    else:
        part = path[-1]
    if part not in node:
        node[part] = value
    elif isinstance(node[part], list):
        node[part].append(value)
    else:
        node[part] = [node[part], value]


def _read_multipart(body: bytes, boundary: str) -> tuple[dict[str, Any], list[File]]:
    if not boundary and (match := _MULTIPART_BODY.match(body)):
        boundary = match.group(1).decode("latin-1")
    if not boundary:
        raise Unparseable(_("The multipart form has no boundary."))
    pairs: list[tuple[str, str]] = []
    files: list[File] = []
    parts = re.split(rb"(?:\A|\r?\n)--" + re.escape(boundary.encode("latin-1", "replace")), body)
    for part in parts[1 : MAX_PAIRS + 1]:
        if part.startswith(b"--"):
            break
        _read_part(part, pairs, files)
    if not pairs and not files:
        raise Unparseable(_("The multipart form is broken: no field could be read."))
    return _nest(pairs), files


def _read_part(part: bytes, pairs: list[tuple[str, str]], files: list[File]) -> None:
    head, data = _split_part(part)
    headers = {}
    for line in decode_bytes(head).splitlines():
        name, _colon, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    _disposition, parameters = header_parameters(headers.get("content-disposition", ""))
    content_type, type_parameters = header_parameters(headers.get("content-type", ""))
    if "filename" in parameters:
        if data or parameters["filename"]:
            name = clean_line(parameters["filename"].replace("\\", "/").rsplit("/", 1)[-1], 200)
            kind = content_type or File("").content_type
            field = clean_line(parameters.get("name", ""), 200)
            files.append(File(name=name or "file", content_type=kind, data=data, field=field))
    elif name := parameters.get("name", ""):
        pairs.append((name, decode_bytes(data, type_parameters.get("charset", ""))))


def _split_part(part: bytes) -> tuple[bytes, bytes]:
    match = re.search(rb"\r?\n\r?\n", part)
    return (part[: match.start()], part[match.end() :]) if match else (part, b"")
