"""The kinds of this app: contacts, companies, and what advertising costs."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.importing import (
    company_loader,
    company_reading,
    contact_loader,
    cost_loader,
    kinds,
    services,
)
from tenants import jobs
from tenants.access import Section


def register() -> None:
    """Make contacts, companies and costs loadable, and say where the progress is shown."""
    kinds.register(
        kinds.Kind(
            "contacts",
            _("Contacts"),
            Section.CONTACTS,
            "contacts:list",
            contact_loader.fields,
            (("phone", _("Phone")), ("email", _("E-mail")), ("external", _("Number in the other program"))),
            contact_loader.ContactLoader,
            takes_vcard=True,
        )
    )
    kinds.register(
        kinds.Kind(
            "companies",
            _("Companies"),
            Section.COMPANIES,
            "contacts:company_list",
            company_reading.fields,
            (
                ("inn", _("INN")),
                ("name", _("Name")),
                ("phone", _("Phone")),
                ("email", _("E-mail")),
                ("external", _("Number in the other program")),
            ),
            company_loader.CompanyLoader,
            options=kinds.USUAL_OPTIONS - {"makes_companies"},
        )
    )
    kinds.register(
        kinds.Kind(
            "costs",
            _("Advertising costs"),
            Section.SETTINGS,
            "reports:costs",
            cost_loader.fields,
            (),
            cost_loader.CostLoader,
            more_options=cost_loader.more_options,
            options=frozenset(["source"]),
        )
    )
    jobs.register_page(services.JOB, lambda job: reverse("contacts:import", args=[job.params["import"]]))
