"""A Redis cache whose keys always say whose they are."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.redis import RedisCache

from core.tenancy import active_tenant_id


class TenantRedisCache(RedisCache):
    """Put the active tenant into every key: a cached thing can't be read in another tenant's scope."""

    def make_key(self, key: str, version: Any = None) -> str:
        return super().make_key(f"t{active_tenant_id() or 0}:{key}", version)

    def clear(self) -> None:
        """Delete this installation's keys only: the broker's queue may live in the same database."""
        client = self._cache.get_client(None, write=True)
        keys = list(client.scan_iter(f"{self.key_prefix}:*", count=1000))
        if keys:
            client.delete(*keys)
