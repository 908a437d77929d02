"""The branches of a company as a tree with what they are worth, for the side of its card."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contacts.branches import MAX_SHOWN, tree_of
from contacts.models import Company
from contacts.views.common import company_or_404, pk_of
from deals.branch_sums import sums_of
from tenants.access import Action, Section, may, require
from tenants.requests import MemberRequest

_DEEPEST = 5  # steps a line is set in


@require_GET
@require(Section.COMPANIES)
def branches(request: MemberRequest) -> HttpResponse:
    """Show the tree below ?company=: open deals, won sums and the last contact of each and of all together."""
    company = company_or_404(request, pk_of(request.GET.get("company", "")))
    nodes = tree_of(company, request.member)
    sees_deals = may(request.member, Section.DEALS)
    each, together = (
        sums_of([node.company.pk for node in nodes], request.member) if sees_deals else ({}, None)
    )
    rows = Company.objects.visible_to(request.member, Action.EDIT).filter(pk=company.pk)
    context = {
        "company": company,
        "nodes": [
            {"company": node.company, "step": min(node.depth, _DEEPEST), "sums": each.get(node.company.pk)}
            for node in nodes
        ],
        "together": together,
        "is_head": len(nodes) > 1,
        "is_cut": len(nodes) > MAX_SHOWN,
        "may_edit": may(request.member, Section.COMPANIES, Action.EDIT) and rows.exists(),
    }
    return render(request, "deals/branches.html", context)
