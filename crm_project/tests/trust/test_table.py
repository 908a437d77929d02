"""The table of promises names tests that exist."""

from __future__ import annotations

import ast
import re

from core.embedded.paths import ROOT

TABLE = ROOT / "docs" / "trust.md"
PROMISES = {
    *range(4, 11),
    *range(21, 25),
    *range(26, 37),
    38,
    39,
    43,
    *range(47, 51),
    *range(53, 63),
    *range(65, 70),
}
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/]+\.py)(?:::(\w+))?`")


def rows() -> dict[int, list[tuple[str, str]]]:
    """Which tests each promise names."""
    return {int(number): NAMED.findall(tests) for number, _promise, tests in ROW.findall(TABLE.read_text())}


def test_every_promise_names_a_test() -> None:
    assert set(rows()) == PROMISES
    assert [number for number, tests in rows().items() if not tests] == []


def test_every_named_test_exists() -> None:
    missing = []
    for file, name in {one for tests in rows().values() for one in tests}:
        path = ROOT / file
        found = _tests_in(path.read_text()) if path.exists() else set()
        if not found or (name and name not in found):
            missing.append(f"{file}::{name}")
    assert missing == []


def _tests_in(source: str) -> set[str]:
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}
