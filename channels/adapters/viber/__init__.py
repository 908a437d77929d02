"""Bots of Viber."""

from channels.adapters.viber.adapter import ViberAdapter

__all__ = ["ViberAdapter"]
