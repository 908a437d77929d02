"""Addresses of the catalogue and of the lines of deals; deals.urls puts them among its own."""

from __future__ import annotations

from django.urls import path

from deals.products import line_views, views

urlpatterns = [
    path("deals/products/", views.products, name="products"),
    path("deals/products/options/", views.product_options, name="product_options"),
    path("deals/products/new/", views.product_create, name="product_create"),
    path("deals/products/<uuid:pk>/", views.product, name="product"),
    path("deals/products/<uuid:pk>/archive/", views.product_archive, name="product_archive"),
    path("deals/products/<uuid:pk>/picture/", views.product_picture, name="product_picture"),
    path("deals/products/categories/", views.categories, name="product_categories"),
    path("deals/products/categories/new/", views.category_create, name="product_category_create"),
    path("deals/products/categories/<uuid:pk>/", views.category, name="product_category"),
    path(
        "deals/products/categories/<uuid:pk>/delete/", views.category_delete, name="product_category_delete"
    ),
    path("deals/products/categories/<uuid:pk>/move/", views.category_move, name="product_category_move"),
    path("deals/price-lists/", views.price_lists, name="price_lists"),
    path("deals/price-lists/new/", views.price_list_create, name="price_list_create"),
    path("deals/price-lists/<uuid:pk>/", views.price_list, name="price_list"),
    path("deals/price-lists/<uuid:pk>/edit/", views.price_list_edit, name="price_list_edit"),
    path("deals/price-lists/<uuid:pk>/price/", views.price_set, name="price_list_price"),
    path("deals/price-lists/<uuid:pk>/archive/", views.price_list_archive, name="price_list_archive"),
    path("deals/<uuid:pk>/lines/", line_views.panel, name="lines"),
    path("deals/<uuid:pk>/lines/new/", line_views.create, name="lines_create"),
    path("deals/<uuid:pk>/lines/terms/", line_views.terms, name="lines_terms"),
    path("deals/<uuid:pk>/lines/price-list/", line_views.price_list, name="lines_price_list"),
    path("deals/lines/<uuid:pk>/", line_views.edit, name="line"),
    path("deals/lines/<uuid:pk>/remove/", line_views.remove, name="line_remove"),
    path("deals/lines/<uuid:pk>/move/", line_views.move, name="line_move"),
]
