"""Login: closed sign-up, no hints about who exists, limits that lock out guessers but not owners."""

from __future__ import annotations

import re
import statistics
import time

import pytest
from django.test import Client
from django.urls import reverse

from tenants.models import OutgoingLetter, Role, Seat, User
from tenants.services import add_member, create_login, create_tenant
from tenants.tests.browsers import browser_at

pytestmark = pytest.mark.django_db
SECRET = "a long secret 9"


@pytest.fixture
def person(alice):
    alice.user.set_password(SECRET)
    alice.user.save()
    return alice


def log_in(browser: Client, email: str, password: str = SECRET, **extra):
    return browser.post(reverse("account_login"), {"login": email, "password": password}, **extra)


def body_of(answer) -> str:
    return re.sub(
        r"(csrfmiddlewaretoken\" value=|nonce=|csrf-token\" content=)\"[^\"]*\"", "", answer.content.decode()
    )


def test_login_by_mail_whatever_its_case(person):
    assert log_in(browser_at(), person.email.upper()).url == "/"


def test_session_key_changes_at_login(person):
    browser = browser_at()
    browser.get(reverse("account_login"))
    session = browser.session
    session["probe"] = "1"
    session.save()
    before = session.session_key
    browser.cookies["crm_session"] = before
    log_in(browser, person.email)
    assert browser.cookies["crm_session"].value != before


def test_sign_up_is_closed():
    answer = browser_at().post(reverse("account_signup"), {"email": "x@example.com", "password1": SECRET})
    assert answer.status_code == 200
    assert not User.objects.filter(email="x@example.com").exists()


def test_wrong_password_and_unknown_address_look_alike(person):
    known = log_in(browser_at(), person.email, "wrong")
    unknown = log_in(browser_at(), "nobody@example.com", "wrong")
    assert (known.status_code, body_of(known).replace(person.email, "")) == (
        unknown.status_code,
        body_of(unknown).replace("nobody@example.com", ""),
    )


def test_password_reset_says_the_same_to_known_and_unknown(person):
    answers = [
        browser_at().post(reverse("account_reset_password"), {"email": e})
        for e in (person.email, "no@example.com")
    ]
    assert [(a.status_code, a.url) for a in answers] == [(302, reverse("account_reset_password_done"))] * 2
    letter = OutgoingLetter.objects.get()
    assert letter.recipient == person.email
    assert "http://127.0.0.1:8000/accounts/password/reset/key/" in letter.text, (
        "a link by the configured address"
    )


def test_password_reset_link_trusts_no_host_header(person, settings):
    settings.ALLOWED_HOSTS = ["*"]
    browser_at().post(reverse("account_reset_password"), {"email": person.email}, HTTP_HOST="evil.example")
    assert "evil.example" not in OutgoingLetter.objects.get().text


def test_reset_takes_as_long_for_unknown_addresses(person, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    browser = browser_at()

    def seconds(email: str) -> float:
        started = time.perf_counter()
        browser.post(reverse("account_reset_password"), {"email": email})
        return time.perf_counter() - started

    seconds(person.email), seconds("warm@example.com")
    known = [seconds(person.email) for _ in range(15)]
    unknown = [seconds(f"no{n}@example.com") for n in range(15)]
    assert abs(statistics.median(known) - statistics.median(unknown)) < 0.05


def test_fifth_failure_stops_guessing_and_not_the_owner(person):
    guesser = browser_at()
    answers = [log_in(guesser, person.email, f"guess {n}") for n in range(6)]
    assert all(answer.status_code == 200 for answer in answers)
    assert body_of(answers[0]) != body_of(answers[-1]), "no limit was reached"
    assert log_in(guesser, person.email).status_code == 200, "the right password comes too late"
    assert log_in(browser_at(), person.email).status_code == 302


def test_guessing_from_many_addresses_is_stopped_but_a_known_browser_gets_in(person):
    owner = browser_at()
    assert log_in(owner, person.email).status_code == 302
    owner.post(reverse("account_logout"))
    for _n in range(31):
        log_in(browser_at(), person.email, "guess")
    assert log_in(browser_at(), person.email).status_code == 200, "guessing goes on"
    assert log_in(owner, person.email).status_code == 302, "the owner was locked out"


def test_admin_has_no_login_of_its_own():
    for name in ("admin:login", "admin:index"):
        answer = browser_at().get(reverse(name), follow=True)
        assert answer.redirect_chain[-1][0].split("?")[0] == reverse("account_login")


def test_next_never_leads_away(person):
    for target in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\thttps://evil",
    ):
        answer = browser_at().post(
            reverse("account_login"), {"login": person.email, "password": SECRET, "next": target}
        )
        assert answer.url == "/", target


