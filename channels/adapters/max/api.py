"""The few methods of MAX's Bot API we call, with its errors told apart (https://dev.max.ru/docs-api)."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx
from django.conf import settings as django_settings
from django.utils.translation import gettext as _

from channels.adapters import client as web
from channels.adapters.base import SendError, Settings
from channels.adapters.text import as_dict, as_int, as_list, clean_line
from leads.inquiry import File

DEFAULT_BASE_URL = "https://platform-api2.max.ru"
MEDIA_HOSTS = ("max.ru", "oneme.ru", "okcdn.ru", "mycdn.me", "vkuser.net", "userapi.com")
NOT_READY = "attachment.not.ready"
_READY_TRIES_S = (1.0, 2.0, 4.0)  # how long MAX is given to digest a file, try after try


class MaxError(SendError):
    """MAX's own refusal, with its code word."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        is_permanent: bool,
        retry_after_s: int | None = None,
        is_uncertain: bool = False,
    ) -> None:
        super().__init__(
            message, is_permanent=is_permanent, retry_after_s=retry_after_s, is_uncertain=is_uncertain
        )
        self.code = code


class MaxApi:
    """A session with one bot. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._token = str(settings.get("token") or "")
        self._base_url = str(settings.get("base_url") or DEFAULT_BASE_URL).rstrip("/")
        self._proxy = str(settings.get("proxy") or "")
        self._client = web.open_client(proxy=self._proxy, root=_root_for(self._base_url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self._client.close()

    def call(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: object = None
    ) -> dict[str, Any]:
        """Call the API and return its answer. Raises SendError; the token is never in its text."""
        if not self._token:
            raise SendError(_("The bot's token is not set."), is_permanent=True)
        response = web.request(
            self._client,
            method,
            f"{self._base_url}{path}",
            params=dict(query or {}),
            headers={"Authorization": self._token},
            **({} if body is None else {"json": body}),
        )
        answer = web.read_json(response)
        if response.status_code == httpx.codes.OK and answer.get("success") is not False:
            return answer
        raise _error(response, answer)

    def send(self, where: Mapping[str, str], body: dict[str, Any]) -> str:
        """Send one message and return its id; a file just handed over may need a moment."""
        for pause_s in (*_READY_TRIES_S, None):
            try:
                answer = self.call("POST", "/messages", query=where, body=body)
            except MaxError as error:
                if error.code != NOT_READY or pause_s is None:
                    raise
                time.sleep(pause_s)
            else:
                return clean_line(as_dict(as_dict(answer.get("message")).get("body")).get("mid"), 200)
        raise AssertionError("the last try returns or raises")

    def upload(self, file: File) -> dict[str, Any]:
        """Hand a file over and return the attachment that shows it."""
        kind = "image" if file.content_type.startswith("image/") else "file"
        place = self.call("POST", "/uploads", query={"type": kind})
        response = web.request(
            self._client,
            "POST",
            clean_line(place.get("url"), 2000),
            files={"data": (file.name, file.data or b"", file.content_type)},
            timeout=web.DOWNLOAD_TIMEOUT,
        )
        told = web.read_json(response)
        payload = {name: told[name] for name in ("token", "photos") if told.get(name)}
        if not payload and place.get("token"):
            payload = {"token": place["token"]}
        if response.status_code != httpx.codes.OK or not payload:
            message = _("MAX did not take the file {name}: HTTP {status}.").format(
                name=file.name, status=response.status_code
            )
            raise SendError(message, is_permanent=400 <= response.status_code < 500)
        return {"type": kind, "payload": payload}

    def download(self, url: str) -> File:
        """Fetch what an update linked, from MAX's own hosts only."""
        host = urllib.parse.urlsplit(url).hostname or ""
        return web.download_media(
            url, hosts=MEDIA_HOSTS, proxy=self._proxy, root=_root_for(f"https://{host}")
        )

    def video_url(self, token: str) -> str:
        """Ask where a video lies; of its sizes the largest."""
        path = f"/videos/{urllib.parse.quote(token, safe='')}"
        urls = as_dict(self.call("GET", path).get("urls"))
        sizes = sorted(
            (
                (as_int(name.partition("_")[2]) or 0, url)
                for name, url in urls.items()
                if name.startswith("mp4_")
            ),
            key=lambda size: size[0],
        )
        if not sizes:
            raise SendError(_("MAX does not say where the video lies."), is_permanent=True)
        return clean_line(sizes[-1][1], 2000)

    def subscriptions(self) -> list[str]:
        """List the addresses that get this bot's updates."""
        found = as_list(self.call("GET", "/subscriptions").get("subscriptions"))
        return [clean_line(as_dict(one).get("url"), 500) for one in found]


def _root_for(base_url: str) -> Path | None:
    """The API's certificate is of the Russian national authority, which no usual list of authorities has.

    The operator fetches its root (https://www.gosuslugi.ru/crt) and names the file in MAX_CA_FILE: it is trusted
    for MAX's own hosts only.
    """
    host, file = urllib.parse.urlsplit(base_url).hostname or "", django_settings.MAX_CA_FILE
    is_theirs = any(host == known or host.endswith(f".{known}") for known in ("max.ru", "oneme.ru"))
    if not is_theirs or not file:
        return None
    if not Path(file).is_file():
        raise MaxError(_("The certificate that MAX_CA_FILE names is not there."), is_permanent=True)
    return Path(file)


def _error(response: httpx.Response, answer: dict[str, Any]) -> SendError:
    """Map an answer to an error: 429 says when to come back, 4xx is final, the rest may pass."""
    status = response.status_code
    code = clean_line(answer.get("code") or answer.get("error"), 60)
    told = clean_line(answer.get("message"), 300) or code or f"HTTP {status}"
    if status == 429:
        seconds = as_int(response.headers.get("retry-after")) or 5
        return MaxError(
            _("MAX asks to slow down."),
            code=code,
            is_permanent=False,
            retry_after_s=max(1, min(seconds, 3600)),
        )
    if status == 401:
        return MaxError(
            _("MAX does not know this bot: check the token ({error}).").format(error=told),
            code=code,
            is_permanent=True,
        )
    if status == 403:
        message = _("The person stopped the bot or may not be written to ({error}).").format(error=told)
        return MaxError(message, code=code, is_permanent=True)
    is_passing = status >= 500 or code == NOT_READY
    return MaxError(
        _("MAX refused: {error}").format(error=told),
        code=code,
        is_permanent=not is_passing,
        is_uncertain=status in (502, 504),  # a gateway: what stands behind it may have taken the message
    )
