"""One spelling for what people write in several: what searches look in, and look for."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Lower the case, write ё as е and single spaces: the only spelling that is searched."""
    plain = unicodedata.normalize("NFKC", text).replace("\0", "").lower().replace("ё", "е")
    return " ".join(plain.split())


def like_escaped(text: str) -> str:
    """Escape what LIKE reads as a pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
