"""Providers that sign nothing: taken from the addresses they publish, when the channel names them."""

from __future__ import annotations

import ipaddress
import re

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Field, Forged, RawDelivery, Settings, Text

_BETWEEN = re.compile(r"[\s,;]+")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(text: str) -> list[_Network]:
    return [ipaddress.ip_network(part, strict=False) for part in _BETWEEN.split(text.strip()) if part]


def check_networks(text: str) -> None:
    """Raise ValueError that names what is neither an address nor a network."""
    for part in filter(None, _BETWEEN.split(text.strip())):
        try:
            ipaddress.ip_network(part, strict=False)
        except ValueError:
            raise ValueError(gettext("This is no address: {part}.").format(part=part[:60])) from None


def allowed_ips(help_text: Text = "") -> Field:
    """Declare the setting that narrows a channel to its provider's addresses."""
    return Field(
        "allowed_ips",
        _("Accept events only from these addresses"),
        kind="lines",
        validate=check_networks,
        help_text=help_text
        or _("Addresses or networks, one a line. Empty: whoever knows the address of the channel may post."),
    )


def check_sender(delivery: RawDelivery, settings: Settings) -> None:
    """Raise Forged when the channel names addresses and the sender's is not among them, or is unknown."""
    listed = str(settings.get("allowed_ips") or "")
    if not listed.strip():
        return
    try:
        address = ipaddress.ip_address(delivery.client_ip.split("%", 1)[0])
    except ValueError:
        raise Forged("the sender's address is unknown") from None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if not any(address in network for network in _networks(listed)):
        raise Forged("not an address of the provider")
