"""Filters of the lists of contacts and companies."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from contacts.branches import ids_below
from contacts.categories import words_of
from contacts.models import Company, CompanyMember, Contact, IdentityKey, LegalDetails, Source
from core.listing.filters import Flag, MultiChoice, MultiModel
from tenants.custom_fields.filters import CustomFilterSet
from tenants.models import CustomField, Membership
from tenants.tags import tagged


def _words(kind: str) -> Callable[[], list[tuple[str, str]]]:
    """Offer a directory, archived entries too: companies still have them."""
    return lambda: [(word.code, word.label) for word in words_of(kind)]


class CompanySelect(forms.Select):
    """One company: only the chosen one is in the page, others are searched for."""

    def __init__(self) -> None:
        url = format_lazy("{}?kind=company", reverse_lazy("contacts:options"))
        super().__init__(attrs={"data-select": "", "data-url": url})

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> Any:
        chosen = Company.objects.filter(pk__in=[pk for text in value if (pk := _uuid(text))])
        self.choices = [("", "—"), *((str(pk), shown) for pk, shown in chosen.values_list("pk", "name"))]
        return super().optgroups(name, value, attrs)


class CompanyChoiceField(forms.ModelChoiceField):
    """A company by its id; one that is gone finds nothing and is no error."""

    widget = CompanySelect

    def to_python(self, value: Any) -> Any:
        if not value:
            return None
        found = Company.objects.filter(pk=_uuid(str(value))).first()
        if found is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return found


class OneCompany(django_filters.ModelChoiceFilter):
    """Narrowing by one company that is searched for."""

    field_class = CompanyChoiceField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Company.objects.none(), **kwargs)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class ClientFilterSet(CustomFilterSet):
    """What both lists share."""

    q = django_filters.CharFilter(method="filter_text", label=_("Search"))
    owner = MultiModel(queryset=Membership.objects.all(), label=_("Responsible"))
    no_owner = Flag(field_name="owner", lookup_expr="isnull", label=_("Nobody is responsible"))
    source = MultiModel(queryset=Source.objects.all(), label=_("Source"))
    no_source = Flag(field_name="source", lookup_expr="isnull", label=_("No source"))
    tags = django_filters.CharFilter(method="filter_tags", label=_("Tags"))
    city = django_filters.CharFilter(lookup_expr="iexact", label=_("City"))

    def filter_text(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        found: QuerySet[Any] = queryset.search(value)
        return found

    def filter_tags(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Any of the tags, separated by commas."""
        wanted = [tag.strip() for tag in value.split(",") if tag.strip()]
        return queryset.filter(tagged(self.entity, wanted)) if wanted else queryset


class ContactFilterSet(ClientFilterSet):
    """Narrowing of contacts."""

    entity = CustomField.Entity.CONTACT

    kind = django_filters.CharFilter(lookup_expr="iexact", label=_("Type"))
    company = OneCompany(method="filter_company", label=_("Company with branches"))
    client_type = MultiChoice(
        choices=_words("client_type"), method="filter_category", label=_("Client type of the company")
    )
    industry = MultiChoice(
        choices=_words("industry"), method="filter_category", label=_("Industry of the company")
    )
    no_company = Flag(method="filter_no_company", label=_("In no company"))
    no_phone = Flag(method="filter_no_phone", label=_("No phone"))

    class Meta:
        model = Contact
        fields: list[str] = []

    def filter_no_company(self, queryset: QuerySet[Contact], name: str, value: bool) -> QuerySet[Contact]:
        return queryset.filter(~_works_in()) if value else queryset

    def filter_company(self, queryset: QuerySet[Contact], name: str, value: Company) -> QuerySet[Contact]:
        """Those who work in a company or a branch of it."""
        return queryset.filter(_works_in(company__in=ids_below(value))) if value else queryset

    def filter_category(self, queryset: QuerySet[Contact], name: str, value: list[str]) -> QuerySet[Contact]:
        return queryset.filter(_works_in(**{f"company__{name}__in": value})) if value else queryset

    def filter_no_phone(self, queryset: QuerySet[Contact], name: str, value: bool) -> QuerySet[Contact]:
        phones = IdentityKey.objects.filter(contact=OuterRef("pk"), kind=IdentityKey.Kind.PHONE)
        return queryset.filter(~Exists(phones)) if value else queryset


def offer_filter(name: str, known: django_filters.Filter) -> None:
    """Let contacts be narrowed by what an app above knows of them; said once, when the apps are loaded."""
    ContactFilterSet.base_filters[name] = known


def _works_in(**conditions: Any) -> Exists:
    places = CompanyMember.objects.working().filter(contact=OuterRef("pk"), company__deleted_at=None)
    return Exists(places.filter(**conditions))


class CompanyFilterSet(ClientFilterSet):
    """Narrowing of companies."""

    entity = CustomField.Entity.COMPANY

    client_type = MultiChoice(choices=_words("client_type"), label=_("Client type"))
    industry = MultiChoice(choices=_words("industry"), label=_("Industry"))
    potential_from = django_filters.NumberFilter(
        field_name="potential", lookup_expr="gte", label=_("Potential from")
    )
    potential_to = django_filters.NumberFilter(
        field_name="potential", lookup_expr="lte", label=_("Potential to")
    )
    inn = django_filters.CharFilter(method="filter_inn", label=_("INN"))
    within = OneCompany(method="filter_within", label=_("Company with branches"))
    head = Flag(field_name="head_company", lookup_expr="isnull", label=_("Head companies only"))
    has_branches = Flag(method="filter_has_branches", label=_("With branches"))
    has_inn = Flag(method="filter_has_inn", label=_("INN is known"))
    no_inn = Flag(method="filter_no_inn", label=_("No INN"))

    class Meta:
        model = Company
        fields: list[str] = []

    def filter_inn(self, queryset: QuerySet[Company], name: str, value: str) -> QuerySet[Company]:
        return queryset.filter(Exists(_with_inn(inn="".join(value.split())))) if value else queryset

    def filter_within(self, queryset: QuerySet[Company], name: str, value: Company) -> QuerySet[Company]:
        """A company and every branch below it."""
        return queryset.filter(pk__in=ids_below(value)) if value else queryset

    def filter_has_branches(self, queryset: QuerySet[Company], name: str, value: bool) -> QuerySet[Company]:
        branches = Company.objects.present().filter(head_company=OuterRef("pk"))
        return queryset.filter(Exists(branches)) if value else queryset

    def filter_has_inn(self, queryset: QuerySet[Company], name: str, value: bool) -> QuerySet[Company]:
        return queryset.filter(Exists(_with_inn())) if value else queryset

    def filter_no_inn(self, queryset: QuerySet[Company], name: str, value: bool) -> QuerySet[Company]:
        return queryset.filter(~Exists(_with_inn())) if value else queryset


def _with_inn(**conditions: str) -> QuerySet[LegalDetails]:
    rows = LegalDetails.objects.filter(company=OuterRef("pk"), **conditions)
    return rows.filter(~Q(inn=""))
