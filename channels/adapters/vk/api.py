"""The few VK API methods we call, with VK's errors told apart (https://dev.vk.com/reference/errors)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import httpx
from django.utils.translation import gettext as _

from channels.adapters import client as web
from channels.adapters.base import SendError, Settings
from channels.adapters.text import as_dict, as_int, as_list, clean_line
from channels.adapters.vk.thread import profile_url
from leads.inquiry import File, Person

DEFAULT_BASE_URL = "https://api.vk.com"
VERSION = "5.199"
# Where VK keeps what people send; addresses in events are fetched from nowhere else.
MEDIA_HOSTS = (
    "userapi.com",
    "vk.com",
    "vk.ru",
    "vk.me",
    "vkuser.net",
    "vkuserphoto.ru",
    "vkuseraudio.net",
    "vkuseraudio.com",
    "vkuservideo.net",
    "vkvideo.ru",
    "vk-cdn.net",
    "okcdn.ru",
    "mycdn.me",
)
_WAIT_S = {1: 30, 6: 2, 9: 60, 10: 30, 14: 300, 29: 1800}  # these pass by themselves
_WRONG_KEY = (4, 5, 27, 28, 1114, 1116)
_NO_RIGHTS = (7, 15, 20, 23)
_NOT_ALLOWED = (900, 901, 902, 917, 936, 945, 983)  # the person or the chat takes no messages of ours


class VkError(SendError):
    """VK's own refusal, with its number."""

    def __init__(self, message: str, *, code: int, retry_after_s: int | None = None) -> None:
        super().__init__(message, is_permanent=retry_after_s is None, retry_after_s=retry_after_s)
        self.code = code

    @property
    def is_about_rights(self) -> bool:
        """Whether the key is good, only not for this."""
        return self.code in _NO_RIGHTS


class VkApi:
    """A session with one community's key. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._token = str(settings.get("token") or "")
        self._base_url = str(settings.get("base_url") or DEFAULT_BASE_URL).rstrip("/")
        self._client = web.open_client(proxy=str(settings.get("proxy") or ""))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self._client.close()

    def call(self, method: str, **parameters: Any) -> Any:
        """Call a method and return its response. Raises SendError; the key is never in its text."""
        if not self._token:
            raise SendError(_("The community's key is not set."), is_permanent=True)
        data = {**parameters, "access_token": self._token, "v": VERSION}
        response = web.request(self._client, "POST", f"{self._base_url}/method/{method}", data=data)
        answer = web.read_json(response)
        if "response" in answer:
            return answer["response"]
        raise _error(response, as_dict(answer.get("error")))

    def upload(self, url: str, field: str, file: File) -> Mapping[str, Any]:
        """Hand a file over at the address that VK named for it."""
        body = {field: (file.name, file.data or b"", file.content_type)}
        response = web.request(self._client, "POST", url, files=body, timeout=web.DOWNLOAD_TIMEOUT)
        answer = web.read_json(response)
        if response.status_code != httpx.codes.OK or not answer or answer.get("error"):
            told = clean_line(answer.get("error"), 200) or f"HTTP {response.status_code}"
            message = _("VK did not take the file {name}: {error}").format(name=file.name, error=told)
            raise SendError(message, is_permanent=bool(answer.get("error")))
        return answer

    def group(self) -> tuple[str, str]:
        """Return number and name of the community whose key this is."""
        answer = self.call("groups.getById")
        groups = as_list(as_dict(answer).get("groups")) or as_list(answer)
        found = as_dict(groups[0]) if groups else {}
        number = clean_line(found.get("id"), 20)
        if not number:
            raise SendError(_("This key is not of a community."), is_permanent=True)
        return number, clean_line(found.get("name"), 200)


def look_up_person(api: VkApi, from_id: str) -> Person:
    """Ask who a person or a community is: events carry only the number. Raises SendError."""
    number = as_int(from_id) or 0
    if number < 0:
        answer = api.call("groups.getById", group_ids=str(-number))
        found = as_list(as_dict(answer).get("groups")) or as_list(answer)
    else:
        found = as_list(api.call("users.get", user_ids=str(number), fields="screen_name"))
    facts = as_dict(found[0]) if found else {}
    names = (clean_line(facts.get("first_name"), 100), clean_line(facts.get("last_name"), 100))
    return Person(
        name=" ".join(filter(None, names)) or clean_line(facts.get("name"), 200),
        messenger_id=from_id,
        username=clean_line(facts.get("screen_name"), 64),
        profile_url=profile_url(from_id),
    )


def _error(response: httpx.Response, error: dict[str, Any]) -> SendError:
    code = as_int(error.get("error_code"))
    told = clean_line(error.get("error_msg"), 300)
    if code is None:
        status = response.status_code
        is_passing = status == 429 or status >= 500 or status == 200  # 200: a notice of a proxy, no VK
        message = _("VK can't answer now: HTTP {status}.").format(status=status)
        return SendError(message, is_permanent=not is_passing, retry_after_s=30 if is_passing else None)
    return refusal(code, told)


def refusal(code: int, told: str) -> VkError:
    """Say what one of VK's numbers means, and whether it passes."""
    if wait_s := _WAIT_S.get(code):
        message = _("VK asks to wait ({error}).").format(error=told or code)
        return VkError(message, code=code, retry_after_s=wait_s)
    if code in _WRONG_KEY:
        text = _("VK does not accept the community's key ({error}).")
    elif code in _NO_RIGHTS:
        text = _("The community's key lacks the right for this ({error}).")
    elif code in _NOT_ALLOWED:
        text = _("The person does not let the community write to them ({error}).")
    else:
        text = _("VK refused: {error}")
    return VkError(text.format(error=told or code), code=code)
