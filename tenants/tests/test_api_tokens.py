"""Tokens of the API: what is kept of them, whom they let in, and what for."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conftest import make_member
from core.tenancy import tenant_scope
from tenants.api import door, scopes
from tenants.errors import MoreThanOwnRights
from tenants.models import ApiToken, ApiTokenRoute, Role
from tenants.services import create_token, dismiss_member, rehire_member, revoke_token
from tenants.services.api_tokens import Issued

pytestmark = pytest.mark.django_db
EVERYTHING = ["costs:read", "costs:write", "sources:read", "sources:write"]


@pytest.fixture(autouse=True)
def _no_limit_of_wrong_tokens(monkeypatch):
    monkeypatch.setattr(door, "WRONG_A_MINUTE", 100_000)


def issue(member, codes=EVERYTHING, **values) -> Issued:
    with tenant_scope(member.tenant):
        return create_token(name="Nightly", scopes=list(codes), by=member, **values)


def ask(secret: str, address: str | None = None, **headers: str):
    client = Client(raise_request_exception=False)
    sent = {"HTTP_AUTHORIZATION": f"Bearer {secret}"} if secret else {}
    return client.get(address or reverse("api:costs"), **sent, **headers)


# --- at rest ---------------------------------------------------------------------------------
def routes_of(member):
    """Those of one company: the table is everybody's, and tests of races leave their rows."""
    return ApiTokenRoute.objects.filter(tenant_id=member.tenant_id)


def test_nothing_but_a_hash_is_kept_of_a_secret(admin):
    issued = issue(admin)
    assert issued.secret.startswith("crm_") and len(issued.secret) > 40
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.tenant_id = '{admin.tenant_id}'")
        cursor.execute("SELECT row_to_json(t)::text FROM tenants_apitoken t")
        rows = [row for (row,) in cursor.fetchall()]
        cursor.execute(
            f"SELECT row_to_json(t)::text FROM tenants_apitokenroute t WHERE tenant_id = {admin.tenant_id}"
        )
        rows += [row for (row,) in cursor.fetchall()]
    assert len(rows) == 2 and not any(issued.secret in row or issued.secret[4:-4] in row for row in rows)
    assert routes_of(admin).get().token_hash == hashlib.sha256(issued.secret.encode()).hexdigest()


def test_page_shows_the_secret_once(client_of, admin):
    browser = client_of(admin)
    told = browser.post(
        reverse("tenants:api_token_create"), {"name": "Ads", "scopes": EVERYTHING, "days": "30"}
    )
    secret = told.content.decode().split('value="crm_')[1].split('"')[0]
    assert ask(f"crm_{secret}").status_code == 200
    page = browser.get(reverse("tenants:api_tokens")).content.decode()
    assert "Ads" in page and secret not in page and f"crm_…{secret[-4:]}" in page
    with tenant_scope(admin.tenant):
        lifetime = ApiToken.objects.get().expires_at - timezone.now()
    assert dt.timedelta(days=29) < lifetime <= dt.timedelta(days=30)


# --- whom it lets in -------------------------------------------------------------------------
def told_nothing(answer) -> None:
    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_token"
    assert answer["WWW-Authenticate"].startswith("Bearer ")


def test_without_a_token_nobody_comes_in(admin, client_of):
    secret = issue(admin).secret
    for wrong in (
        "",
        secret[:-1],
        secret + "x",
        secret.removeprefix("crm_"),
        "crm_",
        "crm_\u00e9",
        "x" * 5000,
    ):
        told_nothing(ask(wrong))
    told_nothing(Client().get(reverse("api:costs"), HTTP_AUTHORIZATION=f"Basic {secret}"))
    told_nothing(client_of(admin).get(reverse("api:costs")))  # a session opens nothing here
    assert ask(secret).status_code == 200


def test_revoked_token_is_dead_for_ever_and_stays_in_the_list(admin, client_of):
    issued = issue(admin)
    client_of(admin).post(reverse("tenants:api_token_revoke", args=[issued.token.pk]))
    told_nothing(ask(issued.secret))
    assert not routes_of(admin).exists()
    with tenant_scope(admin.tenant):
        token = ApiToken.objects.get()
        first = token.revoked_at
        assert token.revoked_by_id == admin.pk
        revoke_token(token=token, by=admin, now=timezone.now())
        token.refresh_from_db()
    assert token.revoked_at == first
    assert "Nightly" in client_of(admin).get(reverse("tenants:api_tokens")).content.decode()


