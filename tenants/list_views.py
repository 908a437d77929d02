"""What every list page shares: rendering, columns, saved views, exports, background jobs."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refusal
from core.listing import Listing, ListPage, build_page, listing_for
from core.listing.page import MAX_WIDTH, MIN_WIDTH
from core.remembering import remembered_for_a_while
from core.responses import redirect, refused
from tenants.access import Action, Section, may, may_export, open_to_members
from tenants.jobs import page_of, start_export
from tenants.models import Job, ListPreference, Membership, SavedView

MOST_PINS = 8


def list_page(request: HttpRequest, listing: Listing) -> ListPage:
    """Make the page of a list as the address and the member's columns ask for it."""
    member: Membership = request.member  # type: ignore[attr-defined]
    preference = ListPreference.objects.filter(member=member, page=listing.page).values_list(
        "columns", flat=True
    )
    return build_page(listing, member, request.GET, next(iter(preference), []))


def list_response(
    request: HttpRequest,
    listing: Listing,
    *,
    template: str = "listing/page.html",
    page: ListPage | None = None,
    **context: Any,
) -> HttpResponse:
    """Render a list page, or only its sheet when HTMX asks for that; `page` is one made by list_page already."""
    member: Membership = request.member  # type: ignore[attr-defined]
    page = page or list_page(request, listing)
    context |= {
        "page": page,
        "listing": listing,
        "views": [_all_rows(page, request), *view_tabs(request, listing.page)],
        "may_export": may_export(member, listing.section),
        "may_plan": may(member, Section.ACTIVITIES, Action.ADD),
        "may_mail": may(member, Section.MAILINGS, Action.ADD),
        "may_see_mailings": may(member, Section.MAILINGS),
        "has_filter_form": "filters" in request.GET,
    }
    if request.htmx and request.htmx.target == "filter-form":  # type: ignore[attr-defined]
        return render(request, "listing/filters.html", context)
    return render(request, template, context)


def _all_rows(page: ListPage, request: HttpRequest) -> dict[str, Any]:
    is_on = not request.GET.get("view") and not page.query
    return {"label": _("All"), "url": reverse(page.listing.page), "is_on": is_on, "view": None}


def view_tabs(request: HttpRequest, page: str) -> list[dict[str, Any]]:
    """Make the tabs of a page's saved views, as components/saved_views.html shows them."""
    member: Membership = request.member  # type: ignore[attr-defined]
    active = request.GET.get("view", "")
    return [
        {
            "label": view.name,
            "url": view_url(view),
            "is_on": str(view.pk) == active,
            "icon": "pin" if view.is_pinned else "users" if view.is_shared else "",
            "view": view if str(view.pk) == active else None,
        }
        for view in _views_of(member)
        if view.page == page
    ]


def _views_of(member: Membership) -> list[SavedView]:
    """List the saved views a member sees; tabs and rail of a page share one query."""
    return remembered_for_a_while((SavedView, member.pk), lambda: list(SavedView.objects.seen_by(member)))


def view_url(view: SavedView) -> str:
    """Build the address of a saved view."""
    separator = "&" if view.query else ""
    return f"{reverse(view.page)}?{view.query}{separator}view={view.pk}"


def pinned_views(member: Membership) -> list[SavedView]:
    """List the views on the member's rail."""
    return [view for view in _views_of(member) if view.is_pinned][:MOST_PINS]


# Pages that are no lists and may be saved as well: registered by apps above
_saveable: set[str] = set()


def register_saveable(page: str) -> None:
    """Let a page's address be saved under a name, as those of lists are."""
    _saveable.add(page)


def _saveable_or_404(name: str) -> str:
    return name if name in _saveable else _page_or_404(name).page


def _page_or_404(name: str) -> Listing:
    try:
        return listing_for(name)
    except KeyError:
        raise Http404 from None


class ColumnsForm(forms.Form):
    """One of: a column's new width, the new order, or the chooser's ticked columns in their order."""

    column = forms.ChoiceField(required=False)
    width = forms.IntegerField(required=False, min_value=MIN_WIDTH, max_value=MAX_WIDTH)
    shown = forms.MultipleChoiceField(required=False)
    order = forms.CharField(required=False)
    next = forms.CharField(required=False)

    def __init__(self, listing: Listing, data: QueryDict) -> None:
        super().__init__(data)
        choices = [(c.name, c.name) for c in listing.all_columns()]
        self.fields["column"].choices = choices  # type: ignore[attr-defined]
        self.fields["shown"].choices = choices  # type: ignore[attr-defined]

    def arranged(self, present: list[tuple[str, int]]) -> list[dict[str, Any]]:
        """Apply the wish to the columns as they stand: [(name, width), …]."""
        data, widths = self.cleaned_data, dict(present)
        names = [name for name, _w in present]
        if data["column"] and data["width"]:
            widths[data["column"]] = data["width"]
        elif data["order"]:
            wished = data["order"].split(",")
            names.sort(key=lambda name: wished.index(name) if name in wished else len(wished))
        else:
            names = data["shown"]
        return [{"name": n, "width": widths[n]} if n in widths else {"name": n} for n in names]


