"""What mailings refuse, each by a name of its own."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Refusal


class AlreadyStarted(Conflict):
    """What has begun to leave is changed no more."""

    code = "mailing_started"

    def default_message(self) -> str | Promise:
        return _("The mailing has begun: its text and its people stay as they are.")


class NotUnderWay(Conflict):
    """Only what is being sent can be paused, only what is paused goes on."""

    code = "mailing_not_under_way"

    def default_message(self) -> str | Promise:
        return _("The mailing is not in that state any more. Look at it again.")


class CannotSendFrom(Refusal):
    """The channel is off, reads only, or takes no mailings."""

    code = "cannot_send_from"

    def default_message(self) -> str | Promise:
        return _("Nothing can be sent from this channel: it is switched off, or has no way of sending.")


class NothingWritten(Refusal):
    """A mailing needs a text, a letter a subject as well."""

    code = "nothing_written"

    def default_message(self) -> str | Promise:
        return _("Write the text first; a letter needs a subject too.")


class NobodyToWriteTo(Refusal):
    """Nobody is left to whom it could go."""

    code = "nobody_to_write_to"

    def default_message(self) -> str | Promise:
        return _("There is nobody to write to: everybody is left out.")


class StillBeingChecked(Conflict):
    """Nothing leaves before everybody was judged."""

    code = "people_being_checked"

    def default_message(self) -> str | Promise:
        return _("Its people are still being checked. Start it when all of them are.")


class StartsInThePast(Refusal):
    """A moment that has passed is no moment to start at."""

    code = "starts_in_the_past"

    def default_message(self) -> str | Promise:
        return _("This moment has passed. Choose a later one, or start now.")


class TooManyPeople(Refusal):
    """More than one mailing takes."""

    code = "too_many_people"

    def __init__(self, *, limit: int) -> None:
        super().__init__(_("One mailing goes to at most %(limit)s people.") % {"limit": limit}, limit=limit)


class TooManyFiles(Refusal):
    """More files than a letter may carry."""

    code = "too_many_files"

    def __init__(self, *, limit: int) -> None:
        super().__init__(_("A letter carries at most %(limit)s files.") % {"limit": limit}, limit=limit)


class NoAddressOfOwn(Refusal):
    """A test letter goes to the address of whoever asks for it."""

    code = "no_address_of_own"

    def default_message(self) -> str | Promise:
        return _("There is no address to send a test letter to.")
