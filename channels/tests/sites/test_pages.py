"""The form on foreign pages and on its own, its script, and the page it is built on."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from channels.models import Channel
from channels.services import (
    CreatedChannel,
    SiteFormUnfit,
    site_form_of,
    switch_channel,
)
from channels.sites import shield
from channels.sites.definition import Consent, FormDefinition, Look, Question, usual_form
from channels.tests.conftest import work
from channels.tests.sites.conftest import FILLED, address, fill
from core.tenancy import tenant_scope
from tenants.models import Membership

pytestmark = pytest.mark.django_db
SignIn = Callable[[Membership], Client]


@pytest.fixture
def boss(admin: Membership, client_of: SignIn) -> Client:
    return client_of(admin)


def builder(made: CreatedChannel, name: str = "form_builder") -> str:
    return reverse(f"channels:{name}", args=[made.channel.pk])


def saved(made: CreatedChannel) -> tuple[FormDefinition, int]:
    with tenant_scope(made.channel.tenant_id):
        return site_form_of(Channel.objects.select_related("tenant").get(pk=made.channel.pk))


def draft(**changes: Any) -> dict[str, Any]:
    """What the builder's page posts of a form with a phone and a choice."""
    return {
        "version": "0",
        "title": "Расчёт",
        "button": "Узнать цену",
        "language": "ru",
        "theme": "dark",
        "corners": "round",
        "accent": "#FF8800",
        "is_contact_needed": "on",
        "is_consent_on": "on",
        "consent_text": "Согласен",
        "row": ["phone", "choice"],
        "phone-type": "phone",
        "phone-label": "Телефон",
        "phone-meaning": "phone",
        "phone-width": "half",
        "phone-is_required": "on",
        "choice-type": "choice",
        "choice-label": "Что нужно",
        "choice-options": "окно\n\nдверь\nокно",
        "choice-meaning": "answer",
        "choice-width": "full",
    } | changes


# --- for everybody -----------------------------------------------------------------------------------
def test_other_sites_get_the_form_without_a_session(
    form: CreatedChannel, build: Callable[..., Any], boss: Client
) -> None:
    build(title="Расчёт <b>", look=Look("dark", "#ff8800", "round"))
    answer = boss.get(address(form) + "/embed", headers={"Origin": "https://shop.example"})
    data = answer.json()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
    assert (data["accent"], data["on_accent"]) == ("#ff8800", "#000000")
    assert "Расчёт &lt;b&gt;" in data["html"]
    assert "cf-dark cf-round" in data["html"]
    assert "style=" not in data["html"]
    assert "<script" not in data["html"]
    assert "Ada" not in answer.content.decode()


def test_script_is_small_cached_and_the_same_for_all(form: CreatedChannel) -> None:
    url = address(form).replace("/f/", "/forms/") + ".js"
    answer = Client().get(url)
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "public" in answer.headers["Cache-Control"]
    assert len(gzip.compress(answer.content)) < 8000
    again = Client().get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert not answer.cookies


def test_a_form_that_is_off_is_missing_everywhere(form: CreatedChannel) -> None:
    with tenant_scope(form.channel.tenant_id):
        switch_channel(channel=form.channel, is_active=False, now=timezone.now())
    for path in (address(form), address(form) + "/embed"):
        assert Client().get(path).status_code == 404


def test_another_site_posts_and_hears_what_to_show(form: CreatedChannel, build: Callable[..., Any]) -> None:
    build(thanks="Перезвоним за час", redirect_url="https://shop.example/thanks")
    answer = fill(form, FILLED, accept="application/json", origin="https://shop.example")
    said = answer.json()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert said["redirect"] == "https://shop.example/thanks"
    assert "Перезвоним за час" in said["html"]


def test_looking_too_often_is_slowed_down(form: CreatedChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shield, "VIEWS_A_MINUTE", 2)
    codes = [Client().get(address(form) + "/embed").status_code for _turn in range(3)]
    assert codes == [200, 200, 429]
    assert Client().get(address(form)).status_code == 429


def test_the_form_speaks_its_own_language(form: CreatedChannel, build: Callable[..., Any]) -> None:
    build(language="en", button="")
    text = Client().get(address(form)).content.decode()
    assert 'lang="en"' in text
    assert ">Send</button>" in text
    errors = fill(form, {"consent": "1"}, accept="application/json").json()["errors"]
    assert errors == {"phone": "Leave a phone or an e-mail, so that we can answer."}


@pytest.mark.parametrize(("accent", "text"), [("#ffffff", "#000000"), ("#3b4ccb", "#ffffff")])
def test_button_text_is_readable_on_any_colour(accent: str, text: str) -> None:
    assert Look(accent=accent).on_accent == text


def test_nothing_but_a_colour_gets_into_the_style_sheet() -> None:
    with pytest.raises(ValueError, match="accent"):
        Look(accent="red}body{display:none")


# --- building ----------------------------------------------------------------------------------------
def test_builder_begins_with_the_usual_form(boss: Client, form: CreatedChannel) -> None:
    page = boss.get(builder(form)).content.decode()
    for name in ("name", "phone", "email", "message"):
        assert f'name="row" value="{name}"' in page


