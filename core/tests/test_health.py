"""Pages for machines: they tell the truth about each part, to those who may know."""

from __future__ import annotations

import json
import time

import pytest
from django.db import connection
from django.db.utils import OperationalError
from django.test import RequestFactory

from core import health
from core.tasks import heartbeat

NOWHERE = "unix:///nowhere/valkey.sock?db=0"


def ask(view, **options):
    return view(RequestFactory().get("/", **options))


def test_healthz_answers_without_any_part(settings):
    settings.REDIS_URL = NOWHERE
    assert ask(health.healthz).status_code == 200


@pytest.mark.django_db
def test_readyz_is_ready_after_a_heartbeat():
    heartbeat()
    response = ask(health.readyz)
    content = json.loads(response.content)
    assert response.status_code == 200
    assert content["status"] == "ready"
    assert {name: part["ok"] for name, part in content["parts"].items()} == {
        "database": True,
        "broker": True,
        "worker": True,
    }


@pytest.mark.django_db
def test_readyz_is_degraded_when_the_worker_is_silent(time_machine):
    heartbeat()
    time_machine.move_to(time.time() + health.WORKER_SILENCE_S + 1)
    response = ask(health.readyz)
    worker = json.loads(response.content)["parts"]["worker"]
    assert response.status_code == 200
    assert json.loads(response.content)["status"] == "degraded"
    assert worker["ok"] is False
    assert worker["heard_s"] >= health.WORKER_SILENCE_S


@pytest.mark.django_db
def test_readyz_still_serves_and_answers_at_once_without_broker(settings):
    settings.REDIS_URL = NOWHERE
    began = time.monotonic()
    response = ask(health.readyz)
    assert time.monotonic() - began < 1
    assert response.status_code == 200
    assert json.loads(response.content)["parts"]["broker"] == {"ok": False}


@pytest.mark.django_db
def test_readyz_is_down_without_database(monkeypatch):
    def refuse():
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = ask(health.readyz)
    assert response.status_code == 503
    assert json.loads(response.content)["status"] == "down"


def test_health_pages_need_no_session(client):
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_metrics_are_shown_on_this_machine(client):
    assert b"django_http_requests" in client.get("/metrics").content


@pytest.mark.django_db
def test_metrics_are_hidden_from_elsewhere(client):
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404


@pytest.mark.django_db
def test_metrics_are_hidden_behind_a_front_server(client):
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404


@pytest.mark.django_db
def test_metrics_are_shown_to_who_knows_the_token(client, settings):
    settings.METRICS_TOKEN = "s3cret"
    options = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/metrics", headers={"Authorization": "Bearer s3cret"}, **options).status_code == 200
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}, **options).status_code == 404
