"""Addresses of deals."""

from __future__ import annotations

from django.urls import URLPattern, path

from deals.documents import urls as documents
from deals.payments import urls as payments
from deals.products import urls as products
from deals.views import (
    board,
    branches,
    bulk,
    clients,
    creation,
    detail,
    fields,
    listing,
    moves,
    panel,
    pipelines,
    rights,
    stages,
)

app_name = "deals"
urlpatterns: list[URLPattern] = [
    path("deals/", board.board, name="board"),
    path("deals/changes/", board.changes, name="board_changes"),
    path("deals/column/", board.column, name="column"),
    path("deals/list/", listing.deal_list, name="list"),
    path("deals/bulk/move/", bulk.move, name="bulk_move"),
    path("deals/bulk/assign/", bulk.assign, name="bulk_assign"),
    path("deals/new/", creation.create, name="create"),
    path("deals/new/quick/", creation.quick_create, name="quick_create"),
    path("deals/panel/", panel.panel, name="panel"),
    path("deals/branches/", branches.branches, name="branches"),
    path("deals/new/client/", clients.hint, name="client_hint"),
    path("deals/<uuid:pk>/", detail.detail, name="detail"),
    path("deals/<uuid:pk>/move/", moves.move, name="move"),
    path("deals/<uuid:pk>/regroup/", moves.regroup, name="regroup"),
    path("deals/<uuid:pk>/assign/", moves.assign, name="assign"),
    path("deals/<uuid:pk>/delete/", moves.delete, name="delete"),
    path("deals/<uuid:pk>/restore/", moves.restore, name="restore"),
    path("deals/<uuid:pk>/field/<slug:name>/", fields.edit, name="field"),
    path("deals/<uuid:pk>/field/<slug:name>/file/", fields.file, name="field_file"),
    *products.urlpatterns,
    *documents.urlpatterns,
    *payments.urlpatterns,
    path("settings/pipelines/", pipelines.index, name="pipelines"),
    path("settings/pipelines/new/", pipelines.create, name="pipeline_create"),
    path("settings/pipelines/order/", pipelines.order, name="pipeline_order"),
    path("settings/pipelines/<uuid:pk>/", pipelines.edit, name="pipeline"),
    path("settings/pipelines/<uuid:pk>/copy/", pipelines.copy, name="pipeline_copy"),
    path("settings/pipelines/<uuid:pk>/card/", pipelines.card_preview, name="card_preview"),
    path("settings/pipelines/<uuid:pk>/rights/", rights.edit, name="pipeline_rights"),
    path("settings/pipelines/<uuid:pk>/archive/", pipelines.archive, name="pipeline_archive"),
    path("settings/pipelines/<uuid:pk>/restore/", pipelines.restore, name="pipeline_restore"),
    path("settings/pipelines/<uuid:pk>/delete/", pipelines.delete, name="pipeline_delete"),
    path("settings/pipelines/<uuid:pk>/stages/new/", stages.create, name="stage_create"),
    path("settings/pipelines/<uuid:pk>/stages/order/", stages.order, name="stage_order"),
    path("settings/stages/<uuid:pk>/", stages.edit, name="stage"),
    path("settings/stages/<uuid:pk>/delete/", stages.delete, name="stage_delete"),
]
