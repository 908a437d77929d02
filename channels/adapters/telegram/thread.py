"""The dialog's id: chat, forum topic and business connection in one string."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.adapters.text import as_dict, as_int, clean_line


def thread_key(message: Mapping[str, Any]) -> str:
    """Write `chat`, `chat/topic`, `chat@connection` for a message or a deletion."""
    key = clean_line(as_dict(message.get("chat")).get("id"), 40)
    topic = as_int(message.get("message_thread_id"))
    if topic and message.get("is_topic_message"):
        key += f"/{topic}"
    if connection := clean_line(message.get("business_connection_id"), 100):
        key += f"@{connection}"
    return key


def address(key: str) -> dict[str, str | int]:
    """Read the parameters of a send method back from a dialog's id."""
    rest, _at, connection = key.partition("@")
    chat, _slash, topic = rest.partition("/")
    parameters: dict[str, str | int] = {"chat_id": chat}
    if topic.isdecimal():
        parameters["message_thread_id"] = int(topic)
    if connection:
        parameters["business_connection_id"] = connection
    return parameters
