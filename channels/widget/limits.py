"""How much one visitor of a widget, or one address, may ask."""

from __future__ import annotations

from core import visitors

STARTS = ("start", 30, 60)  # what is counted, how many, in how many seconds
WORDS = ("words", 30, 60)  # of one visitor
WORDS_OF_ADDRESS = ("all-words", 150, 60)  # behind one address there may be an office
LOOKS = ("looks", 120, 60)
CALLS_OF_ADDRESS = ("calls", 6, 600)
CALLS_OF_PHONE = ("phone", 3, 3600)


def is_flood(limit: tuple[str, int, int], channel_id: object, who: str) -> bool:
    """Count one more of somebody's requests, and say whether it is one too many."""
    name, most, seconds = limit
    return visitors.count(f"widget:{name}:{channel_id}", who, within_s=seconds) > most