def test_builder_saves_what_was_built(boss: Client, form: CreatedChannel) -> None:
    assert boss.post(builder(form), draft()).status_code == 302
    definition, version = saved(form)
    phone, choice = definition.fields
    assert version == 1
    assert (phone.label, phone.is_required, phone.width, phone.meaning) == ("Телефон", True, "half", "phone")
    assert choice.options == ("окно", "дверь")
    assert definition.look == Look("dark", "#ff8800", "round")
    assert (definition.button, definition.consent.text) == ("Узнать цену", "Согласен")
    page = Client().get(address(form)).content.decode()
    assert "Узнать цену" in page
    assert "--cf-accent:#ff8800" in page


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("add:email", ["phone", "choice", "email"]),
        ("add:phone", ["phone", "choice", "phone_2"]),
        ("up:choice", ["choice", "phone"]),
        ("down:choice", ["phone", "choice"]),
        ("remove:phone", ["choice"]),
        ("add:nonsense", ["phone", "choice"]),
        ("remove:nobody", ["phone", "choice"]),
    ],
)
def test_buttons_change_the_draft_and_save_nothing(
    boss: Client, form: CreatedChannel, what: str, names: list[str]
) -> None:
    answer = boss.post(builder(form), draft(do=what, title="Ещё не сохранено", **{"choice-label": ""}))
    assert answer.status_code == 200
    assert [one.name for one in answer.context["draft"].questions] == names
    assert "Ещё не сохранено" in answer.content.decode()
    assert saved(form)[1] == 0


def test_builder_says_that_it_saved_with_and_without_scripts(boss: Client, form: CreatedChannel) -> None:
    plain = boss.post(builder(form), draft(), follow=True)
    assert "на сайте уже новая форма" in plain.content.decode()
    part = boss.post(
        builder(form), draft(version="1"), headers={"HX-Request": "true", "HX-Target": "builder"}
    )
    assert part.status_code == 200
    assert 'name="version" value="2"' in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "toast" in part.headers["HX-Trigger"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone-label": ""},
        {"choice-options": " \n"},
        {"accent": "red;}body{display:none"},
        {"redirect_url": "javascript:alert(1)"},
        {"consent_link_url": "ftp://x.example"},
        {"consent_text": ""},
        {"row": []},
    ],
)
def test_builder_refuses_what_cannot_be(boss: Client, form: CreatedChannel, wrong: dict[str, Any]) -> None:
    answer = boss.post(builder(form), draft(**wrong))
    assert answer.status_code == 422
    assert saved(form)[1] == 0


def test_builder_takes_no_names_of_ours(boss: Client, form: CreatedChannel) -> None:
    sly = draft(row=["phone", "../x", "A", "form-x"], **{"../x-type": "line", "A-type": "line"})
    assert boss.post(builder(form), sly).status_code == 302
    assert [one.name for one in saved(form)[0].fields] == ["phone"]


def test_two_who_build_at_once_do_not_overwrite_each_other(boss: Client, form: CreatedChannel) -> None:
    assert boss.post(builder(form), draft()).status_code == 302
    late = boss.post(builder(form), draft(title="Опоздал"))
    assert late.status_code == 409
    assert "Опоздал" in late.content.decode()
    assert saved(form)[0].title == "Расчёт"


def test_preview_is_the_real_form_of_the_draft(boss: Client, form: CreatedChannel) -> None:
    answer = boss.post(builder(form, "form_preview"), draft(title="Черновик", accent="nonsense"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Черновик" in text
    assert "окно" in text
    assert "<script" not in text
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert saved(form)[1] == 0


def test_only_forms_are_built_and_only_by_who_may(
    boss: Client, make_channel: Callable[..., CreatedChannel], form: CreatedChannel, alice: Membership,
    charlie: Membership, client_of: SignIn,
) -> None:  # fmt: skip
    bot = make_channel("telegram")
    for name in ("form_builder", "form_preview"):
        assert boss.get(builder(bot, name)).status_code == 404
        assert client_of(alice).get(builder(form, name)).status_code == 403
        assert client_of(charlie).post(builder(form, name), draft()).status_code == 404


def test_consent_counts_the_versions_of_its_words(form: CreatedChannel, build: Callable[..., Any]) -> None:
    assert build(title="Другой").consent.version == 1
    assert build(consent=Consent(text="Новые слова")).consent.version == 2
    assert build(consent=Consent(text="Новые слова", version=9)).consent.version == 2


def test_form_without_visible_fields_is_refused(form: CreatedChannel, build: Callable[..., Any]) -> None:
    with pytest.raises(SiteFormUnfit):
        build(fields=(Question("hidden", "hidden", "x"),))
    with pytest.raises(SiteFormUnfit):
        build(fields=tuple(Question(f"line_{n}", "line", "x") for n in range(41)))


def test_definition_is_read_back_as_written() -> None:
    definition = usual_form("Форма", "ru")
    assert FormDefinition.read(definition.as_json()) == definition
    assert FormDefinition.read({"fields": [{"name": "a", "type": "line", "later": 1}], "later": 2}).fields


# --- what was held back ------------------------------------------------------------------------------
def test_channel_page_counts_what_was_held_back_and_leads_to_it(boss: Client, form: CreatedChannel) -> None:
    fill(form, FILLED | {"contact_me_by_fax": "1"})
    fill(form)
    work(form.channel)
    page = boss.get(reverse("channels:detail", args=[form.channel.pk]))
    (line,) = page.context["held"]
    assert line.count == 1
    rows = boss.get(line.url)
    assert len(rows.context["events"]) == 1
    assert escape(line.words) in rows.content.decode()
