"""Filters of the lists of contacts and companies."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, CompanyMember, Contact, IdentityKey, Source
from core.listing.filters import Flag, MultiChoice, MultiModel
from tenants.custom_fields.filters import CustomFilterSet
from tenants.models import CustomField, Membership


class ClientFilterSet(CustomFilterSet):
    """What both lists share."""

    q = django_filters.CharFilter(method="filter_text", label=_("Search"))
    owner = MultiModel(queryset=Membership.objects.all(), label=_("Responsible"))
    no_owner = Flag(field_name="owner", lookup_expr="isnull", label=_("Nobody is responsible"))
    source = MultiModel(queryset=Source.objects.all(), label=_("Source"))
    no_source = Flag(field_name="source", lookup_expr="isnull", label=_("No source"))
    tags = django_filters.CharFilter(method="filter_tags", label=_("Tags"))

    def filter_text(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        found: QuerySet[Any] = queryset.search(value)
        return found

    def filter_tags(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Any of the tags, separated by commas."""
        wanted = [tag.strip() for tag in value.split(",") if tag.strip()]
        return queryset.filter(tags__overlap=wanted) if wanted else queryset


class ContactFilterSet(ClientFilterSet):
    """Narrowing of contacts."""

    entity = CustomField.Entity.CONTACT

    kind = django_filters.CharFilter(lookup_expr="iexact", label=_("Type"))
    no_company = Flag(method="filter_no_company", label=_("In no company"))
    no_phone = Flag(method="filter_no_phone", label=_("No phone"))

    class Meta:
        model = Contact
        fields: list[str] = []

    def filter_no_company(self, queryset: QuerySet[Contact], name: str, value: bool) -> QuerySet[Contact]:
        return queryset.filter(~Exists(CompanyMember.objects.filter(contact=OuterRef("pk"))))

    def filter_no_phone(self, queryset: QuerySet[Contact], name: str, value: bool) -> QuerySet[Contact]:
        phones = IdentityKey.objects.filter(contact=OuterRef("pk"), kind=IdentityKey.Kind.PHONE)
        return queryset.filter(~Exists(phones))


class CompanyFilterSet(ClientFilterSet):
    """Narrowing of companies."""

    entity = CustomField.Entity.COMPANY

    client_type = MultiChoice(choices=Company.ClientType.choices, label=_("Client type"))
    industry = django_filters.CharFilter(lookup_expr="iexact", label=_("Industry"))
    head = Flag(field_name="head_company", lookup_expr="isnull", label=_("Head companies only"))

    class Meta:
        model = Company
        fields: list[str] = []
