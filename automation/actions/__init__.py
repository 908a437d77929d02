"""What robots can do.

To add an action: a class with the shape of automation.actions.base.Action, its code in Robot.Action, its entry
here, the words of its outcome in automation.words, and its cases in tests/test_actions.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from automation.actions.base import Action, Done, Errand, Work
from automation.actions.clients import SendText, Write
from automation.actions.deal import Assign, Move, SetField
from automation.actions.tasks import Comment, Notify, Plan, StartProcess
from automation.actions.webhook import Webhook

_ALL: tuple[Action, ...] = (
    Plan(), StartProcess(), Write(), SendText(), Notify(), Move(), Assign(), SetField(), Comment(), Webhook(),
)  # fmt: skip
ACTIONS: Mapping[str, Action] = {action.code: action for action in _ALL}

__all__ = ["ACTIONS", "Action", "Done", "Errand", "Work"]
