"""What robots put into people's bells."""

from __future__ import annotations

from django.utils.translation import gettext as _

from activities import notices
from activities.notices import Params
from automation.words import stop_words


def register() -> None:
    """Teach the bell the words; called once the apps are loaded."""
    notices.register("robot_says", "robot", _says)
    notices.register("robot_failed", "robot", _failed)
    notices.register("robot_stopped", "robot", _stopped)


def _says(params: Params) -> tuple[str, str]:
    return str(params.get("text") or ""), str(params.get("deal") or "")


def _failed(params: Params) -> tuple[str, str]:
    title = _("The robot “%(robot)s” could not do its work") % {"robot": params.get("robot", "")}
    return title, str(params.get("stage") or "")


def _stopped(params: Params) -> tuple[str, str]:
    title = _("The robot “%(robot)s” was stopped") % {"robot": params.get("robot", "")}
    return title, stop_words().get(str(params.get("why")), "")
