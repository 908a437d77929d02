"""What texts of robots may name about a deal, in the words of canned replies."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.dialogs.wording import FIELDS as REPLY_FIELDS
from channels.dialogs.wording import deal_facts
from contacts.models import IdentityKey
from core import formats
from deals.models import Deal
from tenants.models import Membership

FIELDS: Mapping[str, Promise] = {
    **{name: label for name, label in REPLY_FIELDS.items() if name != "product"},
    "manager_name": _("Name of the responsible"),
    "deal_number": _("Number of the deal"),
    "deal_stage": _("Stage of the deal"),
    "product": _("Object of interest"),
}


def facts_of(deal: Deal, maker: Membership) -> dict[str, str]:
    """Gather what the fields say of a deal; one query at most."""
    contact, company = deal.contact, deal.company
    phone = ""
    if contact is not None:
        keys = IdentityKey.objects.filter(contact=contact, kind=IdentityKey.Kind.PHONE)
        phone = formats.phone(keys.values_list("value", flat=True).first() or "")
    return {
        "client_name": contact.name if contact is not None else "",
        "client_first_name": (contact.first_name or contact.name) if contact is not None else "",
        "client_phone": phone,
        "client_company": company.name if company is not None else "",
        "manager_name": (deal.owner or maker).name,
        "company_name": maker.tenant.name,
        "deal_number": str(deal.number),
        "deal_stage": deal.stage.name,
        "product": deal.object_of_interest,
    } | deal_facts(deal)
