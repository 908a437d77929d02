"""Preferences, palette and error pages of the shell, asked by a client."""

from __future__ import annotations

import re

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from core import search, shell, views

pytestmark = pytest.mark.urls("core.tests.ui_urls")


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


# --- Preferences -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("sent", "kept"), [("dark", "dark"), ("auto", "auto"), ("<script>", "auto")])
def test_theme_is_kept_in_a_cookie_and_returns_to_the_page(visitor, sent, kept):
    answer = visitor.post(reverse("core:theme"), {"theme": sent, "next": "/help/?x=1"})
    assert answer.cookies["theme"].value == kept
    assert answer.url == "/help/?x=1"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_preferences_never_lead_to_another_site(visitor, target):
    assert visitor.post(reverse("core:theme"), {"theme": "dark", "next": target}).url == "/"


@pytest.mark.django_db
def test_language_is_kept_in_the_cookie_and_in_the_profile(client_of, alice):
    answer = client_of(alice).post(reverse("core:language"), {"language": "en", "next": "/help/"})
    assert answer.cookies["django_language"].value == "en"
    alice.user.refresh_from_db()
    assert alice.user.language == "en"


@pytest.mark.django_db
def test_language_nobody_speaks_changes_nothing(client_of, alice):
    answer = client_of(alice).post(reverse("core:language"), {"language": "xx"})
    assert "django_language" not in answer.cookies
    alice.user.refresh_from_db()
    assert alice.user.language == ""


def test_ping_needs_neither_session_nor_database(visitor):
    assert visitor.get(reverse("core:ping")).status_code == 204


def test_preferences_are_changed_only_by_post(visitor):
    assert visitor.get(reverse("core:theme")).status_code == 405


# --- Palette, counters -------------------------------------------------------------------------------
@pytest.mark.django_db
def test_palette_lists_places_and_creations_without_a_query(client_of, admin):
    text = client_of(admin).get(reverse("core:palette")).content.decode()
    assert 'id="pal-go-profile"' in text or 'id="pal-go-security"' in text
    assert 'role="option"' in text


@pytest.mark.django_db
def test_palette_narrows_places_to_the_query(client_of, admin):
    admin.user.language = "en"
    admin.user.save()
    text = client_of(admin).get(reverse("core:palette"), {"q": "two-st"}).content.decode()
    assert "Password and two-step login" in text
    assert text.count('role="option"') == 1


@pytest.mark.django_db
def test_palette_escapes_what_was_typed(client_of, admin, monkeypatch):
    monkeypatch.setattr(search, "_providers", [])
    text = client_of(admin).get(reverse("core:palette"), {"q": "<img src=x>"}).content.decode()
    assert "<img" not in text
    assert "&lt;img" in text


@pytest.mark.django_db
def test_palette_asks_providers_as_the_member(client_of, admin, monkeypatch):
    asked = []
    monkeypatch.setattr(
        search, "_providers", [lambda query, member, limit: asked.append((query, member)) or []]
    )
    client_of(admin).get(reverse("core:palette"), {"q": " last  digits "})
    assert asked == [("last digits", admin)]


@pytest.mark.django_db
def test_counters_come_as_out_of_band_fragments(client_of, admin, monkeypatch):
    monkeypatch.setattr(shell, "_unread", [lambda member: 4])
    text = client_of(admin).get(reverse("core:badges")).content.decode()
    assert re.search(r'<b id="bell-count" hx-swap-oob="true">.*4</b>', text)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["core:palette", "core:badges", "core:help"])
def test_the_shells_pages_are_for_the_signed_in(visitor, name):
    assert visitor.get(reverse(name)).status_code == 302
    assert visitor.get(reverse(name), headers={"HX-Request": "true"}).status_code == 401


# --- Error pages -------------------------------------------------------------------------------------
FAILURES = [
    (views.bad_request, 400),
    (views.permission_denied, 403),
    (views.page_not_found, 404),
    (views.server_error, 500),
    (views.unavailable, 503),
    (views.csrf_failure, 403),
]


@pytest.mark.parametrize(("view", "status"), FAILURES)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_error_pages_render_without_a_database(view, status, language):
    """No db mark: a query would fail here."""
    with translation.override(language):
        answer = view(RequestFactory().get("/anywhere/"))
    text = answer.content.decode()
    assert answer.status_code == status
    assert f'lang="{language}"' in text
    assert "<h1>" in text
    assert "style=" not in text


@pytest.mark.parametrize(("view", "status"), FAILURES)
def test_error_pages_are_drawn_in_the_theme_of_the_cookie(view, status):
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = "dark"
    assert 'data-bs-theme="dark"' in view(request).content.decode()


@pytest.mark.parametrize(("view", "status"), FAILURES)
def test_error_of_a_fragment_is_short(view, status):
    answer = view(RequestFactory().get("/", headers={"HX-Request": "true"}))
    assert answer.status_code == status
    assert b"<html" not in answer.content


def test_stale_form_says_what_to_do_and_tells_the_script():
    answer = views.csrf_failure(RequestFactory().post("/deals/new/"))
    assert answer.headers["X-Stale-Page"] == "1"
    assert b'href="/deals/new/"' in answer.content


@pytest.mark.django_db
def test_refusal_shows_its_reason_inside_the_shell(client_of, alice):
    answer = client_of(alice).get("/gallery/refused/")
    assert answer.status_code == 403
    assert b"Only the tender department sees it." in answer.content
    assert b'class="rail"' in answer.content


@pytest.mark.django_db
def test_missing_page_keeps_a_member_in_the_shell(client_of, alice):
    answer = client_of(alice).get("/no/such/page/")
    assert answer.status_code == 404
    assert b"data-palette-open" in answer.content


@pytest.mark.django_db
def test_failure_tells_a_code_that_is_in_the_log(client_of, alice, caplog):
    client = client_of(alice)
    client.raise_request_exception = False
    answer = client.get("/gallery/broken/")
    assert answer.status_code == 500
    code = re.search(r"\b[0-9A-F]{6}\b", answer.content.decode())
    assert code
    assert f"Failure {code[0]}: GET /gallery/broken/" in caplog.text


@pytest.mark.django_db
def test_database_away_is_503_and_says_when_to_come_back(client_of, alice):
    client = client_of(alice)
    client.raise_request_exception = False
    answer = client.get("/gallery/away/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"


# --- Queries -----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_fragments_ask_the_shell_for_nothing(client_of, alice, monkeypatch):
    def explode(member):
        raise AssertionError("a fragment asked for a counter")

    monkeypatch.setattr(shell, "_badges", {"unsorted": explode})
    monkeypatch.setattr(shell, "_unread", [explode])
    monkeypatch.setattr(shell, "_pins", [explode])
    assert client_of(alice).get("/gallery/fragment/").status_code == 200
    assert client_of(alice).get("/gallery/deal/", headers={"HX-Target": "dialog-body"}).status_code == 200
