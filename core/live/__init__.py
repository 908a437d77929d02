"""Live updates: services publish ids, browsers hear them and ask for the fragments they may see."""

from core.live.publishing import publish, stream_url

__all__ = ["publish", "stream_url"]
