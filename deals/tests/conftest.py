"""A pipeline with three open stages, reasons, and a way to make deals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from core.tenancy import tenant_scope
from deals.documents.services import create_invoice, send_document
from deals.documents.setup import save_our_company
from deals.models import Deal, Invoice, OurCompany, Pipeline, RejectionReason, Stage
from deals.products.lines import add_line
from deals.services import create_deal
from deals.setup import create_starter_pipeline, create_starter_reasons
from tenants.models import Membership, Tenant

NOW = dt.datetime(2026, 11, 17, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def pipeline(tenant: Tenant) -> Pipeline:
    with tenant_scope(tenant):
        return create_starter_pipeline(template="simple")


@pytest.fixture
def stages(tenant: Tenant, pipeline: Pipeline) -> dict[str, Stage]:
    """The stages by what they are: first, second, third, won, lost, archived."""
    with tenant_scope(tenant):
        found = list(Stage.objects.select_related("pipeline").filter(pipeline=pipeline).order_by("position"))
    return dict(zip(["first", "second", "third", "won", "lost", "archived"], found, strict=True))


@pytest.fixture
def reason(tenant: Tenant) -> RejectionReason:
    with tenant_scope(tenant):
        return create_starter_reasons()[0]


@pytest.fixture
def make_deal(tenant: Tenant, pipeline: Pipeline, alice: Membership) -> Callable[..., Deal]:
    """Return a function that makes a deal of Alice's in the first stage."""

    def make(title: str = "Coffee machine", **fields: Any) -> Deal:
        values = {"pipeline": pipeline, "by": alice, "now": NOW} | fields
        with tenant_scope(tenant):
            return create_deal(title=title, **values)

    return make


@pytest.fixture
def scoped(tenant: Tenant) -> Iterator[None]:
    """Run the whole test inside the tenant."""
    with tenant_scope(tenant):
        yield


@pytest.fixture
def make_invoice(tenant: Tenant, make_deal: Callable[..., Deal], alice: Membership) -> Callable[..., Invoice]:
    """Return a function that makes a sent invoice of a price, of a new deal or of a given one."""

    def make(price: int = 1000, deal: Deal | None = None) -> Invoice:
        deal = deal or make_deal()
        with tenant_scope(tenant):
            if not OurCompany.objects.exists():
                save_our_company(company=None, by=alice, name="We", legal_name="We")
            add_line(deal=deal, by=alice, now=NOW, name="Thing", price=Decimal(price))
            made = create_invoice(deal=deal, by=alice, now=NOW)
            return send_document(document=made, by=alice, now=NOW)

    return make


@pytest.fixture
def invoice(make_invoice: Callable[..., Invoice]) -> Invoice:
    return make_invoice()
