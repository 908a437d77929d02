"""Addresses of proposals, invoices and their settings; deals.urls puts them among its own."""

from __future__ import annotations

from typing import Any

from django.urls import path

from deals.documents import public_views, settings_views, views
from deals.models import Invoice, Proposal

_proposal: dict[str, Any] = {"model": Proposal}
_invoice: dict[str, Any] = {"model": Invoice}

urlpatterns = [
    path("deals/proposals/", views.proposals, name="proposals"),
    path("deals/invoices/", views.invoices, name="invoices"),
    path("deals/documents/", views.of_client, name="documents_of_client"),
    path("deals/<uuid:pk>/documents/", views.of_deal, name="documents"),
    path("deals/<uuid:pk>/proposals/new/", views.create, _proposal, name="documents_new_proposal"),
    path("deals/<uuid:pk>/invoices/new/", views.create, _invoice, name="documents_new_invoice"),
    path("deals/proposals/<uuid:pk>/", views.document, _proposal, name="proposal"),
    path("deals/proposals/<uuid:pk>/edit/", views.edit, _proposal, name="proposal_edit"),
    path("deals/proposals/<uuid:pk>/mail/", views.mail, _proposal, name="proposal_mail"),
    path("deals/proposals/<uuid:pk>/send/", views.send, _proposal, name="proposal_send"),
    path("deals/proposals/<uuid:pk>/link/", views.renew_link, _proposal, name="proposal_link"),
    path("deals/proposals/<uuid:pk>/link/close/", views.revoke_link, _proposal, name="proposal_link_close"),
    path("deals/proposals/<uuid:pk>/version/", views.new_version, name="proposal_version"),
    path("deals/proposals/<uuid:pk>/delete/", views.delete, _proposal, name="proposal_delete"),
    path("deals/proposals/<uuid:pk>/pdf/", views.as_pdf, _proposal, name="proposal_pdf"),
    path("deals/proposals/<uuid:pk>/logo/", views.picture, _proposal, name="proposal_logo"),
    path("deals/invoices/<uuid:pk>/", views.document, _invoice, name="invoice"),
    path("deals/invoices/<uuid:pk>/edit/", views.edit, _invoice, name="invoice_edit"),
    path("deals/invoices/<uuid:pk>/mail/", views.mail, _invoice, name="invoice_mail"),
    path("deals/invoices/<uuid:pk>/send/", views.send, _invoice, name="invoice_send"),
    path("deals/invoices/<uuid:pk>/link/", views.renew_link, _invoice, name="invoice_link"),
    path("deals/invoices/<uuid:pk>/link/close/", views.revoke_link, _invoice, name="invoice_link_close"),
    path("deals/invoices/<uuid:pk>/cancel/", views.cancel, name="invoice_cancel"),
    path("deals/invoices/<uuid:pk>/delete/", views.delete, _invoice, name="invoice_delete"),
    path("deals/invoices/<uuid:pk>/pdf/", views.as_pdf, _invoice, name="invoice_pdf"),
    path("deals/invoices/<uuid:pk>/logo/", views.picture, _invoice, name="invoice_logo"),
    path("settings/our-companies/", settings_views.our_companies, name="our_companies"),
    path("settings/our-companies/new/", settings_views.our_company_create, name="our_company_create"),
    path("settings/our-companies/<uuid:pk>/", settings_views.our_company, name="our_company"),
    path(
        "settings/our-companies/<uuid:pk>/archive/",
        settings_views.our_company_archive,
        name="our_company_archive",
    ),
    path("settings/our-companies/<uuid:pk>/move/", settings_views.our_company_move, name="our_company_move"),
    path("settings/documents/", settings_views.settings, name="document_settings"),
    path("d/<slug:token>/", public_views.page, name="public_document"),
    path("d/<slug:token>/answer/", public_views.answer, name="public_answer"),
    path("d/<slug:token>/pdf/", public_views.as_pdf, name="public_pdf"),
    path("d/<slug:token>/logo/", public_views.logo, name="public_logo"),
]
