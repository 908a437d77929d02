"""Advertising costs from the files of platforms: one row, one campaign's money of a day (or of some days)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from contacts.folding import fold
from contacts.importing.context import Context, Mistake, Reader
from contacts.importing.kinds import CREATED, FAILED, SKIPPED, UPDATED, Field, Outcome, Row
from contacts.importing.platforms import COSTS, is_total, platform_of
from contacts.models import CampaignSource, CostOrigin, Source, SourceCost
from contacts.sources.cuts import LONGEST_DETAIL, Cut, Key, cut_of, days_of, detail_of
from contacts.sources.rules import LONGEST
from core import formats
from core.tabular import values
from tenants.models import Membership

NOT_OF_FILES = (CostOrigin.HAND, CostOrigin.API)


def fields() -> list[Field]:
    """List what a column can hold."""
    main, more = gettext_lazy("Main"), gettext_lazy("More")
    return [
        Field("day", gettext_lazy("Day"), group=main, **COSTS["day"]),
        Field("campaign", gettext_lazy("Campaign"), group=main, **COSTS["campaign"]),
        Field("amount", pgettext_lazy("money", "Spent"), group=main, **COSTS["amount"]),
        Field("currency", gettext_lazy("Currency"), group=main, **COSTS["currency"]),
        Field("source", gettext_lazy("Source"), group=more, **COSTS["source"]),
        Field("starts_on", gettext_lazy("First day"), group=more, **COSTS["starts_on"]),
        Field("ends_on", gettext_lazy("Last day"), group=more, **COSTS["ends_on"]),
        Field(
            "detail",
            gettext_lazy("Tells rows of one day apart (group, device)"),
            group=more,
            is_many=True,
            **COSTS["detail"],
        ),
    ]


def more_options(member: Membership) -> dict[str, forms.Field]:
    """Ask whose file it is."""
    told = [(one.value, one.label) for one in CostOrigin if one not in NOT_OF_FILES]
    return {
        "platform": forms.ChoiceField(
            label=gettext_lazy("Advertising platform"),
            required=False,
            choices=[("", gettext_lazy("As its columns tell")), *told],
            help_text=gettext_lazy(
                "The columns' names of Yandex Direct, VK Ads and Google Ads are known from memory and were not checked "
                "against a file of today: look at the columns above. Export with a breakdown by day."
            ),
        )
    }


@dataclasses.dataclass(slots=True)
class Draft:
    """One row, read."""

    number: int
    origin: str
    campaign: str
    detail: str
    cut: Cut
    amount: Decimal
    currency: str
    source: Source | None

    @property
    def key(self) -> Key:
        return self.origin, self.campaign, self.detail, self.cut[0], self.cut[1], self.currency


class CostLoader:
    """Plans and writes rows of costs. A day of a campaign is loaded in one cut only: two would double the money."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.known: dict[Key, SourceCost] = {}
        self.rows: dict[Key, int] = {}  # of this file
        self.cuts: dict[tuple[str, str, dt.date], Cut] = {}
        self.campaigns: dict[tuple[str, str], Source] = {}

    def plan(self, rows: Sequence[Row]) -> list[Outcome]:
        """Decide about some hundred rows; two queries."""
        self.campaigns = {
            (one.origin, one.campaign): one.source for one in CampaignSource.objects.select_related("source")
        }
        read = [self._read(row) for row in rows]
        self._know([one for one in read if isinstance(one, Draft)])
        return [self._settle(one) if isinstance(one, Draft) else one for one in read]

    def write(self, outcomes: Sequence[Outcome], *, now: dt.datetime) -> None:
        made = [one for one in outcomes if one.state == CREATED]
        SourceCost.objects.bulk_create(one.plan for one in made)
        changed = [one.plan for one in outcomes if one.state == UPDATED]
        SourceCost.objects.bulk_update(changed, ["amount", "source"])
        for outcome in outcomes:
            if outcome.state in (CREATED, UPDATED):
                outcome.target_id = outcome.plan.pk

    def forget(self) -> None:
        """Forget what the database tells anew; which rows of the file had which key stays true."""
        self.known, self.cuts = {}, {}

    def undo(self, rows: Sequence[Sequence[Any]], *, now: dt.datetime) -> list[tuple[int, str]]:
        """Delete what was made and put changed amounts back, where nobody has changed them since."""
        ids = [uuid.UUID(row[2]) for row in rows if row[2]]
        costs = {cost.pk: cost for cost in SourceCost.objects.filter(pk__in=ids).select_for_update()}
        stay, going, changed = [], [], []
        for number, state, target, _reason, kept in rows:
            cost = costs.get(uuid.UUID(target)) if target else None
            if cost is None:
                continue
            if str(cost.amount) != kept["after"]:
                stay.append((number, _("Stays: a later file has changed the amount.")))
            elif state == CREATED:
                going.append(cost.pk)
            else:
                cost.amount = Decimal(kept["before"])
                cost.source_id = uuid.UUID(kept["source"]) if kept["source"] else None
                changed.append(cost)
        SourceCost.objects.bulk_update(changed, ["amount", "source"])
        SourceCost.objects.filter(pk__in=going).delete()
        return stay

    def _read(self, row: Row) -> Draft | Outcome:
        cells = [text for column in row.cells.values() for _head, text in column]
        if is_total(cells):
            return Outcome(row.number, SKIPPED, _("The sum of the table."))
        try:
            draft = self._draft(Reader(self.context, row))
        except Mistake as mistake:
            return Outcome(row.number, FAILED, str(mistake))
        return draft if draft.amount else Outcome(row.number, SKIPPED, _("Nothing was spent."), _shown(draft))

    def _draft(self, reader: Reader) -> Draft:
        amount = reader.amount("amount")
        if amount is None:
            raise Mistake(_("The row names no amount."))
        if amount < 0:
            raise Mistake(_("Money spent is not negative."))
        heads = [head for column in reader.row.cells.values() for head, _text in column]
        origin = self.context.options.extra.get("platform") or platform_of(heads).value
        campaign = reader.text("campaign", 200)
        details = reader.row.cells.get("detail", ())
        first, last = _days(reader)
        return Draft(
            number=reader.row.number,
            origin=origin,
            campaign=campaign,
            detail=_detail(details),
            cut=cut_of(first, last, _detail(details)),
            amount=amount,
            currency=_currency(reader) or self.context.by.tenant.currency,
            source=self._source(reader, origin, campaign),
        )

    def _source(self, reader: Reader, origin: str, campaign: str) -> Source | None:
        """As the row says, as was said of the campaign before, as the campaign is called, as the options say."""
        said = reader.named("source", self.context.sources, _("There is no source “%(text)s”."))
        remembered = self.campaigns.get((origin, campaign))
        named = self.context.sources.get(fold(campaign)) if campaign else None
        return said or remembered or named or self.context.default_source

    def _know(self, drafts: Sequence[Draft]) -> None:
        if not drafts:
            return
        loaded = SourceCost.objects.filter(
            campaign__in={draft.campaign for draft in drafts},
            starts_on__lte=max(draft.cut[1] for draft in drafts),
            ends_on__gte=min(draft.cut[0] for draft in drafts),
        ).exclude(origin=CostOrigin.HAND)
        for cost in loaded:
            draft = _draft_of(cost)
            self.known.setdefault(draft.key, cost)
            self._note_cut(draft)

    def _note_cut(self, draft: Draft) -> None:
        for day in days_of(draft.cut):
            self.cuts.setdefault((draft.origin, draft.campaign, day), draft.cut)

    def _settle(self, draft: Draft) -> Outcome:
        shown = _shown(draft)
        if (earlier := self.rows.setdefault(draft.key, draft.number)) != draft.number:
            told = _("The same campaign and day stand in row %(row)s: map the column that tells them apart.")
            return Outcome(draft.number, FAILED, told % {"row": earlier}, shown)
        others = {self.cuts.get((draft.origin, draft.campaign, day)) for day in days_of(draft.cut)}
        if others - {None, draft.cut}:
            told = _("Costs of these days are there in another breakdown: undo that import first.")
            return Outcome(draft.number, FAILED, told, shown)
        known = self.known.get(draft.key)
        return self._made(draft, shown) if known is None else _changed(draft, known, shown)

    def _made(self, draft: Draft, shown: dict[str, str]) -> Outcome:
        cost = SourceCost(
            source=draft.source,
            campaign=draft.campaign,
            origin=draft.origin,
            detail=draft.detail,
            starts_on=draft.cut[0],
            ends_on=draft.cut[1],
            amount=draft.amount,
            currency=draft.currency,
        )
        self._note_cut(draft)
        return Outcome(
            draft.number, CREATED, shown=shown, plan=cost, kept={"before": None, "after": str(draft.amount)}
        )


