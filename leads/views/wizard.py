"""The intake wizard's page."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from contacts.identity import likely_matches
from contacts.models import Company
from core import formats
from core.errors import Conflict, Refusal
from deals.errors import MissingFields
from deals.models import Deal, Stage
from deals.rights import stages_to_enter
from leads import services
from leads.card import card_of
from leads.errors import LeadAlreadyConverted, LeadTakenByOther, name_of
from leads.models import Lead
from leads.neighbours import Place, address, place_of
from leads.queue import QueueState
from leads.services.common import check_open
from leads.views.common import lead_or_404, now, safe_next
from leads.wizard import WizardForm, choices_for
from tenants.access import Action, Section, require
from tenants.models import Membership
from tenants.requests import MemberRequest

FOUND = 20


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.EDIT)
def wizard(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the inquiry beside what it should become, and save it; ?stage= is where a drag let it go."""
    state = QueueState.read(request.GET)
    try:
        lead = _open_lead(request, pk)
    except LeadAlreadyConverted as refusal:
        return _already(request, pk, refusal)
    except Conflict as refusal:
        return _conflict(request, refusal, state)
    place = place_of(lead, state, request.member, now=now())
    if request.method == "POST":
        return _save(request, lead, state, place)
    if lead.opened_at is None or lead.unread_count:
        lead = services.open_lead(lead=lead, by=request.member, now=now())
    return _page(request, lead, _form(request, lead), state, place)


@require_GET
@require(Section.LEADS, Action.EDIT)
def stages(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Give the stages of ?pipeline= and the fields ?stage= demands."""
    lead = lead_or_404(request, pk, Action.EDIT)
    choices = choices_for(lead, request.member)
    stage = _asked_stage(request)
    form = WizardForm(lead=lead, member=request.member, choices=choices, now=now(), stage=stage)
    return render(request, "leads/wizard.html#stages", {"form": form, "lead": lead})


@require_GET
@require(Section.LEADS, Action.EDIT)
def hint(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show whom a new contact or company, as it is being typed, would repeat; one can be chosen instead."""
    lead = lead_or_404(request, pk, Action.EDIT)
    is_company = "company_name" in request.GET
    name = request.GET.get("company_name" if is_company else "contact_name", "")[:200]
    said = {"company_name": name} if is_company else {"name": name}
    kind = "company" if is_company else "contact"
    found = likely_matches(limit=4, member=request.member, **said) if name.strip() else []
    known = {one.value for one in choices_for(lead, request.member).contacts}
    matches = [
        match
        for match in found
        if match.kind == kind and str(match.id) not in known and match.id != lead.contact_id
    ]
    return render(request, "leads/wizard_hint.html", {"matches": matches, "kind": kind})


@require_GET
@require(Section.LEADS, Action.EDIT)
def companies(request: MemberRequest) -> JsonResponse:
    """Find companies by name or INN for the wizard's search."""
    query = request.GET.get("q", "")
    rows = Company.objects.present().visible_to(request.member).search(query)[:FOUND] if query.strip() else []
    return JsonResponse([{"value": str(c.pk), "text": c.name, "hint": c.address} for c in rows], safe=False)


# --- Steps -------------------------------------------------------------------------------------------
def _open_lead(request: MemberRequest, pk: uuid.UUID) -> Lead:
    lead = lead_or_404(request, pk, Action.EDIT)
    check_open(lead)
    if lead.taken_by_id not in (None, request.member.pk):
        raise LeadTakenByOther(who=name_of(lead.taken_by))
    return lead


def _save(request: MemberRequest, lead: Lead, state: QueueState, place: Place) -> HttpResponse:
    form = _form(request, lead)
    if not form.is_valid():
        return _page(request, lead, form, state, place, status=422)
    try:
        deal, text = _carry_out(request, lead, form)
    except MissingFields as refusal:
        form.demand(refusal.fields)
        return _page(request, lead, form, state, place, status=422)
    except LeadAlreadyConverted as refusal:
        return _already(request, lead.pk, refusal)
    except Conflict as refusal:
        return _conflict(request, refusal, state)
    except Refusal as refusal:
        form.add_error(None, str(refusal.message))
        return _page(request, lead, form, state, place, status=422)
    messages.success(request, text)
    return HttpResponseRedirect(_next_url(request, lead, deal, state, place))


@transaction.atomic
def _carry_out(request: MemberRequest, lead: Lead, form: WizardForm) -> tuple[Deal | None, str]:
    by, moment = request.member, now()
    if (deal := form.attached_deal()) is not None:
        chosen = form.contact_arguments().get("contact")
        step = form.next_step()
        services.attach_lead(
            lead=lead, deal=deal, by=by, now=moment, contact=chosen, next_step=step,
            process=form.cleaned_data["process"],
        )  # fmt: skip
        return deal, _("Attached to “%(deal)s”") % {"deal": formats.inner(deal.title)}
    made = services.convert_lead(lead=lead, by=by, now=moment, **form.arguments())
    if made.deal is not None:
        return made.deal, _("Deal “%(deal)s” created") % {"deal": formats.inner(made.deal.title)}
    return None, _("Accepted: %(contact)s") % {"contact": made.contact or made.company}


def _next_url(request: MemberRequest, lead: Lead, deal: Deal | None, state: QueueState, place: Place) -> str:
    if request.POST.get("then") == "next":
        return address("leads:wizard", place.next_id, state) or state.url
    if asked := safe_next(request):  # where the wizard was opened from
        return asked
    return reverse("deals:detail", args=[deal.pk]) if deal is not None else lead.get_absolute_url()


def _form(request: MemberRequest, lead: Lead) -> WizardForm:
    return WizardForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        lead=lead,
        member=request.member,
        choices=choices_for(lead, request.member),
        now=now(),
        stage=_asked_stage(request) or _usual_stage(lead, request.member),
    )


