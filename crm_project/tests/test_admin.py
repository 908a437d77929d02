"""The admin: who sees what, what it costs, and that both walls stand in it."""

from __future__ import annotations

import datetime as dt
from urllib.parse import unquote

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import Contact, Source
from contacts.services import create_contact
from core.tenancy import tenant_scope
from core.tests.filling import fill
from deals.models import Deal
from tenants.admin_site import HIDDEN, OwnedAdmin, PlatformAdmin
from tenants.models import OutgoingLetter, Tenant, User

pytestmark = pytest.mark.django_db
OWNED = [m for m, a in admin.site._registry.items() if isinstance(a, OwnedAdmin)]
PLATFORM = [m for m, a in admin.site._registry.items() if not isinstance(a, OwnedAdmin)]
NOW = dt.datetime(2030, 1, 1, 12, tzinfo=dt.UTC)


def page(model: type, name: str = "changelist", *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def label(model: type) -> str:
    return model._meta.label


@pytest.fixture
def operator() -> Client:
    browser = Client()
    user = User.objects.create(email="op@example.com", is_staff=True, is_superuser=True)
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def test_every_model_has_one_of_our_two_bases():
    allowed = {"account.EmailAddress", "account.EmailConfirmation"}
    others = {
        label(m) for m, a in admin.site._registry.items() if not isinstance(a, OwnedAdmin | PlatformAdmin)
    }
    assert others <= allowed
    assert HIDDEN.isdisjoint(label(m) for m in admin.site._registry)
    assert len(OWNED) > 15


# --- who -------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", [*OWNED, *PLATFORM], ids=label)
def test_visitors_are_sent_to_the_one_login_page(model):
    answer = Client().get(page(model), follow=True)
    assert answer.redirect_chain[-1][0].split("?")[0] == reverse("account_login")
    assert page(model) in unquote(answer.redirect_chain[-1][0])


@pytest.mark.parametrize("model", [*OWNED, *PLATFORM], ids=label)
def test_members_without_administration_get_nothing(model, client_of, alice, head):
    for member in (alice, head):
        answer = client_of(member).get(page(model), follow=True)
        assert answer.status_code == 403


@pytest.mark.parametrize("model", PLATFORM, ids=label)
def test_tenant_administrators_reach_nothing_of_the_platform(model, client_of, admin_, tenant):
    browser = client_of(admin_)
    for url in (
        page(model),
        page(model, "add"),
        page(model, "change", tenant.pk),
        page(model, "delete", tenant.pk),
    ):
        assert browser.get(url).status_code in (403, 404), url
    assert (
        model._meta.verbose_name_plural.capitalize()
        not in browser.get(reverse("admin:index")).content.decode()
    )


@pytest.fixture
def admin_(admin):
    """The administrator; the name admin is the module's here."""
    return admin


@pytest.mark.parametrize("model", OWNED, ids=label)
def test_administrator_lists_opens_and_searches_own_rows(model, client_of, admin_, tenant):
    with tenant_scope(tenant):
        row = fill(model)
    browser = client_of(admin_)
    assert browser.get(page(model)).status_code == 200
    assert browser.get(page(model) + "?q=fill").status_code == 200
    assert browser.get(page(model, "change", row.pk)).status_code == 200
    assert browser.get(page(model, "history", row.pk)).status_code == 200


@pytest.mark.parametrize("model", OWNED, ids=label)
def test_foreign_rows_are_missing_rows(model, client_of, charlie, tenant):
    with tenant_scope(tenant):
        row = fill(model)
    browser = client_of(charlie)
    for name in ("change", "history", "delete"):
        foreign = browser.get(page(model, name, row.pk))
        missing = browser.get(page(model, name, "01920000-0000-7000-8000-000000000000"))
        assert foreign.status_code == missing.status_code, name
        assert foreign.status_code in (403, 404), name
    assert str(row.pk) not in browser.get(page(model)).content.decode()


@pytest.mark.parametrize("model", OWNED, ids=label)
def test_operator_looks_after_choosing_a_tenant_and_changes_nothing(model, operator, tenant):
    with tenant_scope(tenant):
        row = fill(model)
    assert operator.get(page(model)).url == page(Tenant)
    assert operator.get(page(model) + f"?tenant={tenant.slug}").url == page(model)
    assert operator.get(page(model)).status_code == 200
    change = page(model, "change", row.pk)
    assert operator.get(change).status_code == 200
    assert operator.post(change, {}).status_code == 403
    assert operator.get(page(model, "add")).status_code == 403
    assert operator.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_visits_of_the_operator_are_written_down_and_shown(operator, tenant):
    operator.get(reverse("admin:index") + f"?tenant={tenant.slug}")
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (str(tenant.pk), "Entered.")
    assert tenant.name in operator.get(reverse("admin:index")).content.decode()
    operator.get(reverse("admin:index") + "?tenant=")
    assert tenant.name not in operator.get(reverse("admin:index")).content.decode()


# --- what it costs ---------------------------------------------------------------------------
@pytest.mark.parametrize("model", OWNED, ids=label)
def test_list_costs_the_same_for_three_and_thirty_rows(model, client_of, admin_, tenant):
    browser = client_of(admin_)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(page(model)).status_code == 200
        return len(queries)

    with tenant_scope(tenant):
        for _n in range(3):
            fill(model)
    browser.get(page(model))
    few = cost()
    with tenant_scope(tenant):
        for _n in range(27):
            fill(model)
    assert cost() == few


# --- what is written -------------------------------------------------------------------------
def test_editing_goes_through_the_service_and_is_logged_without_names(client_of, admin_, tenant):
    with tenant_scope(tenant):
        contact = create_contact(name="Ivanova", keys=[], by=admin_, now=NOW)
    values = {"last_name": "Petrova", "first_name": "Anna", "middle_name": "", "position": "", "comment": ""}
    management = {"keys-TOTAL_FORMS": 0, "keys-INITIAL_FORMS": 0}
    answer = client_of(admin_).post(page(Contact, "change", contact.pk), values | management)
    assert answer.status_code == 302
    with tenant_scope(tenant):
        contact.refresh_from_db()
        assert "petrova" in contact.search_text
        assert contact.activities.filter(data__code="fields_changed").exists() or contact.activities.exists()
    entry = LogEntry.objects.get()
    assert entry.object_repr == str(contact.pk)
    assert "Petrova" not in entry.change_message


def test_workflow_fields_are_not_inputs(client_of, admin_, tenant):
    with tenant_scope(tenant):
        deal = fill(Deal)
    body = client_of(admin_).get(page(Deal, "change", deal.pk)).content.decode()
    assert 'name="title"' in body
    for field in ("stage", "state", "rank", "pipeline", "owner", "version", "number"):
        assert f'name="{field}"' not in body


def test_handing_over_goes_through_the_service(client_of, admin_, alice, tenant):
    with tenant_scope(tenant):
        contact = create_contact(name="Ivanova", keys=[], by=admin_, now=NOW)
    data = {"action": "hand_over", "assignee": alice.pk, "_selected_action": [contact.pk]}
    answer = client_of(admin_).post(page(Contact), data, follow=True)
    assert answer.status_code == 200
    with tenant_scope(tenant):
        contact.refresh_from_db()
        assert contact.owner_id == alice.pk


def test_handing_over_to_a_foreign_colleague_is_refused(client_of, admin_, charlie, tenant):
    with tenant_scope(tenant):
        contact = create_contact(name="Ivanova", keys=[], by=admin_, now=NOW)
    data = {"action": "hand_over", "assignee": charlie.pk, "_selected_action": [contact.pk]}
    client_of(admin_).post(page(Contact), data)
    with tenant_scope(tenant):
        contact.refresh_from_db()
        assert contact.owner_id is None


def test_directory_rows_are_added_through_the_service(client_of, admin_, tenant):
    answer = client_of(admin_).post(
        page(Source, "add"), {"name": "VK", "utm_source": "vk", "is_advertising": "on"}
    )
    assert answer.status_code == 302
    with tenant_scope(tenant):
        assert Source.objects.get().tenant_id == tenant.pk


def test_channel_page_shows_no_secret(client_of, admin_, tenant):
    from channels.models import Channel

    with tenant_scope(tenant):
        channel = fill(Channel, settings={"note": "plain-setting"}, encrypted_secrets=b"sealed-secret")
    body = client_of(admin_).get(page(Channel, "change", channel.pk)).content.decode()
    assert "sealed-secret" not in body
    assert "plain-setting" not in body


def test_operator_replays_events_of_the_chosen_tenant(operator, tenant):
    from channels.models import Event

    with tenant_scope(tenant):
        event = fill(Event, state="dead", error="broken")
    operator.get(page(Event) + f"?tenant={tenant.slug}")
    operator.post(page(Event), {"action": "replay_events", "_selected_action": [event.pk]})
    with tenant_scope(tenant):
        event.refresh_from_db()
        assert (event.state, event.error) == ("received", "")


# --- the platform ----------------------------------------------------------------------------
def test_operator_opens_a_tenant_and_sees_the_link_once(operator):
    data = {
        "name": "New Co",
        "slug": "new-co",
        "language": "en",
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "phone_region": "DE",
        "admin_email": "boss@example.com",
    }
    answer = operator.post(page(Tenant, "add"), data, follow=True)
    assert "/invitations/" in answer.content.decode()
    assert OutgoingLetter.objects.get().recipient == "boss@example.com"
    tenant = Tenant.objects.get(slug="new-co")
    with tenant_scope(tenant):
        from tenants.models import Role

        assert Role.objects.count() == 5


def test_switched_off_tenant_lets_nobody_in(operator, client_of, alice, tenant):
    operator.post(page(Tenant), {"action": "switch_off", "_selected_action": [tenant.pk]})
    assert client_of(alice).get("/").status_code == 403
    operator.post(page(Tenant), {"action": "switch_on", "_selected_action": [tenant.pk]})
    assert client_of(alice).get(reverse("tenants:profile")).status_code == 200


def test_operator_makes_logins_without_knowing_passwords(operator):
    answer = operator.post(
        page(User, "add"), {"email": "Second@Example.com", "name": "Second", "is_staff": "on"}
    )
    assert answer.status_code == 302
    user = User.objects.get(email="second@example.com")
    assert not user.has_usable_password()
    assert 'name="password"' not in operator.get(page(User, "change", user.pk)).content.decode()
    operator.post(page(User), {"action": "send_reset_link", "_selected_action": [user.pk]})
    assert OutgoingLetter.objects.filter(recipient="second@example.com").exists()


def test_operator_cannot_lock_themselves_out(operator):
    me = User.objects.get(email="op@example.com")
    body = operator.get(page(User, "change", me.pk)).content.decode()
    assert 'name="is_superuser"' not in body


@pytest.mark.parametrize("model", PLATFORM, ids=label)
def test_operator_opens_every_list_of_the_platform(model, operator, alice):
    OutgoingLetter.objects.create(
        recipient="a@example.com", sender="b@example.com", subject="s", text="secret link"
    )
    body = operator.get(page(model)).content.decode()
    assert operator.get(page(model) + "?q=a").status_code == 200
    assert "secret link" not in body
