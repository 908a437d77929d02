"""The best of the month: standings by one measure, what was won in all, and the deals won today."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from core import formats
from core.listing import listing_for
from reports.managers import charts
from reports.managers.measures import DEALS, RANKED_BY, WON, WON_SUM
from reports.managers.report import ManagersReport
from reports.managers.rows import sums_in_words
from reports.queries.managers import Figures
from tenants.models import Membership

PLACES, DEALS_SHOWN = 8, 6


class Board:
    """What the screen shows, within the reader's own reach; lazy.

    Ahead is who has more of the measure; of equals, who won more deals. Equals in both share a place.
    """

    def __init__(self, member: Membership, given: QueryDict) -> None:
        params = QueryDict(mutable=True)
        params["period"] = "month"
        for name in ("measure", "department"):
            params.setlist(name, given.getlist(name))
        self.member, self.given = member, given
        self.report = ManagersReport(member, params)

    @property
    def now(self) -> dt.datetime:
        return timezone.now()

    @property
    def month(self) -> str:
        return formats.month_and_year(self.report.today)

    @property
    def measure(self) -> Any:
        return RANKED_BY[self.report.measure]

    @property
    def ranks(self) -> list[dict[str, Any]]:
        """The measures one may switch to."""
        return [
            {"label": label, "key": key, "is_on": key == self.report.measure}
            for key, label in self.report.ranked_by.items()
        ]

    @cached_property
    def standings(self) -> list[dict[str, Any]]:
        """The first places: who has none of the measure has no place."""
        report, found = self.report, []
        place, before = 0, None
        for position, (group, figures) in enumerate(self._ahead()[:PLACES], 1):
            reached = (report.value(figures, report.measure), figures.count(WON.key))
            if reached != before:
                place, before = position, reached
            found.append(
                {
                    "place": place,
                    "name": report.names[group],
                    "key": str(group),
                    "value": charts.shown(report, reached[0]),
                    "won": figures.count(WON.key),
                    "percent": round(100 * reached[0] / self._most),
                }
            )
        return found

    def _ahead(self) -> list[tuple[Any, Figures]]:
        report = self.report
        ranked = [pair for pair in report.ranking if pair[0] is not None]
        return [pair for pair in ranked if report.value(pair[1], report.measure) > 0]

    @cached_property
    def _most(self) -> Any:
        return self.report.value(self._ahead()[0][1], self.report.measure)

    @property
    def has_deals(self) -> bool:
        return self.report.sees(DEALS)

    @cached_property
    def won(self) -> dict[str, Any]:
        """What all together won this month."""
        whole = self.report.whole
        return {"count": whole.count(WON.key), "sums": sums_in_words(whole)}

    @cached_property
    def today(self) -> dict[str, Any]:
        """The deals won today, the newest first, and their sums."""
        rows = self._won_today()
        sums: dict[str, Any] = {}
        for row in rows:
            sums[row["currency"]] = sums.get(row["currency"], 0) + (row["amount"] or 0)
        return {
            "count": len(rows),
            "sums": sums_in_words(Figures(sums=sums)) if any(sums.values()) else [],
            "deals": rows[:DEALS_SHOWN],
            "hidden": max(0, len(rows) - DEALS_SHOWN),
        }

    def _won_today(self) -> list[dict[str, Any]]:
        report = self.report
        if report.reach(DEALS).is_nobody:
            return []
        filters = report.filters(DEALS, QueryDict("period=today"))
        filters["state"] = "won"
        rows = listing_for(DEALS.page).filtered(self.member, filters).qs.order_by("-closed_at", "-pk")
        return list(rows.values("title", "amount", "currency", "closed_at", "owner_id", "owner__name"))

    @property
    def is_by_sum(self) -> bool:
        return self.report.measure == WON_SUM