def test_expired_token_is_dead(admin):
    soon = timezone.now() + dt.timedelta(minutes=5)
    issued = issue(admin, expires_at=soon)
    assert ask(issued.secret).status_code == 200
    with tenant_scope(admin.tenant):
        ApiToken.objects.update(expires_at=timezone.now())
    told_nothing(ask(issued.secret))


def test_tokens_of_one_who_leaves_die_and_do_not_come_back(tenant, admin):
    second = make_member(tenant, "Second", Role.Code.ADMIN)
    secret = issue(second).secret
    with tenant_scope(tenant):
        dismiss_member(member=second, by=admin, now=timezone.now())
    told_nothing(ask(secret))
    with tenant_scope(tenant):
        rehire_member(member=second, by=admin)
    told_nothing(ask(secret))


@pytest.mark.parametrize("what", ["member", "user", "tenant"])
def test_blocked_member_login_or_company_closes_the_door(what, admin):
    secret = issue(admin).secret
    blocked = {"member": admin, "user": admin.user, "tenant": admin.tenant}[what]
    with tenant_scope(admin.tenant):
        type(blocked).objects.filter(pk=blocked.pk).update(is_active=False)
    told_nothing(ask(secret))
    with tenant_scope(admin.tenant):
        type(blocked).objects.filter(pk=blocked.pk).update(is_active=True)
    assert ask(secret).status_code == 200


# --- what for --------------------------------------------------------------------------------
def test_scope_that_is_missing_is_named(admin):
    answer = ask(issue(admin, ["sources:read"]).secret)
    assert answer.status_code == 403
    assert answer.json()["code"] == "missing_scope"
    assert 'scope="costs:read"' in answer["WWW-Authenticate"]
    assert "costs:read" in answer.json()["message"]


def test_token_never_does_more_than_its_member_may_now(admin, tenant):
    secret = issue(admin).secret
    assert ask(secret).status_code == 200
    with tenant_scope(tenant):
        admin.role = Role.objects.get(code=Role.Code.MANAGER)
        admin.save(update_fields=["role"])
    answer = ask(secret)
    assert (answer.status_code, answer.json()["code"]) == (403, "no_right")


def test_nobody_gives_a_token_more_than_their_own_rights(alice, tenant, client_of):
    with tenant_scope(tenant), pytest.raises(MoreThanOwnRights):
        create_token(name="x", scopes=["costs:write"], by=alice)
    assert {scope.code for scope in scopes.allowed_to(alice)} == {"sources:read"}
    assert client_of(alice).get(reverse("tenants:api_tokens")).status_code == 403
    assert client_of(alice).get(reverse("tenants:api_token_create")).status_code == 403


def test_colleagues_token_is_revoked_only_by_who_may_delete_settings(tenant, admin, client_of):
    helper = make_member(tenant, "Helper", Role.Code.MARKETER)
    with tenant_scope(tenant):
        role = helper.role
        role.grants["settings"] = {"view": "all", "add": "all", "edit": "all"}
        role.save()
    issued, own = issue(admin), issue(helper)
    browser = client_of(helper)
    assert browser.post(reverse("tenants:api_token_revoke", args=[issued.token.pk])).status_code == 403
    assert ask(issued.secret).status_code == 200
    assert browser.post(reverse("tenants:api_token_revoke", args=[own.token.pk])).status_code == 302
    told_nothing(ask(own.secret))


# --- how it is used --------------------------------------------------------------------------
def test_use_is_noted_once_a_minute(admin):
    issued = issue(admin)
    ask(issued.secret)
    with tenant_scope(admin.tenant):
        first = ApiToken.objects.get().last_used_at
    assert first is not None
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ask(issued.secret)
    assert not any(query["sql"].startswith("UPDATE") for query in queries)
    with tenant_scope(admin.tenant):
        ApiToken.objects.update(last_used_at=first - dt.timedelta(minutes=2))
    ask(issued.secret)
    with tenant_scope(admin.tenant):
        assert ApiToken.objects.get().last_used_at >= first


