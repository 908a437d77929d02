"""Letters that Brevo posts: texts and headers at once, files by a token to be fetched with the API key.

https://developers.brevo.com/docs/inbound-parse-webhooks. Nothing is signed: the address is the secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from channels.adapters import client as web
from channels.adapters.base import RawDelivery, Settings
from channels.adapters.mail.posted import PostedLetter, put_together
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, as_list, clean_line
from leads.inquiry import File

HOST = "api.brevo.com"
MAX_FILES = 100


def letters(delivery: RawDelivery) -> list[PostedLetter]:
    """Return the letters of a post. Raises Unparseable."""
    items = as_list(as_dict(read_json(delivery.body)).get("items"))
    return [_letter(item) for item in map(as_dict, items) if item]


def fetch(token: str, settings: Settings) -> File:
    """Download a file of a letter. Raises SendError."""
    url = f"https://{HOST}/v3/inbound/attachments/{quote(token, safe='')}"
    key = str(settings.get("service_api_key") or "")
    return web.download_public(url, hosts=(HOST,), headers={"api-key": key})


def _letter(item: dict[str, Any]) -> PostedLetter:
    texts = (item.get("RawTextBody"), item.get("RawHtmlBody"))
    text, html = (value if isinstance(value, str) else "" for value in texts)
    return PostedLetter(put_together(_headers(item), text=text, html=html), tuple(_files(item)))


def _headers(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A header that stands once is a text, one that is repeated a list."""
    for name, told in as_dict(item.get("Headers")).items():
        for value in as_list(told) or [told]:
            if isinstance(value, str):
                yield name, value


def _files(item: dict[str, Any]) -> Iterator[File]:
    for told in map(as_dict, as_list(item.get("Attachments"))[:MAX_FILES]):
        if token := clean_line(told.get("DownloadToken"), 1000):
            yield File(
                name=clean_line(told.get("Name"), 200),
                content_type=clean_line(told.get("ContentType"), 150) or "application/octet-stream",
                ref=token,
                content_id=clean_line(told.get("ContentID"), 200).strip("<>"),
            )
