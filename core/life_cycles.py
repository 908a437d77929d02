"""The field of a life cycle: the states of django-fsm, but a plain text in migrations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django_fsm import FSMField


class LifeCycleField(FSMField):
    """A state that only transitions change.

    Every FSMField listens to every model class that is made. Migrations make each class anew for each of their
    operations, and a new installation would wait for that for minutes; in their classes nothing changes its state.
    """

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("protected", None)
        return name, "django.db.models.CharField", args, kwargs
