"""Bots of the messenger MAX."""

from channels.adapters.max.adapter import MaxAdapter

__all__ = ["MaxAdapter"]
