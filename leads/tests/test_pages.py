"""Pages of leads: the queue, one lead, the forms of decisions."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact
from core.tenancy import tenant_scope
from leads.models import Lead, LeadAction
from leads.services import assign_lead, snooze_lead, take_lead
from leads.tests.factories import Person, make_channel, make_lead, make_pipeline, make_reason
from tenants.models import Membership, Role, Tenant

HX = {"HTTP_HX_REQUEST": "true"}
SignIn = Callable[[Membership], Client]


@pytest.fixture
def lead(tenant: Tenant, alice: Membership) -> Lead:
    """A form of Ivan's that waits for Alice."""
    with tenant_scope(tenant):
        channel = make_channel(responsible=alice)
        return make_lead(
            at=timezone.now() - dt.timedelta(hours=1), channel=channel, person=Person("Ivan", "+79165550101")
        )


def refreshed(lead: Lead, tenant: Tenant) -> Lead:
    with tenant_scope(tenant):
        return Lead.objects.select_related("taken_by", "responsible", "responsible_role").get(pk=lead.pk)


def toast_of(response: Any) -> dict[str, Any]:
    return json.loads(response.headers["HX-Trigger"])["toast"]


# --- The queue ---------------------------------------------------------------------------------------
def test_queue_shows_the_row_with_its_guess(client_of: SignIn, alice: Membership, lead: Lead) -> None:
    page = client_of(alice).get(reverse("leads:unsorted"))
    html = page.content.decode()
    assert page.status_code == 200
    assert "Ivan" in html and f'data-id="{lead.pk}"' in html
    assert lead.summary in html


def test_queue_is_empty_for_who_sees_nothing(client_of: SignIn, bob: Membership, lead: Lead) -> None:
    html = client_of(bob).get(reverse("leads:unsorted")).content.decode()
    assert str(lead.pk) not in html and 'class="nothing"' in html


def test_queue_of_a_new_company_offers_the_first_channel(client_of: SignIn, admin: Membership) -> None:
    html = client_of(admin).get(reverse("leads:unsorted")).content.decode()
    assert reverse("channels:create") in html


def test_queue_of_a_kind_nobody_used_offers_all_kinds(
    client_of: SignIn, alice: Membership, lead: Lead
) -> None:
    html = client_of(alice).get(reverse("leads:unsorted"), {"kind": "chat"}).content.decode()
    assert str(lead.pk) not in html and f'href="{reverse("leads:unsorted")}"' in html


@pytest.mark.parametrize(
    ("tab", "shown"),
    [("mine", True), ("teams", True), ("all", True), ("snoozed", False), ("rejected", False)],
)
def test_untaken_lead_stands_in_its_tabs(
    client_of: SignIn, alice: Membership, lead: Lead, tab: str, shown: bool
) -> None:
    html = client_of(alice).get(reverse("leads:unsorted"), {"tab": tab}).content.decode()
    assert (f'data-id="{lead.pk}"' in html) is shown


def test_taken_lead_stands_in_its_takers_tab_only(
    client_of: SignIn, tenant: Tenant, alice: Membership, admin: Membership, lead: Lead
) -> None:
    with tenant_scope(tenant):
        take_lead(lead=lead, by=alice, now=timezone.now())
    for member, tab, shown in ((alice, "mine", True), (alice, "all", False), (admin, "all", False)):
        html = client_of(member).get(reverse("leads:unsorted"), {"tab": tab}).content.decode()
        assert (f'data-id="{lead.pk}"' in html) is shown, (member, tab)


def test_snoozed_lead_stands_in_snoozed(
    client_of: SignIn, tenant: Tenant, alice: Membership, lead: Lead
) -> None:
    with tenant_scope(tenant):
        snooze_lead(lead=lead, until=timezone.now() + dt.timedelta(days=1), by=alice, now=timezone.now())
    for tab, shown in (("mine", False), ("snoozed", True)):
        html = client_of(alice).get(reverse("leads:unsorted"), {"tab": tab}).content.decode()
        assert (f'data-id="{lead.pk}"' in html) is shown


def test_longest_waiting_stands_on_top_and_answered_at_the_bottom(
    client_of: SignIn, tenant: Tenant, admin: Membership
) -> None:
    now = timezone.now()
    with tenant_scope(tenant):
        late, early = (make_lead(at=now - dt.timedelta(hours=h)) for h in (1, 5))
        answered = make_lead(at=now - dt.timedelta(hours=9), waiting_since=None, first_response_at=now)
    html = client_of(admin).get(reverse("leads:unsorted")).content.decode()
    places = [html.index(f'data-id="{one.pk}"') for one in (early, late, answered)]
    assert places == sorted(places)


