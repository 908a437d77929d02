"""The journal of payments, and the payments of one invoice."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import formats
from core.errors import Refusal
from core.responses import redirect, refused
from deals.models import Invoice, Payment
from deals.payments import services
from deals.payments.forms import PaymentForm
from deals.payments.lists import PaymentListing
from deals.payments.statements import may_import
from tenants.access import Action, Section, require
from tenants.dialogs import form_page
from tenants.list_views import list_response
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Section.DEALS)
def payments(request: MemberRequest) -> HttpResponse:
    """List the money that has come for deals the member may see."""
    may = may_import(request.member)
    return list_response(request, PaymentListing(), template="deals/payments/list.html", may_import=may)


@require_safe
@require(Section.DEALS)
def of_invoice(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the payments of an invoice, for the side of its page; those taken back are struck out."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.member), pk=pk)
    rows = Payment.objects.filter(invoice=invoice).select_related("created_by", "cancelled_by", "entry")
    mine = Invoice.objects.visible_to(request.member, Action.EDIT).filter(pk=pk)
    context = {
        "invoice": invoice,
        "payments": rows.order_by("-paid_on", "-pk"),
        "may_edit": mine.exists(),
    }
    return render(request, "deals/payments/of_invoice.html", context)


@require_http_methods(FORM)
@require(Section.DEALS, Action.EDIT)
def pay(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Write down money for an invoice."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.member, Action.EDIT), pk=pk)
    form = PaymentForm(request.POST if request.method == "POST" else None, invoice=invoice)
    return form_page(
        request,
        form,
        lambda values: services.pay_invoice(
            invoice=invoice, currency=invoice.currency, by=request.member, now=timezone.now(), **values
        ),
        back=reverse("deals:invoice", args=[pk]),
        template="deals/payments/pay.html",
        title=_("Payment of invoice %(number)s") % {"number": formats.numbered(invoice.number)},
        intro=_("%(remaining)s of %(total)s is still to come.")
        % {
            "remaining": formats.money(invoice.remaining, invoice.currency),
            "total": formats.money(invoice.total, invoice.currency),
        },
    )


@require_POST
@require(Section.DEALS, Action.EDIT)
def take_back(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Undo a payment."""
    rows = Payment.objects.visible_to(request.member, Action.EDIT).select_related("invoice")
    payment = get_object_or_404(rows, pk=pk)
    try:
        services.take_back(payment=payment, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("deals:invoice", args=[payment.invoice_id]))
