"""Calling a client: the exchange rings the employee's phone first, then the client's."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.adapter_settings import settings_of
from channels.adapters import ADAPTERS, adapter_for
from channels.adapters.base import Settings
from channels.models import Channel
from contacts.models import CompanyPoint, Contact, IdentityKey
from core.errors import Refusal
from deals.models import Deal
from leads.models import Lead
from tenants.models import Membership

MAX_PHONES = 8
_CALLING = [kind for kind, adapter in ADAPTERS.items() if adapter.can_call]


class NotTheClientsPhone(Refusal):
    """Only phones of the lead, deal or contact at hand are dialled."""

    code = "not_the_clients_phone"

    def default_message(self) -> str | Promise:
        return _("The client has no such phone any more, reload the page.")


@dataclasses.dataclass(frozen=True, slots=True)
class Dialling:
    """How a member can call a client: through which exchange, and on which numbers."""

    channel: Channel
    extension: str
    phones: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class CallOrder:
    """All that ringing needs, gathered before the network is touched."""

    kind: str
    settings: Settings
    extension: str
    phone: str
    command_id: str


def dialling_for(
    *, by: Membership, lead: Lead | None = None, deal: Deal | None = None, contact: Contact | None = None
) -> Dialling | None:
    """Say how the member can call this client; None without an extension, an exchange or a phone."""
    if not by.phone_extension:
        return None
    phones = _phones(lead, deal, contact)
    channel = _exchange(lead) if phones else None
    return Dialling(channel, by.phone_extension, phones) if channel is not None else None


def order_call(*, dialling: Dialling | None, phone: str) -> CallOrder:
    """Gather what start_call() needs. Raises NotTheClientsPhone."""
    if dialling is None or phone not in dialling.phones:
        raise NotTheClientsPhone
    settings = settings_of(dialling.channel)
    return CallOrder(dialling.channel.kind, settings, dialling.extension, phone, uuid.uuid4().hex)


def start_call(order: CallOrder) -> None:
    """Let the exchange ring; outside any transaction. What it tells of the call comes as of any other.

    Raises SendError.
    """
    adapter_for(order.kind).start_call(
        extension=order.extension,
        phone=order.phone,
        line="",
        command_id=order.command_id,
        settings=order.settings,
    )


def _exchange(lead: Lead | None) -> Channel | None:
    """Choose the exchange the client has called, else the one that was connected first."""
    able = [
        c for c in Channel.objects.active().filter(kind__in=_CALLING).order_by("created_at") if _is_able(c)
    ]
    return next((c for c in able if lead is not None and c.pk == lead.channel_id), able[0] if able else None)


def _is_able(channel: Channel) -> bool:
    settings: dict[str, Any] = dict(settings_of(channel))
    return all(settings.get(name) for name in adapter_for(channel.kind).call_needs)


def _phones(lead: Lead | None, deal: Deal | None, contact: Contact | None) -> tuple[str, ...]:
    """List the lead's own phone, the person's, and the company's where a deal has one."""
    found = [lead.phone] if lead is not None and lead.phone else []
    person = contact or (lead.contact if lead else None) or (deal.contact if deal else None)
    if person is not None:
        keys = IdentityKey.objects.filter(contact=person, kind=IdentityKey.Kind.PHONE)
        found += keys.values_list("value", flat=True)[:MAX_PHONES]
    if deal is not None and deal.company_id:
        points = CompanyPoint.objects.filter(company=deal.company_id, kind=IdentityKey.Kind.PHONE)
        found += points.order_by("value").values_list("value", flat=True)[:MAX_PHONES]
    return tuple(dict.fromkeys(found))[:MAX_PHONES]
