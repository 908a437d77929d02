"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactsConfig(AppConfig):
    name = "contacts"

    def ready(self) -> None:
        from django.urls import reverse

        from contacts import lists, palette  # noqa: F401  (lists register themselves)
        from contacts.duplicates import finding
        from contacts.importing import registration
        from contacts.services import owners
        from core import search, shell
        from tenants import handover, jobs
        from tenants.access import Action, Section, may

        search.register(palette.search)
        registration.register()
        jobs.register_page(finding.JOB, lambda job: reverse("contacts:duplicate_list"))
        handover.register("contacts", _("Contacts"), held=owners.contacts_of, give=owners.hand_over_clients)
        handover.register(
            "companies", _("Companies"), held=owners.companies_of, give=owners.hand_over_clients
        )
        shell.register_permit("contacts:list", lambda member: may(member, Section.CONTACTS))
        shell.register_permit("contacts:company_list", lambda member: may(member, Section.COMPANIES))
        shell.register_permit("contacts:create", lambda member: may(member, Section.CONTACTS, Action.ADD))
        shell.register_permit(
            "contacts:company_create", lambda member: may(member, Section.COMPANIES, Action.ADD)
        )
