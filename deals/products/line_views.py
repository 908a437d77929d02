"""The lines of a deal: a panel on its page, and a form for each line."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import formats
from core.errors import Refusal
from core.responses import is_htmx, redirect, refused, trigger
from deals.models import Deal, DealLine, PriceList
from deals.products import arithmetic, lines
from deals.products.arithmetic import Sums
from deals.products.forms import LineForm
from deals.terms import exact_number, rate_text
from deals.views.common import deal_or_404, found, member_of
from tenants.access import Action, Section, require

FORM = ["GET", "HEAD", "POST"]
TEMPLATE = "deals/products/line_form.html"


@dataclasses.dataclass(frozen=True, slots=True)
class LineRow:
    """A line and its sums, ready to print."""

    line: DealLine
    sums: Sums
    quantity: str  # 2 pcs
    discount: str  # 10 %, or a sum; nothing without one
    vat: str


@require_safe
@require(Section.DEALS)
def panel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the lines of a deal with their total, for the side of its page; as a page of its own too."""
    deal = deal_or_404(request, pk)
    rows = [_row(line, deal) for line in DealLine.objects.filter(deal=deal)]
    context: dict[str, Any] = {
        "deal": deal,
        "rows": rows,
        "total": arithmetic.total_of(row.sums for row in rows),
        "price_lists": PriceList.objects.active().filter(currency=deal.currency),
        "suggested": lines.suggested_price_list(deal) if deal.price_list_id is None else None,
        "may_edit": Deal.objects.filter(pk=deal.pk).visible_to(member_of(request), Action.EDIT).exists(),
    }
    template = "deals/products/lines.html" if is_htmx(request) else "deals/products/lines_page.html"
    return render(request, template, context)


@require_http_methods(FORM)
@require(Section.DEALS, Action.EDIT)
def create(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put a line under a deal."""
    deal = deal_or_404(request, pk, Action.EDIT)
    form = LineForm(request.POST if request.method == "POST" else None, deal=deal)

    def save() -> None:
        lines.add_line(deal=deal, by=member_of(request), now=timezone.now(), **form.values())

    return _form(request, deal, form, save, title=_("New line"))


@require_http_methods(FORM)
@require(Section.DEALS, Action.EDIT)
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a line."""
    line, deal = _line_or_404(request, pk)
    form = LineForm(request.POST if request.method == "POST" else None, deal=deal, line=line)

    def save() -> None:
        lines.update_line(line=line, by=member_of(request), now=timezone.now(), **form.values())

    return _form(request, deal, form, save, title=line.name, line=line)


@require_POST
@require(Section.DEALS, Action.EDIT)
def remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a line off its deal."""
    line, deal = _line_or_404(request, pk)
    return _carry_out(
        request, deal, lambda: lines.remove_line(line=line, by=member_of(request), now=timezone.now())
    )


@require_POST
@require(Section.DEALS, Action.EDIT)
def move(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Move a line one place: step=up or step=down."""
    line, deal = _line_or_404(request, pk)
    step = -1 if request.POST.get("step") == "up" else 1
    return _carry_out(
        request,
        deal,
        lambda: lines.move_line(line=line, by=member_of(request), now=timezone.now(), step=step),
    )


@require_POST
@require(Section.DEALS, Action.EDIT)
def terms(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say whether prices hold the tax (tax=in, tax=on) or the amount follows the lines (amount=lines, amount=hand)."""
    deal = deal_or_404(request, pk, Action.EDIT)
    tax, amount = request.POST.get("tax"), request.POST.get("amount")
    return _carry_out(
        request,
        deal,
        lambda: lines.set_terms(
            deal=deal,
            by=member_of(request),
            now=timezone.now(),
            is_tax_included=None if tax is None else tax == "in",
            is_amount_of_lines=None if amount is None else amount == "lines",
        ),
    )


@require_POST
@require(Section.DEALS, Action.EDIT)
def price_list(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Choose the price list of a deal's next lines; none with an empty price_list."""
    deal = deal_or_404(request, pk, Action.EDIT)
    chosen = found(PriceList.objects.all(), request.POST.get("price_list"))
    return _carry_out(
        request,
        deal,
        lambda: lines.choose_price_list(
            deal=deal, price_list=chosen, by=member_of(request), now=timezone.now()
        ),
    )


# --- Parts -------------------------------------------------------------------------------------------
def _row(line: DealLine, deal: Deal) -> LineRow:
    sums = arithmetic.line_sums(line, is_tax_included=deal.is_tax_included)
    is_share = line.discount_kind == DealLine.Discount.PERCENT
    discount = rate_text(line.discount) if is_share else formats.money(sums.discount, deal.currency)
    return LineRow(
        line,
        sums,
        quantity=f"{exact_number(line.quantity)} {line.unit}".strip(),
        discount=discount if sums.discount else "",
        vat="" if line.vat_percent is None else rate_text(line.vat_percent),
    )


def _line_or_404(request: HttpRequest, pk: uuid.UUID) -> tuple[DealLine, Deal]:
    line = get_object_or_404(DealLine, pk=pk)
    deal = deal_or_404(request, line.deal_id, Action.EDIT)
    line.deal = deal
    return line, deal


def _form(
    request: HttpRequest, deal: Deal, form: LineForm, save: Callable[[], None], **context: Any
) -> HttpResponse:
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                save()
            except Refusal as refusal:
                form.add_error(None, str(refusal.message))
                status = refusal.status
            else:
                return changed(request, deal)
    return render(request, TEMPLATE, {"form": form, "deal": deal, **context}, status=status)


def _carry_out(request: HttpRequest, deal: Deal, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Refusal as refusal:
        return refused(request, refusal)
    return changed(request, deal)


def changed(request: HttpRequest, deal: Deal) -> HttpResponse:
    """Let the deal's page show what it is now: its parts ask again; without scripts the browser goes there."""
    if not is_htmx(request):
        return redirect(request, reverse("deals:detail", args=[deal.pk]))
    return trigger(HttpResponse(status=204), **{"deal:edited": {"id": str(deal.pk)}, "dialog:close": {}})
