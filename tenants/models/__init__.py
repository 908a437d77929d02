"""Who owns the rows, who works with them, and what they may do."""

from tenants.models.api_tokens import ApiToken, ApiTokenRoute
from tenants.models.custom_fields import (
    CustomField,
    CustomValued,
    Directory,
    DirectoryElement,
    FieldFile,
    FieldValue,
    custom_values_index,
)
from tenants.models.hours import Absence, DutyShift, Holiday, WorkInterval, WorkSchedule
from tenants.models.jobs import Job
from tenants.models.mail import OutgoingLetter
from tenants.models.people import Department, Invitation, Membership, Office, Role
from tenants.models.rates import CurrencyRate
from tenants.models.series import NumberSeries
from tenants.models.tenant import Seat, Tenant, User
from tenants.models.views import ListPreference, SavedView

__all__ = [
    "Absence",
    "ApiToken",
    "ApiTokenRoute",
    "CurrencyRate",
    "CustomField",
    "CustomValued",
    "Department",
    "Directory",
    "DirectoryElement",
    "DutyShift",
    "FieldFile",
    "FieldValue",
    "Holiday",
    "Invitation",
    "Job",
    "ListPreference",
    "Membership",
    "NumberSeries",
    "Office",
    "OutgoingLetter",
    "Role",
    "SavedView",
    "Seat",
    "Tenant",
    "User",
    "WorkInterval",
    "WorkSchedule",
    "custom_values_index",
]
