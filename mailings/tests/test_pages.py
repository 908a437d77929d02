"""The pages: from ticked rows to results, as each role, and as another tenant."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels.models import Dialog
from core.tenancy import tenant_scope
from core.tests.filling import fill
from mailings import links, services
from mailings.models import Mailing, Recipient
from mailings.results import results_of, rows_url
from mailings.services import subscriptions
from mailings.tests.conftest import NOW, states
from tenants.models import SavedView


@pytest.fixture
def desk(client_of, alice):
    return client_of(alice)


def url(name: str, mailing: Mailing) -> str:
    return reverse(f"mailings:{name}", args=[mailing.pk])


def test_ticked_contacts_become_a_draft(tenant, desk, person, mailbox):
    anna, boris, carl = person("Anna"), person("Boris"), person("Carl", email=None)
    ids = [str(one.pk) for one in (anna, boris, carl)]
    asked = desk.post(
        reverse("mailings:to_contacts"), {"ids": ids, "query": ""}, headers={"hx-request": "true"}
    )
    assert asked.status_code == 200
    assert "Выбрано 3" in asked.content.decode() or "3 карточ" in asked.content.decode()
    made = desk.post(
        reverse("mailings:to_contacts"),
        {"ids": ids, "query": "", "asked": "1", "name": "Spring", "channel": str(mailbox.pk)},
    )
    with tenant_scope(tenant):
        mailing = Mailing.objects.get()
    assert made.status_code == 302
    assert made["Location"] == url("edit", mailing)
    assert states(mailing) == {"waiting": 2, "excluded": 1}


def test_all_that_match_a_filter_become_one_and_are_taken_anew(tenant, desk, person, mailbox):
    person("Anna", city="Moscow"), person("Boris", city="Kazan")
    data = {"all": "1", "query": "city=Moscow", "asked": "1", "name": "Moscow", "channel": str(mailbox.pk)}
    desk.post(reverse("mailings:to_contacts"), data)
    with tenant_scope(tenant):
        mailing = Mailing.objects.get()
    assert states(mailing) == {"waiting": 1}
    person("Carl", city="Moscow")
    desk.post(url("gather_again", mailing))
    assert states(mailing) == {"waiting": 2}


def test_a_draft_begins_from_a_saved_view(tenant, desk, person, mailbox, alice):
    person("Anna", city="Moscow"), person("Boris", city="Kazan")
    with tenant_scope(tenant):
        view = SavedView.objects.create(
            member=alice, page="contacts:list", name="Muscovites", query="city=Moscow"
        )
    page = desk.get(reverse("mailings:create")).content.decode()
    assert "Muscovites" in page
    desk.post(reverse("mailings:create"), {"name": "M", "channel": str(mailbox.pk), "people": str(view.pk)})
    with tenant_scope(tenant):
        assert states(Mailing.objects.get()) == {"waiting": 1}


def test_a_field_nobody_knows_is_refused_where_it_stands(tenant, desk, draft, person, mailbox):
    mailing = draft(person())
    data = {
        "name": "X",
        "channel": str(mailbox.pk),
        "subject": "S",
        "text": "Hi {nonsense}",
        "per_hour": "10",
    }
    answer = desk.post(url("edit", mailing), data)
    assert answer.status_code == 422
    assert "{nonsense}" in answer.content.decode()
    answer = desk.post(url("edit", mailing), data | {"text": "Hi {client_name}"})
    assert answer.status_code == 302


def test_the_preview_walks_through_recipients_and_marks_what_is_empty(desk, draft, person):
    mailing = draft(
        person("Anna Brown"), person("Boris", city="Kazan"), text="{client_name} of {client_city}"
    )
    first = desk.get(url("preview", mailing)).content.decode()
    assert "Anna Brown of <mark>Город клиента</mark>" in first
    assert "?n=2" in first
    second = desk.get(url("preview", mailing) + "?n=2").content.decode()
    assert "Boris of Kazan" in second
    assert "<mark>" not in second
    for odd in ("0", "99", "x", "9" * 30):
        assert desk.get(url("preview", mailing) + f"?n={odd}").status_code == 200


def test_the_preview_escapes_names(desk, draft, person):
    mailing = draft(person("<script>alert(1)</script>"), text="{client_name}", subject="{client_name}")
    assert "<script>alert(1)" not in desk.get(url("preview", mailing)).content.decode()


def test_a_test_letter_goes_to_oneself_and_into_no_timeline(tenant, desk, draft, person, server, alice):
    from activities.models import Activity

    mailing = draft(person("Anna Brown"))
    answer = b"".join(desk.post(url("test", mailing)).streaming_content).decode()
    assert alice.email in answer
    (letter,) = server[0].letters
    assert alice.email in letter["To"]
    assert "News for Anna" in letter["Subject"]
    assert f"/u/{links.TRIAL}/" in letter["List-Unsubscribe"]
    with tenant_scope(tenant):
        assert not Activity.objects.filter(kind="email").exists()
        assert states(mailing) == {"waiting": 1}


def test_a_test_letter_that_is_refused_says_why(desk, draft, person, server):
    server[0].answer = "554 5.7.1 Not from you"
    answer = b"".join(desk.post(url("test", draft(person()))).streaming_content).decode()
    assert "Not from you" in answer


def test_start_pause_go_on_and_results(tenant, desk, draft, person, post, server):
    mailing = draft(person("Anna"), person("Boris"), person("Carl", email=None))
    assert desk.get(url("start", mailing)).status_code == 200
    late = desk.post(url("start", mailing), {"when": "at", "starts_at": "2020-01-01T10:00"})
    assert late.status_code == 422
    assert desk.post(url("start", mailing), {"when": "now"}).status_code == 302
    assert desk.post(url("pause", mailing)).status_code == 302
    assert desk.post(url("pause", mailing)).status_code == 409
    assert desk.post(url("pace", mailing), {"per_hour": "1200"}).status_code == 302
    assert desk.post(url("resume", mailing)).status_code == 302
    with tenant_scope(tenant):
        Mailing.objects.update(due_at=NOW)
    post.run(mailing)
    page = desk.get(url("detail", mailing)).content.decode()
    assert "Отправлено" in page
    assert len(server[0].letters) == 2
    part = desk.get(url("detail", mailing), headers={"hx-request": "true", "hx-target": "mailing-figures"})
    assert part.content.decode().strip().startswith('<div id="mailing-figures"')
    assert desk.post(url("copy", mailing)).status_code == 302
    with tenant_scope(tenant):
        assert Mailing.objects.filter(state="draft").count() == 1


def test_every_number_counts_the_rows_it_opens(tenant, desk, draft, person, start, post):
    people = [person(f"P{number}") for number in range(4)]
    mailing = start(draft(*people, person(email=None)))
    post.run(mailing)
    with tenant_scope(tenant):
        rows = list(Recipient.objects.written_to().filter(mailing=mailing).order_by("pk"))
        services.note_opening(recipient=rows[0], now=NOW)
        services.leave_by_link(recipient=rows[1], how="link", now=NOW)
        found = results_of(mailing)
        figures = [(str(figure.label), figure.count, figure.url) for figure in found.figures]
        figures += [(one.label, one.count, one.url) for one in found.left_out]
    assert sum(count for _label, count, _url in figures) >= 7
    for label, count, address in figures:
        page = desk.get(address).content.decode()
        assert f'data-list-count="{count}"' in page, label


def test_files_are_attached_and_taken_out(tenant, desk, draft, person):
    from django.core.files.uploadedfile import SimpleUploadedFile

    mailing = draft(person())
    desk.post(
        url("add_file", mailing),
        {"files": [SimpleUploadedFile("a.txt", b"x"), SimpleUploadedFile("b.txt", b"y")]},
    )
    with tenant_scope(tenant):
        files = list(mailing.files.all())
    assert [file.name for file in files] == ["a.txt", "b.txt"]
    desk.post(reverse("mailings:remove_file", args=[mailing.pk, files[0].pk]))
    with tenant_scope(tenant):
        assert mailing.files.count() == 1


def test_managers_see_their_own_heads_their_department_others_nothing(
    client_of, draft, person, bob, head, charlie, admin
):
    mailing = draft(person())
    assert client_of(bob).get(url("detail", mailing)).status_code == 404
    assert client_of(head).get(url("detail", mailing)).status_code == 200
    assert client_of(admin).get(url("detail", mailing)).status_code == 200
    assert client_of(charlie).get(url("detail", mailing)).status_code == 404
    assert client_of(charlie).post(url("start", mailing), {"when": "now"}).status_code == 404
    listed = client_of(bob).get(reverse("mailings:recipients") + f"?mailing={mailing.pk}").content.decode()
    assert 'data-list-count="0"' in listed
    assert "Spring" not in listed.replace("Spring<", "") or 'data-list-count="0"' in listed


def test_who_has_no_right_has_no_button_and_no_page(tenant, client_of, alice, person):
    from conftest import make_member

    diana = client_of(make_member(tenant, "Diana", "dispatcher"))
    person()
    assert diana.get(reverse("mailings:list")).status_code == 403
    assert diana.post(reverse("mailings:to_contacts"), {"ids": []}).status_code == 403
    page = diana.get(reverse("contacts:list")).content.decode()
    assert reverse("mailings:to_contacts") not in page
    assert reverse("mailings:list") not in page
    page = client_of(alice).get(reverse("contacts:list")).content.decode()
    assert reverse("mailings:to_contacts") in page
    assert reverse("mailings:list") in page


def test_the_card_of_a_contact_shows_and_changes_the_state(tenant, desk, person, bob, client_of):
    anna = person("Anna")
    panel = reverse("mailings:of_contact") + f"?contact={anna.pk}"
    assert "Получает рассылки" in desk.get(panel).content.decode()
    change = reverse("mailings:client_change", args=[anna.pk])
    assert client_of(bob).post(change, {"act": "off"}).status_code == 404  # may see, may not change
    answer = desk.post(change, {"act": "off"}, headers={"hx-request": "true"})
    assert "Не получает рассылки" in answer.content.decode()
    assert "timeline:changed" in json.loads(answer["HX-Trigger"])
    desk.post(change, {"act": "on"})
    assert "Получает рассылки" in desk.get(panel).content.decode()


def test_settings_are_the_administrators(client_of, alice, admin, tenant):
    page = reverse("mailings:settings")
    assert client_of(alice).get(page).status_code == 403
    answer = client_of(admin).post(
        page, {"is_consent_required": "on", "per_hour": "50", "footer": "We are we"}
    )
    assert answer.status_code == 302
    with tenant_scope(tenant):
        found = services.mailing_settings()
        assert (found.is_consent_required, found.is_tracked, found.per_hour) == (True, False, 50)


@pytest.mark.parametrize("name", ["detail", "preview"])
def test_a_page_costs_the_same_for_few_and_for_many(desk, draft, person, name):
    def cost(mailing: Mailing) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(url(name, mailing)).status_code == 200
        return len(seen)

    few, many = draft(person(), person()), draft(*(person() for _number in range(30)))
    cost(few)
    assert cost(few) == cost(many)


def test_the_results_link_to_their_rows(draft, person):
    mailing = draft(person())
    assert rows_url(mailing, state="sent").endswith(f"?mailing={mailing.pk}&state=sent")


def test_contacts_are_found_by_taking_no_mailings(tenant, desk, alice, person, bot):
    person("Anna"), person("Zoe", email=None)
    left, lost, back, silent = person("Boris"), person("Carl"), person("Dora"), person("Egor", email=None)
    with tenant_scope(tenant):
        fill(Dialog, channel=bot.channel, contact=silent, external_id="7" * 300)
        for one in (left, back, silent):
            services.unsubscribe_contact(contact=one, by=alice, now=NOW)
        services.subscribe_contact(contact=back, by=alice, now=NOW)
        (address,) = subscriptions.addresses_of(lost)
        subscriptions.note_bounce(address=address, is_passing=False, now=NOW)
    page = desk.get(reverse("contacts:list"), {"no_mailings": "on"}).content.decode()
    found = [name for name in ("Anna", "Boris", "Carl", "Dora", "Egor", "Zoe") if name in page]
    assert found == ["Boris", "Carl", "Egor"]
