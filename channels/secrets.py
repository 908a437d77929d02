"""Secrets of channels: sealed at rest, opened only to be used, never shown or logged.

SECRET_KEY_FALLBACKS open what older keys sealed; `manage reseal_secrets` seals everything anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from cryptography.fernet import InvalidToken

from channels.models import Channel
from core import sealing

# Kept beside the adapter\'s own, so that the page can show the address again.
HOOK_TOKEN = "hook_token"  # noqa: S105
_PURPOSE = "channel secrets"
_MASKABLE_LENGTH = 6  # shorter values would tear holes into ordinary text


class SecretsUnreadable(RuntimeError):
    """The secrets were sealed with a SECRET_KEY that is neither the present nor a fallback one."""


def read(channel: Channel) -> dict[str, str]:
    """Open a channel's secrets. Raises SecretsUnreadable."""
    sealed = bytes(channel.encrypted_secrets)
    if not sealed:
        return {}
    try:
        content = json.loads(sealing.unseal(sealed.decode(), purpose=_PURPOSE))
    except InvalidToken as error:
        raise SecretsUnreadable(f"The secrets of channel {channel.pk} need an older SECRET_KEY.") from error
    if content["channel"] != str(channel.pk):
        raise SecretsUnreadable(f"Channel {channel.pk} holds the secrets of another one.")
    values: dict[str, str] = content["values"]
    return values


def write(channel: Channel, values: Mapping[str, str]) -> None:
    """Put sealed secrets on the instance; the caller saves it. They open for this channel only."""
    kept = {name: value for name, value in values.items() if value}
    text = json.dumps({"channel": str(channel.pk), "values": kept}, ensure_ascii=False)
    channel.encrypted_secrets = sealing.seal(text, purpose=_PURPOSE).encode()


def mask(text: str, values: Mapping[str, str]) -> str:
    """Blot out every secret in a text that is stored or shown."""
    for value in values.values():
        if len(value) >= _MASKABLE_LENGTH:
            text = text.replace(value, "•••")
    return text
