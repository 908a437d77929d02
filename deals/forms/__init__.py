"""Forms of deals and pipelines: they validate and convert, services decide."""

from deals.forms.clients import ClientFields
from deals.forms.deals import CreateForm, QuickForm
from deals.forms.fields import EDITABLE_IN_PLACE, MoneyField, ValuesForm
from deals.forms.moves import AssignForm, BulkMoveForm, MoveForm
from deals.forms.pipelines import (
    PipelineCopyForm,
    PipelineCreateForm,
    PipelineForm,
    StageDeleteForm,
    StageForm,
)
from deals.forms.rights import PipelineRightsForm

__all__ = [
    "EDITABLE_IN_PLACE",
    "AssignForm",
    "BulkMoveForm",
    "ClientFields",
    "CreateForm",
    "MoneyField",
    "MoveForm",
    "PipelineCopyForm",
    "PipelineCreateForm",
    "PipelineForm",
    "PipelineRightsForm",
    "QuickForm",
    "StageDeleteForm",
    "StageForm",
    "ValuesForm",
]
