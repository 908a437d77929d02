"""Every way an inquiry can come in: one adapter a channel kind, found by its kind."""

from __future__ import annotations

from channels.adapters.asterisk import AsteriskAdapter
from channels.adapters.avito import AvitoAdapter
from channels.adapters.base import Adapter
from channels.adapters.beeline import BeelineAdapter
from channels.adapters.binotel import BinotelAdapter
from channels.adapters.callibri import CallibriAdapter
from channels.adapters.calltouch import CalltouchAdapter
from channels.adapters.chat import CallbackAdapter, ChatAdapter
from channels.adapters.exolve import ExolveAdapter
from channels.adapters.form import FormAdapter
from channels.adapters.google_leads import GoogleLeadsAdapter
from channels.adapters.jivo import JivoAdapter
from channels.adapters.mail import EmailAdapter
from channels.adapters.mango import MangoAdapter
from channels.adapters.max import MaxAdapter
from channels.adapters.meta import InstagramAdapter, MessengerAdapter, MetaLeadsAdapter
from channels.adapters.numbers import NumbersAdapter
from channels.adapters.telegram import TelegramAdapter
from channels.adapters.tilda import TildaAdapter
from channels.adapters.twilio import TwilioAdapter
from channels.adapters.uis import UisAdapter
from channels.adapters.vats import VatsAdapter
from channels.adapters.viber import ViberAdapter
from channels.adapters.vk import VkAdapter
from channels.adapters.webhook import WebhookAdapter
from channels.adapters.whatsapp import WhatsAppAdapter
from channels.adapters.zadarma import ZadarmaAdapter

ADAPTERS: dict[str, Adapter] = {
    adapter.kind: adapter
    for adapter in (
        EmailAdapter(),
        FormAdapter(),
        TildaAdapter(),
        WebhookAdapter(),
        MetaLeadsAdapter(),
        GoogleLeadsAdapter(),
        ChatAdapter(),
        CallbackAdapter(),
        JivoAdapter(),
        TelegramAdapter(),
        WhatsAppAdapter(),
        MessengerAdapter(),
        InstagramAdapter(),
        VkAdapter(),
        MaxAdapter(),
        AvitoAdapter(),
        ViberAdapter(),
        MangoAdapter(),
        ZadarmaAdapter(),
        UisAdapter(),
        VatsAdapter(),
        BeelineAdapter(),
        BinotelAdapter(),
        TwilioAdapter(),
        ExolveAdapter(),
        AsteriskAdapter(),
        CalltouchAdapter(),
        CallibriAdapter(),
        NumbersAdapter(),
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
