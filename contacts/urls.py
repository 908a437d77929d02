"""Addresses of contacts and companies."""

from __future__ import annotations

from django.urls import URLPattern, path

from contacts.views import (
    bulk,
    choices,
    companies,
    contacts,
    duplicates,
    fields,
    keys,
    links,
    listing,
    merging,
)

app_name = "contacts"
urlpatterns: list[URLPattern] = [
    path("contacts/", listing.contact_list, name="list"),
    path("contacts/new/", contacts.create, name="create"),
    path("contacts/bulk/assign/", bulk.contacts, {"action": "assign"}, name="bulk_assign"),
    path("contacts/bulk/tag/", bulk.contacts, {"action": "tag"}, name="bulk_tag"),
    path("contacts/hint/", choices.hint, name="hint"),
    path("clients/options/", choices.options, name="options"),
    path("contacts/duplicates/", duplicates.contact_pairs, name="duplicate_list"),
    path("contacts/duplicates/look/", duplicates.look, name="duplicates_look"),
    path("contacts/duplicates/<uuid:pk>/distinct/", duplicates.distinct, name="pair_distinct"),
    path("contacts/merge/", merging.merge, name="merge"),
    path("contacts/merge/ticked/", merging.merge_ticked, name="merge_ticked"),
    path("contacts/merges/<uuid:pk>/undo/", merging.merge_undo, name="merge_undo"),
    path("companies/duplicates/", duplicates.company_pairs, name="company_duplicate_list"),
    path("companies/duplicates/look/", duplicates.company_look, name="company_duplicates_look"),
    path(
        "companies/duplicates/<uuid:pk>/distinct/", duplicates.company_distinct, name="company_pair_distinct"
    ),
    path("companies/merge/", merging.company_merge, name="company_merge"),
    path("companies/merge/ticked/", merging.company_merge_ticked, name="company_merge_ticked"),
    path("companies/merges/<uuid:pk>/undo/", merging.company_merge_undo, name="company_merge_undo"),
    path("contacts/<uuid:pk>/", contacts.detail, name="detail"),
    path("contacts/<uuid:pk>/field/<slug:name>/", fields.contact_field, name="field"),
    path("contacts/<uuid:pk>/field/<slug:name>/file/", fields.contact_file, name="field_file"),
    path("contacts/<uuid:pk>/duplicates/", duplicates.panel, name="duplicates_panel"),
    path("contacts/<uuid:pk>/merge/", merging.merge_with, name="merge_with"),
    path("contacts/<uuid:pk>/delete/", contacts.delete, name="delete"),
    path("contacts/<uuid:pk>/restore/", contacts.restore, name="restore"),
    path("contacts/<uuid:pk>/keys/", keys.add, name="key_add"),
    path("contacts/<uuid:pk>/keys/<uuid:key>/", keys.change, name="key_change"),
    path("contacts/<uuid:pk>/keys/<uuid:key>/remove/", keys.remove, name="key_remove"),
    path("contacts/<uuid:pk>/companies/", links.link_company, name="link"),
    path("contacts/<uuid:pk>/companies/<uuid:member>/remove/", links.unlink, name="unlink"),
    path("companies/", listing.company_list, name="company_list"),
    path("companies/new/", companies.create, name="company_create"),
    path("companies/bulk/assign/", bulk.companies, {"action": "assign"}, name="company_bulk_assign"),
    path("companies/bulk/tag/", bulk.companies, {"action": "tag"}, name="company_bulk_tag"),
    path("companies/<uuid:pk>/", companies.detail, name="company_detail"),
    path("companies/<uuid:pk>/field/<slug:name>/", fields.company_field, name="company_field"),
    path("companies/<uuid:pk>/field/<slug:name>/file/", fields.company_file, name="company_field_file"),
    path("companies/<uuid:pk>/duplicates/", duplicates.company_panel, name="company_duplicates_panel"),
    path("companies/<uuid:pk>/merge/", merging.company_merge_with, name="company_merge_with"),
    path("companies/<uuid:pk>/delete/", companies.delete, name="company_delete"),
    path("companies/<uuid:pk>/restore/", companies.restore, name="company_restore"),
    path("companies/<uuid:pk>/points/", keys.add_point, name="point_add"),
    path("companies/<uuid:pk>/points/<uuid:key>/", keys.change_point, name="point_change"),
    path("companies/<uuid:pk>/points/<uuid:key>/remove/", keys.remove_point, name="point_remove"),
    path("companies/<uuid:pk>/people/", links.link_contact, name="company_link"),
    path("companies/<uuid:pk>/people/<uuid:member>/remove/", links.unlink_contact, name="company_unlink"),
    path("companies/<uuid:pk>/legal/new/", companies.add_legal, name="legal_add"),
    path("companies/<uuid:pk>/legal/<uuid:details>/", companies.edit_legal, name="legal_edit"),
    path("companies/<uuid:pk>/legal/<uuid:details>/remove/", companies.remove_legal, name="legal_remove"),
]
