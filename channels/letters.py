"""HTML letters of strangers, made harmless: no scripts, no styles that reach out, remote pictures only when asked for."""

from __future__ import annotations

import re
from collections import Counter

import nh3

MAX_HTML = 2_000_000
MAX_DEPTH = 200  # of tags in each other; letters made of tables in tables have some thirty
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "col", "colgroup", "dd", "del",
    "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li",
    "ol", "p", "pre", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"title", "dir", "lang", "align"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "valign", "width"},
    "th": {"colspan", "rowspan", "valign", "width", "scope"},
    "table": {"width", "border", "cellpadding", "cellspacing"},
    "font": {"color", "size"},
    "ol": {"start", "type"},
}


def sanitise(html: str) -> str:
    """Keep what a letter needs to be read; pictures are those it brought along (cid:) and remote ones."""
    return nh3.clean(
        _shallow(html[:MAX_HTML].replace("\x00", "")),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_pictures_only,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
        clean_content_tags={
            "script",
            "style",
            "title",
            "head",
            "noscript",
            "iframe",
            "object",
            "svg",
            "math",
        },
    )


def _shallow(html: str) -> str:
    """Leave out tags that are nested too deep, not their text: the parser would walk up through all of them at each."""
    opened: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    depth = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal depth
        is_end, name = bool(match[1]), match[2].lower()
        if name in _NEVER_NESTED:
            return match[0]
        if not is_end:
            if depth >= MAX_DEPTH:
                left_out[name] += 1
                return ""
            opened[name] += 1
            depth += 1
            return match[0]
        if left_out[name]:
            left_out[name] -= 1
            return ""
        if not opened[name]:
            return ""  # it ends nothing
        opened[name] -= 1
        depth -= 1
        return match[0]

    return _TAG.sub(kept, html)


_TAG = re.compile(r"<(/?)([a-z][a-z0-9:-]*)[^<>]*>?", re.IGNORECASE)
# They have no end, or end by themselves where the next one begins.
_NEVER_NESTED = {
    "area", "base", "br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option", "p", "source", "tbody",
    "td", "tfoot", "th", "thead", "tr", "wbr",
}  # fmt: skip


def without_remote_pictures(html: str) -> tuple[str, int]:
    """Take the remote pictures out of a sanitised letter, and say how many: fetching one tells that it is read."""
    return _REMOTE.subn(lambda match: f"<img{_SOURCE.sub('', match[1])}>", html)


# As nh3 writes a picture: every value in double quotes.
_REMOTE = re.compile(r'<img((?: [\w-]+="[^"]*")*? src="https?:[^"]*"(?: [\w-]+="[^"]*")*)>', re.IGNORECASE)
_SOURCE = re.compile(r' src="[^"]*"')


def _pictures_only(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        return value if value.lower().startswith(("cid:", "https://", "http://")) else None
    return value
