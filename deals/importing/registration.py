"""Makes deals loadable."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contacts.importing import kinds
from deals.importing import loader, reading
from tenants.access import Section


def register() -> None:
    kinds.register(
        kinds.Kind(
            "deals",
            _("Deals"),
            Section.DEALS,
            "deals:list",
            reading.fields,
            (("number", _("Number here")), ("external", _("Number in the other program"))),
            loader.DealLoader,
            more_options=reading.more_options,
        )
    )
