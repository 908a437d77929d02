"""The timeline of a card, in a constant number of queries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone, translation

from activities.access import Target
from activities.models import Attachment, Call
from activities.services import add_note, log_activity, plan_activity, store_attachment
from activities.tests.factories import make_contact, make_deal
from activities.timeline import Timeline
from core.tenancy import tenant_scope

NOW = timezone.now().replace(microsecond=0)


def ago(**span: int) -> dt.datetime:
    return NOW - dt.timedelta(**span)


@pytest.fixture
def contact(scope):
    return make_contact()


def line_of(contact, member, **options) -> Timeline:
    return Timeline(Target("contact", contact), member, now=NOW, **options)


def entries(line: Timeline) -> list:
    return [entry for day in line.days for entry in day.entries]


def make_mail(contact, channel, *, at, html="", quoted="", **fields):
    from channels.models import Dialog, Message

    entry = log_activity(kind="email", direction="in", occurred_at=at, contact=contact, **fields)
    dialog, _ = Dialog.objects.get_or_create(channel=channel, external_id="d")
    Message.objects.create(activity=entry, dialog=dialog, channel=channel, html=html, quoted_text=quoted)
    return entry


@pytest.fixture
def mailbox(scope):
    from channels.models import Channel

    return Channel.objects.create(kind="email", name="sales@x.ru")


def test_timeline_puts_planned_first_and_the_newest_on_top(contact, alice):
    log_activity(kind="email", direction="in", occurred_at=ago(days=3), contact=contact, subject="Old")
    log_activity(kind="email", direction="in", occurred_at=ago(days=1), contact=contact, subject="New")
    for days, subject in ((2, "Later"), (1, "Sooner")):
        due_at = NOW + dt.timedelta(days=days)
        plan_activity(
            kind="call", subject=subject, due_at=due_at, owner=alice, by=alice, now=NOW, contact=contact
        )
    line = line_of(contact, alice)
    assert [e.subject for e in line.planned] == ["Sooner", "Later"]
    assert [e.subject for e in entries(line)] == ["New", "Old"]
    with translation.override("en"):
        assert line_of(contact, alice).days[0].title.startswith("Yesterday, ")


def test_timeline_counts_by_group_and_shows_one(contact, alice):
    for kind in ("email", "message", "request", "call", "note"):
        log_activity(kind=kind, occurred_at=NOW, contact=contact)
    line = line_of(contact, alice, show="talk")
    assert {chip.key: chip.count for chip in line.chips} == {"": 5, "talk": 3, "calls": 1, "notes": 1}
    assert {e.kind for e in entries(line)} == {"email", "message", "request"}


def test_timeline_pages_by_keyset_through_entries_of_one_moment(contact, alice):
    for number in range(65):
        log_activity(kind="note", occurred_at=NOW, contact=contact, text=str(number))
    seen: list[str] = []
    before = ""
    for _page in range(3):
        line = line_of(contact, alice, before=before)
        seen += [e.id for e in entries(line)]
        before = line.next_cursor
    assert before == ""
    assert len(seen) == len(set(seen)) == 65


def test_timeline_with_a_broken_cursor_starts_at_the_top(contact, alice):
    log_activity(kind="note", occurred_at=NOW, contact=contact)
    assert len(entries(line_of(contact, alice, before="yesterday_nobody"))) == 1


def test_timeline_escapes_what_strangers_wrote_and_links_addresses(contact, alice):
    text = "<script>alert(1)</script> see https://x.ru/a?b=1&c=2"
    log_activity(kind="message", direction="in", occurred_at=NOW, contact=contact, text=text)
    [entry] = entries(line_of(contact, alice))
    assert "<script>" not in entry.text
    assert 'href="https://x.ru/a?b=1&amp;c=2"' in entry.text


def test_timeline_folds_a_long_text_and_loses_no_word(contact, alice):
    words = [f"word{n}" for n in range(900)]
    log_activity(kind="message", direction="in", occurred_at=NOW, contact=contact, text=" ".join(words))
    [entry] = entries(line_of(contact, alice))
    assert len(entry.text) < 2000
    assert f"{entry.text} {entry.rest}".split() == words


def test_timeline_marks_mentions_and_lets_only_the_author_change_a_note(contact, alice, bob):
    add_note(text="@Bob <b>look</b>", by=alice, now=NOW, contact=contact)
    [entry] = entries(line_of(contact, alice))
    assert entry.text == '<b class="mention">@Bob</b> &lt;b&gt;look&lt;/b&gt;'
    assert entry.may_edit
    [entry] = entries(line_of(contact, bob))
    assert not entry.may_edit


def test_timeline_shows_calls_with_result_and_recording(contact, alice):
    entry = log_activity(kind="call", direction="in", occurred_at=NOW, contact=contact)
    Call.objects.create(
        activity=entry, external_id="1", direction="in", state="finished", result="answered", talk_s=191,
        recording_url="https://pbx/rec",
    )  # fmt: skip
    missed = log_activity(kind="call", direction="in", occurred_at=NOW, contact=contact)
    Call.objects.create(activity=missed, external_id="2", direction="in", state="finished", result="missed")
    by_id = {e.id: e for e in entries(line_of(contact, alice))}
    answered, lost = by_id[str(entry.pk)], by_id[str(missed.pk)]
    assert (answered.icon, answered.labels[0].tone, answered.seconds) == ("phone-incoming", "ok", 191)
    assert answered.recording_url.startswith("/recordings/")
    assert (lost.icon, lost.labels[0].tone, lost.recording_url) == ("phone-x", "danger", "")


def test_timeline_folds_quoted_text_and_offers_the_letter(contact, alice, mailbox):
    make_mail(contact, mailbox, at=NOW, html="<p>Hi</p>", quoted="> before", subject="Offer", text="Hi")
    [entry] = entries(line_of(contact, alice))
    assert (entry.who, entry.quoted) == (contact.name, "> before")
    assert entry.mail_url.endswith("/letter/")


def test_timeline_hides_a_letters_own_pictures_among_files(contact, alice, mailbox):
    entry = make_mail(contact, mailbox, at=NOW, html="<img src=cid:logo>")
    store_attachment(
        activity=entry, name="logo.png", content_type="image/png", data=b"x", content_id="<logo>"
    )
    store_attachment(activity=entry, name="plan.pdf", content_type="application/pdf", data=b"x")
    Attachment.objects.create(
        activity=entry, name="big.mp4", content_type="video/mp4", state="waiting", ref="1"
    )
    [shown] = entries(line_of(contact, alice))
    assert [(f.name, bool(f.url), f.state) for f in shown.files] == [
        ("plan.pdf", True, "stored"),
        ("big.mp4", False, "waiting"),
    ]


def test_timeline_says_changes_in_the_readers_language(contact, alice):
    log_activity(
        kind="change", occurred_at=NOW, author=alice, contact=contact,
        data={"code": "stage_moved", "from": "New <1>", "to": "Offer", "seconds": 86400},
    )  # fmt: skip
    with translation.override("en"):
        [entry] = entries(line_of(contact, alice))
    assert "New &lt;1&gt;</b> → <b" in entry.change
    assert "1 d in the stage before" in entry.change.replace("\xa0", " ")
    assert "Alice" in entry.change


def test_timeline_costs_the_same_for_three_entries_and_for_thirty(
    contact, alice, mailbox, django_assert_num_queries
):
    def add(count: int) -> None:
        for number in range(count):
            mail = make_mail(contact, mailbox, at=ago(minutes=number), html="<p>x</p>", text="x")
            store_attachment(activity=mail, name="a.pdf", content_type="application/pdf", data=b"x")
            call = log_activity(
                kind="call", direction="in", occurred_at=NOW, contact=contact, deal=make_deal()
            )
            Call.objects.create(activity=call, external_id=str(call.pk), direction="in")
            plan_activity(
                kind="task", subject="x", due_at=NOW, owner=alice, by=alice, now=NOW, contact=contact
            )
            add_note(text="x", by=alice, now=NOW, contact=contact)

    def read() -> None:
        line = line_of(contact, alice)
        assert line.chips and line.planned and line.days

    add(1)
    with django_assert_num_queries(7):
        read()
    add(8)
    with django_assert_num_queries(7):
        read()


# --- The view ----------------------------------------------------------------------------------------
def test_timeline_view_answers_a_fragment_to_htmx_and_a_page_else(tenant, alice, client_of):
    with tenant_scope(tenant):
        contact = make_contact()
        log_activity(kind="note", occurred_at=NOW, author=alice, contact=contact, text="hello")
    client, url = client_of(alice), f"/activities/timeline/?contact={contact.pk}"
    fragment = client.get(url, headers={"HX-Request": "true"})
    assert fragment.status_code == 200
    assert b"<html" not in fragment.content and b"hello" in fragment.content
    assert b"<html" in client.get(url).content


@pytest.mark.parametrize("query", ["", "contact=nonsense", "contact=0192d1f0-0000-7000-8000-000000000000"])
def test_timeline_view_of_nothing_is_missing(alice, client_of, query):
    assert client_of(alice).get(f"/activities/timeline/?{query}").status_code == 404


def test_timeline_view_is_missing_for_another_tenant(tenant, alice, charlie, client_of):
    with tenant_scope(tenant):
        contact = make_contact()
    assert client_of(charlie).get(f"/activities/timeline/?contact={contact.pk}").status_code == 404


def test_timeline_view_follows_the_rights_to_the_card(tenant, alice, bob, client_of):
    with tenant_scope(tenant):
        deal = make_deal(owner=alice)
    url = f"/activities/timeline/?deal={deal.pk}"
    assert client_of(alice).get(url).status_code == 200
    assert client_of(bob).get(url).status_code == 404


def test_companys_timeline_has_what_its_people_did_until_they_left(scope, alice, bob):
    from contacts.services import create_company, create_contact, dismiss_member, link_company

    company, other = (create_company(name=name, by=alice, now=ago(days=9)) for name in ("Firm", "Other"))
    here, gone = (create_contact(name=name, by=alice, now=ago(days=9)) for name in ("Here", "Gone"))
    places = [link_company(contact=person, company=company) for person in (here, gone)]
    for subject, days, about in (
        ("own", 1, {"company": company}), ("by Here", 1, {"contact": here}),
        ("by Here for Other", 1, {"contact": here, "company": other}),
        ("by Gone before", 5, {"contact": gone}), ("by Gone after", 1, {"contact": gone}),
    ):  # fmt: skip
        log_activity(kind="email", direction="in", occurred_at=ago(days=days), subject=subject, **about)
    dismiss_member(member=places[1], by=alice, now=ago(days=3), on=timezone.localdate(ago(days=3)))
    line = Timeline(Target("company", company), alice, now=NOW, show="talk")
    assert {entry.subject for entry in entries(line)} == {"own", "by Here", "by Gone before"}


def test_companys_timeline_hides_people_one_may_not_see(scope, alice, bob):
    from contacts.services import create_company, create_contact, link_company

    company = create_company(name="Firm", owner=alice, by=alice, now=NOW)
    secret = create_contact(name="Secret", owner=bob, by=alice, now=NOW)
    link_company(contact=secret, company=company)
    log_activity(kind="email", direction="in", occurred_at=NOW, subject="secret", contact=secret)
    alice.role.grants["contacts"]["view"] = "own"
    line = Timeline(Target("company", company), alice, now=NOW, show="talk")
    assert entries(line) == []
