"""Operations on deals and pipelines: every change goes through here, whoever asks for it."""

from deals.services.deals import (
    assign_deal,
    create_deal,
    delete_deal,
    mark_read,
    note_answer,
    restore_deal,
    update_deal,
)
from deals.services.folding import fold_deals, unfold_deals, visible_deal
from deals.services.moves import move_deal
from deals.services.pipelines import (
    archive_pipeline,
    copy_pipeline,
    create_pipeline,
    delete_pipeline,
    order_pipelines,
    restore_pipeline,
    update_pipeline,
)
from deals.services.stages import create_stage, delete_stage, order_stages, set_requirements, update_stage

__all__ = [
    "archive_pipeline",
    "assign_deal",
    "copy_pipeline",
    "create_deal",
    "create_pipeline",
    "create_stage",
    "delete_deal",
    "delete_pipeline",
    "delete_stage",
    "fold_deals",
    "mark_read",
    "move_deal",
    "note_answer",
    "order_pipelines",
    "order_stages",
    "restore_deal",
    "restore_pipeline",
    "set_requirements",
    "unfold_deals",
    "update_deal",
    "update_pipeline",
    "update_stage",
    "visible_deal",
]
