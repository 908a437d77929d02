"""Meta's Graph API, as far as we call it: one session, and its errors told apart."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping
from typing import Any, Self

import httpx
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters.base import SendError, Settings
from channels.adapters.text import as_dict, as_int, as_list, clean_line
from leads.inquiry import File

DEFAULT_BASE_URL = "https://graph.facebook.com"
DEFAULT_VERSION = "v25.0"
FILE_HOSTS = ("fbcdn.net", "fbsbx.com", "facebook.com", "cdninstagram.com", "instagram.com", "whatsapp.net")
# https://developers.facebook.com/docs/graph-api/overview/rate-limiting and WhatsApp's list of error codes
_SLOW_DOWN = frozenset((4, 17, 32, 341, 613, 130429, 131048, 131056, 133016, *range(80000, 80015)))
_PASSING = frozenset((1, 2, 1200, 131000, 131016, 133004, 133005))
_TOKEN = frozenset((0, 102, 190, 463, 467))
_PERMISSION = frozenset((3, 10, 131005, *range(200, 300)))
# Code, or code and subcode: what it means to who reads it. Documented at
# https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes and
# https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes
_WINDOW = _(
    "More than 24 hours have passed since the client's last message. Meta lets businesses write again only "
    "after the client does, or with a template approved in Meta's own tools."
)
_UNREACHABLE = _("The client can't be written to now: blocked us, left, or has not agreed to messages.")
_MEANINGS: Mapping[tuple[int, int], str | Promise] = {
    (131047, 0): _WINDOW,
    (10, 2018278): _WINDOW,
    (10, 2534022): _WINDOW,
    (131026, 0): _("WhatsApp could not deliver it: the number has no WhatsApp, or an old version of it."),
    (131049, 0): _("Meta did not deliver it: this client gets too many messages of businesses now."),
    (130472, 0): _("Meta did not deliver it: the client's number takes part in an experiment of Meta."),
    (131050, 0): _("The client has unsubscribed from marketing messages."),
    (131051, 0): _("WhatsApp does not know this kind of message."),
    (131052, 0): _("WhatsApp could not fetch the file the client sent."),
    (131053, 0): _("WhatsApp did not take the file: its type or size is not allowed."),
    (131031, 0): _("Meta has locked the WhatsApp account: look into the Business Manager."),
    (131042, 0): _("Meta wants a payment method: look into the billing of the WhatsApp account."),
    (133010, 0): _("The number is not registered with the WhatsApp Cloud API."),
    (368, 0): _("Meta has blocked the account for breaking its rules: look into the Business Manager."),
    (551, 0): _UNREACHABLE,
    (200, 1545041): _UNREACHABLE,
    (10, 2018108): _UNREACHABLE,
    (100, 2018001): _("Meta does not know this client: the dialog belongs to another page or app."),
}


class GraphApi:
    """A session with the token of one channel. Use as a context manager."""

    def __init__(self, settings: Settings, *, timeout: httpx.Timeout = web.TIMEOUT) -> None:
        self._token = str(settings.get("access_token") or "")
        self.base_url = str(settings.get("base_url") or DEFAULT_BASE_URL).rstrip("/")
        self._version = str(settings.get("api_version") or DEFAULT_VERSION).strip("/")
        self._proxy = str(settings.get("proxy") or "")
        self._client = web.open_client(proxy=self._proxy, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self._client.close()

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """Read an object or an edge. Raises SendError."""
        return self._call("GET", path, params=parameters)

    def post(self, path: str, body: Mapping[str, Any], *, token: str = "") -> dict[str, Any]:
        """Send JSON; another token than the channel's where the app itself is asked. Raises SendError."""
        return self._call("POST", path, token=token, json=dict(body))

    def upload(self, path: str, fields: Mapping[str, str], name: str, file: File) -> dict[str, Any]:
        """Send a form with one file in it. Raises SendError."""
        files = {name: (file.name, file.data or b"", file.content_type)}
        return self._call("POST", path, data=dict(fields), files=files, timeout=web.DOWNLOAD_TIMEOUT)

    def download(self, url: str, *, max_bytes: int = web.MAX_FILE_BYTES) -> File:
        """Fetch a file whose address the API gave; only Meta's own hosts get to see the token."""
        own = urllib.parse.urlsplit(self.base_url)
        hosts = (*FILE_HOSTS, own.hostname or "")
        headers = {"authorization": f"Bearer {self._token}"}
        is_own = urllib.parse.urlsplit(url).netloc == own.netloc  # a mirror typed in by the tenant
        if not is_own and not self._proxy:
            return web.download_public(url, hosts=hosts, max_bytes=max_bytes, headers=headers)
        is_plain_http = is_own and own.scheme == "http"
        return web.download(
            self._client,
            url,
            hosts=hosts,
            max_bytes=max_bytes,
            headers=headers,
            needs_https=not is_plain_http,
        )

    def _call(self, method: str, path: str, *, token: str = "", **options: Any) -> dict[str, Any]:
        token = token or self._token
        if not token:
            raise SendError(gettext("The access token is not set."), is_permanent=True)
        url = f"{self.base_url}/{self._version}/{urllib.parse.quote(path.lstrip('/'))}"
        headers = {"authorization": f"Bearer {token}"}
        response = web.request(self._client, method, url, headers=headers, **options)
        answer = web.read_json(response)
        if response.is_success and answer and "error" not in answer:
            return answer
        told = json.dumps(as_dict(answer.get("error")))  # "Malformed access token EAA…"
        raise error_of(response, json.loads(told.replace(token, "•••")))


