"""Settings pages of channels, the journal, the public form, letters and recordings."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, Attachment, Call
from channels import bell, secrets
from channels.adapters.base import Check, RawDelivery
from channels.adapters.telegram import TelegramAdapter
from channels.journal import record
from channels.journal.files import RECORDING
from channels.letters import sanitise, without_remote_pictures
from channels.models import Channel, Event, EventItem, HookRoute, Message
from channels.services import CreatedChannel
from channels.tests.conftest import TELEGRAM, path_of, post_form, post_update, work
from core.tenancy import tenant_scope
from deals.services import archive_pipeline
from deals.setup import create_starter_pipeline
from leads.models import Lead
from tenants.models import Membership, Role, Tenant

pytestmark = pytest.mark.django_db
SignIn = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


@pytest.fixture
def boss(admin: Membership, client_of: SignIn) -> Client:
    return client_of(admin)


def in_scope(made: CreatedChannel) -> Any:
    return tenant_scope(made.channel.tenant_id)


def text_of(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return re.sub(r"\s+", " ", body.decode())


# --- The list -----------------------------------------------------------------------------------------
def test_list_tells_how_each_channel_fares(boss: Client, make_channel: Callable[..., CreatedChannel]) -> None:
    busy, broken = make_channel("form", name="Форма «Расчёт»"), make_channel("email", name="Почта")
    for _turn in range(3):
        post_form(busy)
    work(busy.channel)
    with in_scope(busy):
        Channel.objects.filter(pk=broken.channel.pk).update(
            last_error="Wrong password", last_error_at=timezone.now()
        )
    page = text_of(boss.get(reverse("channels:list")))
    assert "Форма «Расчёт»" in page
    assert "Wrong password" in page
    assert f"?channel={busy.channel.pk}&amp;hours=24" in page
    assert page.count('<rect x="') == 48


def test_list_costs_the_same_for_three_and_for_thirty(
    boss: Client, make_channel: Callable[..., CreatedChannel]
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert boss.get(reverse("channels:list")).status_code == 200
        return len(queries)

    for _number in range(3):
        post_form(make_channel("form"))
    cost()  # the session is written once
    first = cost()
    for _number in range(9):
        post_form(make_channel("form"))
    assert cost() == first


def test_list_invites_to_connect_the_first_channel(boss: Client) -> None:
    assert reverse("channels:create") in text_of(boss.get(reverse("channels:list")))


def test_pipelines_page_lists_the_channels_that_lead_into_it(
    boss: Client, tenant: Tenant, form: CreatedChannel, make_channel: Callable[..., CreatedChannel]
) -> None:
    with in_scope(form):
        first, other, archived = (create_starter_pipeline(template="simple", name=name) for name in "ABC")
        Channel.objects.filter(pk=form.channel.pk).update(pipeline=other)
        archive_pipeline(pipeline=archived)
    asked = reverse("channels:into_pipeline", args=[other.pk])
    assert asked in text_of(boss.get(reverse("deals:pipeline", args=[other.pk])))
    own = reverse("channels:detail", args=[form.channel.pk])
    assert own in text_of(boss.get(asked))
    asked = reverse("channels:into_pipeline", args=[first.pk])
    assert own not in text_of(boss.get(asked)) and "<li>" not in text_of(boss.get(asked))
    Tenant.objects.filter(pk=tenant.pk).update(mode=Tenant.Mode.SIMPLE)
    assert "<li>" in text_of(boss.get(asked))
    choices = text_of(boss.get(own))
    assert str(other.pk) in choices and str(archived.pk) not in choices


def test_lead_source_is_switched_from_the_list(boss: Client, form: CreatedChannel) -> None:
    url = reverse("channels:lead_source", args=[form.channel.pk])
    assert boss.post(url, {}, headers={"HX-Request": "true"}).status_code == 204
    with in_scope(form):
        assert Channel.objects.get().is_lead_source is False
    boss.post(url, {"is_lead_source": "on"})
    with in_scope(form):
        assert Channel.objects.get().is_lead_source is True


# --- Connecting and changing ---------------------------------------------------------------------------
COMMON = {"name": "Бот", "response_limit_min": "10", "new_lead_after_h": "24", "is_lead_source": "on"}


def test_channel_is_connected_in_the_browser(boss: Client, admin: Membership) -> None:
    kinds = text_of(boss.get(reverse("channels:create")))
    assert reverse("channels:create_kind", args=["telegram"]) in kinds
    with tenant_scope(admin.tenant_id):
        role = Role.objects.get(code="manager")
    made = boss.post(
        reverse("channels:create_kind", args=["telegram"]),
        COMMON | {"token": "12:abc", "responsible": f"role:{role.pk}", "set_webhook": "on"},
    )
    assert made.status_code == 302, text_of(made)
    with tenant_scope(admin.tenant_id):
        channel = Channel.objects.get()
        assert (channel.kind, channel.responsible_role, channel.response_limit_min) == ("telegram", role, 10)
        kept = secrets.read(channel)
    page = text_of(boss.get(made.url))
    assert f"/hooks/telegram/{kept['hook_token']}" in page
    assert HookRoute.objects.filter(channel_id=channel.pk).exists()


def test_missing_settings_are_told_at_their_fields(boss: Client) -> None:
    response = boss.post(reverse("channels:create_kind", args=["telegram"]), COMMON)
    assert response.status_code == 422
    assert 'id="id_token_err"' in text_of(response)


def test_field_mapping_is_written_in_lines_and_checked(boss: Client, form: CreatedChannel) -> None:
    url = reverse("channels:detail", args=[form.channel.pk])
    assert '<textarea name="field_map"' in text_of(boss.get(url))
    refused = boss.post(url, COMMON | {"field_map": "phone = tel\r\nпросто слова"})
    assert (refused.status_code, "просто слова" in text_of(refused)) == (422, True)
    assert boss.post(url, COMMON | {"field_map": "phone = a.b[0]\r\nГород = city"}).status_code == 302
    with in_scope(form):
        assert Channel.objects.get().settings["field_map"] == "phone = a.b[0]\r\nГород = city"


def test_new_form_leads_from_its_name_to_its_builder(boss: Client, tenant: Tenant) -> None:
    url = reverse("channels:create_kind", args=["form"])
    page = text_of(boss.get(url))
    assert (
        page.index('name="name"') < page.index('<details class="fold">') < page.index('name="honeypot_field"')
    )
    wrong = text_of(boss.post(url, COMMON | {"name": "Заявка", "field_map": "просто слова"}))
    assert '<details class="fold" open>' in wrong
    made = boss.post(url, COMMON | {"name": "Заявка"})
    with tenant_scope(tenant):
        assert made.url == reverse("channels:form_builder", args=[Channel.objects.get().pk])


def test_name_is_taken_once(boss: Client, make_channel: Callable[..., CreatedChannel]) -> None:
    make_channel("form", name="Форма")
    response = boss.post(reverse("channels:create_kind", args=["form"]), COMMON | {"name": "форма"})
    assert response.status_code == 422
    assert 'id="id_name_err"' in text_of(response)


def test_saving_keeps_the_secrets_that_were_left_empty(boss: Client, bot: CreatedChannel) -> None:
    url = reverse("channels:detail", args=[bot.channel.pk])
    saved = boss.post(
        url, COMMON | {"name": "Другое имя", "is_reason_required": "on", "base_url": "https://x.example"}
    )
    assert saved.status_code == 302, text_of(saved)
    with in_scope(bot):
        channel = Channel.objects.get()
        assert (channel.name, channel.is_reason_required) == ("Другое имя", True)
        assert channel.settings["base_url"] == "https://x.example"
        assert secrets.read(channel)["token"] == TELEGRAM["token"]


def test_responsible_of_another_tenant_is_no_choice(
    boss: Client, bot: CreatedChannel, charlie: Membership
) -> None:
    url = reverse("channels:detail", args=[bot.channel.pk])
    assert boss.post(url, COMMON | {"responsible": f"person:{charlie.pk}"}).status_code == 422


def test_channel_is_switched_off_and_on(boss: Client, form: CreatedChannel) -> None:
    url = reverse("channels:switch", args=[form.channel.pk])
    for value, is_active in (("0", False), ("1", True)):
        boss.post(url, {"is_active": value})
        with in_scope(form):
            assert Channel.objects.get().is_active is is_active


def test_new_address_replaces_the_old(boss: Client, form: CreatedChannel) -> None:
    boss.post(reverse("channels:rotate", args=[form.channel.pk]))
    assert post_form(form).status_code == 404


def test_connection_test_shows_each_line_outside_any_transaction(
    boss: Client, bot: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def check(self: Any, settings: Any, hook_url: str) -> list[Check]:
        from core.tenancy import active_tenant_id

        seen.update(tenant=active_tenant_id(), token=settings["token"], url=hook_url)
        return [Check(True, "The bot answers"), Check(False, "<b>No webhook</b>")]

    monkeypatch.setattr(TelegramAdapter, "check", check)
    monkeypatch.setattr("channels.services.setup._check_address", lambda url: Check(True, "Address fine"))
    url = reverse("channels:check", args=[bot.channel.pk])
    fragment = text_of(boss.post(url, headers={"HX-Request": "true"}))
    assert "The bot answers" in fragment
    assert "&lt;b&gt;No webhook" in fragment
    assert "<html" not in fragment
    assert seen == {"tenant": None, "token": TELEGRAM["token"], "url": bot.hook_url}
    assert "<html" in text_of(boss.post(url))


def test_form_channel_shows_how_to_embed_it(boss: Client, form: CreatedChannel) -> None:
    token = form.hook_url.rpartition("/")[2]
    assert f"/f/{token}" in text_of(boss.get(reverse("channels:detail", args=[form.channel.pk])))


# --- Rights ---------------------------------------------------------------------------------------------
def pages(made: CreatedChannel) -> list[tuple[str, str]]:
    pk = made.channel.pk
    with in_scope(made):
        event = Event.objects.create(channel=made.channel, body=b"x")
    return [
        ("get", reverse("channels:detail", args=[pk])),
        ("post", reverse("channels:detail", args=[pk])),
        ("post", reverse("channels:check", args=[pk])),
        ("post", reverse("channels:rotate", args=[pk])),
        ("post", reverse("channels:switch", args=[pk])),
        ("post", reverse("channels:lead_source", args=[pk])),
        ("get", reverse("channels:event", args=[event.pk])),
        ("get", reverse("channels:event_raw", args=[event.pk])),
    ]


def test_pages_of_another_tenant_are_missing(
    form: CreatedChannel, charlie: Membership, client_of: SignIn
) -> None:
    client = client_of(charlie)
    for method, url in pages(form):
        assert getattr(client, method)(url).status_code == 404, url
    journal = text_of(client.get(reverse("channels:journal")))
    assert form.channel.name not in journal
    client.post(reverse("channels:replay"), {"event": str(event_of(form))})
    with in_scope(form):
        assert Event.objects.get().state == "received"


def event_of(made: CreatedChannel) -> Any:
    with in_scope(made):
        return Event.objects.values_list("pk", flat=True).get()


@pytest.mark.parametrize("who", ["alice", "head"])
def test_pages_are_forbidden_without_the_right(
    who: str, form: CreatedChannel, client_of: SignIn, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(who))
    others = [("get", reverse(f"channels:{name}")) for name in ("list", "create", "journal")]
    for method, url in [*pages(form), *others, ("post", reverse("channels:replay"))]:
        assert getattr(client, method)(url).status_code == 403, url


# --- The journal page ----------------------------------------------------------------------------------
def test_journal_lists_filters_and_pages(boss: Client, bot: CreatedChannel, form: CreatedChannel) -> None:
    for number in range(55):
        with in_scope(form):
            record(
                channel=form.channel,
                delivery=RawDelivery(b"nothing"),
                now=timezone.now() - dt.timedelta(minutes=number),
            )
    post_update(bot, b"no json")
    work(bot.channel)
    first = boss.get(reverse("channels:journal"))
    assert first.context["next_url"]
    assert len(first.context["events"]) == 50
    second = boss.get(reverse("channels:journal") + first.context["next_url"])
    assert len(second.context["events"]) == 6
    back = boss.get(reverse("channels:journal") + second.context["previous_url"])
    assert [e.pk for e in back.context["events"]] == [e.pk for e in first.context["events"]]
    dead = boss.get(reverse("channels:journal"), {"state": "dead", "channel": bot.channel.pk})
    assert [e.channel_id for e in dead.context["events"]] == [bot.channel.pk]
    for odd in ({"channel": "x"}, {"state": "x"}, {"hours": "-1"}, {"cursor": "x"}):
        assert boss.get(reverse("channels:journal"), odd).status_code == 200


def test_event_page_shows_hostile_bodies_as_text(boss: Client, form: CreatedChannel) -> None:
    post_form(
        form, b"<script>alert(1)</script>\x00\xff\x1b[31m", **{"X-Name": "<img src=x onerror=alert(1)>"}
    )
    work(form.channel)
    page = text_of(boss.get(reverse("channels:event", args=[event_of(form)])))
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\x1b" not in page
    raw = boss.get(reverse("channels:event_raw", args=[event_of(form)]))
    assert raw.headers["Content-Type"] == "application/octet-stream"
    assert "attachment" in raw.headers["Content-Disposition"]


def test_event_page_blots_out_secrets(boss: Client, make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel("form", {"api_key": "key-of-the-form"})
    post_form(made, b"phone=1&api_key=key-of-the-form")
    for name in ("event", "event_raw"):
        assert "key-of-the-form" not in text_of(boss.get(reverse(f"channels:{name}", args=[event_of(made)])))


def test_dead_letter_is_run_again_from_its_page(boss: Client, bot: CreatedChannel) -> None:
    post_update(bot, b"no json")
    work(bot.channel)
    boss.post(reverse("channels:replay"), {"event": event_of(bot)})
    with in_scope(bot):
        assert Event.objects.get().state == "received"
        assert EventItem.objects.count() == 0
    assert boss.post(reverse("channels:replay"), {"event": "x"}).status_code == 422


# --- The public form -----------------------------------------------------------------------------------
FILLED = {
    "name": "Анна",
    "phone": "+7 916 123-45-67",
    "message": "Цена?",
    "consent": "1",
    "idempotency_key": "k1",
}


def form_path(made: CreatedChannel) -> str:
    return path_of(made.hook_url).replace("/hooks/form/", "/f/")


def post_page(made: CreatedChannel, values: dict[str, str]) -> Any:
    from urllib.parse import urlencode

    return Client().post(form_path(made), urlencode(values), content_type="application/x-www-form-urlencoded")


def test_public_form_makes_a_lead_once(form: CreatedChannel) -> None:
    page = Client().get(form_path(form) + "?utm_source=yandex", headers={"Referer": "https://shop.example/"})
    assert page.status_code == 200
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    assert 'name="utm_source" value="yandex"' in text_of(page)
    for _turn in range(2):
        assert post_page(form, FILLED).status_code == 200
    work(form.channel)
    with in_scope(form):
        assert Lead.objects.get().name == "Анна"


@pytest.mark.parametrize("missing", ["phone", "consent"])
def test_public_form_asks_for_what_is_missing(form: CreatedChannel, missing: str) -> None:
    response = post_page(form, {k: v for k, v in FILLED.items() if k != missing})
    assert response.status_code == 422
    assert "Анна" in text_of(response)
    with in_scope(form):
        assert Event.objects.count() == 0


def test_public_form_lets_robots_think_they_succeeded(form: CreatedChannel) -> None:
    assert post_page(form, {"contact_me_by_fax": "1", "name": "bot"}).status_code == 200
    work(form.channel)
    with in_scope(form):
        assert EventItem.objects.get().outcome == "ignored"


def test_public_form_slows_a_flood_down(form: CreatedChannel, settings: Any) -> None:
    cache.clear()
    answers = [post_page(form, FILLED | {"idempotency_key": str(n)}).status_code for n in range(14)]
    assert answers == [200] * 12 + [429] * 2


def test_public_form_is_missing_where_there_is_none(form: CreatedChannel, bot: CreatedChannel) -> None:
    for path in (form_path(form) + "x", path_of(bot.hook_url).replace("/hooks/telegram/", "/f/")):
        assert Client().get(path).status_code == 404


# --- Letters and recordings ------------------------------------------------------------------------------
LETTER = b"""From: Anna <anna@client.example>\r\nTo: sales@romashka.example\r\nSubject: Hi\r\nMessage-ID: <a@b>\r\n\
Content-Type: text/html; charset=utf-8\r\n\r\n<p onclick="x()">Hello <b>you</b></p><script>alert(1)</script>\
<img src="https://spy.example/pixel.gif"><img src="cid:logo"><a href="javascript:alert(1)">go</a>\
<a href="https://shop.example">shop</a><style>p{color:red}</style><form action="/x"><input></form>\r\n"""


@pytest.fixture
def letter(make_channel: Callable[..., CreatedChannel]) -> Message:
    made = make_channel("email")
    with in_scope(made):
        record(channel=made.channel, delivery=RawDelivery(LETTER, method="IMAP"), now=timezone.now())
    work(made.channel)
    with in_scope(made):
        return Message.objects.get()


def test_letter_is_shown_without_anything_that_acts(boss: Client, letter: Message) -> None:
    response = boss.get(reverse("channels:letter", args=[letter.activity_id]))
    page = text_of(response)
    for gone in ("onclick", "alert(1)", "spy.example", "javascript:", "color:red", "<form", "<input", "cid:"):
        assert gone not in page
    assert "Hello <b>you</b>" in page
    assert 'href="https://shop.example"' in page
    policy = response.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_remote_pictures_of_a_letter_come_when_asked_for(boss: Client, letter: Message) -> None:
    url = reverse("channels:letter", args=[letter.activity_id])
    blocked, shown = boss.get(url), boss.get(url + "?pictures=1")
    assert "spy.example" not in text_of(blocked)
    assert "?pictures=1" in text_of(blocked)
    assert "https:" not in blocked.headers["Content-Security-Policy"]
    assert 'src="https://spy.example' in text_of(shown)
    assert "?pictures=1" not in text_of(shown)
    assert "img-src 'self' https:" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('<img src="https://spy.example/a.gif" alt="1 > 0">', '<img alt="1 &gt; 0">'),
        ("<img alt=x SRC='http://spy.example/a.gif'>", '<img alt="x">'),
        ('<img src="//spy.example/a.gif">', "<img>"),
        ('<img src="cid:logo">', '<img src="cid:logo">'),
        ('<p>&lt;img src="https://spy.example"&gt;</p>', '<p>&lt;img src="https://spy.example"&gt;</p>'),
    ],
)
def test_letter_without_its_remote_pictures(written: str, kept: str) -> None:
    assert without_remote_pictures(sanitise(written))[0] == kept


def test_letter_of_another_tenant_is_missing(letter: Message, charlie: Membership, client_of: SignIn) -> None:
    assert client_of(charlie).get(reverse("channels:letter", args=[letter.activity_id])).status_code == 404


@pytest.fixture
def call(make_channel: Callable[..., CreatedChannel], admin: Membership) -> Call:
    from activities.services import store_attachment

    made = make_channel("mango")
    with in_scope(made):
        entry = Activity.objects.create(kind="call", direction="in", owner=admin)
        made_call = Call.objects.create(
            activity=entry, channel=made.channel, external_id="c1", direction="in"
        )
        store_attachment(
            activity=entry, name="r.mp3", content_type="audio/mpeg", data=b"0123456789", content_id=RECORDING
        )
        return made_call


@pytest.mark.parametrize(
    ("asked", "status", "body", "span"),
    [
        ("", 200, b"0123456789", ""),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=20-", 416, b"", "bytes */10"),
        ("nonsense", 200, b"0123456789", ""),
    ],
)
def test_recording_plays_from_any_place(
    boss: Client, call: Call, asked: str, status: int, body: bytes, span: str
) -> None:
    response = boss.get(
        reverse("channels:recording", args=[call.pk]), headers={"Range": asked} if asked else None
    )
    given = b"".join(response.streaming_content) if response.streaming else response.content
    assert (response.status_code, given, response.headers.get("Content-Range", "")) == (status, body, span)


def test_recording_that_is_not_there_yet_says_so(boss: Client, call: Call) -> None:
    url = reverse("channels:recording", args=[call.pk])
    for state, status in (("waiting", 503), ("failed", 410)):
        with tenant_scope(call.tenant_id):
            Attachment.objects.update(state=state, error="gone", ref="rec")
        assert boss.get(url).status_code == status
    assert (
        boss.post(
            reverse("channels:fetch_recording", args=[call.pk]), headers={"HX-Request": "1"}
        ).status_code
        == 204
    )
    with tenant_scope(call.tenant_id):
        assert Attachment.objects.get().state == "waiting"


def test_recording_is_missing_for_who_may_not_see_the_call(
    call: Call, alice: Membership, charlie: Membership, client_of: SignIn
) -> None:
    for member in (alice, charlie):
        assert client_of(member).get(reverse("channels:recording", args=[call.pk])).status_code == 404
