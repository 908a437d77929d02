"""People: dismissal, re-hiring, the last administrator, rights nobody may hand out."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from conftest import make_member
from core.tenancy import tenant_scope
from tenants import handover, matrix
from tenants.errors import (
    AdministratorsOnly,
    CircularDepartment,
    LastAdministrator,
    MoreThanOwnRights,
    OwnMembership,
    StillInUse,
)
from tenants.models import Department, Membership, Role, SavedView, Seat, User
from tenants.services import (
    create_department,
    delete_department,
    delete_role,
    dismiss_member,
    rehire_member,
    save_role,
    update_department,
    update_member,
)

NOW = dt.datetime(2030, 5, 6, 9, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def fresh(scope):
    """Read a member again, inside the scope of the test."""
    rows = Membership.objects.select_related("role", "tenant", "user", "department")
    return lambda member: rows.get(pk=member.pk)


@pytest.fixture
def settler(tenant, fresh):
    """Somebody who edits settings without being an administrator."""
    role = Role.objects.create(
        name="Settler", grants={"settings": dict.fromkeys(("view", "add", "edit"), "all")}
    )
    member = make_member(tenant, "Sam", Role.Code.MANAGER)
    Membership.objects.filter(pk=member.pk).update(role=role)
    return fresh(member)


def change(member: Membership, by: Membership, role: Role) -> Membership:
    return update_member(member=member, by=by, name=member.name, role=role)


def test_dismissal_keeps_history_and_takes_the_seat(admin, bob, fresh):
    dismiss_member(member=bob, by=admin, now=NOW)
    bob = fresh(bob)
    assert (bob.is_active, bob.dismissed_at) == (False, NOW)
    assert not Seat.objects.filter(user=bob.user).exists()


def test_dismissed_login_is_refused_everywhere(tenant, admin, bob, django_capture_on_commit_callbacks):
    bob.user.set_password("right password 1")
    bob.user.save()
    browser, home = Client(REMOTE_ADDR="2001:db8:77::1"), reverse("tenants:settings")
    browser.post(reverse("account_login"), {"login": bob.email, "password": "right password 1"})
    assert browser.get(home).status_code == 200
    with django_capture_on_commit_callbacks(execute=True), tenant_scope(tenant):
        dismiss_member(member=bob, by=admin, now=NOW)
    assert browser.get(home).status_code == 302, "the session went on"
    page = Client(REMOTE_ADDR="2001:db8:78::1").post(
        reverse("account_login"), {"login": bob.email, "password": "right password 1"}
    )
    assert page.url == reverse("account_inactive")


def test_rehired_member_has_a_seat_again(admin, bob, fresh):
    dismiss_member(member=bob, by=admin, now=NOW)
    bob = rehire_member(member=fresh(bob), by=admin)
    assert (bob.is_active, bob.dismissed_at) == (True, None)
    assert Seat.objects.filter(user=bob.user, tenant_id=bob.tenant_id).exists()


def test_dismissal_hands_the_work_over_in_the_same_step(admin, alice, bob, fresh, monkeypatch):
    moved = []

    def give(*, rows, member, to, by, now):
        moved.append((member.pk, to.pk, by.pk, now))
        return [handover.Outcome(row.pk, str(row)) for row in rows]

    monkeypatch.setattr(handover, "_kinds", {})
    three = Role.objects.filter(code__in=["admin", "head", "manager"])  # any rows will do
    handover.register("deals", "Open deals", held=lambda member: three, give=give)
    assert [(load.kind.name, load.count) for load in handover.workload(bob)] == [("deals", 3)]
    dismiss_member(member=bob, by=admin, now=NOW, hand_over_to=alice)
    assert moved == [(bob.pk, alice.pk, admin.pk, NOW)]


def test_last_administrator_is_neither_dismissed_nor_demoted(tenant, scope, admin, bob, fresh):
    second = fresh(make_member(tenant, "Anna", Role.Code.ADMIN))
    dismiss_member(member=fresh(admin), by=second, now=NOW)
    manager = Role.objects.get(code=Role.Code.MANAGER)
    with pytest.raises(LastAdministrator):
        change(second, second, manager)
    third = fresh(make_member(tenant, "Alex", Role.Code.ADMIN))
    User.objects.filter(pk=third.user_id).update(is_active=False)  # the operator closed this login
    with pytest.raises(LastAdministrator):
        change(second, fresh(third), manager)


def test_nobody_dismisses_themselves(admin, scope):
    with pytest.raises(OwnMembership):
        dismiss_member(member=admin, by=admin, now=NOW)


def test_settings_editor_cannot_raise_anybody(settler, alice, admin, fresh):
    roles = {role.code: role for role in Role.objects.all()}
    for target in (Role.Code.ADMIN, Role.Code.HEAD):
        with pytest.raises(MoreThanOwnRights):
            change(fresh(alice), settler, roles[target])
    with pytest.raises(OwnMembership):
        change(settler, settler, roles[Role.Code.MANAGER])
    with pytest.raises(MoreThanOwnRights):
        dismiss_member(member=fresh(admin), by=settler, now=NOW)
    with pytest.raises(AdministratorsOnly):
        save_role(by=settler, role=settler.role, name="Settler", grants={"leads": {"view": "all"}})


def test_administrator_changes_a_role_but_not_the_administrators_own(admin, fresh):
    admin = fresh(admin)
    role = save_role(
        by=admin, name="Auditor", grants={"leads": {"view": "all", "fly": "all"}, "moon": {"view": "all"}}
    )
    assert role.grants == {"leads": {"view": "all"}}
    save_role(by=admin, role=admin.role, name="Owner", grants={})
    assert Role.objects.get(pk=admin.role_id).is_admin


def test_role_in_use_is_not_deleted(admin, alice, fresh):
    admin, alice = fresh(admin), fresh(alice)
    with pytest.raises(StillInUse):
        delete_role(role=alice.role, by=admin)
    with pytest.raises(AdministratorsOnly):
        delete_role(role=admin.role, by=admin)
    spare = save_role(by=admin, name="Spare", grants={})
    delete_role(role=spare, by=admin)
    assert not Role.objects.filter(name="Spare").exists()


def test_department_is_never_part_of_itself(admin, scope, sales):
    child = create_department(name="Retail", parent=sales, by=admin)
    with pytest.raises(CircularDepartment):
        update_department(department=sales, name="Sales", parent=child, by=admin)


def test_department_with_people_is_not_deleted(admin, scope, sales, alice):
    with pytest.raises(StillInUse):
        delete_department(department=sales, by=admin)
    empty = create_department(name="Empty", parent=None, by=admin)
    delete_department(department=empty, by=admin)
    assert not Department.objects.filter(name="Empty").exists()


# --- pages -----------------------------------------------------------------------------------
def test_people_page_shows_colleagues_and_the_way_to_each(client_of, admin, alice):
    page = client_of(admin).get(reverse("tenants:people")).content.decode()
    assert alice.name in page
    assert reverse("tenants:member", args=[alice.pk]) in page


def test_member_form_moves_a_colleague(client_of, admin, alice, tenant):
    browser, url = client_of(admin), reverse("tenants:member", args=[alice.pk])
    with tenant_scope(tenant):
        head = Role.objects.get(code=Role.Code.HEAD)
    answer = browser.post(url, {"name": "Alice B.", "role": head.pk, "phone_extension": "101"})
    assert answer.status_code == 302
    with tenant_scope(tenant):
        alice.refresh_from_db()
    assert (alice.name, alice.role_id, alice.phone_extension) == ("Alice B.", head.pk, "101")


def test_refusal_is_told_in_the_form(client_of, admin, tenant):
    with tenant_scope(tenant):
        manager = Role.objects.get(code=Role.Code.MANAGER)
    answer = client_of(admin).post(
        reverse("tenants:member", args=[admin.pk]), {"name": "Ada", "role": manager.pk}
    )
    assert answer.status_code == 422
    assert str(LastAdministrator().message) in answer.content.decode()


def test_role_page_saves_the_matrix(client_of, admin, tenant):
    browser = client_of(admin)
    answer = browser.post(
        reverse("tenants:role_create"),
        {"name": "Auditor", "leads.view": "all", "deals.view": "department", "x": "all"},
    )
    assert answer.status_code == 302
    with tenant_scope(tenant):
        role = Role.objects.get(name="Auditor")
    assert role.grants == {"leads": {"view": "all"}, "deals": {"view": "department"}}
    page = browser.get(reverse("tenants:role", args=[role.pk])).content.decode()
    assert 'name="deals.view"' in page
    assert browser.post(reverse("tenants:role_create"), {"name": "auditor"}).status_code == 422, "taken"


def test_role_pages_are_read_only_for_others(client_of, settler, tenant):
    browser = client_of(settler)
    page = browser.get(reverse("tenants:role", args=[settler.role_id])).content.decode()
    assert "<select" not in page
    answer = browser.post(
        reverse("tenants:role", args=[settler.role_id]), {"name": "Settler", "leads.view": "all"}
    )
    assert answer.status_code == 422
    with tenant_scope(tenant):
        assert "leads" not in Role.objects.get(pk=settler.role_id).grants


def test_administrator_may_delete_a_shared_view_of_another(tenant, alice, bob, admin, client_of):
    with tenant_scope(tenant):
        shared = SavedView.objects.create(member=alice, page="leads:list", name="Hot", is_shared=True)
        own = SavedView.objects.create(member=alice, page="leads:list", name="Mine")
    url = reverse("tenants:list_view_delete", args=[shared.pk])
    assert client_of(bob).post(url).status_code == 404
    assert client_of(admin).post(reverse("tenants:list_view_delete", args=[own.pk])).status_code == 404
    assert client_of(admin).post(url).status_code == 302


def test_matrix_offers_no_deletion_of_channels():
    assert matrix.grants({"channels.delete": "all", "channels.edit": "all"}) == {"channels": {"edit": "all"}}
