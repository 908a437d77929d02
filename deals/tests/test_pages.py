"""Pages of deals: who may open them, and that the gate holds on every path."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from conftest import make_member
from contacts.identity import get_or_create_contact, phone_keys
from contacts.models import Company, Contact, IdentityKey
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.services import archive_pipeline, move_deal, set_requirements, update_deal
from tenants.models import Role

HTMX = {"HX-Request": "true"}
DIALOG = HTMX | {"HX-Target": "dialog-body"}


def url(name: str, deal: Deal, *args: str) -> str:
    return reverse(f"deals:{name}", args=[deal.pk, *args])


def fresh(tenant, deal: Deal) -> Deal:
    with tenant_scope(tenant):
        return Deal.objects.select_related("stage", "owner", "contact", "company").get(pk=deal.pk)


@pytest.fixture
def demanding(tenant, stages):
    """The second stage demands a city to enter."""
    with tenant_scope(tenant):
        set_requirements(stage=stages["second"], enter=["city"])
    return stages["second"]


# --- Who may --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["detail", "move", "assign"])
def test_page_of_a_deal_is_for_those_who_reach_it(name, make_deal, alice, bob, head, charlie, client_of):
    page = url(name, make_deal())
    assert client_of(alice).get(page).status_code == 200
    assert client_of(head).get(page).status_code == 200
    assert client_of(bob).get(page).status_code == 404
    assert client_of(charlie).get(page).status_code == 404


def test_field_page_is_for_those_who_may_edit(tenant, make_deal, alice, bob, charlie, client_of):
    page = url("field", make_deal(), "city")
    marketer = make_member(tenant, "Mark", Role.Code.MARKETER)
    assert client_of(alice).get(page).status_code == 200
    assert client_of(bob).get(page).status_code == 404
    assert client_of(charlie).get(page).status_code == 404
    assert client_of(marketer).get(page).status_code == 403
    assert client_of(alice).get(url("field", make_deal(), "stage")).status_code == 404


def test_marketer_looks_but_changes_nothing(tenant, make_deal, stages, client_of):
    deal, client = make_deal(), client_of(make_member(tenant, "Mark", Role.Code.MARKETER))
    page = client.get(url("detail", deal)).content.decode()
    assert url("move", deal) not in page and url("field", deal, "city") not in page
    assert client.post(url("move", deal), {"stage": str(stages["second"].pk)}).status_code == 403
    assert client.get(reverse("deals:create")).status_code == 403
    assert client.get(reverse("deals:board")).status_code == 200


def test_delete_is_the_heads_and_can_be_taken_back(tenant, make_deal, alice, head, client_of):
    deal = make_deal()
    assert client_of(alice).post(url("delete", deal)).status_code == 403
    client = client_of(head)
    assert client.post(url("delete", deal)).status_code == 302
    assert url("restore", deal) in client.get(url("detail", deal)).content.decode()
    assert client.get(url("move", deal)).status_code == 404
    client.post(url("restore", deal))
    assert fresh(tenant, deal).deleted_at is None


# --- The gate on every path -----------------------------------------------------------------------------
def test_drag_is_refused_with_the_form_that_cures_it(tenant, make_deal, demanding, alice, client_of):
    deal, client = make_deal(), client_of(alice)
    sent = {"stage": str(demanding.pk), "version": str(deal.version), "drag": "1"}
    answer = client.post(url("move", deal), sent, headers=HTMX)
    assert answer.status_code == 422
    form = client.get(answer.headers["X-Ask"], headers=DIALOG)
    assert [q["name"] for q in form.context["form"].questions()] == ["city"]
    assert fresh(tenant, deal).stage != demanding
    filled = sent | {"asked": "1", "ask": "city", "city": "Тверь"}
    done = client.post(url("move", deal), {k: v for k, v in filled.items() if k != "drag"}, headers=DIALOG)
    assert done.status_code == 204 and "deal:moved" in done.headers["HX-Trigger"]
    assert (fresh(tenant, deal).stage, fresh(tenant, deal).city) == (demanding, "Тверь")


def test_drag_answers_the_card_as_it_stands_now(make_deal, stages, alice, client_of):
    deal = make_deal()
    sent = {"stage": str(stages["second"].pk), "version": "1", "drag": "1", "board": ""}
    page = client_of(alice).post(url("move", deal), sent, headers=HTMX).content.decode()
    assert f'data-changed="{deal.pk}"' in page and 'data-version="2"' in page


def test_drag_of_an_older_card_is_a_conflict_that_names_who(
    tenant, make_deal, stages, alice, head, client_of, now
):
    deal = make_deal()
    with tenant_scope(tenant):
        move_deal(deal=deal, stage=stages["third"], by=head, now=now)
    sent = {"stage": str(stages["second"].pk), "version": "1", "drag": "1"}
    answer = client_of(alice).post(url("move", deal), sent, headers=HTMX)
    assert answer.status_code == 409
    assert "Helen" in answer.content.decode()
    assert fresh(tenant, deal).stage == stages["third"]


def test_menu_and_strip_are_asked_for_the_missing_fields(tenant, make_deal, demanding, alice, client_of):
    deal, client = make_deal(), client_of(alice)
    for headers in (DIALOG, {}):  # with scripts in the dialog, without on a page
        answer = client.post(url("move", deal), {"stage": str(demanding.pk)}, headers=headers)
        assert answer.status_code == 422
        assert 'name="city"' in answer.content.decode()
    sent = {"stage": str(demanding.pk), "asked": "1", "ask": "city", "city": " "}
    assert client.post(url("move", deal), sent).status_code == 422
    assert fresh(tenant, deal).stage != demanding


def test_asked_form_cannot_skip_the_gate(tenant, make_deal, demanding, alice, client_of):
    deal = make_deal()
    sent = {"stage": str(demanding.pk), "asked": "1"}  # as if nothing had been asked
    assert client_of(alice).post(url("move", deal), sent).status_code == 422
    assert fresh(tenant, deal).stage != demanding


def test_lost_asks_for_the_reason_on_every_path(tenant, make_deal, stages, reason, alice, client_of):
    deal, client = make_deal(), client_of(alice)
    lost = {"stage": str(stages["lost"].pk)}
    drag = client.post(url("move", deal), lost | {"drag": "1"}, headers=HTMX)
    assert drag.status_code == 422 and "X-Ask" in drag.headers
    assert client.post(url("move", deal), lost | {"asked": "1"}).status_code == 422
    bulk = client.post(reverse("deals:bulk_move"), {"ids": str(deal.pk), "confirmed": "1"} | lost)
    assert len(bulk.context["report"].refused) == 1
    assert fresh(tenant, deal).state == "open"
    client.post(url("move", deal), lost | {"asked": "1", "reason": str(reason.pk), "comment": "дорого"})
    assert (fresh(tenant, deal).state, fresh(tenant, deal).rejection_reason_id) == ("lost", reason.pk)


def test_won_asks_for_the_amount_and_records_it(tenant, make_deal, stages, alice, client_of):
    deal, client = make_deal(), client_of(alice)
    won = {"stage": str(stages["won"].pk)}
    page = client.post(url("move", deal), won)
    assert page.status_code == 422 and 'name="amount"' in page.content.decode()
    client.post(url("move", deal), won | {"asked": "1", "ask": "amount", "amount": "1 748 000,50"})
    assert (fresh(tenant, deal).state, fresh(tenant, deal).amount) == ("won", Decimal("1748000.50"))


def test_bulk_move_previews_and_reports_each_refusal(tenant, make_deal, demanding, alice, bob, client_of):
    ready, lacking, foreign = (
        make_deal("ready", city="Тверь"),
        make_deal("lacking"),
        make_deal("foreign", by=bob),
    )
    client, ids = client_of(alice), [str(d.pk) for d in (ready, lacking, foreign)]
    sent = {"ids": ids, "stage": str(demanding.pk)}
    asked = client.post(reverse("deals:bulk_move"), {"ids": ids})
    assert (asked.context["out_of_reach"], len(asked.context["deals"])) == (1, 2)
    preview = client.post(reverse("deals:bulk_move"), sent).context["preview"]
    assert (preview.done, [r.deal.title for r in preview.refused]) == (1, ["lacking"])
    report = client.post(reverse("deals:bulk_move"), sent | {"confirmed": "1"}).context["report"]
    assert (report.done, [r.deal.title for r in report.refused]) == (1, ["lacking"])
    assert fresh(tenant, ready).stage == demanding
    assert fresh(tenant, lacking).stage != demanding
    assert fresh(tenant, foreign).stage != demanding


def test_bulk_assign_of_all_the_filter_takes_only_what_it_finds(
    tenant, make_deal, alice, bob, head, client_of
):
    chosen, other = make_deal("Кофемашина"), make_deal("Холодильник")
    sent = {"all": "1", "query": "q=кофе", "owner": str(bob.pk)}
    report = client_of(head).post(reverse("deals:bulk_assign"), sent).context["report"]
    assert report.done == 1
    assert (fresh(tenant, chosen).owner, fresh(tenant, other).owner) == (bob, alice)


def test_field_in_place_is_refused_when_the_stage_demands_it(tenant, make_deal, stages, alice, client_of):
    deal = make_deal(city="Тверь")
    with tenant_scope(tenant):
        set_requirements(stage=stages["first"], enter=["city"])
    answer = client_of(alice).post(
        url("field", deal, "city"), {"city": ""}, headers=HTMX | {"HX-Target": "fact-city"}
    )
    assert answer.status_code == 422
    assert fresh(tenant, deal).city == "Тверь"


# --- Creating -------------------------------------------------------------------------------------------
def test_create_makes_the_client_with_the_deal_and_finds_them_again(tenant, stages, alice, client_of):
    client = client_of(alice)
    sent = {"title": "", "stage": str(stages["first"].pk), "contact_name": "Анна Кузьмина", "contact_phone": "8 916 204-18-77",
            "company_name": "ООО «Север»", "amount": "150 000"}  # fmt: skip
    assert client.post(reverse("deals:create"), sent).status_code == 302
    assert (
        client.post(reverse("deals:create"), sent | {"title": "Second", "contact_name": ""}).status_code
        == 302
    )
    with tenant_scope(tenant):
        first, second = Deal.objects.order_by("number")
        assert (first.title, first.amount, first.owner) == ("ООО «Север»", Decimal(150000), alice)
        assert (first.contact_id, first.company_id) == (second.contact_id, second.company_id)
        assert Contact.objects.count() == Company.objects.count() == IdentityKey.objects.count() == 1


def test_create_asks_what_the_stage_demands_and_makes_nothing_half(
    tenant, stages, demanding, alice, client_of
):
    client = client_of(alice)
    sent = {"title": "M", "stage": str(demanding.pk), "contact_name": "Анна"}
    page = client.post(reverse("deals:create"), sent)
    assert page.status_code == 422 and 'name="city"' in page.content.decode()
    with tenant_scope(tenant):
        assert not Deal.objects.exists() and not Contact.objects.exists()
        set_requirements(stage=demanding, enter=["source"])
    assert "source" in client.post(reverse("deals:create"), sent).context["form"].errors
    with tenant_scope(tenant):
        assert not Contact.objects.exists()


def test_create_takes_no_client_of_another_tenant(tenant, other_tenant, stages, alice, client_of):
    with tenant_scope(other_tenant):
        contact = Contact.objects.create(name="Чужой")
    sent = {"title": "M", "stage": str(stages["first"].pk), "contact": str(contact.pk)}
    client_of(alice).post(reverse("deals:create"), sent)
    with tenant_scope(tenant):
        assert not Deal.objects.filter(contact__isnull=False).exists()


def test_quick_create_saves_and_stays(tenant, stages, alice, client_of):
    client, quick = client_of(alice), reverse("deals:quick_create")
    sent = {
        "stage": str(stages["second"].pk),
        "title": "Аренда",
        "contact_phone": "+7 916 204 18 77",
        "amount": "96 000",
    }
    page = client.post(quick, sent, headers=HTMX)
    assert page.status_code == 200 and "deal:created" in page.headers["HX-Trigger"]
    assert 'value="Аренда"' not in page.content.decode()
    with tenant_scope(tenant):
        deal = Deal.objects.get()
        assert (deal.stage, deal.amount) == (stages["second"], Decimal(96000))
        assert deal.contact.keys.get().value == "+79162041877"
    assert client.post(quick, {"stage": sent["stage"]}, headers=HTMX).status_code == 422
    assert client.post(quick, sent | {"contact_phone": "abc"}, headers=HTMX).status_code == 422


def test_quick_create_asks_what_its_column_demands(tenant, demanding, alice, client_of):
    sent = {"stage": str(demanding.pk), "title": "Аренда"}
    page = client_of(alice).post(reverse("deals:quick_create"), sent, headers=HTMX)
    assert page.status_code == 422 and 'name="city"' in page.content.decode()
    with tenant_scope(tenant):
        assert not Deal.objects.exists()


def test_client_hint_tells_of_a_known_phone(tenant, pipeline, alice, client_of):
    with tenant_scope(tenant):
        get_or_create_contact(
            name="Лебедев И. П.", keys=phone_keys("89254173096", "RU"), now=dt.datetime.now(dt.UTC)
        )
    hint = reverse("deals:client_hint")
    assert (
        "Лебедев"
        in client_of(alice).get(hint, {"contact_phone": "8 925 417-30-96", "quick": "1"}).content.decode()
    )
    assert "Лебедев" not in client_of(alice).get(hint, {"contact_phone": "8 925 417-30-97"}).content.decode()


# --- The page -------------------------------------------------------------------------------------------
def test_detail_strip_shows_a_dot_for_every_demanded_field(tenant, make_deal, stages, alice, client_of):
    with tenant_scope(tenant):
        set_requirements(stage=stages["second"], enter=["city", "note", "amount"])
    deal = make_deal(city="Тверь")
    steps = client_of(alice).get(url("detail", deal)).context["strip"]
    assert [(step.css, step.dots) for step in steps] == [("now", ""), ("", "●○○"), ("", ""), ("", "")]
    facts = {fact.name: fact.warning for fact in client_of(alice).get(url("detail", deal)).context["facts"]}
    assert stages["second"].name in facts["note"] and not facts["city"]


@pytest.mark.parametrize("came_from", ["board?", "list?sort=title", "list?q=deal"])
def test_detail_leads_to_its_neighbours_in_the_list_it_came_from(came_from, make_deal, alice, client_of):
    deals = [make_deal(title) for title in ("deal c", "deal b", "deal a")]  # the newest is on top
    client = client_of(alice)
    place = client.get(url("detail", deals[1]), {"from": came_from}).context["place"]
    assert place.text == "2 из 3" or place.text == "2 of 3"
    assert str(deals[2].pk) in place.previous_url and str(deals[0].pk) in place.next_url
    first = client.get(place.previous_url).context["place"]
    assert (first.previous_url, str(deals[1].pk) in first.next_url) == ("", True)


def test_detail_read_by_its_owner_clears_what_is_unread(tenant, make_deal, alice, head, client_of):
    deal = make_deal()
    with tenant_scope(tenant):
        Deal.objects.update(unread_count=2)
    client_of(head).get(url("detail", deal))
    assert fresh(tenant, deal).unread_count == 2
    client_of(alice).get(url("detail", deal))
    assert (fresh(tenant, deal).unread_count, fresh(tenant, deal).version) == (0, deal.version)


def test_detail_parts_come_alone(make_deal, alice, client_of):
    for part in ("head", "side"):
        page = client_of(alice).get(url("detail", make_deal()), {"part": part}, headers=HTMX).content.decode()
        assert f'id="deal-{part}"' in page and "<html" not in page


def test_field_in_place_saves_and_refuses_an_older_page(tenant, make_deal, alice, client_of, head, now):
    deal, client = make_deal(), client_of(alice)
    inline = HTMX | {"HX-Target": "fact-city"}
    form = client.get(url("field", deal, "city"), headers=inline).content.decode()
    assert "data-inline" in form and "<html" not in form
    assert (
        client.post(url("field", deal, "city"), {"city": "Тверь", "version": "1"}, headers=inline).status_code
        == 204
    )
    with tenant_scope(tenant):
        update_deal(deal=deal, by=head, now=now, note="x")
    late = client.post(url("field", deal, "city"), {"city": "Клин", "version": "2"}, headers=inline)
    assert late.status_code == 409
    assert fresh(tenant, deal).city == "Тверь"


@pytest.mark.parametrize(
    ("name", "sent", "kept"),
    [
        ("amount", {"amount": "1,250,000.75"}, Decimal("1250000.75")),
        ("amount", {"amount": "99,5"}, Decimal("99.5")),
        ("expected_on", {"expected_on": "2026-12-01"}, dt.date(2026, 12, 1)),
        ("tags", {"tags": "горячая, #опт, горячая"}, ["горячая", "опт"]),
        ("title", {"title": "Новое имя"}, "Новое имя"),
    ],
)
def test_field_reads_values_as_people_write_them(name, sent, kept, tenant, make_deal, alice, client_of):
    deal = make_deal()
    client_of(alice).post(url("field", deal, name), sent)
    assert getattr(fresh(tenant, deal), name) == kept


def test_field_contact_is_named_kept_and_removed(tenant, make_deal, alice, client_of):
    deal, client = make_deal(), client_of(alice)
    page = url("field", deal, "contact")
    client.post(page, {"contact_name": "Анна", "contact_phone": "89162041877"})
    assert fresh(tenant, deal).contact.name == "Анна"
    client.post(page, {"contact_name": ""})
    assert fresh(tenant, deal).contact is not None
    client.post(page, {"clear": "1"})
    assert fresh(tenant, deal).contact is None


def test_assign_hands_over_and_leaves_the_card(tenant, make_deal, alice, bob, client_of):
    deal = make_deal()
    answer = client_of(alice).post(url("assign", deal), {"owner": str(bob.pk)}, headers=DIALOG)
    assert answer.status_code == 204
    assert fresh(tenant, deal).owner == bob


def test_plain_form_returns_to_our_own_pages_only(make_deal, stages, alice, client_of):
    deal = make_deal()
    sent = {"stage": str(stages["second"].pk), "next": "https://evil.example/"}
    assert client_of(alice).post(url("move", deal), sent).url == url("detail", deal)


# --- Archived pipelines ---------------------------------------------------------------------------------
def test_deal_of_an_archived_pipeline_can_still_be_won_and_lost(
    tenant, make_deal, pipeline, stages, reason, alice, client_of
):
    deals, client = [make_deal(amount=Decimal(1)) for _index in range(3)], client_of(alice)
    with tenant_scope(tenant):
        archive_pipeline(pipeline=pipeline)
    assert stages["won"].name in client.get(url("move", deals[0])).content.decode()
    client.post(url("move", deals[0]), {"stage": str(stages["won"].pk)})
    client.post(
        url("move", deals[1]), {"stage": str(stages["lost"].pk), "asked": "1", "reason": str(reason.pk)}
    )
    sent = {"ids": str(deals[2].pk), "stage": str(stages["won"].pk), "confirmed": "1"}
    client.post(reverse("deals:bulk_move"), sent)
    assert [fresh(tenant, deal).state for deal in deals] == ["won", "lost", "won"]
