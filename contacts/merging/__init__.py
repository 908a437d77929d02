"""Merging clients: lossless, undoable, and nothing that points to a card is forgotten (L22)."""

from contacts.merging.errors import (
    MAX_CARDS,
    CardGone,
    CardsAlreadyMerged,
    MergeAlreadyUndone,
    MergedOnward,
    MergeNotAllowed,
    NothingToMerge,
    TooManyCards,
)
from contacts.merging.joining import merge_cards
from contacts.merging.undoing import undo_merge

__all__ = [
    "MAX_CARDS",
    "CardGone",
    "CardsAlreadyMerged",
    "MergeAlreadyUndone",
    "MergeNotAllowed",
    "MergedOnward",
    "NothingToMerge",
    "TooManyCards",
    "merge_cards",
    "undo_merge",
]
