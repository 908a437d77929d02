"""How one client stands to mailings, on their card."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts.models import Contact
from core.errors import Refusal
from core.responses import is_htmx, redirect, refused, trigger
from mailings import services
from mailings.models import Recipient
from tenants.access import Action, Section, require
from tenants.requests import MemberRequest

SHOWN = 3


@require_safe
@require(Section.CONTACTS)
def of_contact(request: MemberRequest) -> HttpResponse:
    """Show whether ?contact= takes mailings, since when and why not, and the latest ones."""
    try:
        pk = uuid.UUID(request.GET.get("contact", ""))
    except ValueError:
        raise Http404 from None
    return _panel(request, get_object_or_404(Contact.objects.visible_to(request.member), pk=pk))


@require_POST
@require(Section.CONTACTS, Action.EDIT)
def change(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Note that a client wants no mailings (act=off), or wants them again (act=on)."""
    contact = get_object_or_404(Contact.objects.visible_to(request.member, Action.EDIT), pk=pk)
    act = services.subscribe_contact if request.POST.get("act") == "on" else services.unsubscribe_contact
    try:
        act(contact=contact, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    if not is_htmx(request):
        return redirect(request, reverse("contacts:detail", args=[pk]))
    return trigger(_panel(request, contact), **{"timeline:changed": {}})


def _panel(request: MemberRequest, contact: Contact) -> HttpResponse:
    rows = Recipient.objects.visible_to(request.member).filter(contact=contact, state=Recipient.State.SENT)
    context = {
        "contact": contact,
        "state": services.state_of(contact),
        "latest": rows.select_related("mailing").order_by("-sent_at", "-pk")[:SHOWN],
        "may_edit": Contact.objects.visible_to(request.member, Action.EDIT).filter(pk=contact.pk).exists(),
    }
    return render(request, "mailings/of_contact.html", context)
