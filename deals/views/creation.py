"""Making deals by hand: the whole form, and three fields in a column."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contacts.models import Company, Contact
from core.errors import Refusal
from core.responses import is_htmx, redirect, refused, toast, trigger
from deals import gate
from deals.errors import MissingFields
from deals.fields import mandatory
from deals.forms import CreateForm, QuickForm
from deals.models import Deal, Pipeline, Stage
from deals.services import create_deal
from deals.views.board import PIPELINE_COOKIE
from deals.views.common import found, member_of, stage_of
from deals.views.handover import handed_away, is_handed_away
from tenants.access import Action, Section, require


@require_http_methods(["GET", "POST"])
@require(Section.DEALS, Action.ADD)
def create(request: HttpRequest) -> HttpResponse:
    """Make a deal; ?stage=, ?contact= and ?company= fill the form in."""
    member = member_of(request)
    contact, company = _client(request)
    if request.method == "GET":
        form = CreateForm(member=member, demanded=mandatory(), initial=_initial(request, contact, company))
        return _form(request, form, contact, company)
    form = CreateForm(request.POST, request.FILES or None, member=member, demanded=_demanded(request))
    if not form.is_valid():
        return _form(request, form, contact, company, status=422)
    try:
        deal = _make(request, form)
    except MissingFields as refusal:
        form.demand(refusal.fields)
        return _form(request, form, contact, company, status=422)
    except Refusal as refusal:
        return refused(request, refusal)
    if is_handed_away(request, deal):
        return handed_away(request, deal)
    return redirect(request, reverse("deals:detail", args=[deal.pk]))


@transaction.atomic
def _make(request: HttpRequest, form: CreateForm) -> Deal:
    """Make a new client and the deal: both or neither."""
    now = timezone.now()
    return create_deal(by=member_of(request), now=now, **form.values(now=now))


def _client(request: HttpRequest) -> tuple[Contact | None, Company | None]:
    sent, member = request.POST or request.GET, member_of(request)
    contact = found(Contact.objects.visible_to(member), sent.get("contact"))
    return contact, found(Company.objects.visible_to(member), sent.get("company"))


def _initial(request: HttpRequest, contact: Contact | None, company: Company | None) -> dict[str, Any]:
    stage = stage_of(request.GET.get("stage")) or _usual_stage(request)
    return {
        "stage": str(stage.pk) if stage else None,
        "contact": contact.pk if contact else None,
        "company": company.pk if company else None,
        "owner": member_of(request).pk,
        "title": request.GET.get("title", "")[:250],
    }


def _usual_stage(request: HttpRequest) -> Stage | None:
    """The first stage of the pipeline looked at last."""
    pipeline = (
        found(Pipeline.objects.active(), request.COOKIES.get(PIPELINE_COOKIE))
        or Pipeline.objects.active().first()
    )
    return Stage.objects.open().filter(pipeline=pipeline).order_by("position").first() if pipeline else None


def _demanded(request: HttpRequest) -> list[str]:
    stage = stage_of(request.POST.get("stage"))
    asked = gate.demands(leaving=None, entering=stage)[gate.ENTER] if stage else []
    return list(dict.fromkeys([*gate.askable(asked), *mandatory()]))


def _form(
    request: HttpRequest,
    form: CreateForm,
    contact: Contact | None,
    company: Company | None,
    *,
    status: int = 200,
) -> HttpResponse:
    has_stages = bool(form.fields["stage"].choices)  # type: ignore[attr-defined]
    context = {"form": form, "contact": contact, "company": company, "has_stages": has_stages}
    return render(request, "deals/create.html", context, status=status)


@require_http_methods(["GET", "POST"])
@require(Section.DEALS, Action.ADD)
def quick_create(request: HttpRequest) -> HttpResponse:
    """Show the three fields in a column; Enter saves, and they stay for the next one."""
    stage = stage_of((request.POST or request.GET).get("stage"))
    if stage is None or stage.is_closed:
        raise Http404
    member = member_of(request)
    if request.method == "GET":
        return _quick(request, QuickForm(member=member, stage=stage))
    form = QuickForm(request.POST, request.FILES or None, member=member, stage=stage)
    form.ask(_demanded(request))
    if not form.is_valid():
        return _quick(request, form, status=422)
    try:
        deal = _make_quick(request, form, stage)
    except Refusal as refusal:
        return refused(request, refusal)
    if not is_htmx(request):
        return redirect(request, f"{reverse('deals:board')}?{request.POST.get('board', '')}")
    response = _quick(request, QuickForm(member=member, stage=stage))
    trigger(response, **{"deal:created": {"id": str(deal.pk), "stage": str(stage.pk)}})
    return toast(response, _("Created: %(title)s") % {"title": deal.title}, level="ok")


@transaction.atomic
def _make_quick(request: HttpRequest, form: QuickForm, stage: Stage) -> Deal:
    now = timezone.now()
    values = form.values(now=now)
    return create_deal(pipeline=stage.pipeline, stage=stage, by=member_of(request), now=now, **values)


def _quick(request: HttpRequest, form: QuickForm, *, status: int = 200) -> HttpResponse:
    board = (request.POST or request.GET).get("board", "")
    context = {"form": form, "stage": form.stage, "state": QueryDict(board).urlencode()}
    return render(request, "deals/quick.html", context, status=status)
