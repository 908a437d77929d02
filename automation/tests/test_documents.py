"""Documents set robots off: a proposal the client opens, an invoice that is paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from core.tenancy import tenant_scope
from deals.documents.happenings import happened
from deals.happenings import What
from deals.models import Deal, Invoice, Proposal
from tenants.models import Tenant

Make = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("clock")


@pytest.mark.parametrize(
    ("document", "what", "trigger"),
    [
        (Proposal, What.VIEWED, "proposal_viewed"),
        (Proposal, What.ACCEPTED, "proposal_accepted"),
        (Proposal, What.DECLINED, "proposal_declined"),
        (Invoice, What.OVERDUE, "invoice_overdue"),
        (Invoice, What.PARTLY_PAID, "paid_partly"),
        (Invoice, What.PAID, "paid"),
    ],
)
def test_document_sets_the_robot_of_its_deals_stage_off_once(
    tenant: Tenant, make_deal: Make, make_robot: Make, work_off: Make, document: Any, what: What, trigger: str
) -> None:
    make_robot("first", trigger=trigger, action="comment", text="Look")
    make_robot("second", trigger=trigger, action="comment", text="Elsewhere")
    deal: Deal = make_deal()
    with tenant_scope(tenant):
        paper = document(deal=deal)
        for _time in range(2):
            happened(paper, what, now=timezone.now())
    assert [(run.trigger, run.state) for run in work_off()] == [(trigger, "done")]


def test_opened_invoice_sets_nothing_off(
    tenant: Tenant, make_deal: Make, make_robot: Make, work_off: Make
) -> None:
    make_robot("first", trigger="proposal_viewed", action="comment", text="Look")
    deal = make_deal()
    with tenant_scope(tenant):
        happened(Invoice(deal=deal), What.VIEWED, now=timezone.now())
    assert work_off() == []
