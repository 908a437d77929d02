"""WhatsApp Cloud API."""

from channels.adapters.whatsapp.adapter import WhatsAppAdapter

__all__ = ["WhatsAppAdapter"]
