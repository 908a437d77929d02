"""Making a robot: what it does, then the rest; changing, copying, switching, deleting it."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from automation.actions import ACTIONS
from automation.actions.texts import field_choices
from automation.compiled import conditions_of
from automation.forms import RobotForm
from automation.models import Robot
from automation.rights import may_make
from automation.services import copy_robot, delete_robot, read_secret, save_robot, switch_robot
from automation.views.common import board_url, robot_or_404, stage_or_404
from core.errors import Refusal
from core.responses import is_htmx, redirect, refused, toast
from deals.models import Stage
from tenants.access import Action, Section, may, require
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Section.SETTINGS, Action.EDIT)
def choose(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Choose what the new robot of a stage does."""
    stage = stage_or_404(pk)
    labels = dict(Robot.Action.choices)
    actions = [
        {"action": action, "label": labels[code], "is_allowed": may_make(request.member, action)}
        for code, action in ACTIONS.items()
    ]
    context = {"stage": stage, "actions": actions, "back_url": board_url(stage.pipeline_id)}
    return render(request, "automation/choose.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def create(request: MemberRequest, pk: uuid.UUID, action: str) -> HttpResponse:
    """Make a robot behind the others of its stage."""
    if action not in ACTIONS:
        raise Http404
    data = request.POST if request.method == "POST" else None
    return _edit(request, stage_or_404(pk), None, RobotForm(data, action=action))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def edit(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a robot; whoever saves it becomes its maker."""
    robot = robot_or_404(pk)
    data = request.POST if request.method == "POST" else None
    asked = conditions_of([robot]).of(robot)
    return _edit(request, robot.stage, robot, RobotForm(data, action=robot.action, robot=robot, asked=asked))


def _edit(request: MemberRequest, stage: Stage, robot: Robot | None, form: RobotForm) -> HttpResponse:
    back_url = board_url(stage.pipeline_id)
    if request.method == "POST" and form.is_valid():
        try:
            save_robot(values=form.values(), by=request.member, now=timezone.now(), stage=stage, robot=robot)
        except Refusal as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect(request, back_url)
    context = {
        "stage": stage,
        "robot": robot,
        "form": form,
        "label": dict(Robot.Action.choices)[form.action.code],
        "text_fields": field_choices()
        if "text" in form.action_names or "subject" in form.action_names
        else [],
        "secret": read_secret(robot) if robot else "",
        "back_url": back_url,
        "may_delete": robot is not None and may(request.member, Section.SETTINGS, Action.DELETE),
        "copy_stages": _other_stages(robot) if robot else [],
    }
    return render(request, "automation/robot.html", context, status=422 if form.is_bound else 200)


def _other_stages(robot: Robot) -> list[Stage]:
    rows = Stage.objects.filter(pipeline__is_archived=False).exclude(pk=robot.stage_id)
    return list(rows.select_related("pipeline").order_by("pipeline__position", "position"))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def switch(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Switch a robot on or off."""
    robot = robot_or_404(pk)
    is_active = request.POST.get("is_active") == "on"
    try:
        switch_robot(robot=robot, is_active=is_active, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    if not is_htmx(request):
        return redirect(request, board_url(robot.stage.pipeline_id))
    text = _("The robot works now") if is_active else _("The robot rests")
    return toast(HttpResponse(status=204), text, level="ok")


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def copy(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Copy a robot into the stage of `stage`, switched off."""
    robot = robot_or_404(pk)
    try:
        stage = stage_or_404(uuid.UUID(request.POST.get("stage", "")))
        copy_robot(robot=robot, stage=stage, by=request.member, now=timezone.now())
    except ValueError as error:
        raise Http404 from error
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, board_url(stage.pipeline_id))


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a robot; its log stays."""
    robot = robot_or_404(pk)
    try:
        delete_robot(robot=robot, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, board_url(robot.stage.pipeline_id))
