"""The clients: people, companies, how to reach them, and where they heard of us."""

from contacts.models.companies import Company, CompanyMember, CompanyPoint, LegalDetails
from contacts.models.contacts import Contact, IdentityKey
from contacts.models.sources import Source, SourceCost, SourceGroup

__all__ = [
    "Company",
    "CompanyMember",
    "CompanyPoint",
    "Contact",
    "IdentityKey",
    "LegalDetails",
    "Source",
    "SourceCost",
    "SourceGroup",
]
