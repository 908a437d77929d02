"""Canned replies: whose they are, and what is refused in them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from channels.dialogs.wording import fill
from channels.models import CannedReply, DialogOutcome
from channels.services import (
    NotYourReply,
    ShortcutTaken,
    delete_canned,
    move_outcome,
    save_canned,
)
from conftest import make_member
from core.placeholders import UnknownField
from core.tenancy import tenant_scope
from deals.setup import create_starter_reasons
from tenants.models import Department, Role

pytestmark = pytest.mark.django_db


def shortcuts(rows) -> list[str]:
    return sorted(rows.values_list("shortcut", flat=True))


@pytest.fixture
def replies(scope, alice, bob, sales):
    other = Department.objects.create(name="Service")
    return {
        "alice": CannedReply.objects.create(shortcut="alice", text="x", owner=alice),
        "bob": CannedReply.objects.create(shortcut="bob", text="x", owner=bob),
        "sales": CannedReply.objects.create(shortcut="sales", text="x", department=sales),
        "service": CannedReply.objects.create(shortcut="service", text="x", department=other),
        "all": CannedReply.objects.create(shortcut="all", text="x"),
    }


def test_everybody_uses_their_own_their_departments_and_the_companys(replies, alice, head, admin):
    usable = {m.name: shortcuts(CannedReply.objects.usable_by(m)) for m in (alice, head, admin)}
    assert usable == {"Alice": ["alice", "all", "sales"], "Helen": ["all", "sales"], "Ada": ["all"]}


def test_shared_ones_are_changed_by_heads_and_administrators(replies, alice, head, admin):
    editable = {m.name: shortcuts(CannedReply.objects.editable_by(m)) for m in (alice, head, admin)}
    assert editable == {"Alice": ["alice"], "Helen": ["sales"], "Ada": ["all", "sales", "service"]}


def test_replies_of_a_department_are_for_those_below_it(scope, tenant, sales):
    below = Department.objects.create(name="North", parent=sales)
    member = make_member(tenant, "Nora", Role.Code.MANAGER, below)
    CannedReply.objects.create(shortcut="sales", text="x", department=sales)
    assert shortcuts(CannedReply.objects.usable_by(member)) == ["sales"]


def test_nobody_writes_for_more_than_they_may(scope, alice, head, admin, sales):
    with pytest.raises(NotYourReply):
        save_canned(by=alice, shortcut="x", text="x")
    with pytest.raises(NotYourReply):
        save_canned(by=alice, shortcut="x", text="x", department=sales)
    with pytest.raises(NotYourReply):
        save_canned(by=head, shortcut="x", text="x")
    with pytest.raises(NotYourReply):
        save_canned(by=admin, shortcut="x", text="x", owner=alice)
    save_canned(by=head, shortcut="x", text="x", department=sales)
    save_canned(by=admin, shortcut="x", text="x")
    save_canned(by=alice, shortcut="x", text="x", owner=alice)
    assert CannedReply.objects.count() == 3


def test_a_shortcut_is_one_holders_once(scope, alice):
    reply = save_canned(by=alice, shortcut="price", text="x", owner=alice)
    with pytest.raises(ShortcutTaken):
        save_canned(by=alice, shortcut="Price", text="y", owner=alice)
    save_canned(by=alice, shortcut="price", text="y", owner=alice, reply=reply)
    assert CannedReply.objects.get().text == "y"


def test_an_unknown_field_is_named(scope, alice):
    with pytest.raises(UnknownField, match=r"\{client\}"):
        save_canned(by=alice, shortcut="x", text="Hello {client}, {client_name}", owner=alice)
    save_canned(by=alice, shortcut="x", text="Hello { client_name }", owner=alice)


def test_others_replies_are_not_deleted(replies, alice):
    with pytest.raises(NotYourReply):
        delete_canned(reply=replies["all"], by=alice)
    delete_canned(reply=replies["alice"], by=alice)


def test_an_empty_field_leaves_no_hole(scope):
    reply = CannedReply(shortcut="x", text="Hello, {client_first_name}! About {deal_title} we  say.\nYes")
    filled = fill(reply, {"client_first_name": "", "deal_title": ""})
    assert filled.text == "Hello! About we say.\nYes"
    assert len(filled.missing) == 2
    whole = fill(CannedReply(text="{client_name} ,  ok"), {"client_name": "Anna"})
    assert whole.text == "Anna ,  ok"


def test_the_settings_page_lists_and_saves(tenant, alice, client_of):
    client = client_of(alice)
    data = {"shortcut": "/Hello", "holder": "own", "text": "Hi {client_name}", "subject": ""}
    assert client.post(reverse("channels:canned_create"), data).status_code == 302
    with tenant_scope(tenant):
        reply = CannedReply.objects.get()
        assert (reply.shortcut, reply.owner) == ("hello", alice)
    assert "/hello" in client.get(reverse("channels:canned")).content.decode()
    wrong = client.post(reverse("channels:canned_create"), data | {"text": "{nope}", "shortcut": "a"})
    assert wrong.status_code == 422
    assert "{nope}" in wrong.content.decode()
    assert client.post(reverse("channels:canned_create"), data | {"holder": "company"}).status_code == 422
    assert client.post(reverse("channels:canned_delete", args=[reply.pk])).status_code == 302


def test_a_colleagues_reply_is_missing(tenant, alice, bob, client_of):
    with tenant_scope(tenant):
        reply = CannedReply.objects.create(shortcut="x", text="x", owner=bob)
    assert client_of(alice).get(reverse("channels:canned_change", args=[reply.pk])).status_code == 404


def test_outcomes_keep_the_order_they_are_given(scope, admin):
    first, second = (DialogOutcome.objects.create(name=n, position=i) for i, n in enumerate("ab"))
    move_outcome(outcome=second, by=admin, step=-1)
    assert list(DialogOutcome.objects.offered()) == [second, first]


def test_only_a_rejecting_outcome_has_a_reason(tenant, admin, client_of):
    with tenant_scope(tenant):
        reason = create_starter_reasons()[0]
    client = client_of(admin)
    data = {"name": "Spam!", "effect": "keep", "reason": str(reason.pk)}
    assert client.post(reverse("channels:outcome_create"), data).status_code == 422
    assert client.post(reverse("channels:outcome_create"), data | {"effect": "reject"}).status_code == 302
    with tenant_scope(tenant):
        assert DialogOutcome.objects.get().reason == reason
