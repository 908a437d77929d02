"""A call from its ringing to its recording: cards on whatever page, two people, one taker."""

from __future__ import annotations

import io
import json
import re
import shutil
import time
import wave
from typing import Any

import httpx
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from playwright.sync_api import expect

from activities.models import Activity, Attachment, Call
from activities.services import fill_attachment
from browser.axe import violations_in_themes
from browser.conftest import DESKTOP, PHONE
from browser.waiting import until
from channels.adapters import adapter_for
from channels.adapters.base import RawDelivery
from channels.models import FileFetch
from channels.services import update_channel
from contacts.identity import Key
from contacts.services import create_contact
from core.tenancy import tenant_scope
from deals.services import create_deal
from leads.models import Lead
from leads.services import Step, set_steps
from tenants.models import Membership, WorkSchedule
from tenants.services import set_hours

CLIENT = "+442079460103"
KEYS = {"api_key": "key", "api_salt": "salt", "base_url": "http://127.0.0.1:9"}  # nobody answers there


class Exchange:
    """Mango, as far as it tells of calls."""

    def __init__(self, company: Any) -> None:
        self.company = company
        self.made = company.channel("mango", "Main line", KEYS, responsible_role=company.manager.role)

    def tell(self, kind: str, **event: Any) -> None:
        now = int(time.time())
        told = {"entry_id": "e1", "timestamp": now} | event
        delivery = adapter_for("mango").sign(RawDelivery(json.dumps(told).encode()), KEYS)
        url = f"{self.company.address(self.made)}/events/{kind}"
        answer = httpx.post(url, content=delivery.body, headers=dict(delivery.headers), timeout=30)
        assert answer.status_code == 200, answer.text

    def ring(self, extension: str, seq: int, state: str = "Appeared", **event: Any) -> None:
        sides = {"from": {"number": CLIENT}, "to": {"extension": extension, "line_number": "442079460000"}}
        place = {"call_id": f"leg-{extension}", "seq": seq, "call_state": state, "location": "abonent"}
        self.tell("call", **sides, **place, **event)

    def end(self, extension: str, talk_s: int) -> None:
        now = int(time.time())
        moments = {"create_time": now - talk_s - 5, "talk_time": now - talk_s, "end_time": now}
        sides = {"from": {"number": CLIENT}, "to": {"extension": extension}, "line_number": "442079460000"}
        self.tell("summary", call_direction=1, entry_result=1, disconnect_reason=1110, **sides, **moments)
        self.tell("recording", recording_id="rec-1", recording_state="Completed", seq=9, call_id="leg-101")

    def give_up(self, extension: str) -> None:
        """Let the client hang up before anybody has answered."""
        now = int(time.time())
        moments = {"create_time": now - 25, "talk_time": 0, "end_time": now}
        sides = {"from": {"number": CLIENT}, "to": {"extension": extension}, "line_number": "442079460000"}
        self.tell("summary", call_direction=1, entry_result=0, disconnect_reason=1110, **sides, **moments)


@pytest.fixture
def exchange(company: Any) -> Exchange:
    with tenant_scope(company.tenant):
        Membership.objects.filter(pk=company.manager.pk).update(phone_extension="101")
        Membership.objects.filter(pk=company.colleague.pk).update(phone_extension="102")
    return Exchange(company)


def sound(seconds: int) -> bytes:
    """Make a recording that Chromium plays without a codec."""
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * seconds)
    return kept.getvalue()


def keep_recording(company: Any) -> None:
    """Put the recording where the worker would have put it."""
    with tenant_scope(company.tenant):
        kept = Attachment.objects.get(content_id="recording")
        FileFetch.objects.filter(attachment=kept).delete()
        kept.content_type = "audio/wav"
        kept.save(update_fields=["content_type"])
        fill_attachment(attachment=kept, data=sound(30))
        there = company.stack.folder / "files" / kept.key
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(default_storage.path(kept.key), there)


