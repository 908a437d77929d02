"""Rows of reports: figures counted beforehand, and what is known about how fresh they are."""

from reports.models.cells import (
    Cell,
    DealCell,
    DealOrigin,
    DealPeople,
    DealStay,
    Grain,
    LeadCell,
    LeadOrigin,
    LeadPeople,
)
from reports.models.rollups import Change, Rollup, Subject
from reports.models.schedules import Recipient, Schedule

__all__ = [
    "Cell",
    "Change",
    "DealCell",
    "DealOrigin",
    "DealPeople",
    "DealStay",
    "Grain",
    "LeadCell",
    "LeadOrigin",
    "LeadPeople",
    "Recipient",
    "Rollup",
    "Schedule",
    "Subject",
]
