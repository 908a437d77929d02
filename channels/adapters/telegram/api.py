"""The few Bot API methods we call, with Telegram's errors told apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

import httpx
from django.utils.translation import gettext as _

from channels.adapters import client as web
from channels.adapters.base import SendError, Settings
from channels.adapters.text import as_dict, as_int, clean_line
from leads.inquiry import File

DEFAULT_BASE_URL = "https://api.telegram.org"
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024  # getFile gives no more (https://core.telegram.org/bots/api#getfile)


class Moved(SendError):
    """The group became a supergroup: write to the new id."""

    def __init__(self, chat_id: str) -> None:
        super().__init__(_("The group moved to {id}.").format(id=chat_id), is_permanent=False)
        self.chat_id = chat_id


class TelegramApi:
    """A session with one bot. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._token = str(settings.get("token") or "")
        self._base_url = str(settings.get("base_url") or DEFAULT_BASE_URL).rstrip("/")
        self._client = web.open_client(proxy=str(settings.get("proxy") or ""), timeout=web.TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self._client.close()

    def call(
        self, method: str, parameters: Mapping[str, Any], files: Mapping[str, File] | None = None
    ) -> Any:
        """Call a method and return its result; raise SendError with the token never in the text."""
        if not self._token:
            raise SendError(_("The bot's token is not set."), is_permanent=True)
        url = f"{self._base_url}/bot{self._token}/{method}"
        response = web.request(self._client, "POST", url, **_body(parameters, files or {}))
        answer = web.read_json(response)
        if answer.get("ok") is True:
            return answer.get("result")
        raise _error(response, answer)

    def download(self, file_id: str) -> File:
        """Fetch a file by its id; the name and type are the server's guess."""
        info = as_dict(self.call("getFile", {"file_id": file_id}))
        path, size = clean_line(info.get("file_path"), 500), as_int(info.get("file_size")) or 0
        if size > MAX_DOWNLOAD_BYTES or not path:
            raise SendError(_("Telegram gives files up to 20 MB only."), is_permanent=True)
        url = f"{self._base_url}/file/bot{self._token}/{path}"
        return web.download(
            self._client, url, max_bytes=MAX_DOWNLOAD_BYTES, needs_https=self._base_url.startswith("https://")
        )


def _body(parameters: Mapping[str, Any], files: Mapping[str, File]) -> dict[str, Any]:
    if not files:
        return {"json": dict(parameters)}
    text = {k: v if isinstance(v, str) else json.dumps(v) for k, v in parameters.items()}
    return {
        "data": text,
        "files": {field: (file.name, file.data or b"", file.content_type) for field, file in files.items()},
        "timeout": web.DOWNLOAD_TIMEOUT,
    }


def _error(response: httpx.Response, answer: dict[str, Any]) -> SendError:
    """Map an answer to an error: 429 says when to come back, 4xx is final, the rest may pass."""
    parameters = as_dict(answer.get("parameters"))
    code = as_int(answer.get("error_code")) or response.status_code
    if chat_id := parameters.get("migrate_to_chat_id"):
        return Moved(clean_line(chat_id, 40))
    description = clean_line(answer.get("description"), 300) or f"HTTP {response.status_code}"
    if code == 429:
        seconds = as_int(parameters.get("retry_after")) or 30
        return SendError(_("Telegram asks to slow down."), is_permanent=False, retry_after_s=max(1, seconds))
    if code in (401, 404) and not description.startswith("Bad Request"):
        return SendError(_("Telegram does not know this bot: check the token."), is_permanent=True)
    if code == 403:
        message = _("The person stopped the bot or may not be written to ({error}).").format(
            error=description
        )
        return SendError(message, is_permanent=True)
    is_final = 400 <= code < 500
    return SendError(_("Telegram refused: {error}").format(error=description), is_permanent=is_final)
