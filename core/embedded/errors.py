"""What a person is told when a bundled server cannot run."""

from __future__ import annotations


class EmbeddedError(RuntimeError):
    """A bundled server cannot be started or stopped; the text says why and what helps."""
