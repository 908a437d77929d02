"""Bank statements: a file is shown, its matches are confirmed by a person, and the rest waits to be assigned by hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.identity.keys import clean
from core import formats
from core.errors import Refusal
from core.responses import redirect, refused
from deals.models import BankEntry, Invoice, StatementImport
from deals.payments import services
from deals.payments import statements as files
from deals.payments.errors import StatementsForbidden
from deals.payments.forms import AssignForm, StatementForm
from deals.payments.matching import Match
from deals.payments.statements import DISMISS, Outcome, may_import
from deals.payments.wording import SURENESS, TONES, reasons_of
from tenants.access import Action, Section, require
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]
SHOWN, OFFERED = 100, 20
View = Callable[..., HttpResponse]


def for_whole_company(view: View) -> View:
    """Refuse, with the reason, whoever may not see all the money of the company."""

    @wraps(view)
    def wrapped(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_import(request.member):
            return refused(request, StatementsForbidden())
        return view(request, *args, **kwargs)

    return wrapped


@require_http_methods(FORM)
@require(Section.DEALS, Action.EDIT)
@for_whole_company
def statements(request: MemberRequest) -> HttpResponse:
    """Take a bank's file, and list those of before."""
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            opened = files.open_statement(
                raw=file.read(), file_name=file.name, by=request.member, now=timezone.now()
            )
        except Refusal as refusal:
            form.add_error("file", str(refusal.message))
        else:
            return redirect(request, reverse("deals:statement", args=[opened.pk]))
    rows = StatementImport.objects.select_related("created_by", "undone_by").defer("rows")
    context = {
        "form": form,
        "rows": rows.order_by("-created_at", "-pk")[:SHOWN],
        "waiting_count": BankEntry.objects.waiting().count(),
    }
    return render(
        request, "deals/payments/statements.html", context, status=422 if request.method == "POST" else 200
    )


