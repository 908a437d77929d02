"""Operations on tenants, their people and what those may do."""

from tenants.services.company import (
    create_tenant,
    follow_call_limit,
    open_tenant,
    set_active,
    set_call_limit,
    start_with,
    update_company,
)
from tenants.services.invitations import (
    accept_invitation,
    accept_with_new_login,
    find_invitation,
    invite_member,
    withdraw_invitation,
)
from tenants.services.people import (
    add_member,
    create_login,
    dismiss_member,
    rehire_member,
    update_member,
    update_profile,
)
from tenants.services.rights import delete_role, save_role
from tenants.services.structure import (
    create_department,
    create_office,
    delete_department,
    delete_office,
    update_department,
    update_office,
)

__all__ = [
    "accept_invitation",
    "accept_with_new_login",
    "add_member",
    "create_department",
    "create_login",
    "create_office",
    "create_tenant",
    "delete_department",
    "delete_office",
    "delete_role",
    "dismiss_member",
    "find_invitation",
    "follow_call_limit",
    "invite_member",
    "open_tenant",
    "rehire_member",
    "save_role",
    "set_active",
    "set_call_limit",
    "start_with",
    "update_company",
    "update_department",
    "update_member",
    "update_office",
    "update_profile",
    "withdraw_invitation",
]
