"""Background steps of channels. They only ring: what is to be done stands in PostgreSQL."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from typing import TypeVar

from celery import shared_task
from django.db import connection
from django.utils import timezone

from activities.models import Call
from channels import bell, fetching, outbox, polling, silence, upkeep, watch
from channels.connections import Account
from channels.dialogs import progress
from channels.journal import drain
from core.tasks import TenantTask
from core.tenancy import tenant_scope
from tenants.models import Tenant

logger = logging.getLogger(__name__)
T = TypeVar("T")

# How much one task works off before it lets other tenants have a turn: a company with several channels at once
# would else hold every worker for as long as its queues are.
DRAIN_LIMIT = 500  # events
DRAIN_S = 2.0


@shared_task(base=TenantTask, name="channels.tasks.process_inbox", opens_scope=False)
def process_inbox(*, tenant_id: int) -> None:
    """Work off a tenant's journal."""
    until = time.monotonic() + DRAIN_S
    if drain(tenant_id, limit=DRAIN_LIMIT, until=until) >= DRAIN_LIMIT or time.monotonic() > until:
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


@shared_task(base=TenantTask, name="channels.tasks.note_talk")
def note_talk(*, tenant_id: int, call_id: str) -> None:
    """Note in the client's dialogs that they were spoken to by phone."""
    progress.note_talk(Call.objects.select_related("activity").get(pk=call_id))


@shared_task(base=TenantTask, name="channels.tasks.fetch_file", opens_scope=False)
def fetch_file(*, tenant_id: int, fetch_id: str) -> None:
    """Fetch one file from its provider."""
    fetching.fetch(tenant_id, uuid.UUID(fetch_id))


@shared_task(base=TenantTask, name="channels.tasks.fetch_files", opens_scope=False)
def fetch_files(*, tenant_id: int) -> None:
    """Fetch all files of a tenant that are due."""
    for fetch_id in fetching.due(tenant_id):
        fetching.fetch(tenant_id, fetch_id)


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


@shared_task(name="channels.tasks.watch_channels", expires=240)
def watch_channels() -> int:
    """Tell the administrators of every tenant of channels that are silent or in trouble; return how many."""
    return sum(_in_every_tenant(watch.watch_channels))


@shared_task(name="channels.tasks.end_silent_calls", expires=60)
def end_silent_calls() -> int:
    """End the calls whose exchanges never told how they ended, in all tenants; return how many."""
    now = timezone.now()
    return sum(silence.end_silent_calls(tenant_id, now=now) for tenant_id in _active_tenants())


@shared_task(name="channels.tasks.learn_rhythms", expires=3600)
def learn_rhythms() -> None:
    """Learn in every tenant how often its channels bring something."""
    list(_in_every_tenant(watch.learn_rhythms))


@shared_task(name="channels.tasks.end_silent_talks", expires=240)
def end_silent_talks() -> int:
    """End the talks on sites that have fallen silent, in all tenants; return how many."""
    now = timezone.now()
    return sum(silence.end_silent_talks(tenant_id, now=now) for tenant_id in _active_tenants())


def _active_tenants() -> list[int]:
    return list(Tenant.objects.filter(is_active=True).values_list("pk", flat=True))


def _in_every_tenant(step: Callable[..., T]) -> Iterator[T]:
    """Do a step in one tenant after the other; trouble in one keeps no other waiting."""
    now = timezone.now()
    for tenant_id in _active_tenants():
        try:
            with tenant_scope(tenant_id):
                done = step(now=now)
        except Exception:
            logger.exception("%s failed in tenant %s", step.__name__, tenant_id)
        else:
            yield done


@shared_task(base=TenantTask, name="channels.tasks.keep_channel_alive", opens_scope=False, expires=300)
def keep_channel_alive(*, tenant_id: int, channel_id: str) -> None:
    """Renew what one channel's provider lets lapse."""
    upkeep.keep_alive(tenant_id, uuid.UUID(channel_id))


@shared_task(name="channels.tasks.keep_channels_alive", expires=300)
def keep_channels_alive() -> None:
    """Let every channel renew what lapses at its provider, in all tenants."""
    for tenant_id, channel_id in upkeep.channels_to_keep():
        bell.send("keep_channel_alive", tenant_id=tenant_id, channel_id=str(channel_id))


def _due_work() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, queue FROM search.tenants_with_due_work()")
        return list(cursor.fetchall())