def test_user_without_a_company_is_told_so(client_of, person):
    browser = client_of(person)
    Seat.objects.filter(user=person.user).delete()
    answer = browser.get("/")
    assert answer.status_code == 403
    assert person.email in answer.content.decode()


def test_operator_without_a_company_lands_in_the_admin():
    User.objects.create_superuser("op@example.com", SECRET)
    assert log_in(browser_at(), "op@example.com").url == reverse("admin:index")


def test_one_time_code_seed_is_sealed_in_the_database():
    from allauth.mfa.adapter import get_adapter

    sealed = get_adapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert get_adapter().decrypt(sealed) == "JBSWY3DPEHPK3PXP"


# --- several companies -----------------------------------------------------------------------
@pytest.fixture
def commuter(alice):
    """Alice with a seat in a second company too."""
    from core.tenancy import tenant_scope

    second = create_tenant(name="Second", slug="second", language="en")
    with tenant_scope(second):
        add_member(user=alice.user, role=Role.objects.get(code=Role.Code.ADMIN))
    return alice, second


def test_switching_changes_the_company_and_the_rights(client_of, commuter):
    alice, second = commuter
    browser = client_of(alice)
    assert browser.get(reverse("tenants:people")).status_code == 403
    assert browser.post(reverse("tenants:switch", args=["second"])).url == "/"
    page = browser.get(reverse("tenants:people"))
    assert page.status_code == 200
    assert page.wsgi_request.tenant == second
    assert [seat.tenant for seat in page.wsgi_request.seats] == [alice.tenant, second]


def test_switching_to_a_foreign_company_is_switching_to_none(client_of, alice, other_tenant):
    browser = client_of(alice)
    foreign = browser.post(reverse("tenants:switch", args=[other_tenant.slug]))
    missing = browser.post(reverse("tenants:switch", args=["no-such"]))
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert browser.get(reverse("tenants:switch", args=[other_tenant.slug])).status_code == 405


def test_profile_changes_name_language_and_zone(client_of, alice):
    browser = client_of(alice)
    answer = browser.post(
        reverse("tenants:profile"), {"name": "Alice Cooper", "language": "en", "time_zone": "Asia/Almaty"}
    )
    assert answer.status_code == 302
    page = browser.get(reverse("tenants:profile"))
    assert page.wsgi_request.LANGUAGE_CODE == "en"
    assert page.wsgi_request.member.name == "Alice Cooper"
    signed = {"name": "Alice Cooper", "mail_signature": "{name}, {company}"}
    assert browser.post(reverse("tenants:profile"), signed).status_code == 302
    assert "{name}, {company}" in browser.get(reverse("tenants:profile")).content.decode()
    wrong = browser.post(reverse("tenants:profile"), signed | {"mail_signature": "{surname}"})
    assert wrong.status_code == 422
    assert "{surname}" in wrong.content.decode()
    assert (
        browser.post(reverse("tenants:profile"), {"name": "A", "time_zone": "Mars/Base"}).status_code == 422
    )


def test_address_changed_by_its_owner_is_changed_in_every_company(
    commuter, django_capture_on_commit_callbacks
):
    from allauth.account.signals import email_changed

    from core.tenancy import tenant_scope
    from tenants.models import Membership

    alice, second = commuter
    User.objects.filter(pk=alice.user_id).update(email="moved@example.com")
    with django_capture_on_commit_callbacks(execute=True):
        email_changed.send(
            User, request=None, user=alice.user, from_email_address=None, to_email_address=None
        )
    for tenant in (alice.tenant, second):
        with tenant_scope(tenant):
            assert Membership.objects.get(user=alice.user).email == "moved@example.com"


def test_new_login_counts_as_confirmed():
    user = create_login(email="Mixed@Example.com", password=SECRET)
    assert user.email == "mixed@example.com"
    assert user.emailaddress_set.get().primary


def test_login_says_so_while_redis_is_away(person, settings):
    """Without counting guesses nobody logs in; whoever is in stays in."""
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere.sock"},
    }
    browser = browser_at()
    browser.raise_request_exception = False
    answer = log_in(browser, person.email)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "Redis" in answer.content.decode()
