"""What the API refuses before anything is done."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Forbidden, Refusal


class NoToken(Refusal):
    """There is no token, or none that opens anything: unknown, revoked, expired, of somebody who left. All alike."""

    code, status = "invalid_token", 401

    def default_message(self) -> Promise:
        return gettext_lazy("The token is missing or no longer valid.")


class MissingScope(Forbidden):
    code = "missing_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(_("The token lacks the scope %(scope)s.") % {"scope": scope}, scope=scope)


class NotYourRight(Forbidden):
    """The member's role doesn't reach so far (any more), whatever the token says."""

    code = "no_right"

    def default_message(self) -> Promise:
        return gettext_lazy("The member this token belongs to has no right to do this.")


class TooManyRequests(Refusal):
    code, status = "too_many_requests", 429

    def default_message(self) -> Promise:
        return gettext_lazy("Too many requests, wait a little.")


class TooLarge(Refusal):
    code, status = "too_large", 413

    def default_message(self) -> Promise:
        return gettext_lazy("The request is too large: send fewer rows at once.")


class LengthUnknown(Refusal):
    code, status = "length_required", 411

    def default_message(self) -> Promise:
        return gettext_lazy("The request has to say how long it is.")


class NoSuchPlace(Refusal):
    """A cursor that isn't one of ours."""

    code, field = "invalid_cursor", "after"

    def default_message(self) -> Promise:
        return gettext_lazy("There is no such place in the list: begin anew.")
