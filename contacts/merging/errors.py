"""What merging refuses, each by a name of its own."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Conflict, Forbidden, Refusal

MAX_CARDS = 5


class NothingToMerge(Refusal):
    """A merge takes two cards at least."""

    code = "nothing_to_merge"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose at least two cards to merge.")


class TooManyCards(Refusal):
    """More cards than a person can compare."""

    code = "too_many_cards"

    def default_message(self) -> str | Promise:
        return _("Merge no more than %(count)s cards at once.") % {"count": MAX_CARDS}


class CardsAlreadyMerged(Conflict):
    """Somebody was faster: says who, and `details["survivor"]` is the id of the card that stayed."""

    code = "already_merged"

    def __init__(self, *, who: str, name: str, survivor: object) -> None:
        self.survivor = survivor
        text = (
            _("%(who)s has merged “%(name)s” already.") if who else _("“%(name)s” has been merged already.")
        )
        super().__init__(text % {"who": who, "name": name}, who=who, survivor=survivor)


class CardGone(Conflict):
    """One of the cards was deleted meanwhile."""

    code = "card_gone"

    def default_message(self) -> str | Promise:
        return gettext_lazy("One of the cards has been deleted.")


class MergeNotAllowed(Forbidden):
    """Merging takes the right to edit all the cards."""

    code = "merge_not_allowed"

    def default_message(self) -> str | Promise:
        return gettext_lazy("You may merge only cards all of which you may edit.")


class MergeAlreadyUndone(Conflict):
    """Somebody took it apart before."""

    code = "merge_undone"

    def default_message(self) -> str | Promise:
        return gettext_lazy("This merge has been undone already.")


class MergedOnward(Conflict):
    """The card that stayed was itself merged since: the later merge has to be undone first."""

    code = "merged_onward"

    def default_message(self) -> str | Promise:
        return gettext_lazy("The card was merged into another one since. Undo that merge first.")
