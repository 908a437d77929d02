"""Addresses of payments and bank statements; deals.urls puts them among its own."""

from __future__ import annotations

from django.urls import path

from deals.payments import statement_views, views

urlpatterns = [
    path("deals/payments/", views.payments, name="payments"),
    path("deals/payments/<uuid:pk>/back/", views.take_back, name="payment_back"),
    path("deals/invoices/<uuid:pk>/payments/", views.of_invoice, name="invoice_payments"),
    path("deals/invoices/<uuid:pk>/payments/new/", views.pay, name="invoice_pay"),
    path("deals/payments/statements/", statement_views.statements, name="statements"),
    path("deals/payments/statements/<uuid:pk>/", statement_views.statement, name="statement"),
    path("deals/payments/statements/<uuid:pk>/confirm/", statement_views.confirm, name="statement_confirm"),
    path("deals/payments/statements/<uuid:pk>/undo/", statement_views.undo, name="statement_undo"),
    path("deals/payments/statements/<uuid:pk>/discard/", statement_views.discard, name="statement_discard"),
    path("deals/payments/waiting/", statement_views.waiting, name="money_waiting"),
    path("deals/payments/waiting/<uuid:pk>/", statement_views.assign, name="money_assign"),
    path("deals/payments/waiting/<uuid:pk>/dismiss/", statement_views.dismiss, name="money_dismiss"),
]
