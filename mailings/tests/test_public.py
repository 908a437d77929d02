"""What readers do by the links of a letter: look, leave, come back, open, click; and what strangers can't."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from activities.models import Activity
from channels.models import Message
from core.tenancy import tenant_scope
from mailings import links, services
from mailings.models import Click, MailingRoute, Recipient, Subscription
from mailings.tests.conftest import NOW, recipient

TEXT = "Look: [our prices](https://ours.example/prices), and https://ours.example/two."


@pytest.fixture
def sent(tenant, draft, person, start, post, server):
    """Anna has got a letter with two links; the recipient and its token."""
    anna = person("Anna", email="anna@client.example")
    mailing = start(draft(anna, text=TEXT))
    post.run(mailing)
    with tenant_scope(tenant):
        row = recipient(mailing, anna)
        return row, links.token_of(row.pk)


def page_of(token: str) -> str:
    return reverse("mailings:public", args=[token])


def subscription(row: Recipient) -> Subscription | None:
    with tenant_scope(row.tenant_id):
        return Subscription.objects.filter(kind="email", value="anna@client.example").first()


def test_looking_unsubscribes_nobody(sent):
    row, token = sent
    for method in ("get", "head"):
        response = getattr(Client(), method)(page_of(token))
        assert response.status_code == 200
    assert "anna@client.example" in Client().get(page_of(token)).content.decode()
    assert subscription(row) is None
    assert response["X-Robots-Tag"].startswith("noindex")
    assert "script-src 'none'" in response["Content-Security-Policy"]


def test_pressing_the_button_does_and_it_can_be_taken_back(tenant, sent):
    row, token = sent
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(page_of(token), {"act": "leave"}).status_code == 200
    found = subscription(row)
    assert found.how == Subscription.How.LINK
    with tenant_scope(tenant):
        assert found.mailing_id == row.mailing_id
        entry = Activity.objects.get(contact=row.contact, data__code="mailings_left")
        assert entry.data["mailing"] == "Spring"
        assert recipient(row.mailing, row.contact).unsubscribed_at is not None
    browser.post(page_of(token), {"act": "leave"})
    with tenant_scope(tenant):
        assert Activity.objects.filter(data__code="mailings_left").count() == 1
    browser.post(page_of(token), {"act": "back"})
    assert subscription(row).unsubscribed_at is None
    with tenant_scope(tenant):
        assert recipient(row.mailing, row.contact).unsubscribed_at is None
        assert Activity.objects.filter(data__code="mailings_back").count() == 1


def test_a_mail_program_unsubscribes_with_one_click(sent):
    row, token = sent
    answer = Client(enforce_csrf_checks=True).post(
        page_of(token),
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert subscription(row).how == Subscription.How.ONE_CLICK


def test_the_page_speaks_the_language_of_the_company(tenant, sent):
    _row, token = sent
    assert (
        "Отписаться от рассылок?"
        in Client(headers={"accept-language": "en"}).get(page_of(token)).content.decode()
    )


def test_opening_is_counted_and_the_timeline_says_so(tenant, sent):
    row, token = sent
    dot = reverse("mailings:public_dot", args=[token])
    assert Client().head(dot).status_code == 200
    assert Client().get(dot, headers={"sec-purpose": "prefetch"}).status_code == 200
    with tenant_scope(tenant):
        assert recipient(row.mailing, row.contact).opened_at is None
    for _time in range(2):
        assert Client().get(dot)["Content-Type"] == "image/gif"
    with tenant_scope(tenant):
        now = recipient(row.mailing, row.contact)
        assert now.opened_at is not None
        assert now.open_count == 2
        assert Activity.objects.get(contact=row.contact, kind="email").data["opened_at"]


def test_a_link_of_the_letter_leads_on_and_is_counted(tenant, sent, server):
    row, token = sent
    html = server[0].letters[0].get_body(("html",)).get_content()
    hrefs = re.findall(r'href="[^"]*/u/[^"/]+/(\d+)/"', html)
    assert hrefs == ["1", "2"]
    assert "https://ours.example/two" not in re.findall(r'href="([^"]+)"', html)
    for number, url in (
        (1, "https://ours.example/prices"),
        (2, "https://ours.example/two"),
        (2, "https://ours.example/two"),
    ):
        answer = Client().get(reverse("mailings:public_click", args=[token, number]))
        assert (answer.status_code, answer["Location"]) == (302, url)
    with tenant_scope(tenant):
        assert list(Click.objects.order_by("position").values_list("position", "count")) == [(1, 1), (2, 2)]
        now = recipient(row.mailing, row.contact)
        assert now.clicked_at is not None
        assert now.opened_at is not None  # who clicks has opened


def test_nothing_else_is_led_on_to(sent):
    _row, token = sent
    for number in (0, 3, 99):
        assert Client().get(reverse("mailings:public_click", args=[token, number])).status_code == 404
    answer = Client().get(reverse("mailings:public_click", args=[token, 1]) + "?url=https://evil.example/")
    assert answer["Location"] == "https://ours.example/prices"


def test_where_nobody_is_counted_links_lead_straight(tenant, draft, person, start, post, server):
    post.run(start(draft(person(), text=TEXT, is_tracked=False)))
    html = server[0].letters[0].get_body(("html",)).get_content()
    assert 'href="https://ours.example/prices"' in html
    assert "<img" not in html


def test_a_token_opens_one_recipient_of_one_tenant(tenant, other_tenant, sent):
    row, token = sent
    assert (
        Client().get(page_of(token[:-1] + "A" if token[-1] != "A" else token[:-1] + "B")).status_code == 404
    )
    assert Client().get(page_of("nothing")).status_code == 404
    assert MailingRoute.objects.get(recipient_id=row.pk).token_hash != token
    with tenant_scope(other_tenant):
        assert links.token_of(row.pk) != token
    tenant.is_active = False
    tenant.save(update_fields=["is_active"])
    assert Client().get(page_of(token)).status_code == 404


def test_the_page_of_a_test_letter_does_nothing(sent):
    row, _token = sent
    assert Client().get(page_of(links.TRIAL)).status_code == 200
    assert Client().post(page_of(links.TRIAL), {"act": "leave"}).status_code == 405
    assert subscription(row) is None


def test_colleagues_who_read_the_entry_count_nothing(tenant, sent):
    row, token = sent
    with tenant_scope(tenant):
        message = Message.objects.get(pk=row.message_id)
        assert token not in message.html
        assert "https://ours.example/prices" in message.html


def test_a_manager_marks_a_client_and_takes_it_back(tenant, person, alice):
    anna = person("Anna", email="anna@client.example")
    with tenant_scope(tenant):
        services.unsubscribe_contact(contact=anna, by=alice, now=NOW)
        state = services.state_of(anna)
        assert state.unsubscribed.by == alice
        assert state.unsubscribed.how == Subscription.How.MANAGER
        services.subscribe_contact(contact=anna, by=alice, now=NOW)
        assert services.state_of(anna).unsubscribed is None
        told = Activity.objects.filter(contact=anna, kind="change").values_list("data__code", flat=True)
        assert {"mailings_off", "mailings_on"} <= set(told)


def test_whom_nothing_could_reach_cannot_be_unsubscribed(tenant, person, alice):
    from mailings.services.subscriptions import NothingKnown

    with tenant_scope(tenant), pytest.raises(NothingKnown):
        services.unsubscribe_contact(contact=person(email=None), by=alice, now=NOW)
