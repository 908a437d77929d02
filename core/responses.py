"""How views answer HTMX: toasts, refusals, redirects."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise

from core.errors import Refusal

Text = str | Promise


def is_htmx(request: HttpRequest) -> bool:
    """Say whether HTMX, or a script of ours, asks: for a part of a page, not for a page."""
    return bool(request.headers.get("HX-Request"))


def trigger(response: HttpResponse, **events: Any) -> HttpResponse:
    """Add client-side events to the response, beside those it has."""
    present = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps(present | events)
    return response


def toast(
    response: HttpResponse, text: Text, *, undo_url: str = "", level: str = "info", **extra: Any
) -> HttpResponse:
    """Show a toast; with `undo_url` it offers to undo for ten seconds. Levels: info, success, error."""
    message = {"text": str(text), "undo_url": undo_url, "level": level} | extra
    return trigger(response, toast={key: value for key, value in message.items() if value})


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a named refusal with its status. Scripts read the text from data-reason and put things back."""
    template = "errors/reason.html" if is_htmx(request) else "errors/refusal.html"
    response = render(request, template, {"reason": refusal.message}, status=refusal.status)
    response.headers["HX-Reswap"] = "none"
    return response


def redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to a page, from a plain form as from HTMX."""
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
