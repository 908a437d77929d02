"""What changed, in one sentence on top of a report: the figures below say how much and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from core import formats
from reports.exchange import Exchange
from reports.managers.measures import DEALS
from reports.money_rows import MoneyRow
from reports.queries.cohorts import CohortRow
from reports.queries.flows import Flows
from reports.queries.funnel import Funnel
from reports.queries.leads import Group, ReasonRow
from reports.queries.leaks import Leak
from reports.queries.losses import Losses
from reports.queries.managers import Figures
from reports.queries.peaks import Peaks
from reports.queries.response import Responses

if TYPE_CHECKING:
    from reports.managers.report import ManagersReport

Sentence = dict[str, str]  # what: in bold; why: after it


def _against(now: int, was: int, more: str, fewer: str, same: str) -> str:
    """Fill in one of three sentences, by which way a count went."""
    chosen = same if now == was else more if now > was else fewer
    return chosen % {"now": formats.number(now), "was": formats.number(was)}


def of_leads(whole: Group, old: Group | None) -> Sentence:
    """R1: whether more leads came than before, and how many of them were converted."""
    if old is None or not (whole.total or old.total):
        return {}
    what = _against(
        whole.total,
        old.total,
        _("More leads: %(now)s against %(was)s."),
        _("Fewer leads: %(now)s against %(was)s."),
        _("As many leads as before: %(now)s."),
    )
    shares = {
        "now": formats.percent(whole.share("converted")),
        "was": formats.percent(old.share("converted")),
    }
    return {"what": what, "why": _("Of them converted: %(now)s, before: %(was)s.") % shares}


def of_quality(
    groups: Sequence[Group], whole: Group, old: Mapping[Any, Group], old_whole: Group | None
) -> Sentence:
    """R3: whether more targeted leads came than before, and which group did it."""
    if old_whole is None or not (whole.total or old_whole.total):
        return {}
    now, was = whole.counts["targeted"], old_whole.counts["targeted"]
    what = _against(
        now,
        was,
        _("More targeted leads: %(now)s against %(was)s."),
        _("Fewer targeted leads: %(now)s against %(was)s."),
        _("As many targeted leads as before: %(now)s."),
    )
    if now == was:
        return {"what": what, "why": ""}
    changes = [
        (g.counts["targeted"] - (old[g.value].counts["targeted"] if g.value in old else 0), g.name)
        for g in groups
    ]
    current = {g.value for g in groups}
    changes += [(-g.counts["targeted"], g.name) for value, g in old.items() if value not in current]
    change, name = max(changes) if now > was else min(changes)
    why = _("Most of it: %(name)s (%(change)s).") % {"name": name, "change": formats.signed(change)}
    return {"what": what, "why": why}


def of_reasons(found: Sequence[ReasonRow], whole: int, was: int | None) -> Sentence:
    """R2: whether more leads were rejected than before, and the commonest reason."""
    if was is None or not (whole or was):
        return {}
    what = _against(
        whole,
        was,
        _("More leads rejected: %(now)s against %(was)s."),
        _("Fewer leads rejected: %(now)s against %(was)s."),
        _("As many leads rejected as before: %(now)s."),
    )
    named = [row for row in found if row.value is not None]
    if not named:
        return {"what": what, "why": ""}
    share = formats.percent(100 * named[0].total / whole)
    why = _("Most often: %(name)s (%(share)s).") % {"name": named[0].name, "share": share}
    return {"what": what, "why": why}


def of_funnel(funnel: Funnel) -> Sentence:
    """R6: how many deals were won, and the stage that loses most of them."""
    if not funnel.total or not funnel.rows:
        return {}
    what = _("%(won)s of %(all)s deals won.") % {
        "won": formats.number(funnel.won),
        "all": formats.number(funnel.total),
    }
    worst = max(funnel.rows, key=lambda row: row.left)
    if not worst.left:
        return {"what": what, "why": ""}
    told = {"stage": formats.inner(worst.stage.name), "n": formats.number(worst.left)}
    return {"what": what, "why": _("Most leave at “%(stage)s”: %(n)s.") % told}


def of_losses(
    found: Losses, old: Losses | None, reasons: Mapping[Any, str], stages: Mapping[Any, str]
) -> Sentence:
    """R6: how many deals were lost, and at which stage and why most of them."""
    if not found.total:
        return {}
    what = _("%(lost)s of %(all)s deals lost.") % {
        "lost": formats.number(found.lost),
        "all": formats.number(found.total),
    }
    if old is not None and found.lost != old.lost:
        told = {"now": formats.number(found.lost), "was": formats.number(old.lost)}
        more, fewer = (
            _("More deals lost: %(now)s against %(was)s."),
            _("Fewer deals lost: %(now)s against %(was)s."),
        )
        what = (more if found.lost > old.lost else fewer) % told
    named = [(count, key) for key, count in found.cells.items() if key[0] is not None and key[1] in stages]
    if not named:
        return {"what": what, "why": ""}
    count, (reason, stage) = max(named, key=lambda pair: pair[0])
    said = {
        "stage": formats.inner(stages[stage]),
        "reason": formats.inner(reasons[reason]),
        "n": formats.number(count),
    }
    return {"what": what, "why": _("Most often at “%(stage)s” because of “%(reason)s”: %(n)s.") % said}


def of_cohorts(rows: Sequence[CohortRow], within: int) -> Sentence:
    """R6: the best and the last of the cohorts whose time is over."""
    ripe = [row for row in rows if row.total and row.share(within) is not None]
    if not ripe:
        return {}
    last, best = ripe[-1], max(ripe, key=lambda row: row.share(within) or 0)
    what = _("Of the deals of %(month)s, %(share)s were won within %(days)s days.") % {
        "month": formats.inner(last.label),
        "share": formats.percent(last.share(within) or 0),
        "days": within,
    }
    if best is last:
        return {"what": what, "why": _("No earlier month did better.") if len(ripe) > 1 else ""}
    told = {"month": formats.inner(best.label), "share": formats.percent(best.share(within) or 0)}
    return {"what": what, "why": _("Best: %(month)s with %(share)s.") % told}


def of_flows(flows: Flows, stages: Mapping[Any, str]) -> Sentence:
    """R6: how many deals went back, and between which stages most of them."""
    if not flows.total:
        return {}
    back = [flow for flow in flows.flows if flow.way == "back"]
    if not back:
        return {"what": _("No deal went back a stage."), "why": ""}
    most = max(back, key=lambda flow: flow.deals)
    told = {
        "from": formats.inner(stages.get(most.from_stage, "")),
        "to": formats.inner(stages.get(most.to_stage, "")),
        "n": formats.number(most.deals),
        "all": formats.number(flows.total),
    }
    return {
        "what": _("Most often back from “%(from)s” to “%(to)s”: %(n)s of %(all)s deals.") % told,
        "why": "",
    }


def of_response(whole: Responses, old: Responses | None) -> Sentence:
    """R4: whether the usual client waits longer than before, and how many were not processed."""
    now, was = whole.median_min, old.median_min if old else None
    if now is None or was is None:
        return {}
    chosen = (
        _("Clients are answered as fast as before: in %(now)s.")
        if round(now) == round(was)
        else _("Clients are answered slower: in %(now)s against %(was)s.")
        if now > was
        else _("Clients are answered faster: in %(now)s against %(was)s.")
    )
    told = {"now": formats.minutes(round(now)), "was": formats.minutes(round(was))}
    why = _("Not processed: %(n)s, that is %(share)s.") % {
        "n": formats.number(whole.unprocessed),
        "share": formats.percent(whole.unprocessed_share),
    }
    return {"what": chosen % told, "why": why}


def of_peaks(now: Peaks, old: Peaks | None, weekdays: Sequence[tuple[str, Any]]) -> Sentence:
    """R5: the hour of the week in which most clients come, and whether it was another one before."""
    if not now.by_week:
        return {}
    busiest = _busiest(now)
    told = {"when": _week_hour(busiest, weekdays), "n": formats.number(now.by_week[busiest])}
    what = _("%(when)s is the busiest hour: %(n)s.") % told
    if old is None or not old.by_week:
        return {"what": what, "why": ""}
    before = _busiest(old)
    if before == busiest:
        return {"what": what, "why": _("It was the same before.")}
    return {"what": what, "why": _("%(when)s was it before.") % {"when": _week_hour(before, weekdays)}}


def _busiest(peaks: Peaks) -> tuple[int, int]:
    return min(peaks.by_week, key=lambda cell: (-peaks.by_week[cell], cell))


def _week_hour(cell: tuple[int, int], weekdays: Sequence[tuple[str, Any]]) -> str:
    return f"{weekdays[cell[0] - 1][1]}, {cell[1]}:00"


def of_leaks(leaks: Sequence[tuple[Any, Leak]], currency: str) -> Sentence:
    """R12: where most rows leak, and where most money of the tenant's own currency does."""
    if not any(leak.count for _title, leak in leaks):
        return {}
    title, worst = max(leaks, key=lambda pair: pair[1].count)
    told = {"title": formats.inner(str(title)), "n": formats.number(worst.count)}
    what = _("The largest leak: %(title)s (%(n)s).") % told
    richest, amount = max(
        ((title, dict(leak.amounts).get(currency, 0)) for title, leak in leaks), key=lambda pair: pair[1]
    )
    if not amount:
        return {"what": what, "why": ""}
    told = {"title": formats.inner(str(richest)), "amount": formats.money_short(amount, currency)}
    return {"what": what, "why": _("Most money lies here: %(title)s, %(amount)s.") % told}


