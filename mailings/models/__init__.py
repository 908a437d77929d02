"""Mailings, whom they go to, and who takes none."""

from mailings.models.mailings import Mailing, MailingFile, MailingSettings
from mailings.models.recipients import Click, MailingRoute, Recipient, RecipientQuerySet
from mailings.models.subscriptions import Subscription

__all__ = [
    "Click",
    "Mailing",
    "MailingFile",
    "MailingRoute",
    "MailingSettings",
    "Recipient",
    "RecipientQuerySet",
    "Subscription",
]
