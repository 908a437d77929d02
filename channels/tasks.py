"""Background steps of channels. They only ring: what is to be done stands in PostgreSQL."""

from __future__ import annotations

import uuid

from celery import shared_task
from django.db import connection
from django.utils import timezone

from channels import bell, fetching, outbox, polling, subscriptions
from channels.connections import Account
from channels.journal import drain
from core.tasks import TenantTask

DRAIN_LIMIT = 500  # events one task works off before it lets other tenants have a turn


@shared_task(base=TenantTask, name="channels.tasks.process_inbox", opens_scope=False)
def process_inbox(*, tenant_id: int) -> None:
    """Work off a tenant's journal."""
    if drain(tenant_id, limit=DRAIN_LIMIT) >= DRAIN_LIMIT:
        bell.send("process_inbox", tenant_id=tenant_id)


@shared_task(base=TenantTask, name="channels.tasks.send_message", opens_scope=False)
def send_message(*, tenant_id: int, message_id: str) -> None:
    """Send one queued message."""
    outbox.send(tenant_id, uuid.UUID(message_id))


@shared_task(base=TenantTask, name="channels.tasks.flush_outbox", opens_scope=False)
def flush_outbox(*, tenant_id: int) -> None:
    """Send everything of a tenant that is due."""
    for message_id in outbox.due(tenant_id):
        outbox.send(tenant_id, message_id)


@shared_task(base=TenantTask, name="channels.tasks.fetch_file", opens_scope=False)
def fetch_file(*, tenant_id: int, fetch_id: str) -> None:
    """Fetch one file from its provider."""
    fetching.fetch(tenant_id, uuid.UUID(fetch_id))


@shared_task(base=TenantTask, name="channels.tasks.fetch_files", opens_scope=False)
def fetch_files(*, tenant_id: int) -> None:
    """Fetch all files of a tenant that are due."""
    for fetch_id in fetching.due(tenant_id):
        fetching.fetch(tenant_id, fetch_id)


@shared_task(base=TenantTask, name="channels.tasks.renew_subscription", opens_scope=False)
def renew_subscription(*, tenant_id: int, channel_id: str) -> None:
    """Ask a provider for events again that has ceased to send them."""
    subscriptions.renew(tenant_id, uuid.UUID(channel_id))


@shared_task(base=TenantTask, name="channels.tasks.poll_channel", opens_scope=False, expires=240)
def poll_channel(*, tenant_id: int, channel_id: str) -> None:
    """Ask one provider for news."""
    polling.poll(Account(tenant_id, uuid.UUID(channel_id), timezone.now()))


@shared_task(name="channels.tasks.poll_channels", expires=240)
def poll_channels() -> None:
    """Let every provider be asked that doesn't tell by itself."""
    for account in polling.polled():
        bell.send("poll_channel", tenant_id=account.tenant_id, channel_id=str(account.channel_id))


@shared_task(name="channels.tasks.sweep_inbox", expires=25)
def sweep_inbox() -> None:
    """Find what lost its bell, in all tenants: journal events and files to fetch."""
    for tenant_id, queue in _due_work():
        if queue == "events":
            bell.send("process_inbox", tenant_id=tenant_id)
        elif queue == "files":
            bell.send("fetch_files", tenant_id=tenant_id)


@shared_task(name="channels.tasks.sweep_outbox", expires=25)
def sweep_outbox() -> None:
    """Find outgoing messages that lost their bell or wait for another try."""
    for tenant_id, queue in _due_work():
        if queue == "messages":
            bell.send("flush_outbox", tenant_id=tenant_id)


def _due_work() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, queue FROM search.tenants_with_due_work()")
        return list(cursor.fetchall())
