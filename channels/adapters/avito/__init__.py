"""Avito's messenger: chats about ads."""

from channels.adapters.avito.adapter import AvitoAdapter

__all__ = ["AvitoAdapter"]
