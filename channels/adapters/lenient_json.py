"""Read JSON as some telephone exchanges and hand-made scripts write it.

Colons or commas may be missing or doubled, strings may stand in single quotes or hold bare line breaks.
"""

from __future__ import annotations

import json
import re
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<string>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?P<atom>[-+\w.]+)|(?P<mark>[{}\[\]])|(?P<noise>[:,;]))",
    re.DOTALL,
)
_LITERALS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
MAX_DEPTH = 20


class BrokenJson(ValueError):
    """Not recoverable."""


def loads(text: str) -> Any:
    """Decode JSON, strictly if possible, else forgiving what can be. Raises BrokenJson."""
    try:
        return json.loads(text, parse_constant=str)
    except RecursionError:
        raise BrokenJson from None
    except ValueError:
        return repair(text)


def repair(text: str) -> Any:
    """Decode what is JSON but for colons, commas, quotes and line breaks. Raises BrokenJson."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def read(self) -> Any:
        value = self._value(self._next(), 0)
        if self._text[self._at :].strip(" \t\r\n,;\x00"):
            raise BrokenJson
        return value

    def _next(self) -> tuple[str, str]:
        while match := _TOKEN.match(self._text, self._at):
            self._at = match.end()
            if match.lastgroup != "noise":
                return str(match.lastgroup), match.group(str(match.lastgroup))
        raise BrokenJson

    def _value(self, token: tuple[str, str], depth: int) -> Any:
        kind, text = token
        if depth > MAX_DEPTH:
            raise BrokenJson
        if kind == "string":
            return _string(text)
        if kind == "atom":
            return _atom(text)
        return self._object(depth) if text == "{" else self._list(text, depth)

    def _object(self, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while (token := self._next()) != ("mark", "}"):
            if token[0] == "mark":
                raise BrokenJson
            key = _string(token[1]) if token[0] == "string" else token[1]
            data[key] = self._value(self._next(), depth + 1)
        return data

    def _list(self, opening: str, depth: int) -> list[Any]:
        if opening != "[":
            raise BrokenJson
        values = []
        while (token := self._next()) != ("mark", "]"):
            values.append(self._value(token, depth + 1))
        return values


def _string(text: str) -> str:
    if text[0] == "'":
        text = '"' + text[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        raise BrokenJson from None


def _atom(text: str) -> Any:
    if text in _LITERALS:
        return _LITERALS[text]
    try:
        return json.loads(text)
    except ValueError:
        return text
