"""A letter as a mail service handed it over, and putting one together where only its parts came."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from anymail.inbound import AnymailInboundMessage
from django.utils.translation import gettext as _

from channels.adapters.base import Unparseable
from leads.inquiry import File


@dataclasses.dataclass(frozen=True, slots=True)
class PostedLetter:
    """A letter out of a post; `files` are those the service keeps for us, where none came within it."""

    raw: bytes
    files: tuple[File, ...] = ()


def put_together(headers: Iterable[tuple[str, str]], *, text: str = "", html: str = "") -> bytes:
    """Make a letter of its headers and texts. Raises Unparseable where no letter can hold them."""
    told = [(name, value) for name, value in headers if not name.lower().startswith(("content-", "mime-"))]
    texts = {"text": _sound(text), "html": _sound(html)}
    try:
        return AnymailInboundMessage.construct(headers=told, **texts).as_bytes()
    except Exception as exc:  # the mail package trusts headers: ValueError, IndexError, HeaderParseError …
        reason = _("No letter can be made of it: {error}").format(error=type(exc).__name__)
        raise Unparseable(reason) from None


def _sound(text: str) -> str | None:
    """JSON may hold halves of characters, which no charset does."""
    return text.encode("utf-8", "replace").decode() if text else None
