"""Custom fields of leads, and changing what is known about one."""

from __future__ import annotations

import datetime as dt

import pytest
from django.http import QueryDict

from activities.changes import describe
from core.listing import listing_for
from leads.errors import NotAllowed
from leads.models import Lead
from leads.services import create_manual_lead, set_quality, undo_action, update_lead
from tenants.custom_fields.errors import BadValue
from tenants.custom_fields.services import create_field
from tenants.models import CustomField, Membership, Role, Tenant

NOW = dt.datetime(2026, 11, 28, 9, tzinfo=dt.UTC)
Kind = CustomField.Kind


@pytest.fixture
def lead(scope: Tenant, alice: Membership) -> Lead:
    return create_manual_lead(by=alice, now=NOW, name="Иван", phone="+79162041877")


def test_a_lead_is_written_down_with_custom_values(scope: Tenant, alice: Membership) -> None:
    field = create_field(entity="lead", kind=Kind.DATE, name="Wedding")
    lead = create_manual_lead(by=alice, now=NOW, name="Иван", **{field.key: "2027-06-12"})
    assert Lead.objects.get(pk=lead.pk).custom_values == {field.key: "2027-06-12"}


def test_own_and_custom_fields_change_together_and_are_told(lead: Lead, alice: Membership) -> None:
    field = create_field(entity="lead", kind=Kind.NUMBER, name="Guests")
    update_lead(lead=lead, by=alice, now=NOW, name="Пётр", **{field.key: "120"})
    changed = Lead.objects.get(pk=lead.pk)
    assert changed.name == "Пётр" and changed.custom_values == {field.key: "120"}
    assert list(Lead.objects.all().search("петр")) == [lead]
    text = str(describe(lead.activities.get(data__code="fields_changed").data).html)
    assert "Иван" in text and "Пётр" in text and "Guests" in text and "120" in text


def test_a_refused_value_changes_nothing(lead: Lead, alice: Membership) -> None:
    field = create_field(entity="lead", kind=Kind.NUMBER, name="Guests")
    with pytest.raises(BadValue):
        update_lead(lead=lead, by=alice, now=NOW, name="Пётр", **{field.key: "crowd"})
    assert Lead.objects.get(pk=lead.pk).name == "Иван"


def test_a_change_leaves_the_last_decision_open_to_undo(lead: Lead, alice: Membership) -> None:
    action = set_quality(lead=lead, quality="non_targeted", by=alice, now=NOW)
    update_lead(lead=lead, by=alice, now=NOW, name="Пётр")
    undo_action(action=action, by=alice, now=NOW)
    assert Lead.objects.get(pk=lead.pk).quality != "non_targeted"


def test_who_may_not_edit_the_lead_changes_nothing(lead: Lead, head: Membership, bob: Membership) -> None:
    with pytest.raises(NotAllowed):
        update_lead(lead=lead, by=bob, now=NOW, name="x")


def test_leads_are_filtered_by_their_fields(lead: Lead, head: Membership, alice: Membership) -> None:
    field = create_field(entity="lead", kind=Kind.FLAG, name="Urgent")
    update_lead(lead=lead, by=alice, now=NOW, **{field.key: True})
    listing = listing_for("leads:list")
    for query, count in ((f"{field.key}=yes", 1), (f"{field.key}=no", 0), (f"{field.key}=none", 0)):
        assert listing.filtered(head, QueryDict(query)).qs.count() == count, query
    assert head.role.code == Role.Code.HEAD
