"""Proposals and invoices for those who make them: lists, panels, the page of each and what is done on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.models import Company, Contact
from core.errors import Refusal
from core.responses import redirect, refused
from deals.documents import links, pdf, sending, services
from deals.documents.forms import DocumentForm, MailForm
from deals.documents.happenings import Document
from deals.documents.lists import InvoiceListing, ProposalListing
from deals.documents.public_views import picture_response
from deals.documents.showing import sheet_of
from deals.documents.telling import facts_of, title_of
from deals.models import Deal, DocumentOpening, Invoice, Proposal
from deals.views.common import deal_or_404, found, member_of
from tenants.access import Action, Section, require
from tenants.list_views import list_response
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]
SHOWN = 8


# --- Lists and panels --------------------------------------------------------------------------------
@require_safe
@require(Section.DEALS)
def proposals(request: HttpRequest) -> HttpResponse:
    """List the proposals of the deals the member may see."""
    return list_response(request, ProposalListing(), template="deals/documents/list.html")


@require_safe
@require(Section.DEALS)
def invoices(request: HttpRequest) -> HttpResponse:
    """List the invoices of the deals the member may see."""
    return list_response(request, InvoiceListing(), template="deals/documents/list.html")


@require_safe
@require(Section.DEALS)
def of_deal(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the documents of a deal, for the side of its page."""
    deal = deal_or_404(request, pk)
    rows = Deal.objects.filter(pk=deal.pk)
    context: dict[str, Any] = _documents(Q(deal=deal)) | {
        "deal": deal,
        "may_edit": rows.visible_to(member_of(request), Action.EDIT).exists(),
    }
    return render(request, "deals/documents/of_deal.html", context)


@require_safe
@require(Section.DEALS)
def of_client(request: MemberRequest) -> HttpResponse:
    """Show the documents of ?contact= or ?company=, those of deals the member may see."""
    for name, model in (("contact", Contact), ("company", Company)):
        if request.GET.get(name):
            client = found(model.objects.visible_to(request.member), request.GET[name])
            if client is None:
                raise Http404
            seen = Deal.objects.present().visible_to(request.member).filter(**{name: client})
            return render(request, "deals/documents/of_client.html", _documents(Q(deal__in=seen)))
    raise Http404


def _documents(of: Q) -> dict[str, Any]:
    order = ("-created_at", "-id")
    return {
        "proposals": Proposal.objects.current().filter(of).select_related("deal").order_by(*order)[:SHOWN],
        "invoices": Invoice.objects.filter(of).select_related("deal").order_by(*order)[:SHOWN],
    }


# --- One document ------------------------------------------------------------------------------------
@require_POST
@require(Section.DEALS, Action.EDIT)
def create(request: HttpRequest, pk: uuid.UUID, model: type[Document]) -> HttpResponse:
    """Make a draft from a deal's lines; ?proposal= is the one an invoice follows from."""
    deal = deal_or_404(request, pk, Action.EDIT)
    by, now = member_of(request), timezone.now()
    made: Document
    try:
        if model is Invoice:
            follows = found(Proposal.objects.filter(deal=deal), request.POST.get("proposal"))
            made = services.create_invoice(deal=deal, by=by, now=now, proposal=follows)
        else:
            made = services.create_proposal(deal=deal, by=by, now=now)
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, _page(made))


@require_safe
@require(Section.DEALS)
def document(request: HttpRequest, pk: uuid.UUID, model: type[Document]) -> HttpResponse:
    """Show a document as the client sees it, with its state, its link and who opened it."""
    shown = _document_or_404(request, pk, model)
    mine = {"proposal": shown} if isinstance(shown, Proposal) else {"invoice": shown}
    versions = Proposal.objects.filter(number=shown.number, deal=shown.deal_id).order_by("version")
    may_edit = model.objects.visible_to(member_of(request), Action.EDIT).filter(pk=pk).exists()
    context: dict[str, Any] = {
        "document": shown,
        "kind": links.kind_of(shown),
        "title": capfirst(title_of(facts_of(shown))),
        "sheet": sheet_of(shown),
        "link": links.url_of(shown),
        "openings": DocumentOpening.objects.filter(**mine)[:20],
        "versions": list(versions) if isinstance(shown, Proposal) else [],
        "may_edit": may_edit,
        "today": timezone.localdate(),
    }
    return render(request, "deals/documents/document.html", context)


