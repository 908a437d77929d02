"""Forms of products, price lists and the lines of a deal."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import TenantModelForm
from deals.forms.fields import MoneyField
from deals.forms.pipelines import currency_choices
from deals.models import Deal, DealLine, PriceList, Product, ProductCategory
from deals.products.services import FIELDS, LIST_FIELDS
from deals.terms import document_settings, vat_choices, vat_key, vat_of

SHOWN_PRODUCTS = 200  # in a plain select; the searching one asks the server for the rest


class VatField(forms.TypedChoiceField):
    """A rate of VAT, or without."""

    def __init__(self, *present: Decimal | None, **kwargs: Any) -> None:
        choices = vat_choices(document_settings().vat_rates, *present)
        kwargs.setdefault("label", _("VAT"))
        super().__init__(choices=choices, coerce=vat_of, empty_value=None, **kwargs)


class QuantityField(forms.DecimalField):
    """How much of it: more than nothing, up to three places; a comma is fine."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=3, min_value=Decimal("0.001"), **kwargs)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = "".join(value.split()).replace(",", ".")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class ProductForm(TenantModelForm):
    """A product of the catalogue and its picture."""

    price = MoneyField(label=_("Price"))
    currency = forms.ChoiceField(label=_("Currency"))
    picture = forms.FileField(
        label=_("Picture"), required=False, widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"})
    )
    is_without_picture = forms.BooleanField(label=_("Remove the picture"), required=False)

    class Meta:
        model = Product
        fields = tuple(name for name in FIELDS if name != "vat_percent")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product, terms = self.instance, document_settings()
        rate = terms.vat_percent if product._state.adding else product.vat_percent
        self.fields["currency"].choices = currency_choices(product.currency)  # type: ignore[attr-defined]
        self.fields["vat"] = VatField(rate, initial=vat_key(rate))
        self.fields["category"].queryset = ProductCategory.objects.all()  # type: ignore[attr-defined]
        if not product.picture_key:
            del self.fields["is_without_picture"]

    def values(self) -> dict[str, Any]:
        """Return the arguments of the service, without the picture."""
        data = self.cleaned_data
        return {name: data[name] for name in FIELDS if name != "vat_percent"} | {"vat_percent": data["vat"]}

    def picture_bytes(self) -> bytes | None:
        """Return the new picture, nothing at all to take it away, None to leave it."""
        if upload := self.cleaned_data.get("picture"):
            return bytes(upload.read())
        return b"" if self.cleaned_data.get("is_without_picture") else None


class CategoryForm(TenantModelForm):
    """A category of products."""

    class Meta:
        model = ProductCategory
        fields = ("name",)


class PriceListForm(TenantModelForm):
    """A price list: whom it is for and in which currency."""

    currency = forms.ChoiceField(label=_("Currency"))

    class Meta:
        model = PriceList
        fields = LIST_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = self.instance.currency
        self.fields["currency"].choices = currency_choices(present)  # type: ignore[attr-defined]
        self.fields["client_type"].choices = [  # type: ignore[attr-defined]
            ("", _("Anybody: chosen in the deal")),
            *list(self.fields["client_type"].choices)[1:],  # type: ignore[attr-defined]
        ]
        if not self.instance._state.adding:
            del self.fields["currency"]


class _FirstProducts(ModelChoiceIterator):
    """A catalogue has thousands: a plain select shows the first ones, and what is chosen."""

    def __iter__(self) -> Iterator[Any]:
        yield ("", self.field.empty_label)
        chosen = getattr(self.field, "chosen", None)
        if chosen is not None:
            yield self.choice(chosen)
        for product in self.queryset.order_by("name", "id")[:SHOWN_PRODUCTS]:
            if chosen is None or product.pk != chosen.pk:
                yield self.choice(product)


class ProductField(forms.ModelChoiceField):
    """A product, searched for on the server where scripts run."""

    iterator = _FirstProducts
    chosen: Product | None = None

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.sku}" if obj.sku else str(obj.name)


