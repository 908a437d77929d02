"""A channel's own form for everybody: as a page, within a frame, and for the script of other sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from channels import hooks
from channels.adapter_settings import settings_of
from channels.adapters import adapter_for
from channels.adapters.marks import FIRST_PAGE_NAMES, is_mark
from channels.models import Channel, HookRoute
from channels.services import site_form_of
from channels.sites import shield
from channels.sites.filling import Answers
from channels.sites.posting import STAMP_FIELD, SiteVisit, Verdict, judge
from channels.sites.showing import form_context
from channels.views.everybody import for_everybody, text_of
from channels.webhooks import TooLarge, read_delivery, take
from core.tenancy import tenant_scope
from core.visitors import address_of

MAX_MARK = 300
MAX_URL = 2000


@csrf_exempt
@for_everybody
def form_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form, or take what was filled in the same way as a hook."""
    route, visit = _visit(token)
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Access-Control-Allow-Methods": "GET, POST, OPTIONS"})
    with translation.override(visit.language):
        if request.method == "POST":
            return _submitted(request, visit, route)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST, OPTIONS"})
        if shield.is_viewed_too_often(address_of(request)):
            return _too_many(request, visit)
        return _page(request, visit, marks=_marks(request, Answers()))


@require_safe
@for_everybody
def form_embed(request: HttpRequest, token: str) -> HttpResponse:
    """Give the script of another site the form, its looks and a fresh stamp."""
    _route, visit = _visit(token)
    with translation.override(visit.language):
        if shield.is_viewed_too_often(address_of(request)):
            return JsonResponse({"error": _("Wait a minute and try again.")}, status=429)
        look = visit.definition.look
        context = form_context(visit, now=timezone.now()) | {"action": hooks.form_url(token)}
        html = render_to_string("channels/forms/form.html", context)
    answer = {"html": html, "css": text_of("css/site_form.css"), "accent": look.accent}
    response = JsonResponse(answer | {"on_accent": look.on_accent, "title": visit.definition.title})
    response.headers["Cache-Control"] = "no-store"
    return response


# --- Parts -------------------------------------------------------------------------------------------
def _visit(token: str) -> tuple[HookRoute, SiteVisit]:
    route = hooks.find_route("form", token)
    if route is None:
        raise Http404
    with tenant_scope(route.tenant_id):
        channel = Channel.objects.select_related("tenant").get(pk=route.channel_id)
        channel_settings = settings_of(channel)
        definition, _version = site_form_of(channel)
    if not channel.is_active or channel_settings.get("api_key"):  # with a key only programs may post
        raise Http404
    return route, SiteVisit(channel, definition, channel_settings)


def _submitted(request: HttpRequest, visit: SiteVisit, route: HookRoute) -> HttpResponse:
    by_address, by_form = shield.count_post(visit.channel.pk, address_of(request))
    if by_address > shield.POSTS_A_MINUTE:
        return _too_many(request, visit)
    try:
        delivery = read_delivery(request)
    except TooLarge:
        text = _("The files are too large together.")
        return _told(request, visit, {"error": text}, status=413, general_error=text)
    verdict = judge(visit, delivery, by_address=by_address, by_form=by_form, now=timezone.now())
    if not verdict.is_taken:
        return _sent_back(request, visit, verdict)
    response = take(route.tenant_id, route.channel_id, adapter_for("form"), verdict.delivery)
    return _thanks(request, visit) if response.status_code == 200 else response


def _sent_back(request: HttpRequest, visit: SiteVisit, verdict: Verdict) -> HttpResponse:
    """Show what is wrong; the page keeps what was typed."""
    posted = verdict.answers.one(STAMP_FIELD)
    stamp = shield.next_stamp(posted, visit.channel.pk, now=timezone.now())
    stale = _("This page was open for a long time. Please send it once more.") if verdict.is_stale else ""
    said = {"errors": dict(verdict.errors), "is_stale": verdict.is_stale, "stamp": stamp}
    return _told(
        request,
        visit,
        said,
        status=422,
        answers=verdict.answers,
        errors=verdict.errors,
        general_error=stale,
        stamp=stamp,
        marks=_marks(request, verdict.answers),
    )


def _thanks(request: HttpRequest, visit: SiteVisit) -> HttpResponse:
    done = render_to_string("channels/forms/done.html", {"form": visit.definition})
    said = {"ok": True, "html": done, "redirect": visit.definition.redirect_url}
    return _told(request, visit, said, status=200, is_sent=True)


def _too_many(request: HttpRequest, visit: SiteVisit) -> HttpResponse:
    text = _("Too many messages. Wait a minute and try again.")
    response = _told(request, visit, {"error": text}, status=429, general_error=text)
    response.headers["Retry-After"] = "60"
    return response


def _told(
    request: HttpRequest, visit: SiteVisit, said: Mapping[str, Any], *, status: int, **shown: Any
) -> HttpResponse:
    """Answer the script in its words, a browser without scripts by the page."""
    if "application/json" in request.headers.get("Accept", ""):
        response: HttpResponse = JsonResponse(said, status=status)
    else:
        response = _page(request, visit, **shown)
        response.status_code = status
    patch_vary_headers(response, ["Accept"])
    return response


def _page(request: HttpRequest, visit: SiteVisit, **shown: Any) -> HttpResponse:
    context = form_context(visit, now=timezone.now(), **shown) | {"has_script": True}
    response = render(request, "channels/forms/page.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _marks(request: HttpRequest, given: Answers) -> list[tuple[str, str]]:
    """Carry the marks of the advert that led here along with the form."""
    told = {name: given.one(name) for name in given.texts}
    source = told or request.GET.dict()
    marks = [(name, str(value)[:MAX_MARK]) for name, value in source.items() if is_mark(name)]
    page = source.get("page_url", "") or told.get("referrer", "") or request.headers.get("Referer", "")
    first = next((source[name] for name in FIRST_PAGE_NAMES if name in source), "")
    places = {"page_url": page, "first_page": first, "referrer": source.get("referrer", "")}
    return [*marks, *((name, str(value)[:MAX_URL]) for name, value in places.items() if value)]
