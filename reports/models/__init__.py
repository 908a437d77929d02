"""Rows of reports: figures counted beforehand, and what is known about how fresh they are."""

from reports.models.cells import (
    AnswerCell,
    Cell,
    DealCell,
    DealMove,
    DealOrigin,
    DealPeople,
    DealShare,
    DealStay,
    Grain,
    LeadAnswer,
    LeadAnswerPeople,
    LeadCell,
    LeadHour,
    LeadOrigin,
    LeadPeople,
    LeadRegion,
)
from reports.models.rollups import Change, Rollup, Subject
from reports.models.schedules import Recipient, Schedule
from reports.models.start import StartPage

__all__ = [
    "AnswerCell",
    "Cell",
    "Change",
    "DealCell",
    "DealMove",
    "DealOrigin",
    "DealPeople",
    "DealShare",
    "DealStay",
    "Grain",
    "LeadAnswer",
    "LeadAnswerPeople",
    "LeadCell",
    "LeadHour",
    "LeadOrigin",
    "LeadPeople",
    "LeadRegion",
    "Recipient",
    "Rollup",
    "Schedule",
    "StartPage",
    "Subject",
]
