"""What robots and their services refuse, each by a name of its own."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Forbidden, Refusal


class BeyondRights(Forbidden):
    """A robot can do nothing that its maker may not (D9)."""

    code = "beyond_rights"

    def default_message(self) -> str | Promise:
        return _("A robot may do only what its maker may, and your role does not allow this.")


class NothingToDo(Refusal):
    """The action lacks what it needs."""

    code = "nothing_to_do"

    def default_message(self) -> str | Promise:
        return _("Say what the robot is to do.")


class RobotMoved(Conflict):
    """The run was done or called off meanwhile."""

    code = "robot_moved"

    def default_message(self) -> str | Promise:
        return _("The robot has done this already, or need not any more.")


class Impossible(Refusal):
    """An action that can't be done to this deal. `why` is a code of automation.words."""

    code = "impossible"

    def __init__(self, why: str, **params: object) -> None:
        self.why, self.params = why, params
        super().__init__(why)
