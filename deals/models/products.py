"""What is sold: the catalogue, its price lists, and the lines of a deal."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.folding import fold
from contacts.models import Company
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from deals.models.deals import Deal
from tenants.models import Membership


class ProductCategory(TenantOwned):
    """A shelf of the catalogue."""

    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint("tenant", Lower("name"), name="deals_category_name")]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(TenantQuerySet["Product"]):
    def active(self) -> ProductQuerySet:
        """Still sold."""
        return self.filter(is_archived=False)

    def search(self, text: str) -> ProductQuerySet:
        """Found by parts of the name, the article or the description: every word has to occur."""
        rows = self
        for word in fold(text).split()[:8]:
            rows = rows.filter(search_text__contains=word)
        return rows


class Product(TenantOwned):
    """Something the company sells: goods or a service, with the price it usually has."""

    class Kind(models.TextChoices):
        GOODS = "goods", _("Goods")
        SERVICE = "service", _("Service")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.GOODS)
    name = models.CharField(_("name"), max_length=250)
    sku = models.CharField(_("article"), max_length=60, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    category = TenantForeignKey(
        ProductCategory,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("category"),
    )
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3, default="RUB")
    # null: without VAT, which is another thing than a rate of 0 %
    vat_percent = models.DecimalField(_("VAT, %"), max_digits=5, decimal_places=2, null=True, blank=True)
    description = models.TextField(_("description"), blank=True)
    picture_key = models.CharField(max_length=100, blank=True, editable=False)
    picture_type = models.CharField(max_length=50, blank=True, editable=False)
    is_archived = models.BooleanField(_("archived"), default=False)
    search_text = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")

    objects = manager_of(ProductQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(
                "tenant", Lower("sku"), condition=~models.Q(sku=""), name="deals_product_sku"
            ),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="deals_product_price"),
        ]
        indexes = [
            models.Index(fields=["tenant", "name", "id"], name="deals_product_name"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="deals_product_new"),
        ]

    def __str__(self) -> str:
        return self.name


class PriceListQuerySet(TenantQuerySet["PriceList"]):
    def active(self) -> PriceListQuerySet:
        """Still in use."""
        return self.filter(is_archived=False)


class PriceList(TenantOwned):
    """Prices of their own for some clients, in one currency; what isn't on it costs what the catalogue says."""

    name = models.CharField(_("name"), max_length=100)
    currency = models.CharField(_("currency"), max_length=3, default="RUB")
    client_type = models.CharField(
        _("for clients of the type"), max_length=20, choices=Company.ClientType.choices, blank=True
    )
    position = models.PositiveIntegerField(default=0)
    is_archived = models.BooleanField(_("archived"), default=False)

    objects = manager_of(PriceListQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint("tenant", Lower("name"), name="deals_pricelist_name")]

    def __str__(self) -> str:
        return self.name


class ListPrice(TenantOwned):
    """The price of one product on one price list."""

    price_list = TenantForeignKey(PriceList, models.CASCADE, related_name="prices")
    product = TenantForeignKey(Product, models.CASCADE, related_name="list_prices")
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=2)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "price_list", "product"], name="deals_listprice_once"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="deals_listprice_price"),
        ]


class DealLine(TenantOwned):
    """One position of a deal, from the catalogue or in free words; prices are in the deal's currency."""

    class Discount(models.TextChoices):
        PERCENT = "percent", "%"
        MONEY = "money", _("sum")

    deal = TenantForeignKey(Deal, models.CASCADE, related_name="lines")
    product = TenantForeignKey(
        Product, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(_("name"), max_length=500)
    sku = models.CharField(_("article"), max_length=60, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    quantity = models.DecimalField(
        _("quantity"), max_digits=12, decimal_places=3, default=1, validators=[MinValueValidator(0)]
    )
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=2, default=0)
    discount_kind = models.CharField(
        _("discount in"), max_length=7, choices=Discount.choices, default=Discount.PERCENT
    )
    discount = models.DecimalField(_("discount"), max_digits=14, decimal_places=2, default=0)
    vat_percent = models.DecimalField(  # null: without VAT
        _("VAT, %"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta(TenantOwned.Meta):
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["tenant", "deal", "position"], name="deals_line_order")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, price__gte=0, discount__gte=0),
                name="deals_line_not_negative",
            ),
            models.CheckConstraint(
                condition=~models.Q(discount_kind="percent") | models.Q(discount__lte=100),
                name="deals_line_percent",
            ),
        ]

    def __str__(self) -> str:
        return self.name
