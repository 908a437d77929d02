"""What narrows the catalogue: all of it in the URL."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.listing.filters import MultiChoice, MultiModel, PeriodFilterSet
from deals.models import Product, ProductCategory
from deals.models.products import ProductQuerySet


class ProductFilterSet(PeriodFilterSet):
    """The filters of products; archived ones are shown only when asked for."""

    usual = ("q", "category", "kind", "is_archived")
    defaults = {"period": "all", "is_archived": "0"}

    q = django_filters.CharFilter(
        method="filter_text", label=_("Search"), widget=forms.TextInput(attrs={"type": "search"})
    )
    category = MultiModel(queryset=ProductCategory.objects.all(), label=_("Category"))
    kind = MultiChoice(choices=Product.Kind.choices, label=_("Kind"))
    is_archived = django_filters.ChoiceFilter(
        choices=[("0", _("In use")), ("1", _("Archived")), ("all", _("All"))],
        method="filter_archived",
        label=_("Archive"),
        empty_label=None,
    )

    class Meta:
        model = Product
        fields: list[str] = []

    def filter_text(self, queryset: ProductQuerySet, name: str, value: str) -> ProductQuerySet:
        return queryset.search(value)

    def filter_archived(self, queryset: ProductQuerySet, name: str, value: str) -> ProductQuerySet:
        return queryset if value == "all" else queryset.filter(is_archived=value == "1")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave archived products out unless somebody asks for them."""
        if "is_archived" not in self.data:
            queryset = queryset.filter(is_archived=False)
        return super().filter_queryset(queryset)
