"""Taking a decision back while nothing else has happened to the lead."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from activities.models import Activity
from contacts.survivors import followed
from leads import quality
from leads.errors import CannotUndo, NotAllowed
from leads.models import Lead, LeadAction
from leads.routing.watching import MOVING, watch
from leads.services.common import lock_contact_of, record, restore, tell
from leads.services.decisions import reread
from leads.services.exclusions import take_back
from tenants.models import Membership

UNDOABLE = ("take", "release", "assign", "reject", "reopen", "snooze", "wake", "delete", "quality", "attach")


@transaction.atomic
def undo_action(*, action: LeadAction, by: Membership, now: dt.datetime) -> Lead:
    """Put the lead back to how it stood before the action; who took the decision may always do so.

    Raises CannotUndo once the lead has changed since, for a second undo, and for conversions, which have
    made things others may use by now; NotAllowed for other people's decisions.
    """
    if action.by_id != by.pk:
        raise NotAllowed()
    lock_contact_of(action.lead)
    lead = Lead.objects.select_for_update(of=("self",)).get(pk=action.lead_id)
    had = lead.contact_id
    current = LeadAction.objects.get(pk=action.pk)
    is_last = current.undone_at is None and lead.version == current.version_after
    if current.action not in UNDOABLE or not is_last:
        raise CannotUndo()
    restore(lead, current.before)
    _follow_merges(lead)
    if lead.deleted_at is None and "_adopted" in current.before:
        Activity.objects.filter(lead=lead, pk__in=current.before["_adopted"]).update(deal=None)
    take_back(current.before.get("_excluded", []))
    lead.version += 1
    watch(lead, now=now)
    lead.save(update_fields=[*(n for n in current.before if not n.startswith("_")), "version", *MOVING])
    current.undone_at = now
    current.save(update_fields=["undone_at"])
    record(lead, by=by, now=now, code="lead_undo", action=current.action)
    quality.reclassify(lead)
    if had is not None and had != lead.contact_id:
        quality.reclassify_contacts([had])
    tell(lead)
    return reread(lead)


def _follow_merges(lead: Lead) -> None:
    """Whom the lead belonged to before may have become part of another card since."""
    if lead.contact is not None:
        lead.contact = followed(lead.contact)
    if lead.company is not None:
        lead.company = followed(lead.company)
