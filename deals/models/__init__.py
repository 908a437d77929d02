"""Possible sales and the pipelines they move through."""

from deals.models.deals import Deal, StageChange
from deals.models.pipelines import Pipeline, RejectionReason, Stage, StageRequirement

__all__ = ["Deal", "Pipeline", "RejectionReason", "Stage", "StageChange", "StageRequirement"]
