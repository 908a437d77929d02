"""What one more arrival costs while a queue is worked off: its statements are counted, so that they don't creep up."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels.adapters.base import RawDelivery
from channels.journal import drain, ledger, record, work
from channels.journal.waves import Foresight
from channels.services import CreatedChannel
from channels.tests.conftest import telegram_message
from core.tenancy import tenant_scope
from leads.models import Lead, RoutingRule
from leads.services import RuleValues, save_rule
from tenants.models import Membership

pytestmark = pytest.mark.django_db
NO_WORK = ("SAVEPOINT", "RELEASE", "SET LOCAL")
FEW, MANY = 3, 13
FORM, NEW_DIALOG, JOINING = 19, 25, 20  # of a message one asks whether it answers a mailing


def post(number: int) -> RawDelivery:
    body = f"name=Anna&phone=%2B7916000{number:04}&message=Hello".encode()
    return RawDelivery(body, headers={"content-type": "application/x-www-form-urlencoded"})


def message(number: int, *, chat: int) -> RawDelivery:
    return RawDelivery(json.dumps(telegram_message(number, chat=chat)).encode())


def statements_of_one_more(made: CreatedChannel, deliveries: Sequence[RawDelivery]) -> float:
    """Work off a few, then many; return how many statements each of the many above the few took."""
    took = []
    for batch in (deliveries[:FEW], deliveries[FEW : FEW + FEW], deliveries[FEW + FEW :]):
        with tenant_scope(made.channel.tenant_id):
            for delivery in batch:
                record(channel=made.channel, delivery=delivery, now=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            assert drain(made.channel.tenant_id) == len(batch)
        took.append(sum(not query["sql"].startswith(NO_WORK) for query in queries.captured_queries))
    _first, few, many = took  # the first of all also reads what a process keeps
    return (many - few) / (MANY - FEW)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine settings and the lease would grow old in the middle of a count."""
    monkeypatch.setattr(work, "SETTINGS_STAY_S", 3600)
    monkeypatch.setattr(work, "LEASE", dt.timedelta(hours=1))


@pytest.fixture
def rule(tenant: Any, alice: Membership, admin: Membership) -> RoutingRule:
    """Alice gets them in turn, so a lead is handed out, written down and told."""
    with tenant_scope(tenant):
        values = RuleValues(name="All", method=RoutingRule.Method.TURN, people=[alice], is_on_duty_only=False)
        return save_rule(values=values, by=admin, now=timezone.now())


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "foresee", lambda ids, channel: Foresight(ids))


def test_a_wave_of_new_persons_forms(form: CreatedChannel, rule: RoutingRule) -> None:
    deliveries = [post(number) for number in range(FEW + FEW + MANY)]
    assert statements_of_one_more(form, deliveries) == 0
    with tenant_scope(form.channel.tenant_id):
        assert ledger().leads == len(deliveries) == Lead.objects.exclude(responsible=None).count()


@pytest.mark.usefixtures("one_by_one")
def test_a_new_persons_form(form: CreatedChannel, rule: RoutingRule) -> None:
    deliveries = [post(number) for number in range(FEW + FEW + MANY)]
    assert statements_of_one_more(form, deliveries) == FORM
    with tenant_scope(form.channel.tenant_id):
        assert ledger().leads == len(deliveries) == Lead.objects.exclude(responsible=None).count()


def test_a_new_persons_message(bot: CreatedChannel, rule: RoutingRule) -> None:
    deliveries = [message(number, chat=number) for number in range(1, FEW + FEW + MANY + 1)]
    assert statements_of_one_more(bot, deliveries) == NEW_DIALOG
    with tenant_scope(bot.channel.tenant_id):
        assert ledger().leads == len(deliveries)


def test_one_more_message_of_a_dialog(bot: CreatedChannel, rule: RoutingRule) -> None:
    deliveries = [message(number, chat=7) for number in range(1, FEW + FEW + MANY + 1)]
    assert statements_of_one_more(bot, deliveries) == JOINING
    with tenant_scope(bot.channel.tenant_id):
        assert (ledger().leads, ledger().joined) == (1, len(deliveries) - 1)
