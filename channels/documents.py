"""Letters with a proposal or an invoice: written as any answer to a client, through a mailbox that sends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from channels.services.replies import routes_for, send_reply
from deals.documents.errors import CannotBeMailed
from deals.models import Deal
from leads.inquiry import File
from tenants.models import Membership


def addresses_of(deal: Deal) -> Sequence[str]:
    """List the addresses of a deal's client that a mailbox can write to, the best first."""
    return list(dict.fromkeys(route.recipient for route in routes_for(deal=deal) if route.is_mail))


def mail(
    *,
    deal: Deal,
    address: str,
    subject: str,
    text: str,
    file_name: str,
    data: bytes,
    by: Membership,
    now: dt.datetime,
) -> None:
    """Queue a letter of the deal with a PDF; raise CannotBeMailed where no mailbox writes to the address."""
    route = next((one for one in routes_for(deal=deal) if one.is_mail and one.recipient == address), None)
    if route is None:
        raise CannotBeMailed
    file = File(name=file_name, content_type="application/pdf", data=data)
    send_reply(
        by=by, text=text, now=now, deal=deal, contact=deal.contact, route=route, subject=subject, files=[file]
    )
