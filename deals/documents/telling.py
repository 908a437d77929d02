"""What is written into the timeline and rung in the bell when something happens to a document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from activities.changes import Data, aside
from activities.services import log_activity, notify
from core import live
from core.tenancy import current_tenant_id
from deals.documents.happenings import Document
from deals.models import Deal, Proposal
from deals.models.documents import shown_number
from deals.sentences import money_of
from tenants.models import Membership


def record(document: Document, *, code: str, by: Membership | None, now: dt.datetime, **data: Any) -> None:
    """Write one entry into the timeline of the deal, and so of its client."""
    log_activity(
        kind="change",
        occurred_at=now,
        author=by,
        deal=document.deal,
        data=facts_of(document) | {"code": code} | data,
    )


def facts_of(document: Document) -> dict[str, Any]:
    """Tell a document in plain values, for entries and notices."""
    return {
        "deal": document.deal.title,
        "document": "proposal" if isinstance(document, Proposal) else "invoice",
        "id": str(document.pk),
        "number": document.number,
        "version": document.version if isinstance(document, Proposal) else 1,
        "amount": f"{document.total:f}",
        "currency": document.currency,
    }


def tell(deal: Deal) -> None:
    """Tell open pages after commit that something of the deal changed; the card on the board stands where it was."""
    payload = {"id": str(deal.pk), "stage": str(deal.stage_id), "version": deal.version}
    live.publish(tenant_id=current_tenant_id(), topic="deal.changed", payload=payload)


def ring(document: Document, *, code: str, now: dt.datetime, **params: Any) -> None:
    """Put a line into the bell of the deal's responsible."""
    owner = document.deal.owner
    if owner is None:
        return
    word = "proposal" if isinstance(document, Proposal) else "invoice"
    url = reverse(f"deals:{word}", args=[document.pk])
    notify(members=[owner], code=code, params=facts_of(document) | params, url=url, now=now)


# --- Words -------------------------------------------------------------------------------------------
def title_of(data: Mapping[str, Any]) -> str:
    """Name a document within a sentence: «КП № 12, версия 2», invoice No. 7."""
    number = shown_number(str(data.get("number", "")))
    if data.get("document") == "invoice":
        return _("invoice %(number)s") % {"number": number}
    noun = (_("proposal %(number)s") % {"number": ""}).strip()
    named = number if number.startswith(noun) else _("proposal %(number)s") % {"number": number}
    version = int(data.get("version") or 1)
    return (
        _("%(document)s, version %(version)s") % {"document": named, "version": version}
        if version > 1
        else named
    )


def sentence(data: Data) -> SafeString:
    """Say in a timeline what happened to a document, with a link to it."""
    patterns = {
        "document_made": _("%(document)s made"),
        "document_sent": _("%(document)s sent"),
        "document_viewed": _("%(document)s viewed by the client"),
        "document_accepted": _("%(document)s accepted"),
        "document_declined": _("%(document)s declined"),
        "document_expired": _("%(document)s expired"),
        "document_asked": _("Question about %(document)s"),
        "document_cancelled": _("%(document)s cancelled"),
        "document_overdue": _("%(document)s is overdue"),
        "document_reminded": _("The client was reminded of %(document)s"),
        "document_link_renewed": _("%(document)s: new link, the old one is closed"),
        "document_link_revoked": _("%(document)s: link closed"),
        "document_paid": _("%(document)s paid"),
        "document_partly_paid": _("%(document)s partly paid"),
    }
    before, _mark, after = patterns.get(str(data.get("code")), "%(document)s").partition("%(document)s")
    word, title = "invoice" if data.get("document") == "invoice" else "proposal", title_of(data)
    link = format_html(
        '<a class="link" href="{}">{}</a>',
        reverse(f"deals:{word}", args=[data["id"]]),
        title if before else capfirst(title),
    )
    remarks = filter(
        None, [money_of(data, "amount"), str(data.get("name") or ""), str(data.get("text") or "")]
    )
    return format_html("{}{}{}{}", before, link, after, aside(", ".join(remarks)))


CODES = (
    ("document_made", "file-text"),
    ("document_sent", "send"),
    ("document_viewed", "eye"),
    ("document_accepted", "circle-check"),
    ("document_declined", "circle-x"),
    ("document_expired", "clock-exclamation"),
    ("document_asked", "message"),
    ("document_cancelled", "ban"),
    ("document_overdue", "clock-exclamation"),
    ("document_reminded", "mail"),
    ("document_link_renewed", "link"),
    ("document_link_revoked", "link-off"),
    ("document_paid", "cash"),
    ("document_partly_paid", "cash"),
)


def notice(code: str) -> Any:
    """Make the words of a bell's line: what happened to which document, and of which deal."""

    def words(params: Mapping[str, Any]) -> tuple[str, str]:
        patterns = {
            "document_viewed": _("%(document)s was opened by the client"),
            "document_accepted": _("%(document)s was accepted"),
            "document_declined": _("%(document)s was declined"),
            "document_expired": _("%(document)s has expired"),
            "document_asked": _("The client asks about %(document)s"),
            "document_due": _("%(document)s is to be paid soon"),
            "document_overdue": _("%(document)s is overdue"),
            "document_paid": _("%(document)s is paid"),
            "document_partly_paid": _("%(document)s is paid in part"),
        }
        title = capfirst(patterns[code] % {"document": title_of(params)})
        said = ", ".join(filter(None, [str(params.get("name") or ""), str(params.get("text") or "")]))
        return title, said or str(params.get("deal", ""))

    return words


NOTICES = (
    ("document_viewed", "eye"),
    ("document_accepted", "circle-check"),
    ("document_declined", "circle-x"),
    ("document_expired", "clock-exclamation"),
    ("document_asked", "message"),
    ("document_due", "clock"),
    ("document_overdue", "clock-exclamation"),
    ("document_paid", "cash"),
    ("document_partly_paid", "cash"),
)
