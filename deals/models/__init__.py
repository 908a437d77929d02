"""Possible sales, the pipelines they move through, what is sold and what clients are sent."""

from deals.models.deals import Deal, StageChange
from deals.models.documents import (
    DocumentOpening,
    DocumentRoute,
    DocumentSettings,
    Invoice,
    InvoiceReminder,
    OurCompany,
    Proposal,
    SalesDocument,
)
from deals.models.pipelines import Pipeline, RejectionReason, Stage, StageRequirement
from deals.models.products import DealLine, ListPrice, PriceList, Product, ProductCategory

__all__ = [
    "Deal",
    "DealLine",
    "DocumentOpening",
    "DocumentRoute",
    "DocumentSettings",
    "Invoice",
    "InvoiceReminder",
    "ListPrice",
    "OurCompany",
    "Pipeline",
    "PriceList",
    "Product",
    "ProductCategory",
    "Proposal",
    "RejectionReason",
    "SalesDocument",
    "Stage",
    "StageChange",
    "StageRequirement",
]
