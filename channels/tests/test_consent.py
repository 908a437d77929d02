"""Mailboxes entered by a provider's consent: signing in, renewing, refusals."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import respx
from django.test import Client
from django.urls import reverse

from channels import secrets
from channels.adapters.base import SendError
from channels.adapters.mail import oauth
from channels.journal import settings_of
from channels.models import Channel
from channels.services import CreatedChannel
from core.tenancy import tenant_scope
from tenants.models import Membership

GOOGLE = {"oauth_provider": "google", "client_id": "app-1", "client_secret": "app-secret"}
TOKEN_URL = oauth.PROVIDERS["google"].token_url
SignIn = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    oauth._tokens.clear()
    yield
    oauth._tokens.clear()


@pytest.fixture
def google() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def answer(**values: Any) -> httpx.Response:
    return httpx.Response(200, json={"access_token": "a1", "expires_in": 3600} | values)


# --- Tokens -------------------------------------------------------------------------------------------
def test_token_is_renewed_only_when_it_ends(
    google: respx.MockRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    route = google.post(TOKEN_URL).mock(side_effect=[answer(), answer(access_token="a2")])
    settings = GOOGLE | {"refresh_token": "r1"}
    assert [oauth.access_token(settings) for _turn in range(3)] == ["a1"] * 3
    asked = dict(urllib.parse.parse_qsl(route.calls[0].request.content.decode()))
    assert asked == {
        "grant_type": "refresh_token", "refresh_token": "r1", "client_id": "app-1", "client_secret": "app-secret",
    }  # fmt: skip
    later = oauth.time.monotonic() + 3600
    monkeypatch.setattr(oauth.time, "monotonic", lambda: later)
    assert oauth.access_token(settings) == "a2"


def test_plain_access_token_is_used_as_it_is() -> None:
    assert oauth.access_token({"access_token": "pasted"}) == "pasted"
    assert oauth.access_token({}) == ""


@pytest.mark.parametrize(
    ("response", "is_permanent"),
    [
        (
            httpx.Response(400, json={"error": "invalid_grant", "error_description": "Token was revoked"}),
            True,
        ),
        (httpx.Response(503), False),
        (httpx.Response(429), False),
        (httpx.Response(200, content=b"<html>"), False),
    ],
)
def test_refusals_say_whether_waiting_helps(
    google: respx.MockRouter, response: httpx.Response, is_permanent: bool
) -> None:
    google.post(TOKEN_URL).mock(return_value=response)
    with pytest.raises(SendError) as refused:
        oauth.access_token(GOOGLE | {"refresh_token": "r1"})
    assert refused.value.is_permanent == is_permanent
    assert "app-secret" not in str(refused.value)


@pytest.mark.parametrize("settings", [GOOGLE, {"oauth_provider": "google", "refresh_token": "r1"}])
def test_nobody_signed_in_or_no_application_is_said(settings: dict[str, str]) -> None:
    with pytest.raises(SendError) as refused:
        oauth.access_token(settings)
    assert refused.value.is_permanent


# --- The way to the provider and back -----------------------------------------------------------------
pages = pytest.mark.django_db


@pytest.fixture
def mailbox(make_channel: Callable[..., CreatedChannel]) -> Channel:
    return make_channel("email", GOOGLE | {"password": ""}).channel


def begin(client: Client, mailbox: Channel) -> str:
    """Return the state that the provider is given."""
    response = client.get(reverse("channels:consent", args=[mailbox.pk]))
    assert response.status_code == 302
    url = urllib.parse.urlsplit(response.url)
    query = dict(urllib.parse.parse_qsl(url.query))
    assert (url.hostname, query["client_id"], query["access_type"]) == (
        "accounts.google.com",
        "app-1",
        "offline",
    )
    assert query["redirect_uri"].endswith(reverse("channels:consent_done"))
    return query["state"]


@pages
def test_consent_is_kept_sealed(
    mailbox: Channel, admin: Membership, client_of: SignIn, google: respx.MockRouter
) -> None:
    google.post(TOKEN_URL).mock(return_value=answer(refresh_token="r-secret"))
    client = client_of(admin)
    state = begin(client, mailbox)
    response = client.get(reverse("channels:consent_done"), {"code": "c1", "state": state})
    assert response.status_code == 302
    page = client.get(response.url).content.decode()
    assert "r-secret" not in page
    with tenant_scope(mailbox.tenant_id):
        kept = Channel.objects.get(pk=mailbox.pk)
        assert secrets.read(kept)["refresh_token"] == "r-secret"
        assert "r-secret" not in json.dumps(kept.settings)
        assert oauth.access_token(settings_of(kept)) == "a1"


@pages
def test_refused_consent_says_why(
    mailbox: Channel, admin: Membership, client_of: SignIn, google: respx.MockRouter
) -> None:
    google.post(TOKEN_URL).mock(return_value=httpx.Response(400, json={"error": "invalid_grant"}))
    client = client_of(admin)
    state = begin(client, mailbox)
    for query in ({"error": "access_denied"}, {"code": "c1"}):
        response = client.get(reverse("channels:consent_done"), query | {"state": state})
        assert response.status_code == 422
        assert (query.get("error") or "invalid_grant") in response.content.decode()


@pages
def test_state_of_another_person_or_forged_is_missing(
    mailbox: Channel, admin: Membership, charlie: Membership, alice: Membership, client_of: SignIn
) -> None:
    state = begin(client_of(admin), mailbox)
    url = reverse("channels:consent_done")
    for client, given in (
        (client_of(charlie), state), (client_of(alice), state), (Client(), state),
        (client_of(admin), state[:-1] + "x"), (client_of(admin), ""),
    ):  # fmt: skip
        assert client.get(url, {"code": "c1", "state": given}).status_code == 404


@pages
def test_application_is_asked_for_first(
    make_channel: Callable[..., CreatedChannel], admin: Membership, client_of: SignIn
) -> None:
    made = make_channel("email", {"oauth_provider": "google"})
    response = client_of(admin).get(reverse("channels:consent", args=[made.channel.pk]))
    assert response.status_code == 422
