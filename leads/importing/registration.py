"""Makes leads loadable."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contacts.importing import kinds
from leads.importing import loader
from tenants.access import Section


def register() -> None:
    kinds.register(
        kinds.Kind(
            "leads",
            _("Leads"),
            Section.LEADS,
            "leads:list",
            loader.fields,
            (("external", _("Number in the other program")),),
            loader.LeadLoader,
            more_options=loader.more_options,
        )
    )
