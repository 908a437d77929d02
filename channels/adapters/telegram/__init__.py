"""Telegram bots, also those connected to a business account."""

from channels.adapters.telegram.adapter import TelegramAdapter

__all__ = ["TelegramAdapter"]
