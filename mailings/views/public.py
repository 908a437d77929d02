"""What a recipient reaches by the links of a letter: logged out, indexed by nobody, knowing one address."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core.tenancy import tenant_scope
from core.visitors import address_of, count
from mailings import links, services
from mailings.models import Recipient, Subscription
from mailings.services import tracking
from tenants.middleware import public

ASKS_A_MINUTE = (
    240  # of one address: pictures of a whole office come through one; guessing tokens is hopeless anyway
)
View = Callable[..., HttpResponse]
POLICY = {
    "default-src": [NONE],
    "script-src": [NONE],
    "style-src": [SELF],
    "font-src": [SELF],
    "img-src": [SELF, "data:"],
    "connect-src": [NONE],
}
DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def by_link(view: View) -> View:
    """Open the recipient a token belongs to, in its tenant's scope and language; 404 for any other token.

    Pictures are not counted: those of all letters to one mail provider are fetched by a few machines of theirs.
    """

    @wraps(view)
    def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        place = links.find(token)
        with tenant_scope(place.tenant_id):
            rows = Recipient.objects.select_related("tenant", "message")
            recipient = get_object_or_404(rows, pk=place.recipient_id, tenant__is_active=True)
            with translation.override(recipient.tenant.language):
                response = view(request, recipient, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return _guarded(opened)


def sparingly(view: View) -> View:
    """Refuse whoever asks too often: 429."""

    @wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if count("mailing", address_of(request), within_s=60) > ASKS_A_MINUTE:
            return HttpResponse(status=429, headers={"Retry-After": "60"})
        return view(request, *args, **kwargs)

    return counted


def _guarded(view: View) -> View:
    guarded: Any = never_cache(transaction.non_atomic_requests(view))
    return public(csp_replace(POLICY)(guarded))  # type: ignore[arg-type]


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def _page(request: HttpRequest, recipient: Recipient) -> HttpResponse:
    """Looking changes nothing, because mail servers look too; a post unsubscribes, or subscribes again (act=back)."""
    now = timezone.now()
    if request.method == "POST":
        is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        if request.POST.get("act") == "back":
            services.return_by_link(recipient=recipient, now=now)
        else:
            how = Subscription.How.ONE_CLICK if is_one_click else Subscription.How.LINK
            services.leave_by_link(recipient=recipient, how=how, now=now)
        if is_one_click:
            return HttpResponse(status=200)
    context = {
        "company": recipient.tenant.name,
        "address": recipient.address,
        "language": recipient.tenant.language,
        "is_off": tracking.is_unsubscribed(recipient),
        "was_back": request.POST.get("act") == "back",
    }
    return render(request, "mailings/public.html", context)


@_guarded
@require_safe
def _trial(request: HttpRequest) -> HttpResponse:
    """Say what the link of a test letter would do."""
    return render(request, "mailings/public.html", {"is_trial": True, "language": settings.LANGUAGE_CODE})


@csrf_exempt
@_guarded
@sparingly
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The page where one unsubscribes; that of a test letter does nothing.

    The token is the whole right: mail programs post without our cookies, so there is no CSRF token to ask for.
    """
    return _trial(request) if token == links.TRIAL else _page(request, token=token)


@require_safe
@by_link
def dot(request: HttpRequest, recipient: Recipient) -> HttpResponse:
    """Count that the letter was opened."""
    if request.method == "GET" and not is_prefetch(request):
        services.note_opening(recipient=recipient, now=timezone.now())
    return HttpResponse(DOT, content_type="image/gif")


@require_safe
@sparingly
@by_link
def click(request: HttpRequest, recipient: Recipient, number: str) -> HttpResponse:
    """Lead on to a link of the letter, and count it; to nothing that did not stand there."""
    if request.method == "HEAD" or is_prefetch(request):
        return HttpResponse(status=204)
    if not (number.isdecimal() and len(number) < 5):
        raise Http404
    url = services.note_click(recipient=recipient, number=int(number), now=timezone.now())
    if not url:
        raise Http404
    return HttpResponse(status=302, headers={"Location": url})


def is_prefetch(request: HttpRequest) -> bool:
    """Say whether a browser fetches it before anybody has clicked."""
    return "prefetch" in (request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")).lower()
