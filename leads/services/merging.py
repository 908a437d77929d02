"""The share of leads in merging clients: quality is decided anew, and an undo tells apart what came in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from activities.models import Activity
from contacts.merging.parts import Act, Client, Kept, Part
from contacts.models import Contact, IdentityKey
from deals.models import Deal
from leads import quality
from leads.models import Lead


def merged(act: Act, answers: Mapping[str, str]) -> Kept:
    """Decide the quality of the client's inquiries in their new order (Q3)."""
    if isinstance(act.survivor, Contact):
        _decide_anew(act.survivor)
    return {}


def undone(act: Act, kept: Kept) -> None:
    """Give what came since the merge to whom it came from, and decide the quality of all of them."""
    contacts = [card for card in act.others if isinstance(card, Contact)]
    for contact in contacts:
        _give_back(act, contact)
    for other in act.others:
        _follow(act, other)
    if isinstance(act.survivor, Contact):
        _decide_anew(act.survivor, *contacts)


PART = Part(merged=merged, undone=undone)


def _decide_anew(*contacts: Contact) -> None:
    quality.reclassify_contacts([contact.pk for contact in contacts])
    # A folded deal's inquiries are the visible deal's now, or have just ceased to be
    quality.carry_to_deals(
        list(Lead.objects.filter(contact__in=contacts).exclude(deal=None).only("deal", "tenant"))
    )


def _give_back(act: Act, other: Contact) -> None:
    """Move what came since by a dialog, phone or address that is the other's again.

    Dialogs and keys of before are back already: they tell whose a new dialog, inquiry, call or message is. Ids grow
    with time, so what came since is what has a greater one than the merge.
    """
    new = {"contact": act.survivor, "pk__gt": act.merge.pk}
    keys = list(IdentityKey.objects.filter(contact=other).values_list("kind", "value"))
    phones = [value for kind, value in keys if kind == IdentityKey.Kind.PHONE]
    mails = [value for kind, value in keys if kind == IdentityKey.Kind.EMAIL]
    dialogs: Any = Contact._meta.get_field("dialogs").related_model  # of the app above
    dialogs.objects.filter(recipient__in=[value for _kind, value in keys], **new).update(contact=other)
    came_by = Q(dialog__contact=other) | Q(dialog=None) & (Q(phone__in=phones) | Q(email__in=mails))
    leads = list(Lead.objects.filter(came_by, **new).values_list("pk", flat=True))
    Lead.objects.filter(pk__in=leads).update(contact=other)
    deals = list(Deal.objects.filter(leads__in=leads, **new).values_list("pk", flat=True))
    Deal.objects.filter(pk__in=deals).update(contact=other)
    theirs = Q(message__dialog__contact=other) | Q(call__phone__in=phones)
    entries = list(Activity.objects.filter(theirs, lead=None, **new).values_list("pk", flat=True))
    Activity.objects.filter(pk__in=entries).update(contact=other)


def _follow(act: Act, other: Client) -> None:
    """Let what was written since about an inquiry or a deal that is the other's again go with it."""
    name = "contact" if isinstance(other, Contact) else "company"
    theirs = Q(**{f"lead__{name}": other}) | Q(**{"lead": None, f"deal__{name}": other})
    since = Activity.objects.filter(theirs, **{name: act.survivor, "pk__gt": act.merge.pk})
    entries = list(since.values_list("pk", flat=True))
    Activity.objects.filter(pk__in=entries).update(**{name: other})
