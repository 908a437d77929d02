"""Refusals of operations on people and rights."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Forbidden, Refusal


class LastAdministrator(Refusal):
    code = "last_administrator"

    def default_message(self) -> Promise:
        return _("Somebody has to remain administrator.")


class AdministratorsOnly(Forbidden):
    code = "administrators_only"

    def default_message(self) -> Promise:
        return _("Only an administrator may do this.")


class MoreThanOwnRights(Forbidden):
    code = "more_than_own_rights"

    def default_message(self) -> Promise:
        return _("You may not give rights you don't have yourself.")


class OwnMembership(Refusal):
    code = "own_membership"

    def default_message(self) -> Promise:
        return _("Nobody dismisses themselves or changes their own role.")


class AlreadyMember(Conflict):
    code = "already_member"

    def default_message(self) -> Promise:
        return _("This person works here already.")


class InvitationInvalid(Refusal):
    code = "invitation_invalid"

    def default_message(self) -> Promise:
        return _("This invitation has been used, withdrawn or is older than seven days.")


class InvitationForAnother(Forbidden):
    code = "invitation_for_another"

    def default_message(self) -> Promise:
        return _("This invitation is for another address.")


class OwnCurrency(Refusal):
    """The company's own currency costs one of itself."""

    code = "own_currency"

    def default_message(self) -> Promise:
        return _("This is the company’s own currency.")


class StillInUse(Refusal):
    code = "still_in_use"

    def default_message(self) -> Promise:
        return _("Something still refers to it.")


class CircularDepartment(Refusal):
    code = "circular_department"

    def default_message(self) -> Promise:
        return _("A department cannot be part of itself.")


class HoursOverlap(Refusal):
    code = "hours_overlap"

    def default_message(self) -> Promise:
        return _("Hours of one day follow each other and end within 24 hours.")


class HolidayTaken(Refusal):
    code = "holiday_taken"

    def default_message(self) -> Promise:
        return _("This day is in the calendar already.")


class LastDayFirst(Refusal):
    code = "last_day_first"

    def default_message(self) -> Promise:
        return _("The last day is not before the first.")


class AbsencesOverlap(Refusal):
    code = "absences_overlap"

    def default_message(self) -> Promise:
        return _("This person is away on some of these days already.")


class StandsInForSelf(Refusal):
    code = "stands_in_for_self"

    def default_message(self) -> Promise:
        return _("Somebody else has to stand in.")


class MemberLeft(Refusal):
    code = "member_left"

    def default_message(self) -> Promise:
        return _("This person does not work here any more.")


class AbsenceTooLong(Refusal):
    code = "absence_too_long"

    def default_message(self) -> Promise:
        return _("An absence lasts three years at most.")
