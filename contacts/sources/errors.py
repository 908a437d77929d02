"""What is refused of costs. `field` names what is wrong with it, on a form, in a row of many and in the API."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Conflict, Refusal


class CostRefused(Refusal):
    field = ""


class PeriodBackwards(CostRefused):
    code, field = "period_backwards", "ends_on"

    def default_message(self) -> Promise:
        return gettext_lazy("The period ends before it begins.")


class PeriodTooLong(CostRefused):
    code, field = "period_too_long", "ends_on"

    def default_message(self) -> Promise:
        return gettext_lazy("A cost covers a year at most: write more down year by year.")


class ImpossibleDay(CostRefused):
    code = "impossible_day"

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__()

    def default_message(self) -> Promise:
        return gettext_lazy("This day is too far away.")


class NegativeAmount(CostRefused):
    code, field = "negative_amount", "amount"

    def default_message(self) -> Promise:
        return gettext_lazy("Money spent is not negative.")


class NotAnAmount(CostRefused):
    code, field = "not_an_amount", "amount"

    def default_message(self) -> Promise:
        return gettext_lazy("An amount is a text such as “1250.00”: digits, a point, at most two more.")


class AmountTooLarge(CostRefused):
    code, field = "amount_too_large", "amount"

    def default_message(self) -> Promise:
        return gettext_lazy("The amount is too large.")


class UnknownCurrency(CostRefused):
    code, field = "unknown_currency", "currency"

    def __init__(self, currency: str, known: str) -> None:
        told = _("%(currency)s is not a currency used here: %(known)s.") % {
            "currency": currency or "—",
            "known": known,
        }
        super().__init__(told)


class UnknownSource(CostRefused):
    """No source of the company has this id, or it is another company's."""

    code, field = "unknown_source", "source_id"

    def default_message(self) -> Promise:
        return gettext_lazy("There is no such source.")


class BreakdownTooLong(CostRefused):
    code, field = "breakdown_too_long", "breakdown"

    def default_message(self) -> Promise:
        return gettext_lazy("Too many columns tell the rows of one day apart.")


class OtherBreakdown(Conflict):
    """These days of the campaign are there in another cut: both together would double the money."""

    code, field = "other_breakdown", "starts_on"

    def default_message(self) -> Promise:
        return gettext_lazy("Costs of these days are there in another breakdown.")


class SameCost(Conflict):
    """The same campaign, days, breakdown and currency under another name."""

    code, field = "same_cost", "external_id"

    def __init__(self, other: str) -> None:
        super().__init__(_("The same campaign and days are there as %(other)s.") % {"other": other})


class SentTwice(CostRefused):
    code, field = "sent_twice", "external_id"

    def __init__(self, row: int) -> None:
        super().__init__(_("Row %(row)s has the same external_id.") % {"row": row})


class CostOfFile(Conflict):
    """What a file told is changed by loading the file again, or by undoing that import."""

    code = "cost_of_file"

    def default_message(self) -> Promise:
        return gettext_lazy("This cost came with a file: load a newer one, or undo that import.")
