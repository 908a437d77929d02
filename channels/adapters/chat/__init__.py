"""The two kinds that stand on sites: the chat and the callback button."""

from channels.adapters.chat.adapter import ChatAdapter
from channels.adapters.chat.callback import CallbackAdapter

__all__ = ["CallbackAdapter", "ChatAdapter"]