def _changed(draft: Draft, cost: SourceCost, shown: dict[str, str]) -> Outcome:
    is_filled = cost.source_id is None and draft.source is not None
    if cost.amount == draft.amount and not is_filled:
        return Outcome(draft.number, SKIPPED, _("Loaded before."), shown)
    kept = {
        "before": str(cost.amount),
        "after": str(draft.amount),
        "source": str(cost.source_id) if cost.source_id else None,
    }
    was = formats.money(cost.amount, cost.currency)
    cost.amount = draft.amount
    if is_filled:
        cost.source = draft.source
    return Outcome(
        draft.number, UPDATED, _("It was %(amount)s.") % {"amount": was}, shown, plan=cost, kept=kept
    )


def _draft_of(cost: SourceCost) -> Draft:
    """Read a cost that is there as the row it came from."""
    cut = cut_of(cost.starts_on, cost.ends_on, cost.detail)
    return Draft(0, cost.origin, cost.campaign, cost.detail, cut, cost.amount, cost.currency, None)


def _detail(cells: Sequence[tuple[str, str]]) -> str:
    whole = detail_of(cells)
    if len(whole) > LONGEST_DETAIL:
        raise Mistake(_("Too many columns tell the rows of one day apart."))
    return whole


def _days(reader: Reader) -> tuple[dt.date, dt.date]:
    day, first, last = (reader.day(name) for name in ("day", "starts_on", "ends_on"))
    first, last = (day, day) if day else (first, last)
    if first is None or last is None:
        raise Mistake(_("The row names no day: export with a breakdown by day."))
    if last < first:
        raise Mistake(_("The period ends before it begins."))
    if (last - first).days >= LONGEST:
        raise Mistake(_("The row covers more than a year: export with a breakdown by day."))
    return first, last


def _currency(reader: Reader) -> str:
    """Read the currency's column, else what stands beside the amount or in its column's name."""
    told = reader.text("currency", 10).upper()
    if len(told) == 3 and told.isalpha() and told.isascii():
        return told
    beside = " ".join(f"{head} {text}" for head, text in reader.row.cells.get("amount", ()))
    return values.currency(f"{told} {beside}")


def _shown(draft: Draft) -> dict[str, str]:
    first, last, _by = draft.cut
    return {
        "day": formats.short_date(first) if first == last else "",
        "starts_on": formats.short_date(first),
        "ends_on": formats.short_date(last),
        "campaign": draft.campaign,
        "amount": formats.money(draft.amount, draft.currency),
        "currency": draft.currency,
        "source": str(draft.source or "—"),
        "detail": draft.detail.replace("\t", ": ").replace("\n", "; "),
    }
