"""A letter of a mailing as it leaves: formatted text, counted links, the way out, and the headers of bulk mail."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _

from channels.adapters.base import OutgoingMessage
from channels.models import Message
from core.tenancy import current_tenant_id
from mailings import links, markup
from mailings.markup import Piece
from mailings.models import Mailing, MailingSettings
from tenants.current import current_tenant

DRESSER = "mailing"
STOP = ("стоп", "stop", "отписаться", "отписка", "unsubscribe")  # what an answer says to have no more of them
_QUIET = "color:#6b7280;font-size:12px;line-height:1.5"


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """What a recipient's links are made of."""

    mailing_id: uuid.UUID
    token: str
    is_tracked: bool


def kept(mailing: Mailing, recipient_id: uuid.UUID, pieces: list[Piece]) -> dict[str, Any]:
    """Return what a message keeps, so that it is dressed the same whenever it leaves."""
    return {
        "dress": DRESSER,
        "mailing": str(mailing.pk),
        "recipient": str(recipient_id),
        "is_tracked": mailing.is_tracked,
        "pieces": pieces,
    }


def pieces_of(message: Message) -> list[Piece]:
    """Return the pieces of a message of a mailing, those of its signature with them."""
    signature = message.headers.get("signature", "")
    pieces: list[Piece] = list(message.headers.get("pieces", []))
    return [*pieces, *(markup.parse(f"\n\n-- \n{signature}") if signature else [])]


def dress(message: Message, outgoing: OutgoingMessage) -> OutgoingMessage:
    """Make the letter or message ready to leave, in the language of the tenant."""
    told: Mapping[str, Any] = message.headers
    recipient_id = uuid.UUID(str(told["recipient"]))
    way = Way(uuid.UUID(str(told["mailing"])), links.token_of(recipient_id), bool(told.get("is_tracked")))
    with translation.override(current_tenant().language):
        if message.channel.channel_kind != "email":
            return dataclasses.replace(outgoing, text=f"{outgoing.text.rstrip()}\n\n{way_out_by_word()}")
        return as_letter(outgoing, pieces_of(message), way)


def as_letter(outgoing: OutgoingMessage, pieces: list[Piece], way: Way) -> OutgoingMessage:
    """Add to a letter its formatted text, its footer and its headers."""
    url, footer, word = links.url_of(way.token), footer_text(), _("Unsubscribe")
    foot = f"{footer}\n{word}: {url}"
    return dataclasses.replace(
        outgoing,
        text=f"{outgoing.text.rstrip()}\n\n{foot}",
        html=_html(pieces, way, footer),
        headers=_headers(way),
    )


def footer_text() -> str:
    """Return what stands under every letter: the tenant's own words, or its name."""
    own = MailingSettings.objects.values_list("footer", flat=True).first()
    return (own or "").strip() or current_tenant().name


def way_out_by_word() -> str:
    """Say in a messenger how to have no more of it."""
    return _("To have no more mailings, answer STOP.")


def _html(pieces: list[Piece], way: Way, footer: str) -> str:
    def href(number: int, url: str) -> str:
        return links.click_url(way.token, number) if way.is_tracked else url

    dot = (
        f'<img src="{escape(links.picture_url(way.token))}" width="1" height="1" alt="">'
        if way.is_tracked
        else ""
    )
    foot, word = escape(footer).replace("\n", "<br>"), escape(_("Unsubscribe"))
    return (
        '<!doctype html><html><head><meta charset="utf-8"></head>'
        '<body style="font-family:Arial,sans-serif;font-size:15px;line-height:1.5;color:#1f2328">'
        f"{markup.html_of(pieces, href=href)}"
        f'<p style="{_QUIET}">{foot}<br><a href="{escape(links.url_of(way.token))}" style="{_QUIET}">'
        f"{word}</a></p>{dot}</body></html>"
    )


def _headers(way: Way) -> dict[str, str]:
    """Say that it is bulk mail and how to leave it: RFC 2369, 2919, 8058.

    No Auto-Submitted: a person wrote it and wants to be answered (RFC 3834 §5); programs are asked not to.
    """
    host = settings.PUBLIC_URL.partition("://")[2].partition("/")[0].partition(":")[0] or "localhost"
    headers = {
        "List-Unsubscribe": f"<{links.url_of(way.token)}>",
        "List-Id": f"<{way.mailing_id.hex}.{current_tenant_id()}.{host}>",
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    if settings.PUBLIC_URL.startswith("https://"):  # RFC 8058 knows no other
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
