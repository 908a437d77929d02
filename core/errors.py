"""The base of every refusal: a rule said no, and the text may be shown to the user."""

from __future__ import annotations

from django.utils.functional import Promise


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
