"""Operations on contacts and companies; the only way they change."""

from contacts.services.bulk import assign_clients, tag_clients
from contacts.services.companies import (
    create_company,
    delete_company,
    remove_legal_details,
    restore_company,
    save_legal_details,
    update_company,
)
from contacts.services.contacts import (
    ContactKeyTaken,
    create_contact,
    delete_contact,
    restore_contact,
    update_contact,
)
from contacts.services.keys import add_key, remove_key, update_key
from contacts.services.links import link_company, unlink_company
from contacts.services.points import add_point, remove_point, update_point

__all__ = [
    "ContactKeyTaken",
    "add_key",
    "add_point",
    "assign_clients",
    "create_company",
    "create_contact",
    "delete_company",
    "delete_contact",
    "link_company",
    "remove_key",
    "remove_legal_details",
    "remove_point",
    "restore_company",
    "restore_contact",
    "save_legal_details",
    "tag_clients",
    "unlink_company",
    "update_company",
    "update_contact",
    "update_key",
    "update_point",
]
