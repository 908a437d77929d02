"""The list of all activities."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from activities.lists import ActivityListing
from activities.when import presets
from tenants.access import Action, Section, may, require
from tenants.list_views import list_response
from tenants.requests import MemberRequest


@require_GET
@require(Section.ACTIVITIES)
def all_list(request: MemberRequest) -> HttpResponse:
    """Show every activity the member may see, planned and done, filtered as the address says."""
    return list_response(
        request,
        ActivityListing(),
        template="activities/all_list.html",
        may_edit=may(request.member, Section.ACTIVITIES, Action.EDIT),
        may_add=may(request.member, Section.ACTIVITIES, Action.ADD),
        presets=presets(timezone.now()),
    )
