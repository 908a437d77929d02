"""Addresses of the browser tests: the product's own, the gallery and a form to open in a dialog."""

from __future__ import annotations

from pathlib import Path

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from core import responses
from crm_project import urls as product

GALLERY = Path(__file__).with_name("gallery.html")
FORM = """{% extends base_template %}{% block title %}New deal{% endblock %}
{% block head %}<div class="head"><h1>New deal</h1></div>{% endblock %}
{% block content %}<form method="post" class="form-page" novalidate>{% csrf_token %}
{% include "components/form_errors.html" %}{% field form.title autofocus=True %}
{% field form.owner %}{% field form.kind %}{% field form.note %}{% field form.agree %}
{% include "components/dialog_foot.html" with save="Create" cancel_url="/gallery/" %}</form>{% endblock %}"""


class DealForm(forms.Form):
    title = forms.CharField(help_text="As in the contract")
    owner = forms.ChoiceField(
        choices=[(str(n), f"Person {n}") for n in range(30)], widget=forms.Select(attrs={"data-select": True})
    )
    kind = forms.ChoiceField(choices=[("a", "Call"), ("b", "Meeting")], widget=forms.RadioSelect, initial="a")
    note = forms.CharField(widget=forms.Textarea, required=False)
    agree = forms.BooleanField(label="Remind 30 minutes before", required=False)


def _page(request: HttpRequest, source: str, status: int = 200, **context: object) -> HttpResponse:
    template = engines["django"].from_string(source)
    return HttpResponse(template.render(context, request), status=status)


def gallery(request: HttpRequest) -> HttpResponse:
    return _page(request, GALLERY.read_text())


def deal(request: HttpRequest) -> HttpResponse:
    form = DealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = responses.toast(
            HttpResponse(status=204), "Deal created", undo_url="/gallery/undo/", level="ok"
        )
        return responses.trigger(done, **{"dialog:close": {}, "deal:changed": {}})
    return _page(request, FORM, 422 if request.method == "POST" else 200, form=form)


def undo(request: HttpRequest) -> HttpResponse:
    return responses.toast(HttpResponse(status=204), f"Taken back by {request.method}")


def refused(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("Only the tender department sees it.")


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("server closed the connection unexpectedly")


def fragment(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<p>Loaded</p>")


def moved(request: HttpRequest) -> HttpResponse:
    return responses.redirect(request, "/help/")


def columns(request: HttpRequest) -> HttpResponse:
    request.session["columns"] = [*request.session.get("columns", []), request.POST.dict()]
    return HttpResponse(status=204)


urlpatterns = [
    path("gallery/", gallery),
    path("gallery/deal/", deal),
    path("gallery/undo/", undo),
    path("gallery/refused/", refused),
    path("gallery/broken/", broken),
    path("gallery/away/", away),
    path("gallery/fragment/", fragment),
    path("gallery/moved/", moved),
    path("gallery/columns/", columns),
    *product.urlpatterns,
]
handler400, handler403 = product.handler400, product.handler403
handler404, handler500 = product.handler404, product.handler500
