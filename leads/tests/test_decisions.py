"""Decisions about a lead: success, each refusal, undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from activities.models import Activity, Notification
from core.errors import Refusal
from leads import errors
from leads.models import Lead, LeadAction
from leads.services import (
    assign_lead,
    delete_lead,
    each,
    open_lead,
    reject_lead,
    release_lead,
    reopen_lead,
    set_quality,
    snooze_lead,
    take_lead,
    undo_action,
    wake_lead,
    wake_leads,
)
from leads.tasks import wake_snoozed
from leads.tests.factories import NOW, make_channel, make_lead, make_reason
from tenants.models import Department, Membership, Role, Tenant

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def shared(scope: Tenant) -> Lead:
    """A lead that waits for every manager."""
    return make_lead(channel=make_channel(responsible_role=Role.objects.get(code=Role.Code.MANAGER)))


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


# --- Taking ------------------------------------------------------------------------------------------
def test_take_binds_the_lead_to_the_taker(shared: Lead, alice: Membership) -> None:
    action = take_lead(lead=shared, by=alice, now=NOW)
    lead = action.lead
    assert (lead.state, lead.taken_by, lead.taken_at) == ("in_work", alice, NOW)
    assert (lead.responsible, lead.responsible_role, lead.assignment_reason) == (alice, None, "taken")
    assert lead.opened_at == NOW and lead.quality == "targeted"
    assert Activity.objects.filter(lead=lead, data__code="lead_take", author=alice).count() == 1


def test_take_leaves_the_role_where_the_tenant_says_so(
    shared: Lead, alice: Membership, scope: Tenant
) -> None:
    alice.tenant.is_lead_bound_to_taker = False
    lead = take_lead(lead=shared, by=alice, now=NOW).lead
    assert (lead.taken_by, lead.responsible) == (alice, None) and lead.responsible_role is not None


def test_second_taker_is_told_who_was_first(shared: Lead, alice: Membership, bob: Membership) -> None:
    take_lead(lead=shared, by=alice, now=NOW)
    with pytest.raises(errors.LeadTakenByOther) as told:
        take_lead(lead=shared, by=bob, now=NOW)
    assert told.value.who == "Alice" and told.value.status == 409


def test_taking_ones_own_again_changes_nothing(shared: Lead, alice: Membership) -> None:
    first = take_lead(lead=shared, by=alice, now=NOW)
    again = take_lead(lead=shared, by=alice, now=NOW + HOUR)
    assert again == first and fresh(shared).taken_at == NOW


def test_released_lead_waits_for_its_role_again(shared: Lead, alice: Membership) -> None:
    take_lead(lead=shared, by=alice, now=NOW)
    lead = release_lead(lead=shared, by=alice, now=NOW).lead
    assert (lead.state, lead.taken_by) == ("new", None)
    assert lead.responsible_role == Role.objects.get(code=Role.Code.MANAGER)


def test_head_sees_the_shared_queue_of_the_department(
    shared: Lead, alice: Membership, head: Membership
) -> None:
    assert shared in Lead.objects.visible_to(head)
    head.department = Department.objects.create(name="Elsewhere")
    del head._department_ids, head._colleagues
    assert shared not in Lead.objects.visible_to(head)


# --- Handing over ------------------------------------------------------------------------------------
def test_assign_to_another_gives_the_lead_back_first(
    shared: Lead, alice: Membership, bob: Membership, admin: Membership
) -> None:
    take_lead(lead=shared, by=alice, now=NOW)
    Notification.objects.all().delete()
    lead = assign_lead(lead=shared, member=bob, by=admin, now=NOW).lead
    assert (lead.state, lead.taken_by_id, lead.responsible) == ("new", None, bob)
    assert [notice.member for notice in Notification.objects.all()] == [bob]


def test_queue_of_whoever_is_given_a_lead_hears_of_something_new(
    shared: Lead, bob: Membership, admin: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, Any]] = []
    publish = lambda **event: told.append((event["topic"], event.get("member_ids")))  # noqa: E731
    monkeypatch.setattr("leads.services.common.live.publish", publish)
    assign_lead(lead=shared, member=bob, by=admin, now=NOW)
    assert ("lead.changed", None) in told and ("lead.new", [bob.pk]) in told
    told.clear()
    assign_lead(lead=shared, member=admin, by=admin, now=NOW)
    assert "lead.new" not in dict(told)  # one's own doing is no news


def test_assign_needs_one_person_or_one_role_that_works_here(
    shared: Lead, admin: Membership, bob: Membership
) -> None:
    role = Role.objects.get(code=Role.Code.HEAD)
    for wrong in ({}, {"member": bob, "role": role}):
        with pytest.raises(errors.NobodyToAssign):
            assign_lead(lead=shared, by=admin, now=NOW, **wrong)  # type: ignore[arg-type]
    bob.is_active = False
    with pytest.raises(errors.MemberDismissed):
        assign_lead(lead=shared, member=bob, by=admin, now=NOW)


# --- Rejecting ---------------------------------------------------------------------------------------
def test_reject_closes_the_lead_with_its_reason(shared: Lead, alice: Membership) -> None:
    reason = make_reason()
    lead = reject_lead(lead=shared, by=alice, now=NOW, reason=reason, comment=" far ").lead
    assert (lead.state, lead.closed_at, lead.closed_by) == ("rejected", NOW, alice)
    assert (lead.rejection_reason, lead.rejection_comment) == (reason, "far")


def test_reason_is_mandatory_where_the_channel_says_so(scope: Tenant, admin: Membership) -> None:
    lead = make_lead(channel=make_channel(is_reason_required=True))
    with pytest.raises(errors.ReasonRequired):
        reject_lead(lead=lead, by=admin, now=NOW)
    assert fresh(lead).state == "new"
    reject_lead(lead=lead, by=admin, now=NOW, reason=make_reason())


@pytest.mark.parametrize("fields", [{"is_archived": True}, {"is_for_leads": False}])
def test_reason_must_be_one_for_leads(shared: Lead, admin: Membership, fields: dict[str, bool]) -> None:
    with pytest.raises(errors.WrongReason):
        reject_lead(lead=shared, by=admin, now=NOW, reason=make_reason(**fields))


def test_rejected_lead_is_reopened(shared: Lead, admin: Membership) -> None:
    reject_lead(lead=shared, by=admin, now=NOW, reason=make_reason())
    lead = reopen_lead(lead=shared, by=admin, now=NOW).lead
    assert (lead.state, lead.closed_at, lead.rejection_reason) == ("new", None, None)
    with pytest.raises(errors.LeadNotRejected):
        reopen_lead(lead=shared, by=admin, now=NOW)


# --- Snoozing ----------------------------------------------------------------------------------------
def test_snoozed_lead_comes_back_when_its_time_has_come(shared: Lead, alice: Membership) -> None:
    take_lead(lead=shared, by=alice, now=NOW)
    snooze_lead(lead=shared, until=NOW + HOUR, by=alice, now=NOW)
    assert list(Lead.objects.unsorted(now=NOW)) == [] and list(Lead.objects.snoozed(now=NOW)) == [shared]
    assert wake_leads(now=NOW) == 0
    assert wake_leads(now=NOW + HOUR) == 1
    assert fresh(shared).snoozed_until is None
    assert Notification.objects.filter(code="lead_awake", member=alice).exists()


def test_snooze_goes_to_the_future_only(shared: Lead, admin: Membership) -> None:
    with pytest.raises(errors.SnoozeInPast):
        snooze_lead(lead=shared, until=NOW, by=admin, now=NOW)


def test_lead_is_woken_by_hand(shared: Lead, admin: Membership) -> None:
    snooze_lead(lead=shared, until=NOW + HOUR, by=admin, now=NOW)
    assert wake_lead(lead=shared, by=admin, now=NOW).lead.snoozed_until is None


def test_wake_snoozed_goes_through_every_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    from core.tenancy import tenant_scope

    for one in (tenant, other_tenant):
        with tenant_scope(one):
            make_lead(snoozed_until=NOW - HOUR)
    assert wake_snoozed() >= 2
    for one in (tenant, other_tenant):
        with tenant_scope(one):
            assert not Lead.objects.exclude(snoozed_until=None).exists()


# --- Deleting, opening -------------------------------------------------------------------------------
def test_deleted_lead_is_in_no_queue_and_needs_the_right(
    shared: Lead, alice: Membership, admin: Membership
) -> None:
    with pytest.raises(errors.NotAllowed):
        delete_lead(lead=shared, by=alice, now=NOW)
    delete_lead(lead=shared, by=admin, now=NOW)
    assert not Lead.objects.present().exists()
    with pytest.raises(errors.LeadGone):
        take_lead(lead=shared, by=alice, now=NOW)


def test_open_reads_and_leaves_the_version(shared: Lead, alice: Membership) -> None:
    lead = open_lead(lead=shared, by=alice, now=NOW)
    assert (lead.opened_at, lead.unread_count, lead.quality) == (NOW, 0, "targeted")
    assert lead.version == shared.version
    assert open_lead(lead=shared, by=alice, now=NOW + HOUR).opened_at == NOW


def test_strangers_lead_is_refused(scope: Tenant, alice: Membership, bob: Membership) -> None:
    lead = make_lead(channel=make_channel(responsible=alice))
    for decide in DECISIONS.values():
        with pytest.raises(errors.NotAllowed):
            decide(lead, bob)


DECISIONS: dict[str, Callable[[Lead, Membership], Any]] = {
    "take": lambda lead, by: take_lead(lead=lead, by=by, now=NOW),
    "assign": lambda lead, by: assign_lead(lead=lead, member=by, by=by, now=NOW),
    "reject": lambda lead, by: reject_lead(lead=lead, by=by, now=NOW),
    "snooze": lambda lead, by: snooze_lead(lead=lead, until=NOW + HOUR, by=by, now=NOW),
    "quality": lambda lead, by: set_quality(lead=lead, quality="repeat", by=by, now=NOW),
    "delete": lambda lead, by: delete_lead(lead=lead, by=by, now=NOW),
}
KEPT = (
    "state", "taken_by_id", "taken_at", "responsible_id", "responsible_role_id", "assignment_reason",
    "snoozed_until", "opened_at", "closed_at", "closed_by_id", "rejection_reason_id", "quality",
    "quality_reason", "is_quality_manual", "deleted_at", "deal_id", "contact_id",
)  # fmt: skip


@pytest.mark.parametrize("name", list(DECISIONS))
def test_undo_puts_everything_back(shared: Lead, admin: Membership, name: str) -> None:
    before = {field: getattr(fresh(shared), field) for field in KEPT}
    action = DECISIONS[name](shared, admin)
    assert {field: getattr(fresh(shared), field) for field in KEPT} != before
    undo_action(action=action, by=admin, now=NOW)
    assert {field: getattr(fresh(shared), field) for field in KEPT} == before
    assert LeadAction.objects.get(pk=action.pk).undone_at == NOW
    with pytest.raises(errors.CannotUndo):
        undo_action(action=action, by=admin, now=NOW)


def test_undo_is_too_late_once_something_else_was_decided(
    shared: Lead, alice: Membership, admin: Membership
) -> None:
    action = take_lead(lead=shared, by=alice, now=NOW)
    set_quality(lead=shared, quality="repeat", by=admin, now=NOW)
    with pytest.raises(errors.CannotUndo):
        undo_action(action=action, by=alice, now=NOW)
    assert fresh(shared).taken_by == alice


def test_undo_after_reading_still_works(shared: Lead, alice: Membership) -> None:
    action = take_lead(lead=shared, by=alice, now=NOW)
    Lead.objects.filter(pk=shared.pk).update(unread_count=2)
    open_lead(lead=shared, by=alice, now=NOW)
    assert undo_action(action=action, by=alice, now=NOW).taken_by is None


def test_undo_belongs_to_whoever_decided(shared: Lead, alice: Membership, admin: Membership) -> None:
    action = take_lead(lead=shared, by=alice, now=NOW)
    with pytest.raises(errors.NotAllowed):
        undo_action(action=action, by=admin, now=NOW)


@pytest.mark.parametrize("name", ["take", "reject", "snooze"])
def test_closed_lead_takes_no_more_decisions(shared: Lead, admin: Membership, name: str) -> None:
    reject_lead(lead=shared, by=admin, now=NOW)
    with pytest.raises(errors.LeadClosed):
        DECISIONS[name](shared, admin)


def test_bulk_leaves_the_others_done_when_one_refuses(
    scope: Tenant, admin: Membership, alice: Membership
) -> None:
    good, taken = make_lead(), make_lead(channel=make_channel(responsible=alice))
    take_lead(lead=taken, by=alice, now=NOW)
    result = each([good, taken], lambda lead: take_lead(lead=lead, by=admin, now=NOW))
    assert [action.lead for action in result.done] == [good]
    assert [(lead, "Alice" in reason) for lead, reason in result.refused] == [(taken, True)]


def test_refusals_have_codes_and_words() -> None:
    named = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Refusal)
    ]
    made = [
        one() for one in named if one.__module__ == errors.__name__ and one is not errors.LeadTakenByOther
    ]
    assert len({one.code for one in made}) == len(made) >= 12
    assert all(str(one.message) for one in made)
