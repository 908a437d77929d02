"""XML of strangers: no entities, no outside references, namespaces forgotten."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

_BARE_AMPERSAND = re.compile(rb"&(?!(?:#\d+|#x[0-9a-fA-F]+|\w+);)")
MAX_BYTES = 1024 * 1024


class BrokenXml(ValueError):
    """It can't be read, or it wants more than to be read."""


def parse(body: bytes) -> Element:
    """Read a document. Raises BrokenXml, also where it declares a document type."""
    if len(body) > MAX_BYTES:
        raise BrokenXml
    try:
        root: Element = defusedxml.ElementTree.fromstring(
            _BARE_AMPERSAND.sub(b"&amp;", body.strip().removeprefix(b"\xef\xbb\xbf")), forbid_dtd=True
        )
    except (DefusedXmlException, SyntaxError, ValueError, LookupError, RecursionError) as error:
        raise BrokenXml(type(error).__name__) from None
    return root


def name_of(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def find(element: Element | None, *path: str) -> Element | None:
    """Go down by names; None where one is missing."""
    for name in path:
        if element is None:
            return None
        element = next((child for child in element if name_of(child) == name), None)
    return element


def text_of(element: Element | None, *path: str) -> str:
    """Return the text at the end of a path, "" where there is none."""
    found = find(element, *path)
    return (found.text or "").strip() if found is not None else ""


def attribute(element: Element, name: str) -> str:
    """Return an attribute by its name without namespace."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")
