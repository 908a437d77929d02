"""Addresses of hooks: the token in the URL says whose channel it is, and is itself a secret."""

from __future__ import annotations

import hashlib
import secrets as random

from django.conf import settings

from channels.adapters.chat.standing import SCRIPT
from channels.models import Channel, HookRoute


def new_token() -> str:
    """Make a token nobody guesses."""
    return random.token_urlsafe(24)


def token_hash(token: str) -> str:
    """Hash a token as HookRoute keeps it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def find_route(kind: str, token: str) -> HookRoute | None:
    """Find whose hook was called; the kind in the address has to be the channel's."""
    return HookRoute.objects.filter(token_hash=token_hash(token), kind=kind).first()


def connect(channel: Channel, token: str, *, tenant_id: int) -> None:
    """Let a token, and no other, lead to the channel."""
    HookRoute.objects.filter(channel_id=channel.pk).delete()
    HookRoute.objects.create(
        token_hash=token_hash(token), tenant_id=tenant_id, channel_id=channel.pk, kind=channel.kind
    )


def hook_url(kind: str, token: str) -> str:
    """Build the public address of a hook."""
    return f"{settings.PUBLIC_URL}/hooks/{kind}/{token}"


def widget_script() -> str:
    """Build the address of the script that sites load."""
    return f"{settings.PUBLIC_URL}{SCRIPT}"


def widget_code(token: str) -> str:
    """Write the line that puts a channel's widget on a site."""
    return f'<script async src="{widget_script()}" data-channel="{token}"></script>'


def widget_trial_url(token: str) -> str:
    """Build the address of a page of ours that has the widget on it."""
    return f"{settings.PUBLIC_URL}/chat/{token}/trial"


def form_url(token: str) -> str:
    """Build the public address of a channel's own form page."""
    return f"{settings.PUBLIC_URL}/f/{token}"


def form_script_url(token: str) -> str:
    """Build the public address of the script that shows the form on another site."""
    return f"{settings.PUBLIC_URL}/forms/{token}.js"


def numbers_script_url(token: str) -> str:
    """Build the public address of the script that shows numbers on another site."""
    return f"{settings.PUBLIC_URL}/numbers/{token}.js"