def test_call_from_ringing_to_recording(company, exchange, seat):
    with tenant_scope(company.tenant):
        contact = create_contact(
            name="Anna Brown", keys=[Key("phone", CLIENT)], by=company.admin, now=timezone.now()
        )
        create_deal(
            title="Two grinders", pipeline=company.pipeline, contact=contact, amount=1748, currency="GBP",
            owner=company.manager, by=company.manager, now=timezone.now(),
        )  # fmt: skip
    mary, oscar = seat(company.manager), seat(company.colleague, viewport=PHONE)
    page, other = mary.open("/deals/"), oscar.open("/contacts/")
    page.locator("#main").focus()
    exchange.ring("101", 1)
    exchange.ring("102", 2)
    card, his = page.locator("[data-call]"), other.locator("[data-call]")
    for shown in (card, his):
        expect(shown).to_contain_text("Incoming call")
        expect(shown).to_contain_text("Anna Brown")
        expect(shown).to_contain_text("+44 20 7946 0103")
    expect(card).to_contain_text("Two grinders")
    expect(card).to_contain_text("£1,748")
    expect(his).not_to_contain_text("Two grinders")  # Mary's deal
    expect(page.locator("#announce")).to_contain_text("Anna Brown")
    expect(page.locator("#main")).to_be_focused()  # it took nobody's place at the keyboard

    card.get_by_role("button", name="Take").click()
    expect(page.locator("#toast-list")).to_contain_text("Taken")
    expect(card.get_by_role("button", name="Take")).to_have_count(0)
    expect(his).to_contain_text("Mary has it")
    expect(his.get_by_role("button", name="Take")).to_have_count(0)

    exchange.ring("101", 3, "Connected")
    expect(card).to_contain_text("Talking")
    expect(card.locator("[data-since]")).to_have_text(re.compile(r"^0:\d\d$"))
    note = card.get_by_label("Note of the talk")
    note.fill("Wants them in blue")
    exchange.end("101", 65)
    expect(card).to_contain_text("Call ended")
    expect(card).to_contain_text("1:05")
    expect(note).to_have_value("Wants them in blue")  # what is being written stays
    note.press("Control+Enter")
    expect(page.locator("#toast-list")).to_contain_text("The note is in the timeline")
    expect(note).to_have_value("")
    with tenant_scope(company.tenant):
        lead = Lead.objects.get()
        assert lead.taken_by == company.manager
        assert Activity.objects.get(kind="note").lead_id == lead.pk
        assert Call.objects.get().talk_s == 65

    card.get_by_role("button", name="Play").click()
    expect(card.locator(".player-said")).to_contain_text("being fetched")
    assert {line.split("/")[0] for line in mary.complaints} == {"503 http:"}  # what is not there yet
    mary.complaints.clear()
    keep_recording(company)
    with page.expect_response(lambda answer: "/recordings/" in answer.url and answer.status == 206):
        card.locator(".player-said button").click()
    speed = card.locator(".player-speed")
    expect(speed).to_have_text("1×")
    speed.click()
    expect(speed).to_have_text("1.5×")
    bar = card.get_by_label("Position in the recording")
    bar.fill("20")
    until(
        lambda: card.locator("audio").evaluate("one => one.currentTime") >= 20,
        "it did not seek",
        timeout_s=20,
    )
    with page.expect_download() as download:
        card.locator(".player-file").click()
    assert download.value.suggested_filename.startswith("442079460103-")

    card.get_by_role("link", name="Task").click()
    expect(page.locator("#dialog")).to_be_visible()
    mary.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()
    second = mary.context.new_page()
    second.goto(f"{mary.url}/leads/")
    expect(second.locator("[data-call]")).to_contain_text("Call ended")  # survives a missed event
    card.locator("[data-call-close]").focus()
    mary.press("Escape")
    expect(card).to_have_count(0)
    expect(second.locator("[data-call]")).to_have_count(0)  # closed in all tabs


