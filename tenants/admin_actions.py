"""Actions of the admin's lists that need a colleague chosen first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.errors import Refusal
from tenants.admin_site import administrator
from tenants.models import Membership

Assign = Callable[[Any, Membership, Membership, dt.datetime], object]


class AssigneeForm(ActionForm):
    """The action's menu with a colleague beside it."""

    assignee = forms.ModelChoiceField(
        Membership.objects.order_by("name"), required=False, label=gettext_lazy("Responsible")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assignee"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Membership.objects.active().order_by("name")


def assign_action(assign: Assign) -> Callable[..., None]:
    """Make a list action that hands the ticked rows to the chosen colleague through a service."""

    @admin.action(description=gettext_lazy("Hand over to the chosen colleague"), permissions=["view"])
    def hand_over(model_admin: admin.ModelAdmin, request: HttpRequest, queryset: Iterable[Any]) -> None:
        by, to = administrator(request), _chosen(request)
        if by is None or to is None:
            model_admin.message_user(request, _("Choose who becomes responsible."), messages.ERROR)
            return
        done, refusals = 0, []
        for row in queryset:
            try:
                with transaction.atomic():
                    assign(row, to, by, timezone.now())
                done += 1
            except Refusal as refusal:
                refusals.append(f"{row}: {refusal.message}")
        told = ngettext("%(n)s row was handed to %(name)s.", "%(n)s rows were handed to %(name)s.", done)
        model_admin.message_user(request, told % {"n": done, "name": to.name})
        for text in refusals[:10]:
            model_admin.message_user(request, text, messages.WARNING)

    return hand_over


def _chosen(request: HttpRequest) -> Membership | None:
    form = AssigneeForm(request.POST)
    field: Any = form.fields["assignee"]
    try:
        chosen: Membership | None = field.clean(request.POST.get("assignee", ""))
    except forms.ValidationError:
        return None
    return chosen
