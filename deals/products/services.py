"""Changing the catalogue, its categories and the price lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from contacts.folding import fold_all
from core import ordering
from deals import pictures
from deals.models import ListPrice, PriceList, Product, ProductCategory
from deals.products.errors import SkuTaken
from tenants.models import Membership

FIELDS = ("kind", "name", "sku", "unit", "category", "price", "currency", "vat_percent", "description")
LIST_FIELDS = ("name", "currency", "client_type")


def create_product(*, by: Membership | None, now: dt.datetime, **values: Any) -> Product:
    """Add a product; `values` are some of FIELDS. Raises SkuTaken."""
    product = Product(created_at=now, created_by=by)
    return _save(product, values)


def update_product(*, product: Product, by: Membership | None, **values: Any) -> Product:
    """Change a product; lines of deals keep what they were made with. Raises SkuTaken."""
    return _save(product, values)


def archive_product(*, product: Product, by: Membership, is_archived: bool) -> Product:
    """Take a product out of the choices, or put it back."""
    product.is_archived = is_archived
    product.save(update_fields=["is_archived"])
    return product


def set_picture(*, product: Product, by: Membership, data: bytes) -> Product:
    """Give a product its picture, or with no bytes take it away. Raises NotAPicture, StorageFull."""
    kind = pictures.type_of(data) if data else ""
    product.picture_key, product.picture_type = pictures.keep(data) if data else "", kind
    product.save(update_fields=["picture_key", "picture_type"])
    return product


def _save(product: Product, values: Mapping[str, Any]) -> Product:
    for name, value in values.items():
        if name not in FIELDS:
            raise TypeError(f"{name} of a product is not set this way.")
        setattr(product, name, value)
    product.search_text = fold_all(product.name, product.sku, product.description)
    try:
        with transaction.atomic():
            product.save()
    except IntegrityError as error:
        if "deals_product_sku" in str(error):
            raise SkuTaken from error
        raise
    return product


# --- Categories --------------------------------------------------------------------------------------
def create_category(*, by: Membership, name: str) -> ProductCategory:
    """Add a category at the end."""
    return ProductCategory.objects.create(name=name, position=ordering.end_of(ProductCategory.objects.all()))


def rename_category(*, category: ProductCategory, by: Membership, name: str) -> ProductCategory:
    """Rename a category."""
    category.name = name
    category.save(update_fields=["name"])
    return category


def delete_category(*, category: ProductCategory, by: Membership) -> None:
    """Delete a category; its products stay, without one."""
    category.delete()


@transaction.atomic
def move_category(*, category: ProductCategory, by: Membership, step: int) -> None:
    """Move a category one place up (-1) or down (1)."""
    ordering.move(ProductCategory.objects.all(), category, step)


# --- Price lists -------------------------------------------------------------------------------------
def create_price_list(*, by: Membership, **values: Any) -> PriceList:
    """Add a price list at the end; `values` are some of LIST_FIELDS."""
    return PriceList.objects.create(position=ordering.end_of(PriceList.objects.all()), **values)


def update_price_list(*, price_list: PriceList, by: Membership, **values: Any) -> PriceList:
    """Change a price list; lines of deals keep the prices they were made with."""
    for name, value in values.items():
        setattr(price_list, name, value)
    price_list.save(update_fields=list(values))
    return price_list


def archive_price_list(*, price_list: PriceList, by: Membership, is_archived: bool) -> PriceList:
    """Take a price list out of the choices, or put it back."""
    price_list.is_archived = is_archived
    price_list.save(update_fields=["is_archived"])
    return price_list


@transaction.atomic
def set_price(*, price_list: PriceList, product: Product, by: Membership, price: Decimal | None) -> None:
    """Write a product's price into a list; None takes it off, and it costs what the catalogue says again."""
    if price is None:
        ListPrice.objects.filter(price_list=price_list, product=product).delete()
        return
    ListPrice.objects.update_or_create(price_list=price_list, product=product, defaults={"price": price})
