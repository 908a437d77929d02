"""Locks held on purpose: a request that loses to them says so, leaves nothing half-written, and holds nobody up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from core.tenancy import tenant_scope
from crm_project.tests.walkers.asking import signed_in
from deals.models import Deal, Stage, StageChange
from deals.services import create_deal
from deals.setup import create_starter_pipeline
from tenants.models import Membership, Tenant

pytestmark = pytest.mark.django_db(transaction=True)
AT_MOST_S = 30


@pytest.fixture
def deal(tenant: Tenant, admin: Membership) -> Deal:
    with tenant_scope(tenant):
        pipeline = create_starter_pipeline()
        return create_deal(title="Held", pipeline=pipeline, by=admin, now=timezone.now())


@pytest.fixture
def target(tenant: Tenant, deal: Deal) -> Stage:
    with tenant_scope(tenant):
        stage = Stage.objects.filter(pipeline=deal.pipeline, kind="open").exclude(pk=deal.stage_id).first()
        assert stage is not None
        return stage


@contextmanager
def another(work: Any) -> Iterator[threading.Event]:
    """Run work(held, go) in a thread with a connection of its own; begin once it says that it holds its lock."""
    held, go = threading.Event(), threading.Event()

    def run() -> None:
        try:
            work(held, go)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert held.wait(AT_MOST_S)
    try:
        yield go
    finally:
        go.set()
        thread.join(AT_MOST_S)
        assert not thread.is_alive()


def moved(admin: Membership, deal: Deal, target: Stage) -> Any:
    body = {"stage": target.pk, "version": deal.version}
    return signed_in(admin).post(reverse("deals:move", args=[deal.pk]), body)


def waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


def assert_untouched(tenant: Tenant, deal: Deal) -> None:
    with tenant_scope(tenant):
        standing = Deal.objects.get(pk=deal.pk)
        assert (standing.stage_id, standing.version) == (deal.stage_id, deal.version)
        assert StageChange.objects.filter(deal=deal).count() == 1


def test_request_that_waits_too_long_is_told_to_come_back(tenant, admin, deal, target):
    def hold(held: threading.Event, go: threading.Event) -> None:
        with tenant_scope(tenant):
            Deal.objects.select_for_update().get(pk=deal.pk)
            held.set()
            go.wait(AT_MOST_S)

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 500")
    try:
        with another(hold):
            answer = moved(admin, deal, target)
    finally:
        connection.close()  # the next one has its usual limits
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert_untouched(tenant, deal)
    assert moved(admin, deal, target).status_code < 400


def test_victim_of_a_deadlock_is_told_to_come_back(tenant, admin, deal, target):
    """The request has the stage and wants the deal; the other has the deal and wants the stage."""
    ends: list[str] = []

    def cross(held: threading.Event, go: threading.Event) -> None:
        with tenant_scope(tenant):
            Deal.objects.select_for_update().get(pk=deal.pk)
            held.set()
            for _turn in range(AT_MOST_S * 50):
                if waiting_for_a_lock():
                    break
                time.sleep(0.02)
            Stage.objects.select_for_update().get(pk=target.pk)
            ends.append("whole")

    with another(cross):
        answer = moved(admin, deal, target)
    assert answer.status_code == 503
    assert ends == ["whole"]  # one of the two goes on
    assert_untouched(tenant, deal)
    assert moved(admin, deal, target).status_code < 400


def test_connection_that_falls_asleep_in_a_transaction_lets_go(tenant, admin, deal, target, settings):
    """What `up` sets for the servers: the lock is free again, and the sleeper's work is gone."""
    lost: list[type[BaseException]] = []
    settings.IDLE_IN_TRANSACTION_TIMEOUT_MS = 300

    def sleep(held: threading.Event, go: threading.Event) -> None:
        try:
            with tenant_scope(tenant):
                Deal.objects.filter(pk=deal.pk).update(title="Half-written")
                held.set()
                go.wait(AT_MOST_S)
                Deal.objects.filter(pk=deal.pk).update(title="Too late")
        except (OperationalError, InterfaceError) as error:
            lost.append(type(error))

    with another(sleep) as go:
        assert moved(admin, deal, target).status_code < 400
        go.set()
    assert lost
    with tenant_scope(tenant):
        assert Deal.objects.get(pk=deal.pk).title == "Held"
