"""The background half: one Celery app, configured by settings under CELERY_."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init

from core import collecting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")

app = Celery("crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_django_logging(**kwargs: Any) -> None:
    """Keep Celery from configuring logging: LOGGING in settings says it for every process."""
    import logging.config

    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
def settle_collector(**kwargs: Any) -> None:
    """Before the processes that work are forked off: they share what every task needs."""
    collecting.settle()
