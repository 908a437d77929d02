"""The base of every refusal: a rule said no, and the text may be shown to the user."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """A named refusal of an operation. `message` is translated and safe to show; `code` is stable."""

    code = "refused"
    status = 422  # how HTTP callers answer

    def __init__(self, message: str | Promise = "", **details: object) -> None:
        self.message = message or self.default_message()
        self.details = details
        super().__init__(str(self.message))

    def default_message(self) -> str | Promise:
        return self.__class__.__name__


class Conflict(Refusal):
    """Somebody else was faster."""

    code = "conflict"
    status = 409


class Forbidden(Refusal):
    """The acting member has no right to do this."""

    code = "forbidden"
    status = 403


class RowsRefused(Refusal):
    """Some rows of many were refused, so none was taken. `rows`: the number of each, from 1, and what is wrong with it."""

    code = "rows_refused"

    def __init__(self, rows: Sequence[tuple[int, Refusal]]) -> None:
        super().__init__()
        self.rows = rows

    def default_message(self) -> Promise:
        return _("Some rows are wrong, so none was taken.")
