"""Turn one event of the Callback API into plain facts (https://dev.vk.com/api/community-events/json-schema)."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.utils.translation import gettext as _

from channels.adapters.base import RawDelivery, Settings
from channels.adapters.vk import comments, messages, orders
from channels.adapters.vk.envelope import Envelope, open_envelope
from leads.inquiry import Ignored, Item

Reader = Callable[[Envelope], list[Item]]


def parse_event(delivery: RawDelivery, settings: Settings) -> list[Item]:
    """Make items of one event. Raises Unparseable when it isn't one, or lacks what its kind must have."""
    envelope = open_envelope(delivery, settings)
    reader = _READERS.get(envelope.kind)
    if reader is None:
        return [Ignored(envelope.key, _ignored_reason(envelope))]
    if not envelope.facts:
        raise envelope.broken(_("object"))
    return reader(envelope)


def _ignored_reason(envelope: Envelope) -> str:
    match envelope.kind:
        case "message_deny":
            return _("The person forbade the community to write to them.")
        case "group_join":
            return _("The person joined the community.")
        case "group_leave":
            return _("The person left the community.")
        case kind if kind.endswith("_restore"):
            return _("A deleted comment was put back.")
    return _("Of no consequence: {name}.").format(name=envelope.kind)


_COMMENTS: dict[str, comments.Kind] = {
    "wall_reply": comments.WALL,
    "photo_comment": comments.PHOTO,
    "video_comment": comments.VIDEO,
    "market_comment": comments.MARKET,
    "board_post": comments.TOPIC,
}


def _comment_readers() -> dict[str, Reader]:
    readers: dict[str, Reader] = {}
    for name, kind in _COMMENTS.items():
        readers[f"{name}_new"] = functools.partial(comments.read_new, kind=kind)
        readers[f"{name}_edit"] = functools.partial(comments.read_edit, kind=kind)
        readers[f"{name}_delete"] = functools.partial(comments.read_deletion, kind=kind)
    return readers


_READERS: dict[str, Reader] = {
    "message_new": messages.read_message,
    "message_reply": messages.read_reply,
    "message_edit": messages.read_edit,
    "message_read": messages.read_receipt,
    "message_event": messages.read_button,
    "message_allow": messages.read_permission,
    "wall_post_new": comments.read_post,
    "market_order_new": orders.read_order,
    "market_order_edit": orders.read_order_edit,
    "lead_forms_new": orders.read_lead_form,
    **_comment_readers(),
}
