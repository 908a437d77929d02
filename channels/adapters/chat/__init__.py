"""The two kinds that stand on sites: the chat and the callback button."""

from channels.adapters.chat.adapter import ChatAdapter

__all__ = ["ChatAdapter"]
