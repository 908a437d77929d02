"""The base of background tasks: a tenant or nothing."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task, shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from core import health
from core.tenancy import active_tenant_id, tenant_scope

logger = logging.getLogger(__name__)


class TaskWithoutTenant(TypeError):
    """A tenant's task was called without saying whose."""


class TenantTask(Task):
    """A task that works on one tenant's rows.

    `tenant_id` is a required keyword and the body runs in that tenant's scope, in one transaction.
    Tasks that talk to the network set `opens_scope = False`, and open short scopes of their own around
    their reads and writes, so that no transaction waits for a provider.
    """

    abstract = True
    opens_scope = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        tenant_id = kwargs.get("tenant_id")
        if not isinstance(tenant_id, int):
            raise TaskWithoutTenant(f"{self.name} needs tenant_id.")
        if not self.opens_scope:
            return super().__call__(*args, **kwargs)
        with tenant_scope(tenant_id):
            return super().__call__(*args, **kwargs)

    def after_commit(self, **kwargs: Any) -> None:
        """Queue for the active tenant once the surrounding transaction is durable.

        A broker that is away is no error: what matters is in PostgreSQL, and a sweeper finds it.
        """
        self.later(after_s=0, **kwargs)

    def later(self, *, after_s: float, **kwargs: Any) -> None:
        """The same, to be done so many seconds after the commit."""
        tenant_id = active_tenant_id()
        transaction.on_commit(lambda: self._send(after_s, tenant_id=tenant_id, **kwargs))

    def _send(self, after_s: float, **kwargs: Any) -> None:
        when: dict[str, Any] = {"countdown": after_s} if after_s else {}
        try:
            self.apply_async(kwargs=kwargs, retry=False, **when)
        except (OperationalError, OSError) as error:
            logger.warning("broker is away, %s waits for the sweeper: %s", self.name, error)


@shared_task(name="core.tasks.heartbeat", expires=20)
def heartbeat() -> None:
    """Show that beat, broker and a worker work; /readyz reads it."""
    health.heard_from_worker()
