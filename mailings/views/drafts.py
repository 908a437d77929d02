"""Beginning and writing a draft."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Refusal
from core.listing.choosing import ChosenRows
from core.responses import redirect, refused
from leads.inquiry import File
from mailings import audience, services, wording
from mailings.forms import FreshMailingForm, LetterForm, NewMailingForm
from mailings.models import Mailing, MailingFile
from mailings.views.common import FORM, mailing_or_404
from tenants.access import Action, Section, require
from tenants.requests import MemberRequest


@require_POST
@require(Section.MAILINGS, Action.ADD)
def begin(request: MemberRequest, card: str) -> HttpResponse:
    """Ask for a name and a channel, and begin a draft for the people of the ticked rows."""
    chosen = audience.chosen_of(card, request.member, request.POST)
    form = NewMailingForm(request.POST if "asked" in request.POST else None)
    made = _create(request, form, card, chosen) if form.is_bound and form.is_valid() else None
    if made is not None:
        return redirect(request, reverse("mailings:edit", args=[made.pk]))
    context = {"form": form, "chosen": chosen, "has_channel": bool(audience.sending_channels())}
    return render(request, "mailings/begin.html", context, status=422 if form.is_bound else 200)


@require_http_methods(FORM)
@require(Section.MAILINGS, Action.ADD)
def create(request: MemberRequest) -> HttpResponse:
    """Begin a draft for all contacts, or for those of a saved view."""
    form = FreshMailingForm(request.POST if request.method == "POST" else None, member=request.member)
    if form.is_bound and form.is_valid():
        card, data = form.chosen()
        chosen = audience.chosen_of(card, request.member, data)
        if (made := _create(request, form, card, chosen)) is not None:
            return redirect(request, reverse("mailings:edit", args=[made.pk]))
    context = {"form": form, "has_channel": bool(audience.sending_channels())}
    return render(request, "mailings/begin.html", context, status=422 if form.is_bound else 200)


def _create(request: MemberRequest, form: NewMailingForm, card: str, chosen: ChosenRows) -> Mailing | None:
    try:
        return services.create_mailing(
            by=request.member,
            now=timezone.now(),
            name=form.cleaned_data["name"],
            channel=form.cleaned_data["channel"],
            card=card,
            ids=chosen.ids,
            query=chosen.query,
            is_all=chosen.is_all,
            is_cut=chosen.is_all and chosen.is_cut,
            out_of_reach=chosen.out_of_reach,
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal.message))
        return None


@require_http_methods(FORM)
@require(Section.MAILINGS, Action.EDIT)
def edit(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Write the letter of a draft and set how it leaves."""
    mailing = mailing_or_404(request, pk, Action.EDIT)
    page = reverse("mailings:detail", args=[pk])
    if not mailing.is_draft:
        return redirect(request, page)
    form = LetterForm(request.POST if request.method == "POST" else None, instance=mailing)
    if form.is_bound and form.is_valid():
        try:
            services.update_mailing(
                mailing=mailing, by=request.member, now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect(request, page)
    shown = Mailing.objects.select_related("channel").get(pk=pk)  # the form has written into the other one
    context: dict[str, Any] = {
        "form": form,
        "mailing": shown,
        "fields": [(f"{{{name}}}", label) for name, label in wording.fields().items()],
        "example": _("{client_first_name|colleague}"),
        "files": shown.files.all(),
    }
    return render(request, "mailings/edit.html", context, status=422 if form.is_bound else 200)


@require_POST
@require(Section.MAILINGS, Action.EDIT)
def add_file(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Let every letter carry one more file, or several."""
    mailing = mailing_or_404(request, pk, Action.EDIT)
    try:
        for upload in request.FILES.getlist("files"):
            content_type = upload.content_type or "application/octet-stream"
            file = File(name=upload.name or "", content_type=content_type, data=upload.read())
            services.add_file(mailing=mailing, file=file, by=request.member)
    except Refusal as refusal:
        return refused(request, refusal)
    return _files(request, mailing)


@require_POST
@require(Section.MAILINGS, Action.EDIT)
def remove_file(request: MemberRequest, pk: uuid.UUID, file: uuid.UUID) -> HttpResponse:
    """Take a file out."""
    mailing = mailing_or_404(request, pk, Action.EDIT)
    found = get_object_or_404(MailingFile, pk=file, mailing=mailing)
    try:
        services.remove_file(mailing=mailing, file=found, by=request.member)
    except Refusal as refusal:
        return refused(request, refusal)
    return _files(request, mailing)


def _files(request: MemberRequest, mailing: Mailing) -> HttpResponse:
    """Show the files anew in their place, and without scripts the page they stand on."""
    if not request.headers.get("HX-Request"):
        return redirect(request, reverse("mailings:edit", args=[mailing.pk]))
    return render(request, "mailings/files.html", {"mailing": mailing, "files": mailing.files.all()})


@require_POST
@require(Section.MAILINGS, Action.EDIT)
def gather_again(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take the people of a draft anew from the filter it began with."""
    mailing = mailing_or_404(request, pk, Action.EDIT)
    data = QueryDict(mutable=True)
    data["all"], data["query"] = "1", mailing.query
    try:
        if mailing.is_all:
            chosen = audience.chosen_of(mailing.card, mailing.owner, data)
            services.gather_again(
                mailing=mailing,
                by=request.member,
                now=timezone.now(),
                ids=chosen.ids,
                is_cut=chosen.is_cut,
            )
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("mailings:detail", args=[pk]))


@require_POST
@require(Section.MAILINGS, Action.DELETE)
def delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Throw a draft away."""
    try:
        services.delete_mailing(mailing=mailing_or_404(request, pk, Action.DELETE), by=request.member)
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("mailings:list"))


@require_POST
@require(Section.MAILINGS, Action.ADD)
def copy(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Begin a draft with the text and the people of this mailing."""
    mailing = mailing_or_404(request, pk)
    try:
        made = services.copy_mailing(mailing=mailing, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("mailings:edit", args=[made.pk]))
