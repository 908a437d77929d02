"""The page a client opens by a secret link: logged out, indexed by nobody, knowing one document and nothing else."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.errors import Refusal
from core.tenancy import tenant_scope
from core.visitors import address_of, count
from deals import pictures
from deals.documents import answers, links, pdf, qr
from deals.documents.happenings import Document
from deals.documents.services import RELATED
from deals.documents.showing import sheet_of
from deals.models import Proposal
from tenants.middleware import public
from tenants.models import Seat

LOOKS_A_MINUTE = 120  # of one address: an office may share it; guessing tokens is hopeless anyway
View = Callable[..., HttpResponse]
POLICY = {
    "default-src": [NONE],
    "script-src": [NONE],
    "style-src": [SELF],
    "font-src": [SELF],
    "img-src": [SELF, "data:"],
    "connect-src": [NONE],
}


def by_link(view: View) -> View:
    """Open the document a token belongs to, in its tenant's scope and its own language; 404 for any other token."""

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        if count("document", address_of(request), within_s=60) > LOOKS_A_MINUTE:
            return HttpResponse(status=429, headers={"Retry-After": "60"})
        place = links.find(token)
        with tenant_scope(place.tenant_id):
            rows = links.KINDS[place.kind].objects.select_related("tenant", *RELATED)
            document = get_object_or_404(rows, pk=place.document_id, tenant__is_active=True)
            if document.is_draft:
                raise Http404
            with translation.override(document.language):
                response = view(request, document, token)
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        # The token is told to nobody else; with no-referrer browsers post with "Origin: null", which CSRF refuses
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    guarded: Any = never_cache(transaction.non_atomic_requests(opened))
    return public(csp_replace(POLICY)(guarded))  # type: ignore[arg-type]


@require_safe
@by_link
def page(request: HttpRequest, document: Document, token: str) -> HttpResponse:
    """Show the document and what can be done with it; a person's look is written down."""
    if request.method == "GET" and not _is_ours(request, document) and not _is_prefetch(request):
        answers.note_opening(
            document=document,
            address=_address(request),
            user_agent=request.headers.get("User-Agent", ""),
            now=timezone.now(),
        )
    return _page(request, document, token)


@require_POST
@by_link
def answer(request: HttpRequest, document: Document, token: str) -> HttpResponse:
    """Accept, decline or ask: act=accept, act=decline, act=ask."""
    name, text, now = request.POST.get("name", ""), request.POST.get("text", ""), timezone.now()
    act = request.POST.get("act")
    try:
        if act == "ask":
            answers.ask(document=document, name=name, text=text, now=now)
        elif not isinstance(document, Proposal):
            raise Http404
        elif act == "accept":
            answers.accept(proposal=document, name=name, address=_address(request), now=now)
        else:
            answers.decline(proposal=document, name=name, reason=text, address=_address(request), now=now)
    except Refusal as refusal:
        return _page(
            request, document, token, error=refusal.message, typed={"name": name, "text": text}, act=act,
            status=refusal.status,
        )  # fmt: skip
    done = "?asked=1" if act == "ask" else ""
    return HttpResponseRedirect(reverse("deals:public_document", args=[token]) + done)


@require_safe
@by_link
def as_pdf(request: HttpRequest, document: Document, token: str) -> HttpResponse:
    """Hand the document out as PDF."""
    return pdf.response(document)


@require_safe
@by_link
def logo(request: HttpRequest, document: Document, token: str) -> HttpResponse:
    """Hand out the logo on the document."""
    return picture_response(document)


def picture_response(document: Document) -> HttpResponse:
    """Hand out the logo the document was made with; 404 where it has none."""
    data = pictures.read(str(document.content.get("seller", {}).get("logo_key") or ""))
    if not data:
        raise Http404
    return pictures.response(data, "image/png" if data.startswith(b"\x89PNG") else "image/jpeg")


# --- Parts -------------------------------------------------------------------------------------------
def _page(
    request: HttpRequest, document: Document, token: str, *, status: int = 200, **shown: Any
) -> HttpResponse:
    # As it stands now: looking and answering change it
    document = type(document).objects.select_related(*RELATED).get(pk=document.pk)
    sheet = sheet_of(document)
    is_expired = answers.is_expired(document, today=timezone.localdate())
    newer = (
        Proposal.objects.filter(replaces=document).exclude(state=Proposal.State.DRAFT).first()
        if isinstance(document, Proposal)
        else None
    )
    context: dict[str, Any] = {
        "document": document,
        "kind": links.kind_of(document),
        "sheet": sheet,
        "token": token,
        "has_logo": bool(document.content.get("seller", {}).get("logo_key")),
        "qr": qr.data_uri(sheet.payment_code) if sheet.payment_code else "",
        "is_expired": is_expired,
        "may_answer": isinstance(document, Proposal) and document.is_waiting and not is_expired,
        "newer_url": links.url_of(newer) if newer else "",
        "was_asked": "asked" in request.GET,
    }
    return render(request, "deals/documents/public.html", context | shown, status=status)


def _is_ours(request: HttpRequest, document: Document) -> bool:
    """Say whether somebody of the tenant looks at what they sent."""
    user = request.user
    return user.is_authenticated and Seat.objects.filter(user=user, tenant=document.tenant_id).exists()


def _is_prefetch(request: HttpRequest) -> bool:
    return "prefetch" in (request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")).lower()


def _address(request: HttpRequest) -> str | None:
    """Tell from which address somebody came; nothing that isn't an address."""
    try:
        return str(ipaddress.ip_address(address_of(request).partition("%")[0]))
    except ValueError:
        return None
