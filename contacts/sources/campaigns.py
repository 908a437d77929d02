"""Settings: which source the campaigns of advertising platforms belong to."""

from __future__ import annotations

from django.db.models import F, Max, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from contacts.models import CostOrigin, SourceCost
from contacts.sources import services
from contacts.sources.forms import CampaignForm
from tenants.access import Action, Section, require
from tenants.dialogs import form_page
from tenants.requests import MemberRequest

SHOWN = 300


@require_safe
@require(Section.SETTINGS, Action.EDIT)
def campaigns(request: MemberRequest) -> HttpResponse:
    """List the campaigns of loaded files, those without a source first, then the newest."""
    costs = SourceCost.objects.exclude(origin=CostOrigin.HAND).order_by()
    rows = (
        costs.values("origin", "campaign", "currency", "source_id", "source__name")
        .annotate(spent=Sum("amount"), last_on=Max("ends_on"))
        .order_by(F("source__name").asc(nulls_first=True), "-last_on", "campaign")
    )
    found = list(rows[: SHOWN + 1])
    context = {
        "rows": [row | {"platform": CostOrigin(row["origin"]).label} for row in found[:SHOWN]],
        "has_more": len(found) > SHOWN,
        "shown": SHOWN,
    }
    return render(request, "contacts/sources/campaigns.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS, Action.EDIT)
def campaign_source(request: MemberRequest) -> HttpResponse:
    """Say which source a campaign belongs to."""
    origin, campaign = request.GET.get("origin", ""), request.GET.get("campaign", "")
    costs = SourceCost.objects.exclude(origin=CostOrigin.HAND).filter(origin=origin, campaign=campaign)
    first = costs.first()
    if first is None:
        raise Http404
    return form_page(
        request,
        CampaignForm(request.POST or None, initial={"source": first.source_id}),
        lambda values: services.set_campaign_source(
            origin=origin, campaign=campaign, source=values["source"], by=request.member
        ),
        back=reverse("tenants:campaigns"),
        template="contacts/sources/campaign.html",
        title=campaign or CostOrigin(origin).label,
    )