def _product_field(**kwargs: Any) -> ProductField:
    attrs = {"data-select": "", "data-url": reverse_lazy("deals:product_options")}
    return ProductField(
        Product.objects.active(), label=_("Product"), widget=forms.Select(attrs=attrs), **kwargs
    )


class PriceForm(forms.Form):
    """What a product costs on a price list; nothing takes it off the list."""

    price = MoneyField(
        label=_("Price"), required=False, help_text=_("Empty: the product is taken off this list.")
    )

    def __init__(self, *args: Any, price_list: PriceList, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = _product_field(empty_label=_("Choose a product"))
        self.fields = {"product": field} | self.fields
        if (pk := self.initial.get("product")) and (
            listed := price_list.prices.filter(product_id=_uuid(pk)).select_related("product").first()
        ):
            field.chosen = listed.product
            self.initial["price"] = listed.price


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class LineForm(forms.Form):
    """One line: what of, how much, for how much."""

    name = forms.CharField(label=_("Name"), max_length=500, required=False)
    quantity = QuantityField(label=_("Quantity"), initial=Decimal(1))
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    price = MoneyField(label=_("Price"), required=False)
    discount = MoneyField(label=_("Discount"), required=False)
    discount_kind = forms.ChoiceField(
        label=_("Discount in"), choices=DealLine.Discount.choices, required=False
    )

    def __init__(self, *args: Any, deal: Deal, line: DealLine | None = None, **kwargs: Any) -> None:
        self.line = line
        super().__init__(*args, initial=_initial(line), **kwargs)
        rate = line.vat_percent if line else document_settings().vat_percent
        if line is None:
            self.fields["vat"] = VatField(rate, required=False)
            self.fields["vat"].choices = [("", _("As in the catalogue")), *self.fields["vat"].choices]  # type: ignore[attr-defined]
            self.fields["product"] = _product_field(required=False, empty_label=_("Not from the catalogue"))
            self.fields["price"].help_text = _("Empty: as the catalogue or the price list says.")
        else:
            self.fields["vat"] = VatField(rate, initial=vat_key(rate))
            self.fields["name"].required = self.fields["price"].required = True
        self.fields["discount_kind"].choices = [  # type: ignore[attr-defined]
            (DealLine.Discount.PERCENT, "%"),
            (DealLine.Discount.MONEY, deal.currency),
        ]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        product = data.get("product")
        if self.line is None and product is None and not self.errors:
            if not data.get("name"):
                self.add_error("name", _("Choose a product or write a name."))
            if data.get("price") is None:
                self.add_error("price", _("Give the price: the catalogue doesn’t know this."))
        if product is not None:
            self.fields["product"].chosen = product  # type: ignore[attr-defined]
        if data.get("discount_kind") != DealLine.Discount.MONEY and (data.get("discount") or 0) > 100:
            self.add_error("discount", _("A discount takes at most 100 %."))
        return data

    def values(self) -> dict[str, Any]:
        """Return the arguments of the service: what was left empty is taken from the catalogue."""
        data = self.cleaned_data
        values: dict[str, Any] = {
            "quantity": data["quantity"],
            "discount": data["discount"] or Decimal(0),
            "discount_kind": data["discount_kind"] or DealLine.Discount.PERCENT,
        }
        is_new = self.line is None
        values |= {name: data[name] for name in ("name", "unit") if data[name] or not is_new}
        if data["price"] is not None:
            values["price"] = data["price"]
        if not is_new:
            return values | {"vat_percent": data["vat"]}
        if (key := self.data.get(self.add_prefix("vat"))) or data["product"] is None:
            values["vat_percent"] = vat_of(key) if key else document_settings().vat_percent
        return values | {"product": data["product"]}


def _initial(line: DealLine | None) -> dict[str, Any]:
    if line is None:
        return {"quantity": Decimal(1), "discount_kind": DealLine.Discount.PERCENT}
    names = ("name", "quantity", "unit", "price", "discount_kind")
    return {name: getattr(line, name) for name in names} | {"discount": line.discount or None}
