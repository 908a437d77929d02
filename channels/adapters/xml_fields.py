"""Read a small XML document as nested dicts, the shape that forms have."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from channels.adapters.base import Unparseable

MAX_DEPTH = 20


def read_xml(body: bytes) -> dict[str, Any]:
    """Turn elements and attributes into keys; an element that repeats becomes a list. Raises Unparseable."""
    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Unparseable(_("The XML is broken.")) from None
    found = _content(root, 0)
    return found if isinstance(found, dict) else {_name(root.tag): found}


def _content(element: Element, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Unparseable(_("The XML is nested too deeply."))
    data: dict[str, Any] = {_name(name): value for name, value in element.attrib.items()}
    for child in element:
        name, value = _name(child.tag), _content(child, depth + 1)
        if name not in data:
            data[name] = value
        elif isinstance(data[name], list):
            data[name].append(value)
        else:
            data[name] = [data[name], value]
    text = (element.text or "").strip()
    if not data:
        return text
    return data | {"value": text} if text else data


def _name(tag: str) -> str:
    """Drop the namespace."""
    return tag.rpartition("}")[2]
