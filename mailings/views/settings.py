"""Settings: what holds for all mailings."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mailings import services
from mailings.forms import MailingSettingsForm
from mailings.views.common import FORM
from tenants.access import Action, Section, require
from tenants.dialogs import form_page
from tenants.requests import MemberRequest


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def settings(request: MemberRequest) -> HttpResponse:
    """Set to whom mailings may go, whether their readers are counted, and what stands under every letter."""
    data = request.POST if request.method == "POST" else None
    form = MailingSettingsForm(data, instance=services.mailing_settings())
    return form_page(
        request,
        form,
        lambda values: services.save_settings(by=request.member, **values),
        back=reverse("mailings:settings"),
        title=_("Mailings"),
    )
