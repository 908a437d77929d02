"""What the pages of robots share."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.shortcuts import get_object_or_404
from django.urls import reverse

from automation.compiled import robots
from automation.models import Robot
from deals.models import Pipeline, Stage


def board_url(pipeline_id: uuid.UUID) -> str:
    """Address of the robots of a pipeline."""
    return f"{reverse('automation:board')}?{urlencode({'pipeline': pipeline_id})}"


def pipeline_of(text: str | None) -> Pipeline | None:
    """Find the pipeline asked for, else the first in use."""
    rows = Pipeline.objects.active()
    try:
        return rows.filter(pk=uuid.UUID(text or "")).first() or rows.first()
    except ValueError:
        return rows.first()


def stage_or_404(pk: uuid.UUID) -> Stage:
    stage: Stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    return stage


def robot_or_404(pk: uuid.UUID) -> Robot:
    robot: Robot = get_object_or_404(robots(), pk=pk)
    return robot
