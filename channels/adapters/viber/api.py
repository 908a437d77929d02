"""The few methods of Viber's Bot API we call (https://developers.viber.com/docs/api/rest-bot-api/)."""

from __future__ import annotations

from typing import Any, Self

import httpx
from django.utils.translation import gettext as _

from channels.adapters import client as web
from channels.adapters.base import SendError, Settings
from channels.adapters.text import as_int, clean_line

DEFAULT_BASE_URL = "https://chatapi.viber.com"
MEDIA_HOSTS = ("viber.com",)
_OK, _WRONG_TOKEN, _TOO_MANY = 0, 2, 12
_NOT_REACHABLE = (5, 6, 11)  # not registered, not subscribed, no device that could show it
_BOT_TROUBLE = (7, 8, 9, 15, 23, 24)  # blocked, unknown, suspended, not allowed, no free messages, no money


class ViberApi:
    """A session with one bot. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._token = str(settings.get("token") or "")
        self._base_url = str(settings.get("base_url") or DEFAULT_BASE_URL).rstrip("/")
        self._client = web.open_client(proxy=str(settings.get("proxy") or ""))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self._client.close()

    def call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call a method and return its answer. Raises SendError; the token is never in its text."""
        if not self._token:
            raise SendError(_("The bot's token is not set."), is_permanent=True)
        headers = {"X-Viber-Auth-Token": self._token}
        url = f"{self._base_url}/pa/{method}"
        response = web.request(self._client, "POST", url, json=body, headers=headers)
        answer = web.read_json(response)
        if response.status_code == httpx.codes.OK and as_int(answer.get("status")) == _OK:
            return answer
        raise _error(response, answer)


def _error(response: httpx.Response, answer: dict[str, Any]) -> SendError:
    """Map an answer to an error; Viber says 200 and tells the trouble by a number."""
    code, status = as_int(answer.get("status")), response.status_code
    told = clean_line(answer.get("status_message"), 300) or f"HTTP {status}"
    if code == _TOO_MANY or status == 429:
        return SendError(_("Viber asks to slow down."), is_permanent=False, retry_after_s=30)
    if code is None or status >= 500:
        is_uncertain = status in (502, 504)  # a gateway: what stands behind it may have taken the message
        message = _("Viber can't answer now: HTTP {status}.").format(status=status)
        return SendError(message, is_permanent=400 <= status < 500, is_uncertain=is_uncertain)
    if code == _WRONG_TOKEN:
        text = _("Viber does not know this bot: check the token ({error}).")
    elif code in _NOT_REACHABLE:
        text = _("The person left the bot or can't be reached in Viber ({error}).")
    elif code in _BOT_TROUBLE:
        text = _("Viber does not let this bot write ({error}).")
    else:
        text = _("Viber refused: {error}")
    return SendError(text.format(error=told), is_permanent=True)
