"""Calls to other programs: guarded addresses, short patience, no redirects."""

from __future__ import annotations

import dataclasses

from django.utils.translation import gettext as _

from automation.actions import Errand
from channels.adapters import client
from channels.adapters.base import SendError


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """A call that went wrong: in words, and whether trying again could help."""

    text: str
    is_permanent: bool


def go(errand: Errand) -> Failure | None:
    """Make the call; outside any transaction. None: it was taken (2xx)."""
    try:
        with client.open_client() as session:
            answer = client.request(
                session, "POST", errand.url, content=errand.body, headers=dict(errand.headers)
            )
    except SendError as error:
        return Failure(str(error), error.is_permanent)
    if answer.is_success:
        return None
    is_permanent = 300 <= answer.status_code < 500 and answer.status_code not in (408, 425, 429)
    return Failure(_("It answered %(status)s.") % {"status": answer.status_code}, is_permanent)
