"""Items that come before what they speak of."""

from __future__ import annotations

import datetime as dt


class Early(Exception):
    """What this item speaks of isn't here (yet); it is woken when that comes.

    Where it may never come, the item waits `until` a moment at the latest, and is handled once more then.
    """

    def __init__(self, reason: str, *, waits_for: str, until: dt.datetime | None = None) -> None:
        super().__init__(reason)
        self.waits_for = waits_for
        self.until = until
