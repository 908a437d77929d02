"""Asking a provider for what a delivery leaves out: between two transactions, before it is parsed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging

from django.utils import translation

from channels.adapter_settings import settings_of
from channels.adapters import adapter_for
from channels.adapters.base import RawDelivery, SendError, Settings
from channels.journal.intake import delivery_of
from channels.models import Channel, Event
from channels.secrets import SecretsUnreadable

logger = logging.getLogger(__name__)
LEASE = dt.timedelta(seconds=60)  # longer than any look-up may take


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """Everything a look-up needs, read while the event was claimed: asking touches no database."""

    kind: str
    delivery: RawDelivery
    settings: Settings
    language: str


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What a look-up gave: details to keep, or why there are none. Empty where nothing was asked."""

    details: bytes | None = None
    error: Exception | None = None

    @property
    def is_final(self) -> bool:
        """Whether asking again would give the same, so that the delivery is parsed without details."""
        return self.error is None or (isinstance(self.error, SendError) and self.error.is_permanent)

    @property
    def retry_after_s(self) -> int:
        """How long the provider asked to wait."""
        return (self.error.retry_after_s or 0) if isinstance(self.error, SendError) else 0


NOTHING_ASKED = Finding()


def question_of(event: Event, channel: Channel) -> Question | None:
    """Return what has to be asked before the event can be parsed; None when nothing, or it was asked before."""
    adapter = adapter_for(channel.kind)
    if not adapter.looks_up or not channel.is_active or event.details is not None:
        return None
    try:
        settings = settings_of(channel)
    except SecretsUnreadable:
        return None  # parsing will say so
    delivery = delivery_of(event)
    if not adapter.has_question(delivery, settings):
        return None
    return Question(channel.kind, delivery, settings, channel.tenant.language)


def ask(question: Question) -> Finding:
    """Ask the provider. Talks to the network: never call it inside a transaction."""
    with translation.override(question.language):
        try:
            return Finding(details=adapter_for(question.kind).look_up(question.delivery, question.settings))
        except SendError as error:
            return Finding(error=error)
        except Exception as error:  # an adapter's fault is a try that failed, like one in parse()
            logger.error("looking up for %s failed: %s", question.kind, type(error).__name__)
            return Finding(error=error)
