"""Live updates: services publish ids, browsers hear them and ask for the fragments they may see."""

from core.live.publishing import guest_url, publish, stream_url

__all__ = ["guest_url", "publish", "stream_url"]
