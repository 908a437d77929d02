"""What the services of products and lines refuse, each by a name of its own."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Refusal


class CurrencyHeldByLines(Refusal):
    """A deal with lines keeps its currency: their prices would mean something else."""

    code = "currency_held_by_lines"

    def default_message(self) -> str | Promise:
        return _("The deal has lines priced in its currency: remove them before changing it.")


class OtherCurrency(Refusal):
    """A price in another currency than the deal's is no price of the deal (D7)."""

    code = "other_currency"

    def __init__(self, *, product: str, product_currency: str, currency: str) -> None:
        told = {"product": product, "its": product_currency, "deals": currency}
        super().__init__(
            _("“%(product)s” is priced in %(its)s, the deal is in %(deals)s: give the price yourself.") % told
        )


class DiscountTooLarge(Refusal):
    """Nothing is sold for less than nothing."""

    code = "discount_too_large"

    def default_message(self) -> str | Promise:
        return _("The discount is larger than the price of the line.")


class SumTooLarge(Refusal):
    """More than an amount can hold."""

    code = "sum_too_large"

    def default_message(self) -> str | Promise:
        return _("The sum is too large: check quantity and price.")


class TooManyLines(Refusal):
    """A deal has so many lines and no more."""

    code = "too_many_lines"

    def default_message(self) -> str | Promise:
        return _("A deal may have 200 lines.")


class LineGone(Conflict):
    """Somebody removed the line meanwhile."""

    code = "line_gone"

    def default_message(self) -> str | Promise:
        return _("This line was removed meanwhile.")


class WrongPriceList(Refusal):
    """A price list in another currency, or one that is archived."""

    code = "wrong_price_list"

    def default_message(self) -> str | Promise:
        return _("This price list isn’t for deals in this currency.")


class SkuTaken(Refusal):
    """Two products can't have one article."""

    code = "sku_taken"

    def default_message(self) -> str | Promise:
        return _("Another product has this article.")


class NotAPicture(Refusal):
    """Only PNG and JPEG of a sane size are kept."""

    code = "not_a_picture"

    def default_message(self) -> str | Promise:
        return _("Choose a picture: PNG or JPEG, up to 2 MB and 4000 × 4000 points.")
