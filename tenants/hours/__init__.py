"""Who works when, in which time zone, who is away and who is on duty; see docs/routing.md.

book_of(request.tenant).of(member).minutes_between(start, end)
"""

from tenants.hours.book import Away, HoursBook, Shift, Terms, book_of, current_book, read_book, usual_week
from tenants.hours.calendar import Span, Week, WorkCalendar, span_text, spans_text
from tenants.hours.duty import people_at_work

__all__ = [
    "Away",
    "HoursBook",
    "Shift",
    "Span",
    "Terms",
    "Week",
    "WorkCalendar",
    "book_of",
    "current_book",
    "people_at_work",
    "read_book",
    "span_text",
    "spans_text",
    "usual_week",
]
