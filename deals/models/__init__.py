"""Possible sales, the pipelines they move through, what is sold and what clients are sent."""

from deals.models.deals import Deal, StageChange
from deals.models.documents import DocumentSettings, Invoice, OurCompany, Proposal, SalesDocument
from deals.models.payments import BankEntry, Payment, StatementImport
from deals.models.pipelines import Pipeline, RejectionReason, Stage, StageRequirement
from deals.models.products import DealLine, ListPrice, PriceList, Product, ProductCategory
from deals.models.sent_documents import DocumentOpening, DocumentRoute, InvoiceReminder

__all__ = [
    "BankEntry",
    "Deal",
    "DealLine",
    "DocumentOpening",
    "DocumentRoute",
    "DocumentSettings",
    "Invoice",
    "InvoiceReminder",
    "ListPrice",
    "OurCompany",
    "Payment",
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
    "StatementImport",
]
