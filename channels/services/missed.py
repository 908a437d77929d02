"""The plan of a line for missed calls: a task to call back, a text to the client (K4)."""

from __future__ import annotations

import dataclasses

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.adapter_settings import settings_of
from channels.adapters import ADAPTERS, adapter_for
from channels.adapters.base import Settings
from channels.models import Channel, MissedCallPlan
from contacts.identity import normalise_phone, tenant_region
from core import placeholders
from core.errors import Refusal
from tenants.models import Membership

FIELDS = ("company", "manager", "number")  # what a text may name: channels.missed fills them in
_TEXTING = [kind for kind, adapter in ADAPTERS.items() if adapter.can_sms]


class NoSender(Refusal):
    """A text leaves through a channel that can send one."""

    code = "no_sender"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose the channel through which the texts go.")


def can_text(channel: Channel) -> bool:
    """Say whether a channel can send texts to phones."""
    return channel.kind in _TEXTING


def texting_channels() -> list[Channel]:
    """List the connected channels that can send texts to phones."""
    return list(Channel.objects.active().filter(kind__in=_TEXTING).order_by("created_at"))


class NotAPhone(Refusal):
    """A text goes to a telephone number."""

    code = "not_a_phone"

    def default_message(self) -> str | Promise:
        return gettext_lazy("This is no telephone number.")


@dataclasses.dataclass(frozen=True, slots=True)
class TrialText:
    """A text to try a channel with, gathered before the network is touched."""

    kind: str
    settings: Settings
    phone: str
    text: str


def prepare_trial(*, channel: Channel, phone: str) -> TrialText:
    """Gather what send_trial() needs. Raises NoSender, NotAPhone."""
    if not (can_text(channel) and channel.is_active):
        raise NoSender()
    number = normalise_phone(phone, tenant_region())
    if not number:
        raise NotAPhone()
    text = _("A test text from %(company)s.") % {"company": channel.tenant.name}
    return TrialText(channel.kind, settings_of(channel), number, text)


def send_trial(text: TrialText) -> None:
    """Send it; outside any transaction. Raises SendError."""
    adapter_for(text.kind).send_sms(phone=text.phone, text=text.text, settings=text.settings)


@transaction.atomic
def set_missed_call_plan(
    *,
    channel: Channel,
    by: Membership,
    callback_within_min: int | None = None,
    sms_channel: Channel | None = None,
    sms_text: str = "",
    sms_text_closed: str = "",
    sms_pause_h: int = 24,
) -> MissedCallPlan:
    """Say what follows a missed call of a channel. Raises UnknownField, NoSender."""
    texts = [sms_text.strip(), sms_text_closed.strip()]
    for text in texts:
        check_text(text)
    if any(texts) and (sms_channel is None or not can_text(sms_channel)):
        raise NoSender()
    plan, _created = MissedCallPlan.objects.update_or_create(
        channel=channel,
        defaults={
            "callback_within_min": callback_within_min,
            "sms_channel": sms_channel,
            "sms_text": texts[0],
            "sms_text_closed": texts[1],
            "sms_pause_h": sms_pause_h,
        },
    )
    return plan


def check_text(text: str) -> None:
    """Raise UnknownField where a text names in braces what nobody knows."""
    placeholders.check(text, known=FIELDS)