@require_http_methods(FORM)
@require(Section.DEALS, Action.EDIT)
def edit(request: HttpRequest, pk: uuid.UUID, model: type[Document]) -> HttpResponse:
    """Change a draft; its lines and details are taken anew."""
    shown = _document_or_404(request, pk, model, Action.EDIT)
    form = DocumentForm(request.POST if request.method == "POST" else None, deal=shown.deal, document=shown)

    def save(values: dict[str, Any]) -> None:
        services.update_draft(document=shown, by=member_of(request), now=timezone.now(), **values)

    return _form(request, shown, form, save, "deals/documents/edit.html")


@require_http_methods(FORM)
@require(Section.DEALS, Action.EDIT)
def mail(request: HttpRequest, pk: uuid.UUID, model: type[Document]) -> HttpResponse:
    """Send a document by mail, with the PDF and the link."""
    shown = _document_or_404(request, pk, model, Action.EDIT)
    addresses = list(sending.addresses_of(shown.deal))
    subject, text = sending.starting_letter(shown)
    form = MailForm(
        request.POST if request.method == "POST" else None,
        addresses=addresses,
        initial={"subject": subject, "text": text},
    )

    def save(values: dict[str, Any]) -> None:
        sending.mail_document(document=shown, by=member_of(request), now=timezone.now(), **values)

    return _form(request, shown, form, save, "deals/documents/mail.html", has_address=bool(addresses))


@require_POST
@require(Section.DEALS, Action.EDIT)
def send(request: HttpRequest, pk: uuid.UUID, model: type[Document]) -> HttpResponse:
    """Open a draft to the client without a letter: the link is there to be copied."""
    return _act(request, pk, model, lambda one, **by: services.send_document(document=one, **by))


@require_POST
@require(Section.DEALS, Action.EDIT)
def renew_link(request: HttpRequest, pk: uuid.UUID, model: type[Document]) -> HttpResponse:
    """Give the document another link."""
    return _act(request, pk, model, lambda one, **by: services.renew_link(document=one, **by))


@require_POST
@require(Section.DEALS, Action.EDIT)
def revoke_link(request: HttpRequest, pk: uuid.UUID, model: type[Document]) -> HttpResponse:
    """Close the document's page to everybody outside."""
    return _act(request, pk, model, lambda one, **by: services.revoke_link(document=one, **by))


@require_POST
@require(Section.DEALS, Action.EDIT)
def new_version(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make the next version of a sent proposal."""
    return _act(request, pk, Proposal, lambda one, **by: services.new_version(proposal=one, **by))


@require_POST
@require(Section.DEALS, Action.EDIT)
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Cancel an invoice."""
    return _act(request, pk, Invoice, lambda one, **by: services.cancel_invoice(invoice=one, **by))


@require_POST
@require(Section.DEALS, Action.EDIT)
def delete(request: HttpRequest, pk: uuid.UUID, model: type[Document]) -> HttpResponse:
    """Throw a draft away."""
    shown = _document_or_404(request, pk, model, Action.EDIT)
    try:
        services.delete_draft(document=shown, by=member_of(request), now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("deals:detail", args=[shown.deal_id]))


@require_safe
@require(Section.DEALS)
def as_pdf(request: HttpRequest, pk: uuid.UUID, model: type[Document]) -> HttpResponse:
    """Hand a document out as PDF."""
    shown = _document_or_404(request, pk, model)
    return pdf.response(shown)


@require_safe
@require(Section.DEALS)
def picture(request: HttpRequest, pk: uuid.UUID, model: type[Document]) -> HttpResponse:
    """Hand out the logo on a document."""
    return picture_response(_document_or_404(request, pk, model))


# --- Parts -------------------------------------------------------------------------------------------
def _document_or_404(
    request: HttpRequest, pk: uuid.UUID, model: type[Document], action: str = Action.VIEW
) -> Any:
    rows = model.objects.visible_to(member_of(request), action).select_related(*services.RELATED)
    return get_object_or_404(rows, pk=pk)


def _page(document: Document) -> str:
    return reverse(f"deals:{links.kind_of(document)}", args=[document.pk])


def _act(
    request: HttpRequest, pk: uuid.UUID, model: type[Document], act: Callable[..., Document]
) -> HttpResponse:
    shown = _document_or_404(request, pk, model, Action.EDIT)
    try:
        result = act(shown, by=member_of(request), now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, _page(result))


def _form(
    request: HttpRequest,
    shown: Document,
    form: Any,
    save: Callable[[dict[str, Any]], None],
    template: str,
    **context: Any,
) -> HttpResponse:
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                save(form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal.message))
                status = refusal.status
            else:
                return redirect(request, _page(shown))
    context |= {
        "form": form,
        "document": shown,
        "kind": links.kind_of(shown),
        "title": capfirst(title_of(facts_of(shown))),
    }
    return render(request, template, context | {"back_url": _page(shown)}, status=status)