@require_POST
@open_to_members
def save_columns(request: HttpRequest) -> HttpResponse:
    """Keep the member's columns of a list. An empty choice means the usual columns."""
    listing = _page_or_404(request.GET.get("page", ""))
    form = ColumnsForm(listing, request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    preference, _created = ListPreference.objects.get_or_create(
        member=request.member,  # type: ignore[attr-defined]
        page=listing.page,
    )
    page = build_page(listing, request.member, QueryDict(), preference.columns)  # type: ignore[attr-defined]
    present = [(c.name, w) for c, w in page.columns]
    preference.columns = [] if "reset" in request.POST else form.arranged(present)
    preference.save(update_fields=["columns"])
    if "next" in request.POST:
        return _back(request, listing, form.cleaned_data["next"])
    return HttpResponse(status=204)


def _back(request: HttpRequest, listing: Listing, query: str) -> HttpResponse:
    return redirect(request, f"{reverse(listing.page)}?{QueryDict(query.lstrip('?')).urlencode()}")


class SavedViewForm(forms.ModelForm):
    class Meta:
        model = SavedView
        fields = ("name", "is_shared", "is_pinned")


@open_to_members
def save_view(request: HttpRequest) -> HttpResponse:
    """Ask for a name and keep the list's present state under it."""
    data = request.POST if request.method == "POST" else request.GET
    page = _saveable_or_404(data.get("page", ""))
    query = data.get("query", "")[:4000]
    form = SavedViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        view = form.save(commit=False)
        view.member, view.page, view.query = request.member, page, query  # type: ignore[attr-defined]
        view.save()
        return redirect(request, view_url(view))
    context = {"form": form, "page": page, "query": query}
    return render(request, "listing/save_view.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@open_to_members
def delete_view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Forget a saved view of one's own; administrators also what others share, who may have left."""
    member: Membership = request.member  # type: ignore[attr-defined]
    reachable = Q(member=member) | Q(is_shared=True) if member.role.is_admin else Q(member=member)
    view = get_object_or_404(SavedView.objects.filter(reachable), pk=pk)
    view.delete()
    return redirect(request, reverse(view.page))


@require_POST
@open_to_members
def export(request: HttpRequest) -> HttpResponse:
    """Start an export of the list in its present state, and show its progress."""
    listing = _page_or_404(request.POST.get("page", ""))
    try:
        job = start_export(
            member=request.member,  # type: ignore[attr-defined]
            page=listing.page,
            query=request.POST.get("query", ""),
            file_format=request.POST.get("format", ""),
        )
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("tenants:job", args=[job.pk]))


@require_GET
@open_to_members
def jobs(request: HttpRequest) -> HttpResponse:
    """List the member's background work of the last days."""
    own = Job.objects.filter(member=request.member)[:50]  # type: ignore[attr-defined]
    return render(request, "listing/jobs.html", {"jobs": [(job, page_of(job)) for job in own]})


@require_GET
@open_to_members
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one job; the fragment asks again until it has ended."""
    found = get_object_or_404(Job, pk=pk, member=request.member)  # type: ignore[attr-defined]
    if address := page_of(found):
        return redirect(request, address)
    template = "listing/job.html#progress" if request.htmx else "listing/job.html"  # type: ignore[attr-defined]
    percent = round(100 * found.done_count / found.total_count) if found.total_count else 0
    return render(request, template, {"job": found, "percent": min(percent, 100)})


@require_GET
@open_to_members
def job_file(request: HttpRequest, pk: uuid.UUID) -> FileResponse:
    """Send the file of a job to the one who asked for it, while it is kept."""
    found = get_object_or_404(Job, pk=pk, member=request.member, state=Job.State.DONE)  # type: ignore[attr-defined]
    path = Path(settings.MEDIA_ROOT) / found.file_key
    if not found.file_key or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=found.file_name)
