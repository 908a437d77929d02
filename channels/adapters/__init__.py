"""Every way an inquiry can come in: one adapter a channel kind, found by its kind."""

from __future__ import annotations

from channels.adapters.avito import AvitoAdapter
from channels.adapters.base import Adapter
from channels.adapters.form import FormAdapter
from channels.adapters.mail import EmailAdapter
from channels.adapters.mango import MangoAdapter
from channels.adapters.max import MaxAdapter
from channels.adapters.telegram import TelegramAdapter
from channels.adapters.tilda import TildaAdapter
from channels.adapters.viber import ViberAdapter
from channels.adapters.vk import VkAdapter

ADAPTERS: dict[str, Adapter] = {
    adapter.kind: adapter
    for adapter in (
        EmailAdapter(),
        FormAdapter(),
        TildaAdapter(),
        TelegramAdapter(),
        VkAdapter(),
        MaxAdapter(),
        AvitoAdapter(),
        ViberAdapter(),
        MangoAdapter(),
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


def kinds_to_keep_alive() -> list[str]:
    """List the kinds that have something to renew at their provider again and again."""
    return [kind for kind, adapter in ADAPTERS.items() if type(adapter).keep_alive is not Adapter.keep_alive]
