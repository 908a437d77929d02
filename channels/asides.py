"""Messages that ask for nothing, told apart by apps above: the word by which one leaves a mailing.

They are kept in the timeline like what programs send by themselves, and are no lead; nobody waits for an answer to
them. A registry, as of happenings: who tells them apart is named where it registers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from channels.models import Dialog
from leads.inquiry import Inquiry

Tell = Callable[[Inquiry, Dialog], str]

_tellers: list[Tell] = []


def register(tell: Tell) -> None:
    """Register who says why a message of a dialog asks for nothing, or says nothing; from AppConfig.ready()."""
    if tell not in _tellers:
        _tellers.append(tell)


def marked(inquiry: Inquiry, dialog: Dialog | None) -> Inquiry:
    """Mark a person's message as an aside where, in the dialog it goes on with, it asks for nothing."""
    if dialog is None or not dialog.has_begun or inquiry.is_own or inquiry.is_automatic:
        return inquiry
    reason = next((said for tell in _tellers if (said := tell(inquiry, dialog))), "")
    return dataclasses.replace(inquiry, is_aside=True, automatic_reason=reason) if reason else inquiry
