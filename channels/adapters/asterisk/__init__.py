"""Asterisk and FreePBX, exchanges of one's own: events of the manager interface (AMI) and call records (CDR)."""

from channels.adapters.asterisk.adapter import AsteriskAdapter

__all__ = ["AsteriskAdapter"]
