"""Answers leaving: messages to a person or chat, and comments on the wall.

VK keeps a key against repeats for each (`random_id`, `guid`), so an answer whose fate is unknown is sent again.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from channels.adapters.base import OutgoingMessage, SendError
from channels.adapters.pieces import chunks
from channels.adapters.text import as_dict, as_int, as_list, clean_line, digest
from channels.adapters.vk.api import VkApi, refusal
from channels.adapters.vk.thread import CHATS_FROM, Place, read_place
from leads.inquiry import File

MAX_TEXT = 4096  # characters of one message
MAX_ATTACHMENTS = 10
_PICTURES = ("image/jpeg", "image/png", "image/gif")


def send(api: VkApi, message: OutgoingMessage, *, group_id: str = "") -> str:
    """Send text and files; return the id of the first piece, as it will be in events. Raises SendError."""
    if not message.text.strip() and not message.files:
        raise SendError(_("There is nothing to send."), is_permanent=True)
    thread = message.thread_key or message.recipient
    place = read_place(thread)
    if place is not None:
        return _comment(api, message, place, group_id)
    if as_int(thread) is None:
        raise SendError(_("It is not known to whom to write."), is_permanent=True)
    return _message(api, message, thread)


def _message(api: VkApi, message: OutgoingMessage, peer_id: str) -> str:
    files = message.files[:MAX_ATTACHMENTS]
    attached = ",".join(_upload(api, file, peer_id) for file in files)
    sent: list[str] = []
    pieces = chunks(message.text, MAX_TEXT) or [""]
    for index, text in enumerate(pieces):
        is_last = index == len(pieces) - 1
        said = {"message": text, "random_id": _random_id(message.message_id, index)}
        sent.append(_say(api, peer_id, said | ({"attachment": attached} if attached and is_last else {})))
    return sent[0]


def _say(api: VkApi, peer_id: str, said: dict[str, object]) -> str:
    """Send one piece and name it as events will: in group chats VK numbers messages within the chat."""
    if int(peer_id) < CHATS_FROM:
        return clean_line(api.call("messages.send", peer_id=peer_id, **said), 40)
    (told, *_rest) = as_list(api.call("messages.send", peer_ids=peer_id, **said)) or [None]
    facts = as_dict(told)
    if error := as_dict(facts.get("error")):
        raise refusal(as_int(error.get("code")) or 0, clean_line(error.get("description"), 300))
    return f"{peer_id}:{clean_line(facts.get('conversation_message_id'), 20)}"


def _random_id(message_id: str, index: int) -> int:
    """Make the number that VK knows a repetition by: the same for the same piece of the same message."""
    return int(digest(message_id, index)[:8], 16) % (2**31 - 1) + 1 if message_id else 0


def _upload(api: VkApi, file: File, peer_id: str) -> str:
    """Hand a file over and name it as an attachment."""
    if file.content_type in _PICTURES:
        server = as_dict(api.call("photos.getMessagesUploadServer", peer_id=peer_id))
        done = api.upload(clean_line(server.get("upload_url"), 2000), "photo", file)
        told = {name: done.get(name, "") for name in ("server", "photo", "hash")}
        saved = as_list(api.call("photos.saveMessagesPhoto", **told))
        return _attachment("photo", saved[0] if saved else None)
    server = as_dict(api.call("docs.getMessagesUploadServer", type="doc", peer_id=peer_id))
    done = api.upload(clean_line(server.get("upload_url"), 2000), "file", file)
    answer = as_dict(api.call("docs.save", file=done.get("file", ""), title=file.name))
    return _attachment("doc", answer.get("doc") or answer)


def _attachment(kind: str, saved: object) -> str:
    facts = as_dict(saved)
    owner, number = as_int(facts.get("owner_id")), as_int(facts.get("id"))
    if owner is None or number is None:
        raise SendError(_("VK did not keep the file."), is_permanent=False)
    key = clean_line(facts.get("access_key"), 60)
    return f"{kind}{owner}_{number}{f'_{key}' if key else ''}"


def _comment(api: VkApi, message: OutgoingMessage, place: Place, group_id: str) -> str:
    if place.kind != "wall":
        text = _("VK lets nobody answer this from outside: answer on its page, or in messages.")
        raise SendError(text, is_permanent=True)
    if message.files:
        text = _("Files can't be sent in an answer to a comment.")
        raise SendError(text, is_permanent=True)
    sent: list[str] = []
    for index, text in enumerate(chunks(message.text, MAX_TEXT)):
        result = api.call(
            "wall.createComment",
            owner_id=place.owner_id,
            post_id=place.thing_id,
            from_group=group_id or api.group()[0],
            message=text,
            guid=digest(message.message_id, index),
            **({"reply_to_comment": place.root_id} if place.root_id else {}),
        )
        sent.append(f"wall{place.owner_id}:{clean_line(as_dict(result).get('comment_id'), 20)}")
    return sent[0]
