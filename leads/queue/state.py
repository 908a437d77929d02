"""What of the queue is shown: a tab and kinds of channels, as they stand in the address."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from leads.models import Lead
from tenants.access import department_ids
from tenants.models import Membership

TABS: Mapping[str, str | Promise] = {
    "mine": _("Mine"),
    "teams": _("My teams"),
    "all": _("All"),
    "snoozed": _("Snoozed"),
    "rejected": pgettext_lazy("queue", "Rejected"),
}
DEFAULT_TAB = "all"
TRIAGE = "triage"
KINDS: Mapping[str, tuple[str | Promise, str]] = {  # word and icon
    "email": (_("Mail"), "mail"),
    "messenger": (_("Messengers"), "brand-telegram"),
    "call": (_("Calls"), "phone-incoming"),
    "request": (_("Requests"), "forms"),
    "chat": (_("Chat"), "message-circle"),
    "callback": (_("Callback"), "phone-call"),
}
_OPEN = Q(state__in=(Lead.State.NEW, Lead.State.IN_WORK))


@dataclasses.dataclass(frozen=True, slots=True)
class QueueState:
    """One tab, narrowed to kinds; several kinds together make a dispatcher's workspace (L24)."""

    tab: str = DEFAULT_TAB
    kinds: tuple[str, ...] = ()
    is_triage: bool = False  # one inquiry at a time, the next one comes by itself

    @classmethod
    def read(cls, params: QueryDict) -> QueueState:
        """Read an address; what nobody knows is left out."""
        tab = params.get("tab", DEFAULT_TAB)
        kinds = tuple(kind for kind in params.getlist("kind") if kind in KINDS)
        is_triage = params.get("view") == TRIAGE
        return cls(tab if tab in TABS else DEFAULT_TAB, kinds, is_triage)

    @property
    def query(self) -> str:
        """The state as a query string, empty for the default."""
        params = QueryDict(mutable=True)
        if self.tab != DEFAULT_TAB:
            params["tab"] = self.tab
        params.setlist("kind", list(self.kinds))
        if self.is_triage:
            params["view"] = TRIAGE
        return params.urlencode()

    @property
    def url(self) -> str:
        return self.address(reverse("leads:unsorted"))

    def address(self, path: str, **more: Any) -> str:
        """Write an address that keeps this state."""
        params = QueryDict(self.query, mutable=True)
        params.update({name: str(value) for name, value in more.items() if value})
        return f"{path}?{params.urlencode()}" if params else path

    def with_tab(self, tab: str) -> QueueState:
        return dataclasses.replace(self, tab=tab)

    def with_triage(self, *, is_on: bool) -> QueueState:
        return dataclasses.replace(self, is_triage=is_on)

    def with_kind(self, kind: str) -> QueueState:
        """Narrow to one kind, or to none with an empty one."""
        return dataclasses.replace(self, kinds=(kind,) if kind else ())


def condition(tab: str, member: Membership, *, now: dt.datetime) -> Q:
    """Say which leads stand in a tab; whatever is taken by somebody is in that person's tab only."""
    is_awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    match tab:
        case "mine":
            is_mine = Q(taken_by=member) | Q(taken_by=None, responsible=member)
            return _OPEN & is_awake & is_mine
        case "teams":
            return _OPEN & is_awake & Q(taken_by=None) & _of_teams(member)
        case "snoozed":
            return _OPEN & Q(snoozed_until__gt=now)
        case "rejected":
            return Q(state=Lead.State.REJECTED)
    return _OPEN & is_awake & Q(taken_by=None)


def counted(member: Membership, *, now: dt.datetime) -> Q:
    """Say which leads the menu counts: those that wait for a taker, and the member's own clients who wait.

    What the member has in work and has answered waits for nobody.
    """
    is_awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    waits = Q(taken_by=None) | Q(taken_by=member, waiting_since__isnull=False)
    return _OPEN & is_awake & waits


def _of_teams(member: Membership) -> Q:
    """Those that wait for the member, the member's role, or somebody of the department."""
    ours = Q(responsible_role=member.role_id) | Q(responsible=member)
    if departments := department_ids(member):
        ours |= Q(responsible__department__in=departments)
    return ours