@require_safe
@require(Section.DEALS, Action.EDIT)
@for_whole_company
def statement(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what a file says and what each payment may be for; of a confirmed one, what became of it."""
    shown = get_object_or_404(StatementImport.objects.select_related("created_by"), pk=pk)
    context: dict[str, Any] = {"statement": shown, "broken": shown.counts.get("broken", [])}
    if shown.state == StatementImport.State.PREVIEW:
        return render(request, "deals/payments/preview.html", context | _preview(shown))
    entries = BankEntry.objects.filter(statement=shown).prefetch_related("payments__invoice")
    context["entries"] = entries.order_by("came_on", "pk")
    return render(request, "deals/payments/statement.html", context)


def _preview(shown: StatementImport) -> dict[str, Any]:
    lines = files.preview(shown)
    fresh = [line for line in lines if not line.is_known]
    rows = [
        {
            "index": line.index,
            "payment": line.payment,
            "options": [_option(match) for match in line.matches],
            "chosen": _option(line.proposed) if line.proposed else None,
        }
        for line in fresh
    ]
    return {
        "rows": rows,
        "known_count": len(lines) - len(fresh),
        "proposed_count": sum(1 for row in rows if row["chosen"]),
        "dismiss": DISMISS,
    }


def _option(match: Match) -> dict[str, Any]:
    invoice = match.candidate
    return {
        "id": str(invoice.id),
        "number": formats.numbered(invoice.number),
        "issued_on": invoice.issued_on,
        "remaining": formats.money(invoice.remaining, invoice.currency),
        "sureness": SURENESS[match.sureness],
        "tone": TONES[match.sureness],
        "reasons": reasons_of(match),
    }


@require_POST
@require(Section.DEALS, Action.EDIT)
@for_whole_company
def confirm(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Write the payments of a file as the person has chosen."""
    shown = get_object_or_404(StatementImport, pk=pk)
    try:
        outcome = files.confirm(
            statement=shown, choices=_choices(request.POST), by=request.member, now=timezone.now()
        )
    except Refusal as refusal:
        return refused(request, refusal)
    messages.success(request, _told(outcome))
    for payer, why in outcome.refused[:10]:
        messages.warning(request, f"{payer}: {why}")
    return redirect(request, reverse("deals:statement", args=[pk]))


def _choices(data: QueryDict) -> dict[int, str]:
    """Read the form: `pay-3` is what the payment with index 3 is for."""
    return {
        int(name[4:]): str(value)
        for name, value in data.items()
        if name.startswith("pay-") and name[4:].isascii() and name[4:].isdigit() and len(name) < 10
    }


def _told(outcome: Outcome) -> str:
    parts = [
        _("paid: %(count)s") % {"count": outcome.paid},
        _("waiting: %(count)s") % {"count": outcome.waiting},
    ]
    if outcome.dismissed:
        parts.append(_("put aside: %(count)s") % {"count": outcome.dismissed})
    if outcome.known:
        parts.append(_("known before: %(count)s") % {"count": outcome.known})
    return ", ".join([_("The statement is imported"), *parts])


@require_POST
@require(Section.DEALS, Action.EDIT)
@for_whole_company
def undo(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a statement back with all its payments."""
    shown = get_object_or_404(StatementImport, pk=pk)
    try:
        count = files.undo(statement=shown, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    messages.success(request, _("The statement is taken back, payments undone: %(count)s") % {"count": count})
    return redirect(request, reverse("deals:statements"))


@require_POST
@require(Section.DEALS, Action.EDIT)
@for_whole_company
def discard(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Throw a file away that was only looked at."""
    files.discard(statement=get_object_or_404(StatementImport, pk=pk))
    return redirect(request, reverse("deals:statements"))


# --- Money that waits --------------------------------------------------------------------------------
@require_safe
@require(Section.DEALS, Action.EDIT)
@for_whole_company
def waiting(request: MemberRequest) -> HttpResponse:
    """List the money nobody has yet said what for; with ?aside=1 what was put aside."""
    is_aside = "aside" in request.GET
    rows = BankEntry.objects.filter(is_dismissed=True) if is_aside else BankEntry.objects.waiting()
    context = {
        "entries": rows.order_by("-came_on", "-id")[:SHOWN],
        "count": rows.count(),
        "shown": SHOWN,
        "is_aside": is_aside,
    }
    return render(request, "deals/payments/waiting.html", context)


@require_http_methods(FORM)
@require(Section.DEALS, Action.EDIT)
@for_whole_company
def assign(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Say which invoice waiting money is for: one of those that fit, or one found by ?q=."""
    entry = get_object_or_404(BankEntry, pk=pk)
    unpaid = Invoice.objects.unpaid().visible_to(request.member, Action.EDIT)
    form = AssignForm(request.POST if request.method == "POST" else None, invoices=unpaid)
    if request.method == "POST" and form.is_valid():
        try:
            services.assign_entry(
                entry=entry, invoice=form.cleaned_data["invoice"], by=request.member, now=timezone.now()
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("Saved"))
            return redirect(request, reverse("deals:money_waiting"))
    query = clean(request.GET.get("q", ""), 100)
    context = {"entry": entry, "form": form, "query": query, "options": _offered(entry, unpaid, query)}
    return render(request, "deals/payments/assign.html", context, status=422 if form.is_bound else 200)


def _offered(entry: BankEntry, unpaid: Any, query: str) -> list[dict[str, Any]]:
    """What the money may be for: found by what was typed, else by what the payment says."""
    found = {str(match.candidate.id): reasons_of(match) for match in files.matches_of(entry)}
    rows = unpaid.filter(currency=entry.currency).select_related("deal__company", "deal__contact")
    if query:
        rows = rows.filter(
            Q(number__icontains=query)
            | Q(deal__title__icontains=query)
            | Q(deal__company__name__icontains=query)
            | Q(deal__contact__name__icontains=query)
            | Q(client_inn=query)
        )
    else:
        rows = rows.filter(pk__in=list(found))
    options = [
        {"invoice": row, "reasons": found.get(str(row.pk), "")}
        for row in rows.order_by("-issued_on", "-id")[:OFFERED]
    ]
    order = list(found)
    return sorted(
        options,
        key=lambda option: order.index(str(option["invoice"].pk)) if option["reasons"] else len(order),
    )


@require_POST
@require(Section.DEALS, Action.EDIT)
@for_whole_company
def dismiss(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Put money aside that is for no invoice, or with aside=0 let it wait again."""
    entry = get_object_or_404(BankEntry, pk=pk)
    is_aside = request.POST.get("aside") != "0"
    services.dismiss_entry(entry=entry, by=request.member, is_dismissed=is_aside)
    return redirect(request, reverse("deals:money_waiting") + ("" if is_aside else "?aside=1"))
