"""The wizard's form: it validates and converts; leads.services decides."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from activities.forms import WhenForm
from activities.models import Activity, ProcessTemplate
from contacts.models import Company
from deals import gate
from deals.fields import mandatory
from deals.forms import MoneyField
from deals.forms.fields import make_field
from deals.models import Deal, Pipeline, Stage
from deals.rights import stages_to_enter
from leads.models import Lead
from leads.services import DealPlan, NewCompany, NewContact, NextStep, default_title
from leads.services.ordered import price_of
from leads.wizard.choices import NEW, NONE, OWN, Choices, ContactChoice, contact_by, one_open_deal
from tenants.custom_fields import inputs
from tenants.custom_fields.carrying import carried
from tenants.custom_fields.definitions import field_of, filled_by_hand, is_custom
from tenants.models import CustomField, Membership

Entity, Kind = CustomField.Entity, CustomField.Kind
STEPS = [
    (Activity.Kind.CALL, _("Call")),
    (Activity.Kind.MEETING, _("Meeting")),
    (Activity.Kind.TASK, _("Task")),
    ("", _("None")),
]
RADIO = {"class": "form-check-input"}
ICONS = {"call": "phone", "meeting": "users", "task": "checkbox", "": "minus"}
# Where the questions of the gate are asked in this form
_PLACES = {"contact": "contact", "company": "company", "amount": "amount", "owner": "owner"}


class WizardForm(WhenForm):
    """Contact, company, deal, responsible and next step of one inquiry."""

    allows_never = False

    contact = forms.ChoiceField(label=_("Contact"), widget=forms.RadioSelect(attrs=RADIO))
    contact_name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=200, required=False)
    contact_position = forms.CharField(label=_("Position"), max_length=150, required=False)
    is_contact_completed = forms.BooleanField(
        required=False, initial=True, widget=forms.CheckboxInput(attrs=RADIO)
    )
    company = forms.CharField(label=_("Company"), required=False, widget=forms.Select)
    company_name = forms.CharField(label=_("New company"), max_length=200, required=False)
    into = forms.ChoiceField(label=_("Deal"), widget=forms.RadioSelect(attrs=RADIO))
    title = forms.CharField(label=_("Title"), max_length=250, required=False)
    amount = MoneyField(label=_("Amount"), required=False)
    pipeline: Any = forms.ModelChoiceField(
        Pipeline.objects.none(), label=_("Pipeline"), required=False, empty_label=None
    )
    stage: Any = forms.ModelChoiceField(
        Stage.objects.none(), label=_("Stage"), required=False, empty_label=None
    )
    owner: Any = forms.ModelChoiceField(
        Membership.objects.none(),
        label=_("Responsible"),
        required=False,
        empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    step_kind = forms.ChoiceField(
        label=_("Next step"), choices=STEPS, widget=forms.RadioSelect, required=False
    )
    step_subject = forms.CharField(label=_("What to do"), max_length=300, required=False)
    process: Any = forms.ModelChoiceField(
        ProcessTemplate.objects.none(),
        label=_("Start a process"),
        required=False,
        empty_label=_("No process"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(
        self,
        *args: Any,
        lead: Lead,
        member: Membership,
        choices: Choices,
        now: dt.datetime,
        stage: Stage | None = None,
        **kwargs: Any,
    ) -> None:
        self.lead, self.member, self.choices = lead, member, choices
        super().__init__(*args, now=now, initial=_initial(lead, member, choices, stage), **kwargs)
        self._offer()
        self.asked_stage = self._stage()
        self._limit_stages()
        self.extra: list[str] = []
        self._offer_custom()
        if self.asked_stage is not None:
            self.ask([*self.demanded(), *fields_to_show(lead, Entity.DEAL)])

    # --- Building --------------------------------------------------------------------------------
    def _offer(self) -> None:
        fields: Any = self.fields
        fields["contact"].choices = [(one.value, one.title) for one in self._people()]
        companies = [(str(company.pk), company.name) for company in self.choices.companies]
        fields["company"].widget.choices = [("", gettext("No company")), *companies]
        deals = [(str(deal.pk), deal.title) for deal in self.choices.deals]
        new = [(NEW, gettext("New deal"))] if self.choices.may_add_deal else []
        fields["into"].choices = [*new, *deals, (NONE, gettext("No deal yet"))]
        stages = Stage.objects.open().filter(stages_to_enter(self.member), pipeline__is_archived=False)
        fields["stage"].queryset = stages
        fields["pipeline"].queryset = Pipeline.objects.active().filter(stages__in=stages).distinct()
        fields["owner"].queryset = Membership.objects.active().order_by("name")
        fields["when"].initial = "hour"
        fields["process"].queryset = ProcessTemplate.objects.usable().order_by("name")

    def _offer_custom(self) -> None:
        """Show what the lead's own fields bring to a new contact and company, and what they must be given."""
        self.custom = {
            entity: fields_to_show(self.lead, entity) for entity in (Entity.CONTACT, Entity.COMPANY)
        }
        for entity, names in self.custom.items():
            known = carried(self.lead.custom_values, entity)
            if entity == Entity.CONTACT and self.choices.has_own_newcomer and self.lead.contact is not None:
                known |= self.lead.contact.custom_values
            for name in names:
                field = field_of(entity, name)
                self.fields[name] = inputs.make_input(field, is_required=False, now=known.get(name))
                self.fields[name].widget.attrs |= {"data-demanded": "1"} if field.is_required else {}
                self.initial.setdefault(name, known.get(name))

    def _people(self) -> list[ContactChoice]:
        """Those the wizard offers, and the one chosen among the hints while a new name was typed."""
        sent, offered = self.data.get(self.add_prefix("contact"), ""), list(self.choices.contacts)
        if sent and all(one.value != sent for one in offered) and (found := contact_by(sent, self.member)):
            offered.append(ContactChoice(sent, str(found), mark_safe(""), "", is_sure=False))
        return offered

    def _stage(self) -> Stage | None:
        """The stage the form is about right now: what was sent, else what it starts with."""
        sent = self["stage"].value()
        pipeline = self["pipeline"].value()
        stages: Any = self.fields["stage"].queryset.select_related("pipeline")  # type: ignore[attr-defined]
        chosen: Stage | None = _found(stages, sent)
        if pipeline and (chosen is None or str(chosen.pipeline_id) != str(pipeline)):
            try:
                chosen = stages.filter(pipeline_id=uuid.UUID(str(pipeline))).order_by("position").first()
            except ValueError:
                return None
        return chosen

    def _limit_stages(self) -> None:
        field: Any = self.fields["stage"]
        if self.asked_stage is not None:
            field.queryset = field.queryset.filter(pipeline_id=self.asked_stage.pipeline_id)

    def ask(self, names: Iterable[str]) -> None:
        """Add the fields the stage demands beyond those that are always here."""
        brought, needed = carried(self.lead.custom_values, Entity.DEAL), {*self.demanded(), *mandatory()}
        for name in gate.askable(names):
            if name not in _PLACES and name not in self.fields:
                self.fields[name] = make_field(name, is_required=False)
                self.fields[name].widget.attrs |= {"data-demanded": "1"} if name in needed else {}
                self.initial.setdefault(
                    name, brought.get(name) if is_custom(name) else _known(self.lead, name)
                )
                self.extra.append(name)

    def demand(self, names: Iterable[str]) -> None:
        """Mark the fields the gate still misses."""
        missed = list(names)
        self.ask(missed)
        for name in missed:
            self.add_error(_PLACES.get(name, name), _("This stage needs it."))

    # --- For the template --------------------------------------------------------------------------
    def contact_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.custom[Entity.CONTACT]]

    def company_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.custom[Entity.COMPANY]]

    def extra_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.extra]

    def demanded(self) -> set[str]:
        return (
            set(gate.demands(leaving=None, entering=self.asked_stage)[gate.ENTER])
            if self.asked_stage
            else set()
        )

    def contact_options(self) -> list[tuple[forms.boundfield.BoundWidget, Any]]:
        return list(zip(self["contact"], self._people(), strict=True))

    def deal_options(self) -> list[tuple[forms.boundfield.BoundWidget, Deal | None]]:
        deals = {str(deal.pk): deal for deal in self.choices.deals}
        return [(option, deals.get(str(option.data["value"]))) for option in self["into"]]

    def step_options(self) -> list[tuple[forms.boundfield.BoundWidget, str]]:
        return [(option, ICONS[str(option.data["value"])]) for option in self["step_kind"]]

    # --- Validating --------------------------------------------------------------------------------
    def clean_company(self) -> Company | None:
        value: str = self.cleaned_data["company"]
        if not value:
            return None
        company: Company | None = _found(Company.objects.present().visible_to(self.member), value)
        if company is None:
            raise forms.ValidationError(_("This company is no longer there."))
        options: Any = self.fields["company"].widget
        if str(company.pk) not in {key for key, _label in options.choices}:
            options.choices = [*options.choices, (str(company.pk), company.name)]
        return company

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("step_kind"):
            self.errors.pop("due", None)
        if data.get("contact") == NEW and not data.get("contact_name"):
            self.add_error("contact_name", _("Say what the new contact is called."))
        if data.get("into") == NEW and data.get("stage") is None and "stage" not in self.errors:
            self.add_error("pipeline", _("Choose a pipeline and a stage."))
        self._check_mandatory(data)
        return data

    def _check_mandatory(self, data: dict[str, Any]) -> None:
        """Ask for the mandatory fields of what is to be made; a file the lead brings is there already."""
        for entity, is_made in self._made(data).items():
            brought = carried(self.lead.custom_values, entity) if is_made else {}
            for field in inputs.asked_at_creation(entity) if is_made else []:
                is_there = data.get(field.key) is not None or (
                    field.kind == Kind.FILE and field.key in brought
                )
                if field.key in self.fields and field.key not in self.errors and not is_there:
                    self.add_error(field.key, forms.Field.default_error_messages["required"])

    def _made(self, data: dict[str, Any]) -> dict[str, bool]:
        is_new = data.get("contact") == NEW or (data.get("contact") == OWN and self.choices.has_own_newcomer)
        names_company = bool(data.get("company_name")) and data.get("company") is None
        return {
            Entity.CONTACT: is_new,
            Entity.COMPANY: names_company,
            Entity.DEAL: data.get("into") == NEW,
        }

    # --- For the service ---------------------------------------------------------------------------
    def attached_deal(self) -> Deal | None:
        """The open deal that was chosen instead of a new one."""
        into = self.cleaned_data["into"]
        return next((deal for deal in self.choices.deals if str(deal.pk) == into), None)

    def contact_arguments(self) -> dict[str, Any]:
        """Return who it is, as convert_lead takes it."""
        data = self.cleaned_data
        values = inputs.given(self, Entity.CONTACT, by=self.member)
        typed = NewContact(
            data["contact_name"], data["contact_position"], is_arrived=data["contact"] == OWN, values=values
        )
        if data["contact"] == NEW:
            return {"new_contact": typed}
        if data["contact"] == OWN:
            return {"new_contact": typed} if self.choices.has_own_newcomer else {}
        return {"contact": contact_by(data["contact"], self.member)}

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of convert_lead."""
        data = self.cleaned_data
        return self.contact_arguments() | {
            "company": data["company"],
            "new_company": self._new_company(),
            "plan": self._plan() if data["into"] == NEW else None,
            "owner": data["owner"] or self.member,
            "next_step": self.next_step(),
            "process": data["process"],
            "is_contact_completed": data["is_contact_completed"],
        }

    def _new_company(self) -> NewCompany | None:
        name = self.cleaned_data["company_name"]
        if self.cleaned_data["company"] is not None or not name:
            return None
        return NewCompany(name, inputs.given(self, Entity.COMPANY, by=self.member))

    def next_step(self) -> NextStep | None:
        data = self.cleaned_data
        if not data["step_kind"] or data.get("due_at") is None:
            return None
        kinds = dict(STEPS)
        return NextStep(
            data["step_kind"], data["step_subject"] or str(kinds[data["step_kind"]]), data["due_at"]
        )

    def _plan(self) -> DealPlan:
        data = self.cleaned_data
        stage: Stage = data["stage"]
        values = {name: data[name] for name in self.extra if data.get(name) and not is_custom(name)}
        values |= inputs.given(self, Entity.DEAL, by=self.member)
        return DealPlan(stage.pipeline, stage, data["title"], data["amount"], values=values)


def _initial(lead: Lead, member: Membership, choices: Choices, stage: Stage | None) -> dict[str, Any]:
    contact = lead.contact
    fallback = next(one for one in choices.contacts if one.is_new or one.value == OWN)
    sure = next((one for one in choices.contacts if one.is_sure), fallback)
    company = _likely_company(lead, choices)
    present = one_open_deal(lead, sure.value, stage, choices.deals)
    owner = lead.taken_by or (lead.responsible if lead.responsible and lead.responsible.is_active else None)
    return {
        "contact": sure.value,
        "contact_name": (contact.name if contact else "") or lead.name,
        "contact_position": contact.position if contact else "",
        "company": str(company.pk) if company else "",
        "company_name": lead.company_name if company is None else "",
        "into": str(present.pk) if present else NEW if choices.may_add_deal else NONE,
        "title": default_title(lead),
        "amount": _price(lead),
        "pipeline": stage.pipeline_id if stage else None,
        "stage": stage.pk if stage else None,
        "owner": (owner or member).pk,
        "step_kind": "call",
    }


def _likely_company(lead: Lead, choices: Choices) -> Company | None:
    """The lead's own company, else the one it names; where it names none, the one of the likely contact."""
    told = lead.company_name.casefold()
    own = (company for company in choices.companies if company.pk == lead.company_id)
    named = (company for company in choices.companies if not told or company.name.casefold() == told)
    return next(own, None) or next(named, None)


def _price(lead: Lead) -> str:
    """The price of the product the message is about (L20), when it is a number."""
    return str(price_of(lead) or "")


def _known(lead: Lead, name: str) -> Any:
    """What the lead can fill in of a demanded field."""
    match name:
        case "source":
            return lead.source_id
        case "object_of_interest":
            return lead.object_of_interest
        case "city":
            return lead.region
    return None


def fields_to_show(lead: Lead, entity: str) -> list[str]:
    """Name the custom fields the wizard shows of what the lead becomes: mandatory ones, and those the lead fills."""
    brought = carried(lead.custom_values, entity)
    return [field.key for field in filled_by_hand(entity) if field.is_required or field.key in brought]


def _found(rows: Any, value: Any) -> Any:
    try:
        return rows.filter(pk=uuid.UUID(str(value))).first()
    except ValueError:
        return None
