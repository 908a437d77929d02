"""Turn the HTML of a letter into readable text in linear time, quotes marked as mail programs do."""

from __future__ import annotations

import html
import re

from channels.adapters.form_fields import FormField
from channels.adapters.form_roles import role_of

MAX_HTML = 1_500_000
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:]{0,30})")
_OPENING = re.compile(r"<[a-zA-Z/!?]")
_SPACE = re.compile(r"[ \t\r\n\f\u00a0\u2000-\u200a\u202f]+")
_CELL = "\x1f"  # between the cells of a row; no text holds it
_BLANK_LINES = re.compile(r"\n{3,}")
_INVISIBLE = re.compile(r"[\u200b-\u200d\u2060\ufeff\u00ad\u034f]")
_SKIPPED = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "head", "title", "template", "svg")
}
_BLOCKS = frozenset(
    [
        "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset",
        "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main",
        "ol", "p", "pre",
        "section", "table", "tbody", "tr", "ul",
    ]
)  # fmt: skip
_PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"))


def html_to_text(source: str) -> str:
    """Return the words of a page, one block a line, lists dashed, quotations behind `>`."""
    writer = _Writer()
    source = source[:MAX_HTML]
    position = 0
    while match := _OPENING.search(source, position):
        writer.words(source[position : match.start()])
        position = _skip_tag(source, match.start(), writer)
        if position < 0:
            return writer.text()
    writer.words(source[position:])
    return writer.text()


def _skip_tag(source: str, less: int, writer: _Writer) -> int:
    """Handle the tag or comment that starts at `<`; return where to go on, or -1 at the end."""
    if source.startswith("<!--", less):
        end = source.find("-->", less + 4)
        return end + 3 if end >= 0 else -1
    end = source.find(">", less)
    if end < 0:
        return -1
    if match := _TAG.match(source, less):
        name, is_closing = match.group(1).lower(), source[less + 1] == "/"
        if name in _SKIPPED and not is_closing:
            closing = _SKIPPED[name].search(source, end)
            return closing.start() if closing else (-1 if name != "head" else end + 1)
        writer.tag(name, is_closing)
    return end + 1


def _row(text: str) -> str:
    """Join the cells of a table's row; what stands beside a label of a form is said as «label: value»."""
    cells = [cell for part in text.split(_CELL) if (cell := _SPACE.sub(" ", part).strip())]
    if len(cells) == 2 and len(cells[0]) <= 40 and ":" not in cells[0]:
        field = FormField(cells[0], cells[0], cells[1])
        return (": " if role_of(field) else " ").join(cells)
    return " ".join(cells)


class _Writer:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quote_depth = 0

    def words(self, text: str) -> None:
        if text:
            self._line.append(html.unescape(text).replace(_CELL, " "))

    def tag(self, name: str, is_closing: bool) -> None:
        if name == "br":
            self._end_line()
        elif name in ("td", "th"):
            self._line.append(_CELL)
        elif name in _BLOCKS:
            self._block(name, is_closing)

    def text(self) -> str:
        self._end_line(is_forced=False)
        return _BLANK_LINES.sub("\n\n", "\n".join(self._lines)).strip("\n")

    def _block(self, name: str, is_closing: bool) -> None:
        self._end_line(is_forced=False)
        if name == "blockquote":
            self._quote_depth = max(0, min(20, self._quote_depth + (-1 if is_closing else 1)))
        if name in _PARAGRAPHS and self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._prefix().rstrip())
        if name == "li" and not is_closing:
            self._line.append("– ")

    def _end_line(self, is_forced: bool = True) -> None:
        text = _row(_INVISIBLE.sub("", "".join(self._line)))
        self._line = []
        if text or is_forced:
            self._lines.append((self._prefix() + text).rstrip() if text else self._prefix().rstrip())

    def _prefix(self) -> str:
        return "> " * self._quote_depth
