"""Error pages speak the language of whoever meets them: the member's, else the browser's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

BROKEN = "Something broke on our side"


def broken(*_args, **_kwargs):
    raise RuntimeError


def text_of(response):
    return response.content.decode()


@pytest.mark.django_db
def test_member_reads_errors_in_their_own_language(client_of, alice, monkeypatch):
    alice.user.language = "en"
    alice.user.save()
    browser = client_of(alice)
    browser.raise_request_exception = False
    russian = {"accept-language": "ru"}
    assert "No such page" in text_of(browser.get("/nowhere/", headers=russian))
    assert "No access" in text_of(browser.get(reverse("tenants:people"), headers=russian))
    monkeypatch.setattr("leads.views.queue._rows", broken)
    assert BROKEN in text_of(browser.get(reverse("leads:unsorted"), headers=russian))


@pytest.mark.django_db
def test_member_without_a_choice_reads_them_in_the_companys_language(client_of, alice):
    alice.user.language = ""
    alice.user.save()
    type(alice.tenant).objects.filter(pk=alice.tenant_id).update(language="en")
    assert "No such page" in text_of(client_of(alice).get("/nowhere/", headers={"accept-language": "ru"}))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "missing", "failed"),
    [("en-GB,en;q=0.9", "No such page", BROKEN), ("ru", "Страницы нет", "Что-то сломалось у нас")],
)
def test_visitor_reads_them_in_the_language_of_the_browser(language, missing, failed, monkeypatch):
    visitor = Client(raise_request_exception=False, headers={"accept-language": language})
    assert missing in text_of(visitor.get("/f/unknown"))
    monkeypatch.setattr("channels.hooks.find_route", broken)
    assert failed in text_of(visitor.get("/f/unknown"))
    refused = Client(enforce_csrf_checks=True, headers={"accept-language": language}).post(
        "/accounts/login/", {}
    )
    assert refused.status_code == 403 and f'<html lang="{language[:2]}"' in text_of(refused)
