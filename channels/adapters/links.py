"""Messages that say nothing but links, as spam does."""

from __future__ import annotations

import re
import urllib.parse

MAX_TEXT = 20_000
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_WORDLIKE = re.compile(r"[^\W\d_]{2,}")


def says_only_links(text: str, page_url: str) -> bool:
    """Say whether a message is nothing but links to other sites than the page's own."""
    own = _host(page_url)
    has_foreign = any(_host(link) != own for link in _LINK.findall(text[:MAX_TEXT]))
    return has_foreign and not _WORDLIKE.search(_LINK.sub(" ", text[:MAX_TEXT]))


def _host(link: str) -> str:
    whole = link if "://" in link else f"http://{link}"
    try:
        return (urllib.parse.urlsplit(whole).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
