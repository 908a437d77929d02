"""The deals of a client, for the side of its card."""

from __future__ import annotations

import uuid

from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from contacts.models import Company, Contact
from deals.models import Deal
from tenants.access import Section, require
from tenants.requests import MemberRequest

SHOWN = 8


@require_GET
@require(Section.DEALS)
def panel(request: MemberRequest) -> HttpResponse:
    """List the deals of ?contact= or ?company=: the open ones first, the newest on top."""
    owner = _client_of(request)
    deals = Deal.objects.present().visible_to(request.member).filter(**owner)
    order = (F("closed_at").desc(nulls_first=True), "-created_at", "-id")
    found = list(deals.select_related("stage").order_by(*order)[: SHOWN + 1])
    [(name, client)] = owner.items()
    context = {
        "deals": found[:SHOWN],
        "has_more": len(found) > SHOWN,
        "create_url": f"{reverse('deals:create')}?{name}={client.pk}",
    }
    return render(request, "deals/panel.html", context)


def _client_of(request: MemberRequest) -> dict[str, Contact | Company]:
    """Load whose deals are asked for; 404 for whom the member may not see."""
    for name, model in (("contact", Contact), ("company", Company)):
        if text := request.GET.get(name):
            try:
                pk = uuid.UUID(text)
            except ValueError:
                raise Http404 from None
            return {name: get_object_or_404(model.objects.present().visible_to(request.member), pk=pk)}
    raise Http404
