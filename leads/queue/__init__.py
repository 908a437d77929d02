"""Unsorted: its tabs, its order, and its rows made ready to print."""

from leads.queue.reading import Page, counts, kind_counts, leads_of, read_page
from leads.queue.rows import Row, make_row, make_rows
from leads.queue.state import DEFAULT_TAB, KINDS, TABS, QueueState

__all__ = [
    "DEFAULT_TAB",
    "KINDS",
    "TABS",
    "Page",
    "QueueState",
    "Row",
    "counts",
    "kind_counts",
    "leads_of",
    "make_row",
    "make_rows",
    "read_page",
]
