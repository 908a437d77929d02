"""Whom a merged card became part of: who held it while it was merged goes on with the one that stayed."""

from __future__ import annotations

from typing import TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from core.errors import Conflict

Client = TypeVar("Client", Contact, Company)
MAX_STEPS = 50


class CardIsMerged(Conflict):
    """A merged card comes back only by undoing its merge; `details["survivor"]` is the card it is part of."""

    code = "card_is_merged"

    def default_message(self) -> str | Promise:
        return _("This card was merged into another one. Undo the merge to bring it back.")


def survivor_of(client: Client) -> Client:
    """Return the card this one was merged into, through all merges; itself where there was none.

    Reads the rows anew: one query for a card that stands.
    """
    current = client
    for _step in range(MAX_STEPS):
        target = type(client).objects.filter(pk=current.pk).values_list("merged_into_id", flat=True).first()
        if target is None:
            return current
        current = type(client).objects.get(pk=target)
    return current


def followed(client: Client) -> Client:
    """The same for a row that was read just now: nothing is asked of one that says it was not merged."""
    return client if client.merged_into_id is None else survivor_of(client)