def test_axe_finds_nothing_on_cards_and_settings_of_a_line(company, exchange, seat):
    for member, viewport, paths in (
        (company.manager, DESKTOP, ["/deals/"]),
        (company.colleague, PHONE, ["/contacts/"]),
        (
            company.admin,
            PHONE,
            [f"/settings/channels/{exchange.made.channel.pk}/{end}" for end in ("", "missed/")],
        ),
    ):
        person = seat(member, viewport=viewport)
        for path in paths:
            page = person.open(path)
            if member != company.admin:
                exchange.ring("101", 1)
                exchange.ring("102", 2)
                expect(page.locator("[data-call]")).to_contain_text("Incoming call")
            assert violations_in_themes(page) == []


def test_call_nobody_takes_goes_on_level_by_level_before_everybodys_eyes(company, exchange, seat):
    around_the_clock = (((0, 24 * 60),),) * 7
    with tenant_scope(company.tenant):
        set_hours(by=company.admin, hours=WorkSchedule.Hours.WEEK, week=around_the_clock)
        update_channel(
            channel=exchange.made.channel,
            by=company.admin,
            now=timezone.now(),
            responsible=company.manager,
            responsible_role=None,
        )
        to_oscar = Step(after_min=10, watch="taken", action="member", member=company.colleague)
        to_ada = Step(after_min=5, after_s=30, watch="taken", action="tell_member", member=company.admin)
        set_steps(by=company.admin, steps=[to_oscar, to_ada], channel_id=exchange.made.channel.pk)
    mary, oscar, ada = seat(company.manager), seat(company.colleague, viewport=PHONE), seat(company.admin)
    hers, his, heads = mary.open("/unsorted/"), oscar.open("/unsorted/"), ada.open("/deals/")
    exchange.ring("101", 1)
    expect(hers.locator("[data-call]")).to_contain_text("Incoming call")
    exchange.give_up("101")
    expect(hers.locator("[data-call]")).to_contain_text("Missed")
    expect(hers.locator("#toast-list")).to_contain_text("Missed call: +442079460103")
    expect(hers.get_by_role("button", name="1 new inquiry")).to_be_visible()

    def pass_minutes(minutes: float) -> int:
        return int(company.stack.run_later("leads.tasks.escalate_waiting", by_min=minutes))

    assert pass_minutes(9) == 0
    expect(his.locator("#toast-list")).to_have_text("")
    assert pass_minutes(11) == 1
    expect(hers.locator("#toast-list")).to_contain_text("Passed on to Oscar")
    expect(his.locator("#toast-list")).to_contain_text("nobody answered for 10 working min")
    his.get_by_role("button", name="1 new inquiry").click()
    expect(his.locator("[data-row]").first).to_contain_text("+44 20 7946 0103")
    assert pass_minutes(16) == 0  # the second level waits from when the first had it
    expect(heads.locator("#toast-list")).to_have_text("")
    assert pass_minutes(17) == 1
    expect(heads.locator("#toast-list")).to_contain_text("330 s")
    with tenant_scope(company.tenant):
        assert Lead.objects.get().responsible == company.colleague


def test_call_that_comes_while_a_dialog_is_open_is_shown_in_it(company, exchange, seat):
    mary = seat(company.manager)
    page = mary.open("/leads/")
    page.get_by_role("button", name="Create").first.click()
    page.get_by_role("menuitem", name="Contact").click()
    dialog = page.locator("#dialog")
    field = dialog.locator("input:not([type=hidden])").first
    field.fill("Half a name")
    exchange.ring("101", 1)
    expect(dialog.locator("[data-call]")).to_contain_text("Unknown caller")
    expect(field).to_be_focused()
    dialog.get_by_role("button", name="Take").click()
    expect(dialog.locator("[data-call]").get_by_role("button", name="Take")).to_have_count(0)
    expect(field).to_have_value("Half a name")
