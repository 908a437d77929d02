"""What happens elsewhere sets robots off: a client who writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from automation.models import RobotRun
from channels.models import Message
from core.tenancy import tenant_scope
from deals.models import Deal, Stage
from leads.services import DealPlan, convert_lead, receive_inquiry
from leads.tests.factories import Person, inquiry, make_channel, make_dialog
from tenants.models import Membership, Tenant

Make = Callable[..., Any]


@pytest.mark.usefixtures("clock")
def test_message_in_the_correspondence_of_a_deal_sets_the_robot_off(
    tenant: Tenant, stages: dict[str, Stage], make_robot: Make, work_off: Make, admin: Membership
) -> None:
    make_robot("first", trigger="client_wrote", action="comment", text="They wrote")
    person = Person(name="Guest", messenger_id="42")

    def write() -> Any:
        told = inquiry(person=person, at=timezone.now())
        return receive_inquiry(inquiry=told, channel=channel, now=told.occurred_at, dialog=dialog)

    with tenant_scope(tenant):
        channel = make_channel("telegram", "messenger")
        dialog = make_dialog(channel)
        first = write()
        Message.objects.create(activity=first.activity, dialog=dialog, channel=channel, lead=first.lead)
        plan = DealPlan(stages["first"].pipeline)
        convert_lead(lead=first.lead, by=admin, now=timezone.now(), plan=plan)
    assert work_off() == []
    with tenant_scope(tenant):
        second = write()
        run = RobotRun.objects.get()
        assert (run.deal, run.occasion) == (Deal.objects.get(), str(second.activity.pk))
    assert [run.state for run in work_off()] == ["done"]