def test_refused_use_is_noted_as_well(admin):
    issued = issue(admin, ["sources:read"])
    assert ask(issued.secret).status_code == 403
    with tenant_scope(admin.tenant):
        assert ApiToken.objects.get().last_used_at is not None


def test_too_many_requests_are_told_to_wait(admin, monkeypatch):
    secret = issue(admin).secret
    monkeypatch.setattr(door, "A_MINUTE", 2)
    answers = [ask(secret) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0 and answers[-1].json()["code"] == "too_many_requests"


def test_guessing_tokens_is_slowed_down_for_its_address_only(admin, monkeypatch):
    monkeypatch.setattr(door, "WRONG_A_MINUTE", 2)
    here, there = (f"2001:db8::{secrets.token_hex(2)}:{n}" for n in (1, 2))
    guesses = [ask("crm_guess", REMOTE_ADDR=here).status_code for _ in range(4)]
    assert guesses == [401, 401, 429, 429]
    assert ask("crm_guess", REMOTE_ADDR=there).status_code == 401
    assert ask(issue(admin).secret, REMOTE_ADDR=here).status_code == 200


def test_large_bodies_and_bodies_without_a_length_are_refused(admin):
    secret = issue(admin).secret
    client, address = Client(), reverse("api:costs")
    sent = {"HTTP_AUTHORIZATION": f"Bearer {secret}", "content_type": "application/json"}
    assert client.post(address, b"[" * (door.MOST_BYTES + 1), **sent).status_code == 413
    assert client.post(address, b"{}", **sent, HTTP_TRANSFER_ENCODING="chunked").status_code == 411
    for broken in (b"", b"{", b"[" * 100_000, b"\xff\xfe", b"9" * 10_000):
        assert client.post(address, broken, **sent).status_code in (400, 422)


# --- headers and words -----------------------------------------------------------------------
def test_answers_set_no_cookie_and_let_no_page_of_others_read_them(admin):
    answer = ask(issue(admin).secret, HTTP_ORIGIN="https://evil.example")
    assert not answer.cookies
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"].startswith("application/json")


def test_sentences_are_in_the_language_asked_for_else_in_the_members(admin):
    secret = issue(admin, ["sources:read"]).secret
    told = {
        header: ask(secret, **({"HTTP_ACCEPT_LANGUAGE": header} if header else {})).json()["message"]
        for header in ("", "en", "en-GB,ru;q=0.5", "fr", "ru")
    }
    assert told["en"] == told["en-GB,ru;q=0.5"] == "The token lacks the scope costs:read."
    assert told[""] == told["fr"] == told["ru"] != told["en"]
    assert ask("", HTTP_ACCEPT_LANGUAGE="en").json()["message"].startswith("The token is missing")


def test_method_that_is_not_there_is_told_as_json_in_the_members_language(admin):
    secret = issue(admin).secret
    sent = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    answer = Client().put(reverse("api:costs"), **sent)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}
    told = Client().put(reverse("api:costs"), HTTP_ACCEPT_LANGUAGE="en", **sent).json()["message"]
    assert told.startswith("This address") and told != answer.json()["message"]


def test_mistyped_address_is_told_as_json(admin):
    for address in ("/api/v1/nothing", "/api/v1/costs/", "/api/v1/costs/not-an-id"):
        for method in ("get", "post", "delete"):
            answer = getattr(Client(), method)(address)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RuntimeError, 500, "failure"),
        (IntegrityError, 409, "conflict"),  # of two at once the second
        (OperationalError, 503, "unavailable"),
    ],
)
def test_failure_of_ours_is_told_without_its_cause(error, status, code, admin, monkeypatch):
    def broken(*args, **kwargs):
        raise error("secret cause")

    monkeypatch.setattr(door, "_in_the_name_of", broken)
    answer = ask(issue(admin).secret)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "secret cause" not in answer.content.decode()
    assert answer.has_header("Retry-After") == (status == 503)