def error_of(response: httpx.Response, error: Mapping[str, Any]) -> SendError:
    """Map an error of the API: what passes, what is final, and a sentence for who reads it."""
    code = as_int(error.get("code"))
    if code is None:
        return _plain_error(response)
    text = explain(error)
    if code in _SLOW_DOWN or response.status_code == 429:
        message = gettext("Meta asks to slow down ({error}).").format(error=text)
        return SendError(message, is_permanent=False, retry_after_s=_pause_s(response))
    if code in _TOKEN:
        message = gettext("Meta does not accept the access token: make a new one ({error}).")
        return SendError(message.format(error=text), is_permanent=True)
    is_passing = code in _PASSING or error.get("is_transient") is True or web.is_passing(response.status_code)
    if code in _PERMISSION and not is_known(error):
        message = gettext("The access token lacks a permission ({error}).").format(error=text)
        return SendError(message, is_permanent=True)
    if is_known(error):
        return SendError(text, is_permanent=True)
    return SendError(gettext("Meta refused: {error}").format(error=text), is_permanent=not is_passing)


def is_outside_window(error: SendError) -> bool:
    """Whether it came too long after the client's last message."""
    return str(error) == str(_WINDOW)


def explain(error: Mapping[str, Any]) -> str:
    """Say what an error of the API or of a webhook means: in our words where we know it, else in Meta's."""
    code, subcode = as_int(error.get("code")) or 0, as_int(error.get("error_subcode")) or 0
    if meaning := _MEANINGS.get((code, subcode)) or _MEANINGS.get((code, 0)):
        return str(meaning)
    title = clean_line(error.get("message") or error.get("title"), 200)
    details = clean_line(as_dict(error.get("error_data")).get("details"), 200)
    told = details if title in details else ": ".join(filter(None, (title, details)))
    told = told or clean_line(error.get("error_user_msg"), 200)
    return f"{told} ({code})" if told else f"{code}"


def is_known(error: Mapping[str, Any]) -> bool:
    """Whether we have words of our own for it."""
    code, subcode = as_int(error.get("code")) or 0, as_int(error.get("error_subcode")) or 0
    return (code, subcode) in _MEANINGS or (code, 0) in _MEANINGS


def explain_all(errors: Any) -> str:
    """Say what the errors of a webhook mean; "" when there are none."""
    return "; ".join(explain(as_dict(error)) for error in as_list(errors)[:5])[:500]


def _plain_error(response: httpx.Response) -> SendError:
    status = response.status_code
    message = gettext("Meta gave no readable answer: HTTP {status}.").format(status=status)
    if status == 429:
        return SendError(message, is_permanent=False, retry_after_s=_pause_s(response))
    return SendError(message, is_permanent=status >= 400 and not web.is_passing(status))


def _pause_s(response: httpx.Response) -> int:
    """How long to wait: as the usage header of the business says in minutes, else as usual."""
    try:
        usage = json.loads(response.headers.get("x-business-use-case-usage", "{}"))
    except ValueError:
        usage = {}
    told = [
        as_dict(use).get("estimated_time_to_regain_access") for one in _values(usage) for use in as_list(one)
    ]
    minutes = max((as_int(value) or 0 for value in told), default=0)
    return max(minutes * 60, web.retry_after_s(response))


def _values(value: Any) -> list[Any]:
    return list(as_dict(value).values())