def of_regions(groups: Sequence[Group], whole: Group, old: Group | None) -> Sentence:
    """R9: whether more leads came than before, and which region sends most."""
    said = of_leads(whole, old)
    named = [group for group in groups if group.value]
    if not said or not named:
        return said
    told = {"name": named[0].name, "share": formats.percent(100 * named[0].total / whole.total)}
    return {"what": said["what"], "why": _("The first region: %(name)s (%(share)s).") % told}


def of_money(whole: MoneyRow, old: MoneyRow | None, rows: Sequence[MoneyRow]) -> Sentence:
    """R8: what was earned on what was spent, against the period before, and who brought or lost most."""
    if not (whole.cost or whole.revenue):
        return {}
    sums = {
        "cost": formats.money_short(whole.cost, whole.currency),
        "revenue": formats.money_short(whole.revenue, whole.currency),
    }
    what = _("Spent %(cost)s, earned %(revenue)s.") % sums
    parts = []
    if whole.roi_percent is not None and old is not None and old.roi_percent is not None:
        shares = {"now": formats.percent(whole.roi_percent), "was": formats.percent(old.roi_percent)}
        parts.append(_("ROI %(now)s, before: %(was)s.") % shares)
    worst = min(rows, key=lambda row: row.profit, default=None)
    if worst is not None and worst.profit < 0:
        told = {"name": worst.name, "sum": formats.money_short(-worst.profit, worst.currency)}
        parts.append(_("Most is lost on: %(name)s (%(sum)s).") % told)
    return {"what": what, "why": " ".join(parts)}


