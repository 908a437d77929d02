"""Mailboxes: reading by IMAP, understanding letters, answering by SMTP."""

from channels.adapters.mail.adapter import EmailAdapter

__all__ = ["EmailAdapter"]
