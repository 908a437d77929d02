"""Connecting a community: its key is tried, the channel's address becomes one of its servers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Check, Settings
from channels.adapters.reach import has_own_api, is_local, unreachable
from channels.adapters.text import as_dict, as_int, as_list, clean_line
from channels.adapters.vk.api import DEFAULT_BASE_URL, VERSION, VkApi, VkError
from channels.adapters.vk.content import Facts

TITLE = "CRM"  # VK takes 14 characters
EVENTS = (
    "message_new",
    "message_reply",
    "message_edit",
    "message_allow",
    "message_deny",
    "message_read",
    "message_event",
    "wall_reply_new",
    "wall_reply_edit",
    "wall_reply_delete",
    "wall_post_new",
    "photo_comment_new",
    "photo_comment_edit",
    "photo_comment_delete",
    "video_comment_new",
    "video_comment_edit",
    "video_comment_delete",
    "market_comment_new",
    "market_comment_edit",
    "market_comment_delete",
    "board_post_new",
    "board_post_edit",
    "board_post_delete",
    "market_order_new",
    "market_order_edit",
    "lead_forms_new",
)


def confirmation_code(api: VkApi, group_id: str) -> str:
    """Ask what VK wants to hear from a new address."""
    answer = as_dict(api.call("groups.getCallbackConfirmationCode", group_id=group_id))
    return clean_line(answer.get("code"), 60)


def check(api: VkApi, settings: Settings, hook_url: str) -> list[Check]:
    """Try the key, then connect or look at the server of this channel. Raises SendError."""
    group_id, name = api.group()
    checks = [Check(True, _("The key fits: this is the community “{name}”.").format(name=name))]
    try:
        if settings.get("set_webhook", True):
            checks.append(_connect(api, settings, group_id, hook_url))
        checks.append(_server_state(_server_of(api, group_id, hook_url)))
    except VkError as error:
        if not error.is_about_rights:
            raise
        text = _("The key has no right to manage the community: connect the Callback API by hand.")
        checks.append(Check(False, text))
    return checks


def _connect(api: VkApi, settings: Settings, group_id: str, hook_url: str) -> Check:
    if is_local(hook_url) and not has_own_api(settings, DEFAULT_BASE_URL):
        return Check(False, unreachable(_("VK"), hook_url))
    if clean_line(settings.get("confirmation"), 60) != confirmation_code(api, group_id):
        return Check(False, _("The confirmation string is not VK's present one: test once more."))
    server = _server_of(api, group_id, hook_url)
    secret = str(settings.get("secret") or "")
    about = {"group_id": group_id, "url": hook_url, "title": TITLE, "secret_key": secret}
    try:
        server_id = as_int(server.get("id"))
        if server_id is None:
            answer = as_dict(api.call("groups.addCallbackServer", **about))
            server_id = as_int(answer.get("server_id"))
        elif server.get("status") != "ok" or server.get("secret_key", secret) != secret:
            api.call("groups.editCallbackServer", server_id=server_id, **about)  # VK tries the address anew
        wanted = dict.fromkeys(EVENTS, 1)
        api.call(
            "groups.setCallbackSettings",
            group_id=group_id,
            server_id=server_id,
            api_version=VERSION,
            **wanted,
        )
    except VkError as error:
        if error.is_about_rights:
            raise
        return Check(False, _("VK did not accept the address: {error}").format(error=error))
    return Check(True, _("The community's events come to this channel now."))


def _server_of(api: VkApi, group_id: str, hook_url: str) -> Facts:
    answer = as_dict(api.call("groups.getCallbackServers", group_id=group_id))
    servers = [as_dict(one) for one in as_list(answer.get("items"))]
    return next((one for one in servers if one.get("url") == hook_url), {})


def _server_state(server: Facts) -> Check:
    match clean_line(server.get("status"), 20):
        case "":
            return Check(False, _("The community's Callback API does not have this address."))
        case "ok":
            return Check(True, _("VK confirmed the address."))
        case "failed":
            return Check(False, _("VK could not confirm the address: it did not hear the right string."))
    return Check(True, _("VK is confirming the address."))