def of_explorer(label: str, now: Any, was: Any, now_shown: str, was_shown: str) -> Sentence:
    """Say whether a figure grew or fell against the period it is compared with."""
    if not (now or was):
        return {}
    chosen = (
        _("%(label)s: as before, %(now)s.")
        if now == was
        else _("%(label)s: more, %(now)s against %(was)s.")
        if now > was
        else _("%(label)s: less, %(now)s against %(was)s.")
    )
    return {"what": chosen % {"label": label, "now": now_shown, "was": was_shown}, "why": ""}


def of_managers(report: ManagersReport) -> Sentence:
    """R7: whether more was won than before, or more calls were made, and who is ahead."""
    now, old = report.whole, report.earlier_whole
    if old is None:
        return {}
    if report.sees(DEALS) and (now.sums or old.sums):
        what = _won_against(report.exchange, now, old)
    elif now.count("calls") or old.count("calls"):
        what = _against(
            now.count("calls"),
            old.count("calls"),
            _("More calls: %(now)s against %(was)s."),
            _("Fewer calls: %(now)s against %(was)s."),
            _("As many calls as before: %(now)s."),
        )
    else:
        return {}
    first = next(((group, one) for group, one in report.ranking if group is not None), None)
    if first is None or len(report.ranking) < 2 or not report.value(first[1], report.measure):
        return {"what": what, "why": ""}
    return {"what": what, "why": _("Ahead: %(name)s.") % {"name": report.names[first[0]]}}


def _won_against(exchange: Exchange, now: Figures, old: Figures) -> str:
    totals = exchange.total(now.sums), exchange.total(old.sums)
    chosen = (
        _("As much won as before: %(now)s.")
        if totals[0] == totals[1]
        else _("More won: %(now)s against %(was)s.")
        if totals[0] > totals[1]
        else _("Less won: %(now)s against %(was)s.")
    )
    told = [formats.money_short(total, exchange.currency) for total in totals]
    return chosen % {"now": told[0], "was": told[1]}
