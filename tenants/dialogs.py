"""One way to serve a small form, as a page and in a dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.errors import Refusal
from core.responses import redirect

TEMPLATE = "tenants/form.html"


def form_page(
    request: HttpRequest,
    form: forms.BaseForm,
    save: Callable[[dict[str, Any]], Any],
    *,
    back: str | Callable[[Any], str],
    template: str = TEMPLATE,
    **context: Any,
) -> HttpResponse:
    """Show the form, or save it and go back; a refusal is told in the form with its own status.

    `back` may be a function of what was saved, None before that.

    `context` may hold title, save_label, intro, delete_url and delete_label for the common template.
    """
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                saved = save(form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("Saved"))
                return redirect(request, back(saved) if callable(back) else back)
    back_url = back(None) if callable(back) else back
    return render(request, template, {"form": form, "back_url": back_url, **context}, status=status)
