"""Every way an inquiry can come in: one adapter a channel kind, found by its kind."""

from __future__ import annotations

from channels.adapters.base import Adapter
from channels.adapters.form import FormAdapter
from channels.adapters.google_leads import GoogleLeadsAdapter
from channels.adapters.jivo import JivoAdapter
from channels.adapters.mail import EmailAdapter
from channels.adapters.mango import MangoAdapter
from channels.adapters.meta import InstagramAdapter, MessengerAdapter, MetaLeadsAdapter
from channels.adapters.telegram import TelegramAdapter
from channels.adapters.tilda import TildaAdapter
from channels.adapters.webhook import WebhookAdapter
from channels.adapters.whatsapp import WhatsAppAdapter

ADAPTERS: dict[str, Adapter] = {
    adapter.kind: adapter
    for adapter in (
        EmailAdapter(),
        TelegramAdapter(),
        WhatsAppAdapter(),
        MessengerAdapter(),
        InstagramAdapter(),
        MangoAdapter(),
        FormAdapter(),
        TildaAdapter(),
        MetaLeadsAdapter(),
        GoogleLeadsAdapter(),
        WebhookAdapter(),
        JivoAdapter(),
    )
}


class UnknownKind(LookupError):
    """No adapter has this kind."""


def adapter_for(kind: str) -> Adapter:
    """Return the adapter of a channel kind; raise UnknownKind, whose text lists the known ones."""
    try:
        return ADAPTERS[kind]
    except KeyError:
        raise UnknownKind(f"Unknown channel kind {kind!r}; known: {', '.join(sorted(ADAPTERS))}.") from None
