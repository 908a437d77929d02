"""A form on a site, and ways to fill it in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from channels.models import Channel
from channels.services import CreatedChannel, save_site_form, site_form_of
from channels.sites.definition import FormDefinition
from channels.tests.conftest import path_of
from core.tenancy import tenant_scope
from tenants.models import Membership

FILLED = {"name": "Анна", "phone": "+7 916 123-45-67", "message": "Сколько стоит?", "consent": "1"}


@pytest.fixture(autouse=True)
def _nobody_counted(db: None) -> None:
    cache.clear()


@pytest.fixture
def build(form: CreatedChannel, admin: Membership) -> Callable[..., FormDefinition]:
    """Return a function that changes the form of the channel."""

    def change(**changes: Any) -> FormDefinition:
        with tenant_scope(form.channel.tenant_id):
            channel = Channel.objects.select_related("tenant").get(pk=form.channel.pk)
            before, version = site_form_of(channel)
            definition = dataclasses.replace(before, **changes)
            save_site_form(
                channel=channel, definition=definition, version=version, by=admin, now=timezone.now()
            )
            return site_form_of(channel)[0]

    return change


def address(made: CreatedChannel) -> str:
    """Where the form is shown and posted to."""
    return path_of(made.hook_url).replace("/hooks/form/", "/f/")


def fill(made: CreatedChannel, values: dict[str, Any] | None = None, **headers: str) -> Any:
    """Send the form as a browser without scripts does."""
    body = urlencode(FILLED if values is None else values, doseq=True)
    return Client().post(
        address(made), body, content_type="application/x-www-form-urlencoded", headers=headers or None
    )
