"""The markup of the queue's rows: nothing a client wrote is run, and what a row knows is shown."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.utils import translation

from leads.clock import Wait
from leads.queue.markup import row_html
from leads.queue.rows import Row

NASTY = '"><script>alert(1)</script>'
PLAIN = Row(
    id="7", url="/leads/7/", title="Ivan", glyph="email", channel="E-mail", account="", is_missed=False, line="Hello",
    product="", recording_url="", seconds=None, name="Ivan", quality="targeted", quality_reason="first", source="Site",
    campaign="", wait=None,
    works_until=None, note="answered", match="", looker="", taker="", unread_count=0, may_edit=False,
    is_mine=False, state="new",
)  # fmt: skip


def written(query: str = "", **changes) -> str:
    with translation.override("en"):
        return row_html(dataclasses.replace(PLAIN, **changes), query)


def test_everything_a_row_shows_is_escaped():
    texts = dict.fromkeys(
        ("url", "title", "channel", "account", "line", "product", "recording_url", "name", "quality_reason",
         "source", "campaign", "note", "looker", "taker"),
        NASTY,
    )  # fmt: skip
    for match in ("", NASTY):
        shown = written(NASTY, **texts, match=match, may_edit=True, is_mine=True, unread_count=2, seconds=5)
        assert "<script" not in shown


def test_row_is_known_by_its_lead_and_leads_back_to_the_queue():
    row = written("tab=mine", state="in_work")
    assert 'id="lead-7" data-row data-id="7" data-url="/leads/7/" data-title="Ivan"' in row
    assert 'href="/leads/7/?tab=mine" data-open' in row
    assert 'data-state="in_work"' in row


def test_only_who_may_decide_can_tick():
    assert "data-tick" not in written()
    row = written(may_edit=True)
    assert 'data-tick aria-label="Select Ivan"' in row
    assert " data-editable" in row


def test_wait_is_told_by_shape_and_in_words():
    until = dt.datetime(2026, 11, 17, 18, tzinfo=dt.UTC)
    late = written(wait=Wait(minutes=47, limit_min=15), works_until=until, note="limit 15")
    assert 'data-works-until="2026-11-17T18:00:00+00:00"' in late
    assert 'data-wait="47" data-limit="15"' in late
    assert 'class="wait wait-late" data-wait-box' in late
    assert "past the limit" in late
    assert ">47 min<" in late
    assert "data-wait-box" not in written()
    assert 'data-limit=""' in written(wait=Wait(minutes=1, limit_min=None))


def test_known_client_goes_before_the_account():
    assert "known since" in written(match="known since May", account="info@example.com")
    assert "info@example.com" not in written(match="known since May", account="info@example.com")
    assert "info@example.com" in written(account="info@example.com")


def test_colleague_who_looks_takes_the_place_of_the_reason():
    row = written(looker="Bob Stone")
    assert 'class="qrow locked"' in row
    assert "Bob is looking" in row
    assert ">first</p>" not in row
