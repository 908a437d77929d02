"""Python's garbage collector, set for processes that serve for long."""

from __future__ import annotations

import gc

# A page or a lead makes tens of thousands of objects, nearly all of which go by themselves: at the usual 700 the collector
# looks for cycles among them dozens of times. See bench/README.md.
_OBJECTS_BETWEEN_LOOKS = 50_000


def settle() -> None:
    """Leave out of it what was imported by now, which processes started from this one go on sharing; look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, 20, 50)
