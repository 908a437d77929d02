"""Creating deals: the whole form, and three fields on the board."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from deals import fields, rights
from deals.forms.clients import ClientFields
from deals.forms.fields import MoneyField, make_field
from deals.models import Stage
from tenants.custom_fields import inputs
from tenants.models import CustomField, Membership


def open_stages(member: Membership) -> list[Stage]:
    """List the open stages of the pipelines in use that the member brings deals into, in order."""
    rows = Stage.objects.open().filter(pipeline__is_archived=False).select_related("pipeline")
    ordered = rows.order_by("pipeline__position", "pipeline__name", "position")
    return [stage for stage in ordered if rights.may_enter(member, stage)]


def by_pipeline(stages: Iterable[Stage]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Group stages for a select; where pipelines are several, a closed select must name its pipeline too."""
    groups: dict[str, list[Stage]] = {}
    for stage in stages:
        groups.setdefault(stage.pipeline.name, []).append(stage)
    is_one = len(groups) < 2
    return [
        (name, [(str(stage.pk), stage.name if is_one else f"{name} · {stage.name}") for stage in group])
        for name, group in groups.items()
    ]


class StageField(forms.TypedChoiceField):
    """One stage out of several pipelines, grouped by pipeline; cleans to the stage."""

    def __init__(self, stages: Iterable[Stage] = (), **kwargs: Any) -> None:
        self.stages = {str(stage.pk): stage for stage in stages}
        super().__init__(choices=by_pipeline(self.stages.values()), coerce=self.stages.get, **kwargs)


class CreateForm(ClientFields):
    """Everything worth asking when a deal is made by hand; fields its stage demands join in."""

    title = forms.CharField(
        label=_("Title"),
        max_length=250,
        required=False,
        help_text=_("Called after the client when left empty."),
    )
    amount = MoneyField(label=_("Amount"), required=False)
    company = forms.ModelChoiceField(Company.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, member: Membership, demanded: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, member=member, **kwargs)
        self.fields["company"].queryset = Company.objects.visible_to(member)  # type: ignore[attr-defined]
        self.fields["stage"] = StageField(open_stages(member), label=_("Pipeline and stage"))
        self.fields["owner"] = make_field("owner", is_required=False)
        self.fields["source"] = make_field("source", is_required=False)
        self.fields["note"] = make_field("note", is_required=False)
        self.fields["note"].widget.attrs["rows"] = 2
        self.extra = [name for name in demanded if name not in self.fields]
        for name in self.extra:
            self.fields[name] = make_field(name, is_required=True)

    def extra_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.extra]

    def demand(self, names: Iterable[str]) -> None:
        """Mark the fields the stage's gate asked for."""
        for name in names:
            place = {"contact": "contact_name", "company": "company_name"}.get(name, name)
            self.add_error(place if place in self.fields else None, _("This stage needs it."))

    def values(self, *, now: dt.datetime) -> dict[str, Any]:
        """Return the arguments of create_deal; makes the client where a new one was named."""
        data = self.cleaned_data
        contact: Contact | None = self.save_contact(now=now)
        company = data.get("company") or self.save_company(now=now)
        names = ("title", "amount", "owner", "source", "note", *self.extra)
        stage: Stage = data["stage"]
        chosen = {name: data[name] for name in names}
        chosen |= inputs.given(self, CustomField.Entity.DEAL, by=self.member)
        return chosen | {"contact": contact, "company": company, "stage": stage, "pipeline": stage.pipeline}


class QuickForm(ClientFields):
    """Three fields at the top of a column, and what the stage demands beyond them."""

    title = forms.CharField(label=_("Title"), max_length=250, required=False)
    amount = MoneyField(label=_("Amount"), required=False)

    def __init__(self, *args: Any, member: Membership, stage: Stage, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"quick-{stage.pk.hex}-%s")
        super().__init__(*args, member=member, **kwargs)
        self.stage = stage
        for name in ("contact_name", "company_name"):
            del self.fields[name]
        self.extra: list[str] = []

    def ask(self, names: Iterable[str]) -> None:
        """Add the fields the stage demands."""
        for name in names:
            if name == "amount":
                self.fields["amount"].required = True
            elif name == "contact":
                self.fields["contact_phone"].required = True
            elif name == "company":
                self.fields["company_name"] = ClientFields.base_fields["company_name"]
                self.extra.append("company_name")
            else:
                self.fields[name] = make_field(name, is_required=True)
                self.extra.append(name)

    def extra_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.extra]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors and not any(data.get(name) for name in ("title", "contact_phone", "contact")):
            self.add_error("title", _("Give a title or a phone."))
        return data

    def values(self, *, now: dt.datetime) -> dict[str, Any]:
        """Return the arguments of create_deal; makes the contact of a new phone."""
        data = self.cleaned_data
        extra = {name: data[name] for name in self.extra if name in fields.REQUIRABLE}
        extra |= inputs.given(self, CustomField.Entity.DEAL, by=self.member)
        if "company_name" in self.extra:
            extra["company"] = self.save_company(now=now)
        contact = self.save_contact(now=now)
        return {"title": data["title"], "amount": data["amount"], "contact": contact} | extra
