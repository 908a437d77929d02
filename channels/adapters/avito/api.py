"""The few methods of Avito's API we call (https://developers.avito.ru/api-catalog/messenger)."""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Mapping
from typing import Any, Self

import httpx
from django.utils.translation import gettext as _

from channels.adapters import client as web
from channels.adapters.base import SendError, Settings
from channels.adapters.text import as_dict, as_int, as_list, clean_line
from leads.inquiry import File, Person

DEFAULT_BASE_URL = "https://api.avito.ru"
MEDIA_HOSTS = ("avito.st", "avito.ru")


class AvitoApi:
    """A session with one account. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._id = str(settings.get("client_id") or "")
        self._secret = str(settings.get("client_secret") or "")
        self._account = str(settings.get("user_id") or "")
        self._base_url = str(settings.get("base_url") or DEFAULT_BASE_URL).rstrip("/")
        self._proxy = str(settings.get("proxy") or "")
        self._token = ""
        self._client = web.open_client(proxy=self._proxy)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self._client.close()

    def call(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        """Call the API with a fresh key and return its answer. Raises SendError."""
        headers = {"Authorization": f"Bearer {self._token or self._log_in()}"}
        response = web.request(self._client, method, f"{self._base_url}{path}", headers=headers, **kwargs)
        if response.status_code >= 400:
            raise _error(response)
        return web.read_json(response)

    def _log_in(self) -> str:
        """Ask for a key; it lasts a day, but every session asks anew rather than keeping secrets about."""
        if not self._id or not self._secret:
            raise SendError(_("Avito's Client ID and Client secret are not set."), is_permanent=True)
        form = {"grant_type": "client_credentials", "client_id": self._id, "client_secret": self._secret}
        response = web.request(self._client, "POST", f"{self._base_url}/token", data=form)
        token = clean_line(web.read_json(response).get("access_token"), 4000)
        if token:
            self._token = token
            return token
        if response.status_code == 429 or response.status_code >= 500:
            raise _error(response)
        raise SendError(_("Avito does not accept this Client ID and Client secret."), is_permanent=True)

    def account(self) -> tuple[str, str]:
        """Return number and name of the account."""
        answer = self.call("GET", "/core/v1/accounts/self")
        number = clean_line(answer.get("id"), 20)
        if not number:
            raise SendError(_("Avito does not say whose account this is."), is_permanent=False)
        self._account = number
        return number, clean_line(answer.get("name"), 200)

    def chat_path(self, chat_id: str, *rest: str, version: int = 1) -> str:
        """Write the path of a chat of this account."""
        account = self._account or self.account()[0]
        tail = "".join(f"/{part}" for part in rest)
        return f"/messenger/v{version}/accounts/{account}/chats/{urllib.parse.quote(chat_id, safe='~')}{tail}"

    def upload_image(self, file: File) -> str:
        """Hand a picture over and return its id."""
        account = self._account or self.account()[0]
        body = {"uploadfile[]": (file.name, file.data or b"", file.content_type)}
        path = f"/messenger/v1/accounts/{account}/uploadImages"
        answer = self.call("POST", path, files=body, timeout=web.DOWNLOAD_TIMEOUT)
        image_id = next(
            (clean_line(name, 200) for name, sizes in answer.items() if isinstance(sizes, dict)), ""
        )
        if not image_id:
            raise SendError(_("Avito did not take the picture."), is_permanent=True)
        return image_id

    def voice(self, voice_id: str) -> File:
        """Fetch a voice message: the API names a short-lived address for it."""
        account = self._account or self.account()[0]
        path = f"/messenger/v1/accounts/{account}/getVoiceFiles"
        urls = as_dict(self.call("GET", path, params={"voice_ids": voice_id}).get("voices_urls"))
        url = clean_line(urls.get(voice_id), 2000)
        if not url:
            raise SendError(_("Avito does not have this voice message any more."), is_permanent=True)
        return web.download_media(url, hosts=(), proxy=self._proxy)

    def download(self, url: str) -> File:
        """Fetch what a notification linked, from Avito's own hosts only."""
        return web.download_media(url, hosts=MEDIA_HOSTS, proxy=self._proxy)

    def subscriptions(self) -> list[str]:
        """List the addresses that are notified."""
        found = as_list(self.call("POST", "/messenger/v1/subscriptions").get("subscriptions"))
        return [clean_line(as_dict(one).get("url"), 500) for one in found]


@dataclasses.dataclass(frozen=True, slots=True)
class Chat:
    """What a notification leaves out: who takes part, by number, and what the ad is."""

    people: Mapping[str, Person]
    product: Mapping[str, str]


def look_up_chat(api: AvitoApi, chat_id: str) -> Chat:
    """Ask who takes part in a chat and which ad it is about. Raises SendError."""
    answer = api.call("GET", api.chat_path(chat_id, version=2))
    people = {}
    for user in map(as_dict, as_list(answer.get("users"))):
        number = clean_line(user.get("id"), 20)
        url = clean_line(as_dict(user.get("public_user_profile")).get("url"), 500)
        people[number] = Person(name=clean_line(user.get("name"), 200), messenger_id=number, profile_url=url)
    ad = as_dict(as_dict(answer.get("context")).get("value"))
    told = {"title": ad.get("title"), "price": ad.get("price_string"), "url": ad.get("url")}
    product = {name: text for name, value in told.items() if (text := clean_line(value, 500))}
    return Chat(people, product)


def _error(response: httpx.Response) -> SendError:
    """Map an answer to an error: 429 says when to come back, 4xx is final, the rest may pass."""
    status, answer = response.status_code, web.read_json(response)
    places = (as_dict(answer.get("error")), as_dict(answer.get("result")), answer)
    told = next(filter(None, (clean_line(place.get("message"), 300) for place in places)), f"HTTP {status}")
    if status == 429:
        seconds = as_int(response.headers.get("retry-after")) or 60
        wait_s = max(1, min(seconds, 3600))
        return SendError(_("Avito asks to slow down."), is_permanent=False, retry_after_s=wait_s)
    if status == 401:
        return SendError(_("Avito does not accept this Client ID and Client secret."), is_permanent=True)
    if status == 402:
        message = _("The account's tariff does not include the messenger's API ({error}).").format(error=told)
        return SendError(message, is_permanent=True)
    if status == 403:
        message = _("Avito does not allow this: the chat is blocked, or the right is missing ({error}).")
        return SendError(message.format(error=told), is_permanent=True)
    return SendError(
        _("Avito refused: {error}").format(error=told),
        is_permanent=status < 500,
        is_uncertain=status in (502, 504),  # a gateway: what stands behind it may have taken the message
    )
