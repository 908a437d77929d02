"""Settings: client types and industries."""

from __future__ import annotations

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.categories import services
from contacts.categories.forms import CategoryForm
from contacts.categories.words import Kind, Word, words_of
from contacts.models import Company
from core.errors import Refusal
from core.responses import redirect, refused
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Section.SETTINGS)
def categories(request: HttpRequest) -> HttpResponse:
    """List the entries of ?kind= in the order they are offered, with the count of companies that have each."""
    kind = _kind_or_404(request.GET.get("kind") or Kind.CLIENT_TYPE)
    words, is_archived = words_of(kind), "archived" in request.GET
    counts = dict(Company.objects.present().exclude(**{kind: ""}).values_list(kind).annotate(n=Count("pk")))
    member = request.member  # type: ignore[attr-defined]
    context = {
        "kind": kind,
        "kinds": [(str(value), label) for value, label in Kind.choices],
        "rows": [
            {"word": word, "count": counts.get(word.code, 0)}
            for word in words
            if word.is_archived == is_archived
        ],
        "is_archived": is_archived,
        "archived_count": sum(word.is_archived for word in words),
        "may_add": may(member, Section.SETTINGS, Action.ADD),
        "may_edit": may(member, Section.SETTINGS, Action.EDIT),
    }
    return render(request, "contacts/categories/list.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def category_create(request: HttpRequest, kind: str) -> HttpResponse:
    """Add an entry."""
    _kind_or_404(kind)
    return form_page(
        request,
        CategoryForm(request.POST or None),
        lambda values: services.create_category(kind=kind, by=request.member, **values),  # type: ignore[attr-defined]
        back=_list_url(kind),
        title=_("New client type") if kind == Kind.CLIENT_TYPE else _("New industry"),
    )


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def category(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Rename an entry, archive or delete it."""
    word = _word_or_404(kind, code)
    return form_page(
        request,
        CategoryForm(request.POST or None, initial={"name": word.label}),
        lambda values: services.rename_category(kind=kind, code=code, by=request.member, **values),  # type: ignore[attr-defined]
        back=_list_url(kind),
        template="contacts/categories/category.html",
        title=word.label,
        word=word,
        kind=kind,
        delete_url=reverse("tenants:category_delete", args=[kind, code]),
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def category_archive(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Archive an entry, or with archived=0 bring it back."""
    word = _word_or_404(kind, code)
    is_archived = request.POST.get("archived") != "0"
    services.archive_category(kind=kind, code=word.code, by=request.member, is_archived=is_archived)  # type: ignore[attr-defined]
    return redirect(request, _list_url(kind))


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def category_delete(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Delete an entry no company has."""
    word = _word_or_404(kind, code)
    try:
        services.delete_category(kind=kind, code=word.code, by=request.member)  # type: ignore[attr-defined]
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, _list_url(kind))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def category_move(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Move an entry one place: step=up or step=down."""
    word = _word_or_404(kind, code)
    step = -1 if request.POST.get("step") == "up" else 1
    services.move_category(kind=kind, code=word.code, by=request.member, step=step)  # type: ignore[attr-defined]
    return redirect(request, _list_url(kind))


def _list_url(kind: str) -> str:
    return f"{reverse('tenants:categories')}?kind={kind}"


def _kind_or_404(kind: str) -> str:
    if kind not in Kind.values:
        raise Http404
    return kind


def _word_or_404(kind: str, code: str) -> Word:
    for word in words_of(_kind_or_404(kind)):
        if word.code == code:
            return word
    raise Http404
