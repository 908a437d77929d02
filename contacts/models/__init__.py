"""The clients: people, companies, how to reach them, and where they heard of us."""

from contacts.models.categories import CompanyCategory
from contacts.models.companies import Company, CompanyMember, CompanyPoint, LegalDetails
from contacts.models.contacts import Contact, IdentityKey
from contacts.models.duplicates import CompanyMatchKey, CompanyPair, ContactMatchKey, ContactPair, Pair
from contacts.models.imports import ExternalId, Import, ImportBite, ImportMapping
from contacts.models.merges import Merge, MergedCard, MergeMove
from contacts.models.sources import CampaignSource, CostOrigin, Source, SourceCost, SourceGroup

__all__ = [
    "CampaignSource",
    "Company",
    "CompanyCategory",
    "CompanyMatchKey",
    "CompanyMember",
    "CompanyPair",
    "CompanyPoint",
    "Contact",
    "ContactMatchKey",
    "ContactPair",
    "CostOrigin",
    "ExternalId",
    "IdentityKey",
    "Import",
    "ImportBite",
    "ImportMapping",
    "LegalDetails",
    "Merge",
    "MergeMove",
    "MergedCard",
    "Pair",
    "Source",
    "SourceCost",
    "SourceGroup",
]
