"""The little that may be marked in a text: **bold**, [words](https://…), and addresses as they are.

A template is taken apart before its fields are filled in, so that what a client is called never becomes a link.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Iterable, Mapping

from django.utils.html import escape

from channels.dialogs import wording

# ["text", words], ["bold", words], ["link", words, url]: plain lists, because a message keeps them as JSON
Piece = list[str]
_MARK = re.compile(
    r"\[(?P<label>[^\[\]\n]{1,200})\]\((?P<named>https?://[^\s()]{1,1000})\)"
    r"|\*\*(?P<bold>[^*\n]{1,300})\*\*"
    r"|(?P<bare>https?://[^\s<>\"'()\[\]]{1,1000})"
)
Put = Callable[[str, Mapping[str, str]], str]
_TAIL = ".,;:!?…»”"


def parse(template: str) -> list[Piece]:
    """Take a text apart."""
    pieces: list[Piece] = []
    text, at = template.replace("\r\n", "\n"), 0
    for found in _MARK.finditer(text):
        url = found["named"] or (found["bare"] or "").rstrip(_TAIL)
        end = found.start() + len(url) if found["bare"] else found.end()
        pieces.append(["text", text[at : found.start()]])
        pieces.append(["link", found["label"] or url, url] if url else ["bold", found["bold"]])
        at = end
    pieces.append(["text", text[at:]])
    return [piece for piece in pieces if piece[1]]


def fill(pieces: Iterable[Piece], facts: Mapping[str, str], *, put: Put = wording.put) -> list[Piece]:
    """Put facts in the place of the fields; within an address they are written as addresses need it."""
    quoted = {name: urllib.parse.quote(value) for name, value in facts.items()}
    return [
        [piece[0], put(piece[1], facts), *(wording.put(url, quoted) for url in piece[2:])] for piece in pieces
    ]


def plain_of(pieces: Iterable[Piece]) -> str:
    """Write the pieces as plain text: a named link is followed by its address."""
    return "".join(
        f"{piece[1]}: {piece[2]}" if piece[0] == "link" and piece[1] != piece[2] else piece[1]
        for piece in pieces
    ).strip()


def links_of(pieces: Iterable[Piece]) -> list[str]:
    """List the addresses of the links in their order."""
    return [piece[2] for piece in pieces if piece[0] == "link"]


def html_of(pieces: Iterable[Piece], *, href: Callable[[int, str], str] = lambda _number, url: url) -> str:
    """Write the pieces as HTML paragraphs; `href` gives each link's address, by its number from 1."""
    written, number = [], 0
    for piece in pieces:
        words = escape(piece[1])
        if piece[0] == "link":
            number += 1
            written.append(f'<a href="{escape(href(number, piece[2]))}">{words}</a>')
        else:
            written.append(f"<b>{words}</b>" if piece[0] == "bold" else words)
    paragraphs = re.split(r"\n{2,}", "".join(written).strip())
    return "\n".join(f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)
