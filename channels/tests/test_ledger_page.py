"""The ledger page: its numbers balance, and each opens its deliveries."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from channels import bell
from channels.services import CreatedChannel
from channels.tests.conftest import post_form, work
from tenants.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


@pytest.fixture
def boss(admin: Membership, client_of: Callable[[Membership], Client]) -> Client:
    return client_of(admin)


def numbers(page: str) -> list[tuple[str, int]]:
    """List the linked numbers of the page: address and count."""
    found = re.findall(r'class="numlink[^"]*" href="([^"]+outcome[^"]+)">(\d+)<', page)
    return [(url.replace("&amp;", "&"), int(count)) for url, count in found]


def rows_of(client: Client, url: str) -> int:
    return client.get(url).content.decode().count("<tr data-row>")


def test_each_number_opens_its_deliveries(boss: Client, make_channel: Callable[..., CreatedChannel]) -> None:
    site, tilda = make_channel("form"), make_channel("form", name="Tilda")
    post_form(site)
    post_form(site)  # the same again
    post_form(tilda, b"name=Igor&phone=%2B79167654321")
    work(site.channel)
    post_form(tilda, b"{broken")
    work(site.channel)
    post_form(site, b"name=Olga&phone=%2B79160000007")  # not worked off yet
    found = numbers(boss.get(reverse("channels:ledger")).content.decode())
    assert len(found) == 5 + 4  # three of the site, two of Tilda; leads, duplicate, failed, waiting together
    for url, count in found:
        assert rows_of(boss, url) == count, url
    assert {url.split("outcome=")[1].split("&")[0] for url, _count in found} == {
        "lead", "duplicate", "failed", "pending",
    }  # fmt: skip


def test_period_leaves_out_what_is_older(boss: Client, make_channel: Callable[..., CreatedChannel]) -> None:
    assert "numlink" not in boss.get(reverse("channels:ledger") + "?hours=").content.decode()
    post_form(make_channel("form"))
    for hours in ("24", "168", "720", "", "nonsense"):
        assert numbers(boss.get(reverse("channels:ledger"), {"hours": hours}).content.decode())


def test_managers_see_no_ledger(alice: Membership, client_of: Callable[[Membership], Client]) -> None:
    assert client_of(alice).get(reverse("channels:ledger")).status_code == 403
