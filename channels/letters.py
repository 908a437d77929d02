"""HTML letters of strangers, made harmless: no scripts, no styles that reach out, remote pictures only when asked for."""

from __future__ import annotations

import re

import nh3

MAX_HTML = 2_000_000
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
        html[:MAX_HTML].replace("\x00", ""),
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
