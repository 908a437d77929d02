"""The calendar: a day, a week or a month of what is planned, of one person or of a team (A4)."""

from activities.planner.reading import Planner

__all__ = ["Planner"]
