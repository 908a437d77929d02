"""Operations on contacts and companies; the only way they change."""

from contacts.services.bulk import assign_clients, tag_clients
from contacts.services.companies import (
    create_company,
    delete_company,
    restore_company,
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
from contacts.services.legal import (
    LegalDetailsKnown,
    archive_legal_details,
    make_main,
    refuse_known,
    remove_legal_details,
    save_legal_details,
    unarchive_legal_details,
)
from contacts.services.links import dismiss_member, link_company, unlink_company, update_place
from contacts.services.points import add_point, remove_point, update_point

__all__ = [
    "ContactKeyTaken",
    "LegalDetailsKnown",
    "add_key",
    "add_point",
    "archive_legal_details",
    "assign_clients",
    "create_company",
    "create_contact",
    "delete_company",
    "delete_contact",
    "dismiss_member",
    "link_company",
    "make_main",
    "refuse_known",
    "remove_key",
    "remove_legal_details",
    "remove_point",
    "restore_company",
    "restore_contact",
    "save_legal_details",
    "tag_clients",
    "unarchive_legal_details",
    "unlink_company",
    "update_company",
    "update_contact",
    "update_key",
    "update_place",
    "update_point",
]
