"""The catalogue: products, their categories, price lists."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import formats
from core.errors import Forbidden
from core.responses import redirect, refused
from deals import pictures
from deals.models import PriceList, Product, ProductCategory
from deals.products import services
from deals.products.forms import CategoryForm, PriceForm, PriceListForm, ProductForm
from deals.products.lists import ProductListing
from deals.terms import vat_text
from deals.views.common import member_of
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.list_views import list_response
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]
MAX_OPTIONS = 30


@require_safe
@require(Section.DEALS)
def products(request: HttpRequest) -> HttpResponse:
    """List what is sold."""
    return list_response(
        request,
        ProductListing(),
        template="deals/products/list.html",
        may_set_up=may(member_of(request), Section.SETTINGS, Action.EDIT),
    )


@require_safe
@require(Section.DEALS)
def product_options(request: HttpRequest) -> HttpResponse:
    """Find products for a searching select."""
    rows = Product.objects.active().search(request.GET.get("q", "")[:100]).order_by("name", "id")
    options = [
        {
            "value": str(product.pk),
            "text": f"{product.name} · {product.sku}" if product.sku else product.name,
            "hint": formats.money(product.price, product.currency),
        }
        for product in rows[:MAX_OPTIONS]
    ]
    return JsonResponse(options, safe=False)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def product_create(request: MemberRequest) -> HttpResponse:
    """Add a product."""
    form = ProductForm(
        request.POST or None, request.FILES or None, initial={"currency": request.tenant.currency}
    )
    return _product_form(request, form, None)


@require_http_methods(FORM)
@require(Section.DEALS)
def product(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a product, and to those who set the product up its form."""
    found = get_object_or_404(Product.objects.select_related("category"), pk=pk)
    if not may(request.member, Section.SETTINGS, Action.EDIT):
        if request.method == "POST":
            return refused(request, Forbidden(_("Your role does not allow this.")))
        return render(
            request, "deals/products/product.html", {"product": found, "vat": vat_text(found.vat_percent)}
        )
    return _product_form(
        request, ProductForm(request.POST or None, request.FILES or None, instance=found), found
    )


def _product_form(request: MemberRequest, form: ProductForm, found: Product | None) -> HttpResponse:
    def save(values: dict[str, Any]) -> None:
        written, picture = form.values(), form.picture_bytes()
        if found is None:
            made = services.create_product(by=request.member, now=timezone.now(), **written)
        else:
            made = services.update_product(product=found, by=request.member, **written)
        if picture is not None:
            services.set_picture(product=made, by=request.member, data=picture)

    return form_page(
        request,
        form,
        save,
        back=reverse("deals:products"),
        template="deals/products/form.html",
        title=found.name if found else _("New product"),
        product=found,
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def product_archive(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Archive a product, or with archived=0 bring it back."""
    services.archive_product(
        product=get_object_or_404(Product, pk=pk),
        by=request.member,
        is_archived=request.POST.get("archived") != "0",
    )
    return redirect(request, reverse("deals:products"))


@require_safe
@require(Section.DEALS)
def product_picture(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hand out the picture of a product."""
    found = get_object_or_404(Product, pk=pk)
    data = pictures.read(found.picture_key)
    if not data:
        raise Http404
    return pictures.response(data, found.picture_type)


# --- Categories --------------------------------------------------------------------------------------
@require_safe
@require(Section.DEALS)
def categories(request: MemberRequest) -> HttpResponse:
    """List the categories in the order they are offered."""
    rows = ProductCategory.objects.annotate(
        product_count=Count("products", filter=Q(products__is_archived=False))
    )
    context = {
        "categories": rows,
        "may_set_up": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "deals/products/categories.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def category_create(request: MemberRequest) -> HttpResponse:
    """Add a category."""
    return form_page(
        request,
        CategoryForm(request.POST or None),
        lambda values: services.create_category(by=request.member, **values),
        back=reverse("deals:product_categories"),
        template="deals/form.html",
        title=_("New category"),
    )


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def category(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Rename a category."""
    found = get_object_or_404(ProductCategory, pk=pk)
    return form_page(
        request,
        CategoryForm(request.POST or None, instance=found),
        lambda values: services.rename_category(category=found, by=request.member, **values),
        back=reverse("deals:product_categories"),
        template="deals/form.html",
        title=found.name,
        delete_url=reverse("deals:product_category_delete", args=[pk]),
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def category_delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a category; its products stay."""
    services.delete_category(category=get_object_or_404(ProductCategory, pk=pk), by=request.member)
    return redirect(request, reverse("deals:product_categories"))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def category_move(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Move a category one place: step=up or step=down."""
    step = -1 if request.POST.get("step") == "up" else 1
    services.move_category(category=get_object_or_404(ProductCategory, pk=pk), by=request.member, step=step)
    return redirect(request, reverse("deals:product_categories"))


# --- Price lists -------------------------------------------------------------------------------------
@require_safe
@require(Section.DEALS)
def price_lists(request: MemberRequest) -> HttpResponse:
    """List the price lists."""
    is_archived = "archived" in request.GET
    rows = PriceList.objects.filter(is_archived=is_archived).annotate(price_count=Count("prices"))
    context = {
        "price_lists": rows,
        "is_archived": is_archived,
        "archived_count": PriceList.objects.filter(is_archived=True).count(),
        "may_set_up": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "deals/products/price_lists.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def price_list_create(request: MemberRequest) -> HttpResponse:
    """Add a price list."""
    return form_page(
        request,
        PriceListForm(request.POST or None, initial={"currency": request.tenant.currency}),
        lambda values: services.create_price_list(by=request.member, **values),
        back=reverse("deals:price_lists"),
        template="deals/form.html",
        title=_("New price list"),
    )


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def price_list_edit(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change what a price list is called and whom it is for."""
    found = get_object_or_404(PriceList, pk=pk)
    return form_page(
        request,
        PriceListForm(request.POST or None, instance=found),
        lambda values: services.update_price_list(price_list=found, by=request.member, **values),
        back=reverse("deals:price_list", args=[pk]),
        template="deals/form.html",
        title=found.name,
    )


@require_safe
@require(Section.DEALS)
def price_list(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the prices of a list."""
    found = get_object_or_404(PriceList, pk=pk)
    context = {
        "price_list": found,
        "prices": found.prices.select_related("product").order_by("product__name", "product_id"),
        "may_set_up": may(request.member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "deals/products/price_list.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def price_set(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for a product's price on the list, and write it down; ?product= changes one that is there."""
    found = get_object_or_404(PriceList, pk=pk)

    def save(values: dict[str, Any]) -> None:
        wanted: Decimal | None = values["price"]
        services.set_price(price_list=found, product=values["product"], by=request.member, price=wanted)

    return form_page(
        request,
        PriceForm(request.POST or None, price_list=found, initial={"product": request.GET.get("product")}),
        save,
        back=reverse("deals:price_list", args=[pk]),
        template="deals/form.html",
        title=_("Price on “%(name)s”") % {"name": formats.inner(found.name)},
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def price_list_archive(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Archive a price list, or with archived=0 bring it back."""
    services.archive_price_list(
        price_list=get_object_or_404(PriceList, pk=pk),
        by=request.member,
        is_archived=request.POST.get("archived") != "0",
    )
    return redirect(request, reverse("deals:price_lists"))
