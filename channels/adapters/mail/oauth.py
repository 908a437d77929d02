"""Logging in to mailboxes by OAuth 2: consent, and access tokens renewed as long as the consent holds.

Sources: RFC 6749; Google "Gmail XOAUTH2", Microsoft "Authenticate an IMAP, POP or SMTP connection using
OAuth", Yandex "OAuth for IMAP and SMTP", VK/Mail.ru "OAuth for mail clients".
"""

from __future__ import annotations

import dataclasses
import time
import urllib.parse
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.adapters import client as web
from channels.adapters.base import SendError, Settings, Text
from channels.adapters.text import as_int, clean_line, digest

EARLIER_S = 120  # renewed so long before it ends: a session may last a while
_USUAL_S = 3000


@dataclasses.dataclass(frozen=True, slots=True)
class Provider:
    """Where a mail provider asks for consent and gives tokens."""

    label: Text
    authorize_url: str
    token_url: str
    scope: str
    extra: tuple[tuple[str, str], ...] = ()  # what makes it give a refresh token


PROVIDERS = {
    "google": Provider(
        "Google",
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "https://mail.google.com/",
        (("access_type", "offline"), ("prompt", "consent")),
    ),
    "microsoft": Provider(
        "Microsoft 365",
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "offline_access https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send",
    ),
    "yandex": Provider(
        gettext_lazy("Yandex"),
        "https://oauth.yandex.ru/authorize",
        "https://oauth.yandex.ru/token",
        "mail:imap_full mail:smtp",
        (("force_confirm", "yes"),),
    ),
    "mailru": Provider("Mail.ru", "https://oauth.mail.ru/login", "https://oauth.mail.ru/token", "mail.imap"),
}
CHOICES: tuple[tuple[str, Text], ...] = (
    ("", gettext_lazy("By password")),
    *((name, provider.label) for name, provider in PROVIDERS.items()),
)
_tokens: dict[str, tuple[str, float]] = {}  # by digest of the consent: access token, when it ends (monotonic)


def is_wanted(settings: Settings) -> bool:
    """Whether the mailbox is to be entered by a provider's consent."""
    return str(settings.get("oauth_provider") or "") in PROVIDERS


def authorize_url(settings: Settings, *, redirect_uri: str, state: str) -> str:
    """Build the address at which the mailbox's owner consents. Raises SendError when settings are missing."""
    provider, client_id, _secret = _application(settings)
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": provider.scope,
        "state": state,
        "login_hint": str(settings.get("address") or ""),
        **dict(provider.extra),
    }
    return f"{provider.authorize_url}?{urllib.parse.urlencode(query)}"


def exchange(settings: Settings, *, code: str, redirect_uri: str) -> str:
    """Turn the code of a consent into its refresh token. Raises SendError."""
    answer = _ask(settings, {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri})
    refresh_token = str(answer.get("refresh_token") or "")
    if not refresh_token:
        raise SendError(_("The provider gave no lasting access."), is_permanent=True)
    _keep(refresh_token, answer)
    return refresh_token


def access_token(settings: Settings) -> str:
    """Return a token to log in with: of the consent, renewed when it ends, else the one in the settings."""
    if not is_wanted(settings):
        return str(settings.get("access_token") or "")
    refresh_token = str(settings.get("refresh_token") or "")
    if not refresh_token:
        raise SendError(_("Nobody has signed in at the mail provider yet."), is_permanent=True)
    token, ends = _tokens.get(digest(refresh_token), ("", 0.0))
    if token and ends > time.monotonic():
        return token
    answer = _ask(settings, {"grant_type": "refresh_token", "refresh_token": refresh_token})
    return _keep(refresh_token, answer)


def _keep(refresh_token: str, answer: dict[str, Any]) -> str:
    token = str(answer.get("access_token") or "")
    if not token:
        raise SendError(_("The provider gave no access token."), is_permanent=False)
    lasts = as_int(answer.get("expires_in")) or _USUAL_S
    _tokens[digest(refresh_token)] = (token, time.monotonic() + max(lasts - EARLIER_S, 0))
    return token


def _ask(settings: Settings, form: dict[str, str]) -> dict[str, Any]:
    provider, client_id, client_secret = _application(settings)
    form = {**form, "client_id": client_id, "client_secret": client_secret}
    with web.open_client() as http:
        response = web.request(http, "POST", provider.token_url, data=form)
    answer = web.read_json(response)
    if response.status_code == 200:
        return answer
    if response.status_code == 429 or response.status_code >= 500:
        raise SendError(_("The mail provider can't answer now."), is_permanent=False, retry_after_s=60)
    said = clean_line(answer.get("error_description") or answer.get("error") or response.status_code, 200)
    raise SendError(_("The mail provider refused: {error}").format(error=said), is_permanent=True)


def _application(settings: Settings) -> tuple[Provider, str, str]:
    provider = PROVIDERS.get(str(settings.get("oauth_provider") or ""))
    client_id = str(settings.get("client_id") or "")
    client_secret = str(settings.get("client_secret") or "")
    if provider is None or not client_id or not client_secret:
        raise SendError(_("Fill in the application's ID and secret first, and save."), is_permanent=True)
    return provider, client_id, client_secret
