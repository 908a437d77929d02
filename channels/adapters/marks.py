"""Where a person came from: campaign marks and click ids from fields, addresses and cookies."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from collections.abc import Iterable, Mapping

from channels.adapters.text import clean_line, iso_moment
from leads.inquiry import Marks

UTM = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "campaign",
    "utm_content": "content",
    "utm_term": "term",
}
# Names under which builders, counters and call tracking send the same id.
CLICK_IDS = {
    "gclid": "gclid",
    "gcl_id": "gclid",
    "gbraid": "gbraid",
    "wbraid": "wbraid",
    "yclid": "yclid",
    "fbclid": "fbclid",
    "fbc": "fbc",
    "fbp": "fbp",
    "_fbc": "fbc",
    "_fbp": "fbp",
    "ctwa_clid": "ctwa_clid",
    "msclkid": "msclkid",
    "ttclid": "ttclid",
    "vkclid": "vkclid",
    "rb_clickid": "rb_clickid",
    "ysclid": "ysclid",
    "_openstat": "openstat",
    "ym_client_id": "ym_client_id",
    "ym_uid": "ym_client_id",
    "_ym_uid": "ym_client_id",
    "yandex_client_id": "ym_client_id",
    "ga_client_id": "ga_client_id",
    "google_client_id": "ga_client_id",
    "_ga": "ga_client_id",
    "roistat": "roistat",
    "roistat_visit": "roistat",
    "visit_id": "roistat",
    "ct_session_id": "ct_session",
    "ct_session": "ct_session",
    "_ct_session_id": "ct_session",
    "calltouch_session_id": "ct_session",
    "callibri_session_id": "callibri_session",
}
# What a site's script remembers of the first visit; the marks of the present one have no prefix.
FIRST = {f"first_{name}": mark for name, mark in UTM.items()} | {
    "first_referrer": "referrer",
    "first_seen_at": "at",
}
# Within a group of marks some call the campaign its name, and the term the keyword.
_GROUPED = {"name": "campaign", "campaign_name": "campaign", "keyword": "term"}
PAGE_NAMES = frozenset(
    [
        "page",
        "page_url",
        "pageurl",
        "url",
        "href",
        "landing_page",
        "landing",
        "location",
        "current_url",
        "source_url",
        "page_link",
        "page_uri",
        "pageuri",
        "landing_url",
        "form_url",
        "origin_url",
        "_url",
        "_post_url",
        "url_страницы",
        "адрес_страницы",
        "ссылка_на_страницу",
        "страница",
    ]
)
FIRST_PAGE_NAMES = frozenset(["first_page", "first_page_url", "first_url", "entry_page", "entry_url"])
REFERRER_NAMES = frozenset(["referrer", "referer", "http_referer", "ref_url", "document_referrer"])
COOKIE_NAMES = frozenset(("cookies", "cookie", "tildaspec-cookie", "tildaspec_cookie"))
MAX_MARK = 300
MAX_URL = 2000
# An advert system's placeholder that nobody replaced: {keyword}, {{campaign.name}}, %keyword%, [KEYWORD].
_MACRO = re.compile(r"\{\{?[\w.:|-]{1,60}\}\}?|%[a-z_]{3,40}%|\[[A-Z_]{3,40}\]")
_GA_COOKIE = re.compile(r"\AGA\d\.\d+\.(\d+\.\d+)\Z")


def collect_marks(
    fields: Iterable[tuple[str, str]],
    *,
    page_url: str = "",
    referrer: str = "",
    first_page: str = "",
    cookies: Mapping[str, str] = {},
) -> Marks:
    """Merge marks: a field says it best, then the page's address, then cookies.

    Fields are (name, value) with names as received; unknown names are left alone. What the first visit was
    marked with is told by fields of its own, else by the address of its page.
    """
    found: dict[str, str] = {}
    ids: dict[str, str] = {}
    fields = list(fields)
    for name, value in [*fields, *url_query(page_url), *cookies.items()]:
        take_mark(name, value, found, ids)
    for name, value in _tilda_utm(cookies):
        take_mark(name, value, found, ids)
    return Marks(
        **found,
        page_url=clean_line(page_url, MAX_URL),
        referrer=clean_line(referrer, MAX_URL),
        click_ids=ids,
        first_page=clean_line(first_page, MAX_URL),
        first=_first_marks(fields, first_page),
    )


def _first_marks(fields: Iterable[tuple[str, str]], first_page: str) -> dict[str, str]:
    told = {FIRST[name.lower()]: value for name, value in fields if name.lower() in FIRST}
    if not told.keys() & set(UTM.values()):
        told |= {UTM[name]: value for name, value in url_query(first_page) if name in UTM}
    first = {name: text for name, value in told.items() if (text := without_macros(value))}
    at = iso_moment(first.pop("at", ""))
    return first | ({"at": at.isoformat()} if at else {})


def take_mark(name: str, value: str, found: dict[str, str], ids: dict[str, str]) -> bool:
    """Keep one mark if the name is one and nothing better came before; say whether it was one."""
    name = name.strip().lower()
    if name in UTM:
        if text := without_macros(value):
            found.setdefault(UTM[name], text)
        return True
    if name in CLICK_IDS:
        text = without_macros(value)
        if name == "_ga" and (match := _GA_COOKIE.match(text)):
            text = match.group(1)
        if text:
            ids.setdefault(CLICK_IDS[name], text)
        return True
    return False


def payload_marks(payload: str) -> Marks:
    """Read marks out of the short word a messenger's deep link carries (Telegram's `start`, VK's and Messenger's `ref`).

    Three spellings: base64url of `utm_source=…&utm_campaign=…`, or that text itself;
    `source__medium__campaign__content__term`; one word, which is the source.
    """
    if not payload:
        return Marks()
    found: dict[str, str] = {}
    ids: dict[str, str] = {}
    for name, value in urllib.parse.parse_qsl(_decoded(payload), max_num_fields=20):
        take_mark(name, value, found, ids)
    if not found and not ids:
        words = (clean_line(part, 64) for part in payload.split("__"))
        found = dict(zip(UTM.values(), words, strict=False))
    return Marks(**found, click_ids=ids, first={})


def _decoded(payload: str) -> str:
    if "=" in payload.rstrip("="):
        return payload
    try:
        text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    except (ValueError, binascii.Error):
        return ""
    return text if "=" in text else ""


def without_macros(value: str) -> str:
    """Drop placeholders that the advert system left unreplaced."""
    return _MACRO.sub("", clean_line(value, MAX_MARK)).strip(" |_-,;")


def is_mark(name: str) -> bool:
    """Whether a field carries a campaign mark or a click id, so that a person needn't see it."""
    name = name.strip().lower()
    return name in UTM or name in CLICK_IDS or name in FIRST or name.startswith("utm_")


def utm_name(name: str) -> str:
    """Give the full name to a mark that is grouped with others: `utm: {source: …, name: …}`."""
    short = name.strip().lower().removeprefix("utm_").removeprefix("utm-")
    return f"utm_{_GROUPED.get(short, short)}"


def url_query(url: str) -> list[tuple[str, str]]:
    """Read the query of an address that may be anything."""
    try:
        query = urllib.parse.urlsplit(url[:20_000]).query
        return urllib.parse.parse_qsl(query, max_num_fields=200)
    except ValueError:
        return []


def read_cookies(text: str) -> dict[str, str]:
    """Read `a=b; c=d`."""
    cookies = {}
    for chunk in text[:20_000].split(";")[:300]:
        name, equals, value = chunk.partition("=")
        if equals:
            cookies[name.strip()] = urllib.parse.unquote(value.strip())
    return cookies


def _tilda_utm(cookies: Mapping[str, str]) -> list[tuple[str, str]]:
    """Tilda keeps the first visit's marks in one cookie: `utm_source=a|||utm_medium=b`."""
    text = urllib.parse.unquote(cookies.get("TILDAUTM", ""))
    pairs = (chunk.partition("=") for chunk in text.split("|||"))
    return [(name, value) for name, _equals, value in pairs]
