"""The tenant's terms of selling: VAT rates, numbering, texts and reminders, as set or as everybody begins."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import formats
from core.tenancy import current_tenant_id
from deals.models import DocumentSettings
from tenants.models import Tenant

WITHOUT_VAT = "none"
FIRST_FORMATS = {"ru": "КП-{year}-{n}"}


def document_settings() -> DocumentSettings:
    """Read the tenant's settings; without a row of theirs, what everybody begins with."""
    found: DocumentSettings | None = DocumentSettings.objects.first()
    if found is not None:
        return found
    language = Tenant.objects.values_list("language", flat=True).get(pk=current_tenant_id())
    return DocumentSettings(proposal_format=FIRST_FORMATS.get(language, "P-{year}-{n}"))


def vat_choices(rates: Iterable[Decimal], *present: Decimal | None) -> list[tuple[str, str | Promise]]:
    """List what a line may be taxed with; what it is taxed with now stays among them."""
    known = sorted({rate.normalize() for rate in (*rates, *(rate for rate in present if rate is not None))})
    return [(WITHOUT_VAT, _("Without VAT")), *((vat_key(rate), vat_text(rate)) for rate in known)]


def vat_key(rate: Decimal | None) -> str:
    """Write a rate as a form's value: 20, 7.5 or none."""
    return WITHOUT_VAT if rate is None else f"{rate.normalize():f}"


def vat_of(key: str) -> Decimal | None:
    """Read a rate back from a form's value."""
    return None if key == WITHOUT_VAT else Decimal(key)


def vat_text(rate: Decimal | None) -> str:
    """Write what a line is taxed with for people: 20 %, or without VAT."""
    return str(_("Without VAT")) if rate is None else rate_text(rate)


def rate_text(rate: Decimal) -> str:
    """Write a share with the places it has: 20 %, 7,5 %."""
    return formats.percent(rate, digits=_places(rate))


def exact_number(value: Decimal) -> str:
    """Write a quantity with the places it has: 2, 0,125."""
    return formats.number(value, digits=_places(value))


def _places(value: Decimal) -> int:
    return max(0, -int(value.normalize().as_tuple().exponent))
