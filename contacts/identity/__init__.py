"""Who is who: normalised keys, finding the contact behind them, and likely matches to choose from."""

from contacts.identity.keys import Key, email_keys, messenger_key, phone_keys, tenant_region
from contacts.identity.matching import Match, likely_matches
from contacts.identity.normal import normalise_email, normalise_phone, normalise_phones
from contacts.identity.people import (
    Newcomer,
    create_contacts,
    find_contact,
    get_or_create_contact,
    taken_among,
)

__all__ = [
    "Key",
    "Match",
    "Newcomer",
    "create_contacts",
    "email_keys",
    "find_contact",
    "get_or_create_contact",
    "likely_matches",
    "messenger_key",
    "normalise_email",
    "normalise_phone",
    "normalise_phones",
    "phone_keys",
    "taken_among",
    "tenant_region",
]
