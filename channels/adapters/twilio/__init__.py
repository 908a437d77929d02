"""Twilio: calls and texts, signed over the public address."""

from channels.adapters.twilio.adapter import TwilioAdapter

__all__ = ["TwilioAdapter"]
