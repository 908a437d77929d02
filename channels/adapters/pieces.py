"""Messages that leave in several pieces: long texts, and texts with files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from channels.adapters.base import SendError


def chunks(text: str, limit: int) -> list[str]:
    """Cut a long text at line ends or spaces into pieces that the provider takes."""
    pieces = []
    while len(text) > limit:
        cut = max(text.rfind("\n", 1, limit), text.rfind(" ", 1, limit))
        cut = cut if cut > limit // 2 else limit
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return [piece for piece in (*pieces, text) if piece.strip()]


@contextlib.contextmanager
def one_by_one(sent: list[str]) -> Iterator[None]:
    """Mark a failure as uncertain once `sent` has a piece: trying again would show that one twice.

    For providers that have no key against repeats.
    """
    try:
        yield
    except SendError as error:
        if not sent:
            raise
        raise SendError(str(error), is_permanent=error.is_permanent, is_uncertain=True) from error
