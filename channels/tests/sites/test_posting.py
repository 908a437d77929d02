"""What becomes of a post to a form: taken, sent back, held back; and what of it reaches the lead."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activities.models import Attachment
from channels.models import Event, EventItem
from channels.services import CreatedChannel, update_channel
from channels.sites import shield
from channels.sites.definition import ANSWER, Consent, Question
from channels.tests.conftest import post_form, work
from channels.tests.sites.conftest import FILLED, address, fill
from core.tenancy import tenant_scope
from leads.models import Lead
from tenants.models import Membership

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}
VISIT = {
    "utm_source": "yandex",
    "utm_campaign": "autumn",
    "yclid": "111",
    "_ym_uid": "1700000000123456789",
    "page_url": "https://shop.example/price?x=1",
    "referrer": "https://yandex.ru/",
    "first_page": "https://shop.example/?utm_source=google&utm_medium=cpc",
    "first_utm_source": "google",
    "first_utm_medium": "cpc",
    "first_referrer": "https://google.com/",
    "first_seen_at": "2026-11-01T10:00:00.000Z",
}


def lead_of(made: CreatedChannel) -> Lead:
    work(made.channel)
    with tenant_scope(made.channel.tenant_id):
        return Lead.objects.get()


def items_of(made: CreatedChannel) -> list[EventItem]:
    work(made.channel)
    with tenant_scope(made.channel.tenant_id):
        return list(EventItem.objects.order_by("at", "id"))


def stamp(made: CreatedChannel, seconds: float) -> str:
    """A stamp as old as that."""
    return shield.make_stamp(made.channel.pk, now=timezone.now() - dt.timedelta(seconds=seconds))


# --- what reaches the lead ---------------------------------------------------------------------------
def test_first_and_last_visit_reach_the_lead(form: CreatedChannel) -> None:
    assert fill(form, FILLED | VISIT).status_code == 200
    lead = lead_of(form)
    assert (lead.utm_source, lead.campaign) == ("yandex", "autumn")
    assert lead.click_ids == {"yclid": "111", "ym_client_id": "1700000000123456789"}
    assert (lead.page_url, lead.referrer) == (VISIT["page_url"], VISIT["referrer"])
    assert lead.first_page_url == VISIT["first_page"]
    assert lead.first_marks == {
        "source": "google",
        "medium": "cpc",
        "referrer": "https://google.com/",
        "at": "2026-11-01T10:00:00+00:00",
    }
    assert "first_utm_source" not in dict(lead.fields)


def test_first_marks_are_read_from_the_first_pages_address(form: CreatedChannel) -> None:
    fill(form, FILLED | {"first_page": VISIT["first_page"], "first_seen_at": "long ago"})
    assert lead_of(form).first_marks == {"source": "google", "medium": "cpc"}


def test_fields_mean_what_the_form_says(form: CreatedChannel, build: Callable[..., Any]) -> None:
    build(
        title="Расчёт",
        fields=(
            Question("phone", "phone", "Куда звонить", meaning="phone"),
            Question("line", "line", "Телефон директора", meaning=ANSWER),
            Question("line_2", "line", "Модель", meaning="product"),
            Question("choices", "choices", "Когда удобно", options=("утром", "вечером"), meaning=ANSWER),
            Question("date", "date", "Дата замера", meaning=ANSWER),
        ),
    )
    values = {
        "phone": "8 916 123-45-67",
        "line": "8 495 000-00-00",
        "line_2": "Окно 3",
        "choices": ["утром", "вечером"],
        "date": "2026-12-05",
        "consent": "1",
    }
    assert fill(form, values).status_code == 200
    lead = lead_of(form)
    shown = dict(lead.fields)
    assert lead.phone == "+79161234567"
    assert lead.product["title"] == "Окно 3"
    assert shown["Телефон директора"] == "8 495 000-00-00"
    assert shown["Когда удобно"] == "утром, вечером"
    assert shown["Дата замера"] == "05.12.2026"
    assert lead.subject == "Расчёт"
    assert "Когда удобно: утром, вечером" in lead.summary or "Телефон директора" in lead.summary


def test_consent_is_kept_with_its_words_version_and_moment(
    form: CreatedChannel, build: Callable[..., Any]
) -> None:
    kept = build(
        consent=Consent(text="Согласен на", link_text="обработку", link_url="https://shop.example/p")
    )
    assert kept.consent.version == 2
    fill(form)
    said = dict(lead_of(form).fields)["Согласие"]
    assert "Согласен на обработку (https://shop.example/p)" in said
    assert "2" in said
    assert timezone.now().strftime("%Y") in said


def test_files_come_with_the_lead(form: CreatedChannel, build: Callable[..., Any]) -> None:
    build(fields=(Question("phone", "phone", "Телефон", meaning="phone"), Question("file", "file", "План")))
    plan = SimpleUploadedFile("план.pdf", b"%PDF-1.4", content_type="application/pdf")
    answer = Client().post(address(form), {"phone": "+79161234567", "consent": "1", "file": plan})
    assert answer.status_code == 200
    lead_of(form)
    with tenant_scope(form.channel.tenant_id):
        assert Attachment.objects.get().name == "план.pdf"


# --- sent back ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("question", "said", "is_right"),
    [
        (Question("line", "line", "Q", is_required=True), "", False),
        (Question("line", "line", "Q"), "x" * 501, False),
        (Question("text", "text", "Q"), "x" * 501, True),
        (Question("phone_2", "phone", "Q"), "call me", False),
        (Question("phone_2", "phone", "Q"), "612-34-56", True),
        (Question("email", "email", "Q"), "anna@example", False),
        (Question("email", "email", "Q"), "anna@example.com", True),
        (Question("choice", "choice", "Q", options=("a", "b")), "c", False),
        (Question("choice", "choice", "Q", options=("a", "b")), "b", True),
        (Question("choice", "choice", "Q", options=("a", "b")), ["a", "b"], False),
        (Question("choices", "choices", "Q", options=("a", "b")), ["a", "b"], True),
        (Question("number", "number", "Q"), "two", False),
        (Question("number", "number", "Q"), "1 200,50", True),
        (Question("date", "date", "Q"), "2026-02-30", False),
    ],
)
def test_answers_are_checked_against_the_form(
    form: CreatedChannel, build: Callable[..., Any], question: Question, said: Any, is_right: bool
) -> None:
    build(fields=(Question("phone", "phone", "Phone", meaning="phone"), question))
    answer = fill(form, {"phone": "+79161234567", "consent": "1", question.name: said}, **JSON)
    assert answer.status_code == (200 if is_right else 422)
    if not is_right:
        assert list(answer.json()["errors"]) == [question.name]
        with tenant_scope(form.channel.tenant_id):
            assert not Event.objects.exists()


@pytest.mark.parametrize(("name", "size"), [("virus.exe", 10), ("plan.pdf", 5 * 1024 * 1024 + 1)])
def test_files_of_the_wrong_type_or_size_are_sent_back(
    form: CreatedChannel, build: Callable[..., Any], name: str, size: int
) -> None:
    build(fields=(Question("phone", "phone", "Телефон", meaning="phone"), Question("file", "file", "План")))
    file = SimpleUploadedFile(name, b"x" * size)
    answer = Client().post(address(form), {"phone": "1234567", "consent": "1", "file": file}, headers=JSON)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["file"])


def test_too_large_a_post_is_told_so(form: CreatedChannel, settings: Any) -> None:
    settings.HOOK_MAX_BYTES = 200
    assert fill(form, FILLED | {"message": "x" * 300}, **JSON).status_code == 413
    assert fill(form, FILLED | {"message": "x" * 300}).status_code == 413


def test_nothing_typed_is_lost_when_the_form_is_sent_back(
    form: CreatedChannel, build: Callable[..., Any]
) -> None:
    build(
        fields=(
            Question("phone", "phone", "Phone", meaning="phone", is_required=True),
            Question("choices", "choices", "Q", options=("one <b>", "two")),
        )
    )
    page = fill(form, {"choices": ["one <b>"], "utm_source": "yandex", "idempotency_key": "k"})
    text = page.content.decode()
    assert page.status_code == 422
    assert 'value="one &lt;b&gt;" checked' in text
    assert 'name="utm_source" value="yandex"' in text
    assert 'name="idempotency_key" value="k"' in text
    assert text.count("aria-invalid") == 2  # the phone and the consent


def test_a_post_straight_to_the_hook_is_taken_whatever_the_form_says(
    form: CreatedChannel, build: Callable[..., Any]
) -> None:
    build(fields=(Question("email", "email", "E-mail", is_required=True, meaning="email"),))
    assert post_form(form, b"phone=%2B79161234567&anything=else").status_code == 200
    assert lead_of(form).phone == "+79161234567"


def test_a_day_old_page_is_taken_after_a_fresh_stamp(form: CreatedChannel) -> None:
    values = FILLED | {"form_stamp": stamp(form, 25 * 3600), "idempotency_key": "k"}
    told = fill(form, values, **JSON)
    assert (told.status_code, told.json()["is_stale"], told.json()["errors"]) == (422, True, {})
    assert fill(form, values).status_code == 422
    again = values | {"form_stamp": told.json()["stamp"]}
    assert fill(form, again, **JSON).json()["ok"]


def test_who_mends_a_mistake_may_be_quick(form: CreatedChannel) -> None:
    made = stamp(form, 10)
    told = fill(form, FILLED | {"consent": "", "form_stamp": made}, **JSON)
    assert (told.status_code, told.json()["stamp"]) == (422, made)
    old = fill(form, FILLED | {"form_stamp": stamp(form, 25 * 3600)}, **JSON).json()["stamp"]
    for again in (made, old):
        fill(form, FILLED | {"form_stamp": again})
    assert {item.suspicion for item in items_of(form)} == {""}


# --- what looks like spam ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sign", "changes"),
    [
        ("fast", {"form_stamp": 0.0}),
        ("forged", {"form_stamp": "x:y:z"}),
        ("links", {"message": "https://casino.example/win http://pills.example"}),
    ],
)
def test_suspicious_posts_become_non_targeted_leads(
    form: CreatedChannel, sign: str, changes: dict[str, Any]
) -> None:
    if isinstance(changes.get("form_stamp"), float):
        changes = changes | {"form_stamp": stamp(form, changes["form_stamp"])}
    honest = fill(form, **JSON)
    answer = fill(form, FILLED | {"phone": "+7 916 765-43-21"} | changes, **JSON)
    assert (answer.status_code, answer.content) == (honest.status_code, honest.content)
    assert [item.suspicion for item in items_of(form)] == ["", sign]
    with tenant_scope(form.channel.tenant_id):
        lead = Lead.objects.get(phone="+79167654321")
    assert (lead.quality, lead.quality_reason, lead.suspicion) == ("non_targeted", "suspicious", sign)


def test_suspicious_posts_stay_in_the_journal_where_the_channel_says_so(form: CreatedChannel) -> None:
    with tenant_scope(form.channel.tenant_id):
        update_channel(channel=form.channel, now=timezone.now(), settings={"suspicious": "ignore"})
    assert fill(form, FILLED | {"form_stamp": stamp(form, 0)}).status_code == 200
    (item,) = items_of(form)
    assert (item.outcome, item.suspicion) == ("ignored", "fast")
    assert item.reason
    with tenant_scope(form.channel.tenant_id):
        assert not Lead.objects.exists()


def test_a_link_to_the_sites_own_page_is_no_spam(form: CreatedChannel) -> None:
    fill(form, FILLED | {"message": "https://shop.example/item/5", "page_url": "https://shop.example/"})
    assert lead_of(form).suspicion == ""


def test_robots_that_fill_the_trap_hear_the_same(form: CreatedChannel) -> None:
    trapped = fill(form, FILLED | {"contact_me_by_fax": "1"}, **JSON)
    assert trapped.content == fill(form, **JSON).content
    assert [item.suspicion for item in items_of(form)] == ["trap", ""]


def test_a_crowd_from_one_address_looks_like_spam(form: CreatedChannel) -> None:
    for number in range(shield.MANY_A_MINUTE + 1):
        fill(form, FILLED | {"phone": f"+7 916 123-45-{number:02}"})
    assert [item.suspicion for item in items_of(form)] == [""] * shield.MANY_A_MINUTE + ["flood"]


def test_what_is_refused_is_seen_and_a_flood_fills_no_journal(
    form: CreatedChannel, admin: Membership, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shield, "POSTS_A_MINUTE", 1)
    monkeypatch.setattr(shield, "REFUSED_NOTED", 5)
    codes = [fill(form, FILLED | {"idempotency_key": f"k{number}"}).status_code for number in range(1, 11)]
    assert codes == [200] + [429] * 9
    taken, *refused = items_of(form)
    assert taken.outcome == "lead"
    assert {item.outcome for item in refused} == {"ignored"}
    assert [re.findall(r"\d+", item.reason) for item in refused] == [["2"], ["5"], ["10"]]
    page = client_of(admin).get(reverse("channels:detail", args=[form.channel.pk])).content.decode()
    assert "suspicion=refused" in page


def test_who_waits_as_told_and_sends_the_same_again_is_taken(
    form: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(form, FILLED | {"phone": "+7 916 765-43-21"})
    monkeypatch.setattr(shield, "POSTS_A_MINUTE", 1)
    post = FILLED | {"idempotency_key": "k1"}
    assert fill(form, post).status_code == 429
    cache.clear()  # the minute is over
    assert fill(form, post).status_code == 200
    assert [item.outcome for item in items_of(form)] == ["lead", "ignored", "lead"]


def test_in_a_crowd_who_posts_past_the_form_looks_like_spam(
    form: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shield, "CROWD_A_MINUTE", 1)
    fill(form, FILLED | {"form_stamp": stamp(form, 10)})
    fill(form, FILLED | {"form_stamp": stamp(form, 10), "phone": "+7 916 765-43-21"})
    fill(form, FILLED | {"phone": "+7 916 765-43-22"})
    assert [item.suspicion for item in items_of(form)] == ["", "", "forged"]


def test_without_redis_everybody_is_let_in(form: CreatedChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(shield.cache, "add", refuse)
    assert [fill(form).status_code for _turn in range(14)] == [200] * 14


def test_who_writes_again_in_earnest_is_no_suspect_any_more(form: CreatedChannel) -> None:
    fill(form, FILLED | {"form_stamp": stamp(form, 0)})
    assert lead_of(form).quality == "non_targeted"
    fill(form, FILLED | {"message": "Ещё вопрос", "form_stamp": stamp(form, 10)})
    lead = lead_of(form)
    assert (lead.suspicion, lead.quality_params.get("guess")) == ("", "targeted")


def test_the_same_sent_again_within_a_minute_is_one(form: CreatedChannel) -> None:
    for key in ("first", "second"):
        fill(form, FILLED | {"idempotency_key": key})
    assert [item.outcome for item in items_of(form)] == ["lead", "duplicate"]
