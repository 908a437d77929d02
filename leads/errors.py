"""What the lead services refuse, each by a name of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Conflict, Forbidden, Refusal

if TYPE_CHECKING:
    from deals.models import Deal


class LeadTakenByOther(Conflict):
    """Somebody was faster: says who."""

    code = "lead_taken"

    def __init__(self, *, who: str) -> None:
        self.who = who
        super().__init__(_("%(who)s took it before you.") % {"who": who}, who=who)


class LeadAlreadyConverted(Conflict):
    """The lead has become something already; carries the deal, when it was one."""

    code = "lead_converted"

    def __init__(self, *, deal: Deal | None = None, who: str = "") -> None:
        self.deal, self.who = deal, who
        text = _("%(who)s has accepted it already.") if who else _("It has been accepted already.")
        super().__init__(text % {"who": who}, who=who)


class LeadClosed(Conflict):
    """The lead was rejected meanwhile."""

    code = "lead_closed"

    def __init__(self, *, who: str = "") -> None:
        text = _("%(who)s has rejected it already.") if who else _("It has been rejected already.")
        super().__init__(text % {"who": who}, who=who)


class LeadGone(Conflict):
    """The lead was deleted meanwhile."""

    code = "lead_gone"

    def default_message(self) -> str | Promise:
        return gettext_lazy("It has been deleted.")


class LeadNotRejected(Conflict):
    """Only a rejected lead can be returned to the queue."""

    code = "lead_not_rejected"

    def default_message(self) -> str | Promise:
        return gettext_lazy("It is in the queue already.")


class ReasonRequired(Refusal):
    """The channel demands a reason for every rejection (L8)."""

    code = "reason_required"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose why it is rejected: this channel asks for a reason.")


class WrongReason(Refusal):
    """The reason is archived, or isn't one for leads."""

    code = "wrong_reason"

    def default_message(self) -> str | Promise:
        return gettext_lazy("This reason is not for inquiries.")


class SnoozeInPast(Refusal):
    """A lead is put off to a later moment."""

    code = "snooze_in_past"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose a moment that is still to come.")


class NobodyToAssign(Refusal):
    """An assignment names one person or one role."""

    code = "nobody_to_assign"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose a person or a role.")


class MemberDismissed(Refusal):
    """Leads go to people who work here."""

    code = "member_dismissed"

    def default_message(self) -> str | Promise:
        return gettext_lazy("This person does not work here any more.")


class DealClosed(Refusal):
    """Inquiries are attached to deals that are still open."""

    code = "deal_closed"

    def default_message(self) -> str | Promise:
        return gettext_lazy("The deal is closed: choose an open one.")


class NothingToCreate(Refusal):
    """A conversion makes at least a contact, a company or a deal (L10)."""

    code = "nothing_to_create"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose what the inquiry becomes: a contact, a company or a deal.")


class NotAnExclusion(Refusal):
    """The exclusion list holds phones, addresses and domains."""

    code = "not_an_exclusion"

    def default_message(self) -> str | Promise:
        return gettext_lazy("This is no phone, no address and no domain.")


class PublicDomain(Refusal):
    """A mail service of millions can't be excluded as a whole."""

    code = "public_domain"

    def __init__(self, *, domain: str = "") -> None:
        text = _("%(domain)s is a public mail service: exclude single addresses there.")
        super().__init__(text % {"domain": domain}, domain=domain)


class CannotUndo(Conflict):
    """The lead has changed since, or this decision can't be taken back."""

    code = "cannot_undo"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Too late to undo: it has changed since.")


class NotAllowed(Forbidden):
    """The member's role does not reach this."""

    code = "not_allowed"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Your role does not allow this.")


class RuleWithoutPeople(Refusal):
    """A rule names who gets the inquiries."""

    code = "rule_without_people"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose people, a department or a role: who gets these inquiries?")


class RuleNeedsRole(Refusal):
    """Only a role can see a lead together."""

    code = "rule_needs_role"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose the role whose members all see these inquiries.")


class StepNeedsTarget(Refusal):
    """A step that hands a lead over, or tells somebody, names whom."""

    code = "step_needs_target"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose to whom it goes when nobody answers.")


def name_of(member: Any) -> str:
    """Name a member, or nobody."""
    return member.name if member is not None else ""