def _asked_stage(request: MemberRequest) -> Stage | None:
    """The stage of the address, or the first of its pipeline; one the member brings deals into."""
    rows = Stage.objects.open().filter(stages_to_enter(request.member), pipeline__is_archived=False)
    rows = rows.select_related("pipeline")
    for name, column in (("stage", "pk"), ("pipeline", "pipeline_id")):
        try:
            found = rows.filter(**{column: uuid.UUID(request.GET.get(name, ""))}).order_by("position").first()
        except ValueError:
            continue
        if found is not None and _fits(request, found):
            return found
    return None


def _fits(request: MemberRequest, stage: Stage) -> bool:
    pipeline = request.GET.get("pipeline", "")
    return not pipeline or pipeline == str(stage.pipeline_id)


def _usual_stage(lead: Lead, member: Membership) -> Stage | None:
    """The first stage of the channel's pipeline that the member brings deals into, else of the first one."""
    pipeline = lead.channel.pipeline if lead.channel is not None else None
    rows = Stage.objects.open().filter(stages_to_enter(member), pipeline__is_archived=False)
    ordered = rows.select_related("pipeline").order_by("pipeline__position", "pipeline__name", "position")
    first: Stage | None = ordered.filter(pipeline=pipeline).first() if pipeline is not None else None
    return first or ordered.first()


# --- Pages -------------------------------------------------------------------------------------------
def _page(
    request: MemberRequest,
    lead: Lead,
    form: WizardForm,
    state: QueueState,
    place: Place,
    *,
    status: int = 200,
) -> HttpResponse:
    next_url = address("leads:wizard", place.next_id, state)
    context: dict[str, Any] = {
        "form": form,
        "lead": lead,
        "card": card_of(lead, request.member, now=now()),
        "state": state,
        "place": place,
        "previous_url": address("leads:wizard", place.previous_id, state),
        "next_url": next_url,
        "after_url": next_url or state.url,
        "has_pipelines": form.asked_stage is not None,
    }
    return render(request, "leads/wizard.html", context, status=status)


def _already(request: MemberRequest, pk: uuid.UUID, refusal: LeadAlreadyConverted) -> HttpResponse:
    """A second submit of one's own goes where the first one went; a colleague's work is told."""
    lead = Lead.objects.select_related("deal", "closed_by").get(pk=pk)
    if lead.closed_by_id == request.member.pk:
        messages.info(request, _("It has been accepted already."))
        target = reverse("deals:detail", args=[lead.deal_id]) if lead.deal_id else lead.get_absolute_url()
        return HttpResponseRedirect(target)
    return _conflict(request, refusal, QueueState.read(request.GET), deal=lead.deal, lead=lead)


def _conflict(
    request: MemberRequest,
    refusal: Conflict,
    state: QueueState,
    *,
    deal: Deal | None = None,
    lead: Lead | None = None,
) -> HttpResponse:
    context = {"reason": refusal.message, "state": state, "deal": deal, "lead": lead}
    return render(request, "leads/conflict.html", context, status=409)
