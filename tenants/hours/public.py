"""Public holidays of countries, with the days off that are moved by decree; needs no database."""

from __future__ import annotations

import dataclasses
import datetime as dt


@dataclasses.dataclass(frozen=True, slots=True)
class PublicDay:
    """A day off, or a weekend day that was made a working day."""

    on: dt.date
    name: str
    is_working: bool = False


def public_holidays(country: str, year: int, language: str) -> list[PublicDay]:
    """List a year of a country in order; an unknown country has none.

    Names are in `language` where the calendar knows it, else in English.
    """
    import holidays  # heavy, and only needed here
    from django.utils.translation import gettext as _

    try:
        known = holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return []
    spoken = next((code for code in known.supported_languages if code.split("_")[0] == language), "en_US")
    if spoken in known.supported_languages:
        known = holidays.country_holidays(country, years=year, language=spoken)
    moved = [
        PublicDay(day, _("Working day, moved"), is_working=True)
        for day in known.weekend_workdays
        if day.year == year and day not in known
    ]
    return sorted([*(PublicDay(day, name[:150]) for day, name in known.items()), *moved], key=lambda d: d.on)