def test_queue_pages_by_keyset_without_losing_or_doubling_rows(
    client_of: SignIn, tenant: Tenant, admin: Membership
) -> None:
    now = timezone.now()
    with tenant_scope(tenant):
        channel = make_channel()
        waiting = [make_lead(channel=channel, at=now - dt.timedelta(minutes=n // 2)) for n in range(58)]
        answered = [make_lead(channel=channel, at=now, waiting_since=None) for _ in range(4)]
    client = client_of(admin)
    first = client.get(reverse("leads:unsorted"))
    second = client.get(f"{first.context['more_url']}&part=rows", **HX)
    ids = [
        found for page in (first, second) for found in re.findall(r'data-id="([^"]+)"', page.content.decode())
    ]
    assert len(ids) == len(set(ids)) == len(waiting) + len(answered)
    assert first.context["rest_count"] == 12 and "q-more" not in second.content.decode()


@pytest.mark.parametrize("name", ["leads:unsorted"])
def test_queue_costs_the_same_for_3_and_300_rows(
    client_of: SignIn, tenant: Tenant, admin: Membership, django_assert_num_queries: Any, name: str
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_of(admin)
    now = timezone.now()
    with tenant_scope(tenant):
        channel = make_channel()
        for _ in range(3):
            make_lead(channel=channel, at=now)
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(name))
    with tenant_scope(tenant):
        for _ in range(60):
            make_lead(channel=channel, at=now)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse(name))
    assert len(few) == len(many)


def test_row_of_a_lead_a_colleague_took_says_who(
    client_of: SignIn, tenant: Tenant, alice: Membership, bob: Membership
) -> None:
    with tenant_scope(tenant):
        role = Role.objects.get(code=Role.Code.MANAGER)
        lead = make_lead(channel=make_channel(responsible_role=role))
        take_lead(lead=lead, by=bob, now=timezone.now())
    html = client_of(alice).get(reverse("leads:row", args=[lead.pk])).content.decode()
    assert f'data-gone="{lead.pk}"' in html and "Bob" in html


def test_row_of_a_lead_that_was_never_mine_says_nothing(
    client_of: SignIn, tenant: Tenant, bob: Membership, lead: Lead, alice: Membership
) -> None:
    with tenant_scope(tenant):
        take_lead(lead=lead, by=alice, now=timezone.now())
    html = client_of(bob).get(reverse("leads:row", args=[lead.pk])).content.decode()
    assert 'data-text=""' in html and "Alice" not in html


def test_seen_counts_as_opened_and_tells_colleagues(
    client_of: SignIn, tenant: Tenant, alice: Membership, admin: Membership, lead: Lead
) -> None:
    assert client_of(alice).post(reverse("leads:seen", args=[lead.pk]), **HX).status_code == 204
    fresh = refreshed(lead, tenant)
    assert fresh.opened_at is not None and fresh.quality == "targeted"
    html = client_of(admin).get(reverse("leads:unsorted")).content.decode()
    assert "Alice" in html and "locked" in html


# --- Decisions ---------------------------------------------------------------------------------------
def test_take_answers_with_a_toast_that_undoes_it(
    client_of: SignIn, tenant: Tenant, alice: Membership, lead: Lead
) -> None:
    client = client_of(alice)
    response = client.post(reverse("leads:take", args=[lead.pk]), **HX)
    assert response.status_code == 204
    assert refreshed(lead, tenant).taken_by == alice
    assert json.loads(response.headers["HX-Trigger"])["lead:done"]["ids"] == [str(lead.pk)]
    undone = client.post(toast_of(response)["undo_url"], **HX)
    assert undone.status_code == 204 and refreshed(lead, tenant).taken_by is None


def test_take_without_scripts_goes_back_to_the_queue(
    client_of: SignIn, alice: Membership, lead: Lead
) -> None:
    response = client_of(alice).post(reverse("leads:take", args=[lead.pk]), {"next": "/unsorted/?tab=mine"})
    assert response.status_code == 302 and response.headers["Location"] == "/unsorted/?tab=mine"


def test_next_never_leads_to_another_site(client_of: SignIn, alice: Membership, lead: Lead) -> None:
    response = client_of(alice).post(reverse("leads:take", args=[lead.pk]), {"next": "https://evil.example/"})
    assert response.headers["Location"] == reverse("leads:unsorted")


def test_loser_of_a_race_hears_who_was_faster(
    client_of: SignIn, tenant: Tenant, alice: Membership, bob: Membership
) -> None:
    with tenant_scope(tenant):
        role = Role.objects.get(code=Role.Code.MANAGER)
        lead = make_lead(channel=make_channel(responsible_role=role))
    assert client_of(alice).post(reverse("leads:take", args=[lead.pk]), **HX).status_code == 204
    response = client_of(bob).post(reverse("leads:take", args=[lead.pk]), **HX)
    assert response.status_code == 409 and "Alice" in response.content.decode()


def test_reject_without_the_mandatory_reason_is_refused_everywhere(
    client_of: SignIn, tenant: Tenant, admin: Membership
) -> None:
    with tenant_scope(tenant):
        lead = make_lead(channel=make_channel(is_reason_required=True))
        reason = make_reason()
    client = client_of(admin)
    assert client.post(reverse("leads:reject", args=[lead.pk]), {"reason": ""}, **HX).status_code == 422
    bulk = reverse("leads:bulk", args=["reject"])
    assert client.post(bulk, {"ids": [lead.pk], "asked": "1", "reason": ""}, **HX).status_code == 422
    assert refreshed(lead, tenant).state == "new"
    done = client.post(reverse("leads:reject", args=[lead.pk]), {"reason": reason.pk}, **HX)
    assert done.status_code == 204 and refreshed(lead, tenant).state == "rejected"


def test_reject_dialog_shows_the_reasons(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead
) -> None:
    with tenant_scope(tenant):
        reason = make_reason("Too far")
        hidden = make_reason("For deals", is_for_leads=False)
    html = client_of(admin).get(reverse("leads:reject", args=[lead.pk])).content.decode()
    assert reason.name in html and hidden.name not in html


def test_rejected_lead_returns_to_the_queue(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead
) -> None:
    client = client_of(admin)
    client.post(reverse("leads:reject", args=[lead.pk]), {"reason": ""}, **HX)
    assert client.post(reverse("leads:reopen", args=[lead.pk]), **HX).status_code == 204
    assert refreshed(lead, tenant).state == "new"


def test_snooze_takes_a_moment_of_the_future_only(
    client_of: SignIn, tenant: Tenant, alice: Membership, lead: Lead
) -> None:
    client, url = client_of(alice), reverse("leads:snooze", args=[lead.pk])
    assert client.post(url, {"until": "2020-01-01T10:00"}, **HX).status_code == 422
    until = timezone.now() + dt.timedelta(hours=3)
    assert client.post(url, {"until": until.isoformat()}, **HX).status_code == 204
    assert refreshed(lead, tenant).snoozed_until == until
    assert client.post(reverse("leads:wake", args=[lead.pk]), **HX).status_code == 204


def test_assign_hands_over_to_a_person_or_a_role(
    client_of: SignIn, tenant: Tenant, admin: Membership, bob: Membership, lead: Lead
) -> None:
    with tenant_scope(tenant):
        role = Role.objects.get(code=Role.Code.DISPATCHER)
    client, url = client_of(admin), reverse("leads:assign", args=[lead.pk])
    assert client.post(url, {"to": ""}, **HX).status_code == 422
    client.post(url, {"to": f"m{bob.pk}"}, **HX)
    assert refreshed(lead, tenant).responsible == bob
    client.post(url, {"to": f"r{role.pk}"}, **HX)
    assert refreshed(lead, tenant).responsible_role == role


def test_delete_asks_first_and_needs_the_right(
    client_of: SignIn, tenant: Tenant, alice: Membership, admin: Membership, lead: Lead
) -> None:
    url = reverse("leads:delete", args=[lead.pk])
    assert client_of(alice).post(url, **HX).status_code == 403
    assert "btn-danger" in client_of(admin).get(url).content.decode()
    response = client_of(admin).post(url, **HX)
    assert refreshed(lead, tenant).deleted_at is not None
    client_of(admin).post(toast_of(response)["undo_url"], **HX)
    assert refreshed(lead, tenant).deleted_at is None


def test_quality_is_marked_by_hand_and_given_back_to_the_rules(
    client_of: SignIn, tenant: Tenant, alice: Membership, lead: Lead
) -> None:
    client, url = client_of(alice), reverse("leads:quality", args=[lead.pk])
    client.post(url, {"quality": "non_targeted"}, **HX)
    assert refreshed(lead, tenant).is_quality_manual
    client.post(url, {"quality": ""}, **HX)
    assert refreshed(lead, tenant).quality == "targeted"
    assert client.post(url, {"quality": "unsorted"}, **HX).status_code == 422


def test_bulk_shows_what_would_refuse_and_then_does_the_others(
    client_of: SignIn, tenant: Tenant, admin: Membership, bob: Membership
) -> None:
    with tenant_scope(tenant):
        first, second = make_lead(), make_lead()
        take_lead(lead=second, by=bob, now=timezone.now())
    client, url, ids = client_of(admin), reverse("leads:bulk", args=["take"]), [first.pk, second.pk]
    shown = client.post(url, {"ids": ids}, **HX)
    assert shown.status_code == 200
    assert [(lead, "Bob" in reason) for lead, reason in shown.context["refused"]] == [(second, True)]
    assert refreshed(first, tenant).taken_by is None
    with tenant_scope(tenant):
        assert not LeadAction.objects.filter(lead=first).exists()
    response = client.post(url, dict_of(shown.context["sent"]), **HX)
    assert response.status_code == 204 and "Bob" in toast_of(response)["text"]
    assert refreshed(first, tenant).taken_by == admin and refreshed(second, tenant).taken_by == bob


def dict_of(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def test_bulk_rejection_keeps_what_was_typed_while_it_asks(
    client_of: SignIn, tenant: Tenant, admin: Membership
) -> None:
    with tenant_scope(tenant):
        free, strict = make_lead(), make_lead(channel=make_channel(is_reason_required=True))
    client, url = client_of(admin), reverse("leads:bulk", args=["reject"])
    values = {"ids": [free.pk, strict.pk], "asked": "1", "comment": "Not ours"}
    shown = client.post(url, values, **HX)
    assert [lead for lead, _reason in shown.context["refused"]] == [strict]
    assert refreshed(free, tenant).state == "new"
    client.post(url, dict_of(shown.context["sent"]), **HX)
    assert (refreshed(free, tenant).state, refreshed(strict, tenant).state) == ("rejected", "new")
    assert refreshed(free, tenant).rejection_comment == "Not ours"


def test_bulk_assign_asks_to_whom(
    client_of: SignIn, tenant: Tenant, admin: Membership, bob: Membership
) -> None:
    with tenant_scope(tenant):
        leads = [make_lead(), make_lead()]
    url, ids = reverse("leads:bulk", args=["assign"]), [lead.pk for lead in leads]
    client = client_of(admin)
    asked = client.get(url, {"ids": ids}).content.decode()
    assert all(str(pk) in asked for pk in ids)
    response = client.post(url, {"ids": ids, "asked": "1", "to": f"m{bob.pk}"}, **HX)
    assert response.status_code == 204
    assert {refreshed(lead, tenant).responsible for lead in leads} == {bob}
    client.post(toast_of(response)["undo_url"], **HX)
    assert {refreshed(lead, tenant).responsible for lead in leads} == {None}


def test_undo_of_others_decisions_is_refused(
    client_of: SignIn, tenant: Tenant, alice: Membership, admin: Membership, lead: Lead
) -> None:
    client_of(alice).post(reverse("leads:take", args=[lead.pk]), **HX)
    with tenant_scope(tenant):
        action = LeadAction.objects.get()
    response = client_of(admin).post(f"{reverse('leads:undo')}?a={action.pk}", **HX)
    assert response.status_code == 409 and refreshed(lead, tenant).taken_by == alice


@pytest.mark.parametrize(
    "name",
    [
        "row", "detail", "preview", "seen", "wizard", "wizard_stages", "take", "release", "assign", "attach",
        "reject", "reopen", "snooze", "wake", "quality", "delete",
    ],
)  # fmt: skip
def test_other_tenants_lead_is_as_if_missing(
    client_of: SignIn, charlie: Membership, lead: Lead, name: str
) -> None:
    url = reverse(f"leads:{name}", args=[lead.pk])
    client = client_of(charlie)
    is_post = name in ("seen", "take", "release", "reopen", "wake")
    response = client.post(url) if is_post else client.get(url)
    if name == "row":
        assert "Ivan" not in response.content.decode() and 'data-text=""' in response.content.decode()
    else:
        assert response.status_code == 404


def test_marketer_reads_but_decides_nothing(
    client_of: SignIn, tenant: Tenant, lead: Lead, make_marketer: Membership
) -> None:
    client = client_of(make_marketer)
    html = client.get(reverse("leads:unsorted")).content.decode()
    assert "Ivan" in html and "row-actions" not in html and "data-tick" not in html
    assert client.get(reverse("leads:detail", args=[lead.pk])).status_code == 200
    assert refreshed(lead, tenant).opened_at is None
    assert client.post(reverse("leads:take", args=[lead.pk])).status_code == 403


@pytest.fixture
def make_marketer(tenant: Tenant) -> Membership:
    from conftest import make_member

    return make_member(tenant, "Mark", Role.Code.MARKETER)


# --- Attaching, cards --------------------------------------------------------------------------------
def test_attach_offers_the_clients_deals_and_a_search(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead
) -> None:
    from deals.services import create_deal

    with tenant_scope(tenant):
        pipeline = make_pipeline()
        own = create_deal(title="Own", pipeline=pipeline, by=admin, now=timezone.now(), contact=lead.contact)
        other = create_deal(title="Coffee grinder", pipeline=pipeline, by=admin, now=timezone.now())
    client, url = client_of(admin), reverse("leads:attach", args=[lead.pk])
    html = client.get(url, {"q": "grinder"}).content.decode()
    assert str(own.pk) in html and str(other.pk) in html
    found = client.get(url, {"q": "nothing like it", "part": "found"}, **HX).content.decode()
    assert str(other.pk) not in found
    response = client.post(url, {"deal": other.pk}, **HX)
    assert response.status_code == 204 and refreshed(lead, tenant).deal_id == other.pk
    client.post(toast_of(response)["undo_url"], **HX)
    assert refreshed(lead, tenant).state == "new" and refreshed(lead, tenant).deal_id is None


def test_detail_shows_what_is_known(client_of: SignIn, tenant: Tenant, alice: Membership, lead: Lead) -> None:
    page = client_of(alice).get(reverse("leads:detail", args=[lead.pk]))
    html = page.content.decode()
    assert page.status_code == 200 and "Ivan" in html and "tel:+79165550101" in html
    assert refreshed(lead, tenant).opened_at is not None


def test_detail_of_a_decided_lead_says_what_became_of_it(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead
) -> None:
    client = client_of(admin)
    client.post(reverse("leads:reject", args=[lead.pk]), {"reason": "", "comment": "Far away"}, **HX)
    html = client.get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert "Far away" in html and reverse("leads:reopen", args=[lead.pk]) in html


def test_preview_shows_facts_and_loads_the_thread(client_of: SignIn, alice: Membership, lead: Lead) -> None:
    html = client_of(alice).get(reverse("leads:preview", args=[lead.pk]), **HX).content.decode()
    assert f"{reverse('activities:timeline')}?lead={lead.pk}" in html


def test_create_types_a_lead_in(client_of: SignIn, tenant: Tenant, alice: Membership) -> None:
    client, url = client_of(alice), reverse("leads:create")
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"phone": "not a phone"}).status_code == 422
    response = client.post(url, {"name": "Olga", "phone": "8 916 555-77-88", "text": "A grinder"})
    assert response.status_code == 302
    with tenant_scope(tenant):
        lead = Lead.objects.get()
        assert (lead.phone, lead.responsible, lead.summary) == ("+79165557788", alice, "A grinder")
        assert Contact.objects.get().name == "Olga"


def test_panel_lists_the_inquiries_of_a_client(client_of: SignIn, alice: Membership, lead: Lead) -> None:
    response = client_of(alice).get(reverse("leads:deal_panel"), {"contact": lead.contact_id})
    assert reverse("leads:detail", args=[lead.pk]) in response.content.decode()


def test_board_column_shows_the_queue(client_of: SignIn, alice: Membership, lead: Lead) -> None:
    html = client_of(alice).get(reverse("leads:unsorted_column")).content.decode()
    assert f'data-lead="{lead.pk}"' in html and reverse("leads:wizard", args=[lead.pk]) in html


def test_handed_over_lead_is_told_to_the_new_responsible(
    tenant: Tenant, admin: Membership, bob: Membership, lead: Lead
) -> None:
    from activities.models import Notification

    with tenant_scope(tenant):
        Notification.objects.all().delete()
        assign_lead(lead=lead, member=bob, by=admin, now=timezone.now())
        notice = Notification.objects.get()
        assert (notice.member, notice.code, notice.params["by"]) == (bob, "lead_assigned", "Ada")


def test_bulk_taking_needs_a_post(tenant, admin, client_of):
    url = reverse("leads:bulk", args=["take"])
    assert client_of(admin).get(url, {"all": "1"}).status_code == 405


def test_one_at_a_time_stays_in_the_address(client_of: SignIn, tenant: Tenant, admin: Membership) -> None:
    with tenant_scope(tenant):
        lead = make_lead()
    page = client_of(admin).get(reverse("leads:unsorted"), {"view": "triage", "tab": "all"}).content.decode()
    assert "tab=mine&amp;view=triage" in page
    assert f"/leads/{lead.pk}/?view=triage" in page
    assert "triage" not in client_of(admin).get(reverse("leads:unsorted")).content.decode().replace(
        "?view=triage", ""
    )
