"""Messages that say nothing but links, as spam does."""

from __future__ import annotations

import re
import urllib.parse

MAX_TEXT = 20_000
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_WORDLIKE = re.compile(r"[^\W\d_]{2,}")


def says_only_links(text: str, page_url: str) -> bool:
    """Say whether a message is nothing but links to other sites than the page's own."""
    links = _LINK.findall(text[:MAX_TEXT])
    own = _host(page_url)
    foreign = [link for link in links if _host(link) != own]
    return bool(foreign) and len(_WORDLIKE.findall(_LINK.sub(" ", text[:MAX_TEXT]))) < 3


def _host(link: str) -> str:
    whole = link if "://" in link else f"http://{link}"
    try:
        return (urllib.parse.urlsplit(whole).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
