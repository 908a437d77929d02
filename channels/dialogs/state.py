"""What of the dialogs is shown: a tab, a kind or one channel, an order and a search, as they stand in the address."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenants.models import Membership

TABS: Mapping[str, str | Promise] = {
    "mine": _("Mine"),
    "unassigned": pgettext_lazy("dialogs", "Unassigned"),
    "all": _("All"),
    "closed": pgettext_lazy("dialogs", "Closed"),
}
DEFAULT_TAB = "all"
KINDS: Mapping[str, tuple[str | Promise, str]] = {  # word and icon
    "email": (_("Mail"), "mail"),
    "messenger": (_("Messengers"), "brand-telegram"),
    "chat": (_("Chat"), "message-circle"),
}
SORTS: Mapping[str, str | Promise] = {"new": _("Newest"), "waiting": _("Longest waiting")}
MAX_QUERY = 100


@dataclasses.dataclass(frozen=True, slots=True)
class DialogState:
    """One tab of the workspace; a kind makes it the mail or the messengers' workspace (L24)."""

    tab: str = DEFAULT_TAB
    kind: str = ""
    channel: str = ""
    sort: str = "new"
    search: str = ""

    @classmethod
    def read(cls, params: QueryDict) -> DialogState:
        """Read an address; what nobody knows is left out."""
        tab, kind, sort = params.get("tab", ""), params.get("kind", ""), params.get("sort", "")
        return cls(
            tab=tab if tab in TABS else DEFAULT_TAB,
            kind=kind if kind in KINDS else "",
            channel=_uuid(params.get("channel", "")),
            sort=sort if sort in SORTS else "new",
            search=params.get("q", "").replace("\0", "").strip()[:MAX_QUERY],
        )

    @property
    def query(self) -> str:
        """The state as a query string, empty for the default."""
        params = QueryDict(mutable=True)
        if self.tab != DEFAULT_TAB:
            params["tab"] = self.tab
        if self.sort != "new":
            params["sort"] = self.sort
        for name, value in (("kind", self.kind), ("channel", self.channel), ("q", self.search)):
            if value:
                params[name] = value
        return params.urlencode()

    @property
    def url(self) -> str:
        return self.address(reverse("channels:dialogs"))

    def address(self, path: str, **more: Any) -> str:
        """Write an address that keeps this state."""
        params = QueryDict(self.query, mutable=True)
        params.update({name: str(value) for name, value in more.items() if value})
        return f"{path}?{params.urlencode()}" if params else path

    def having(self, **changes: str) -> DialogState:
        return dataclasses.replace(self, **changes)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.kind or self.channel or self.search)


def condition(tab: str, member: Membership) -> Q:
    """Say which dialogs stand in a tab; for rows that were read with_holder()."""
    match tab:
        case "mine":
            return Q(closed_at=None, holder_pk=member.pk)
        case "unassigned":
            return Q(closed_at=None, holder_pk=None)
        case "closed":
            return Q(closed_at__isnull=False)
    return Q(closed_at=None)


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""
