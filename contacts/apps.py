"""App configuration."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "contacts"

    def ready(self) -> None:
        from contacts import lists, palette  # noqa: F401  (lists register themselves)
        from core import search, shell
        from tenants.access import Action, Section, may

        search.register(palette.search)
        shell.register_permit("contacts:list", lambda member: may(member, Section.CONTACTS))
        shell.register_permit("contacts:company_list", lambda member: may(member, Section.COMPANIES))
        shell.register_permit("contacts:create", lambda member: may(member, Section.CONTACTS, Action.ADD))
        shell.register_permit(
            "contacts:company_create", lambda member: may(member, Section.COMPANIES, Action.ADD)
        )
