"""What every decision about a lead shares: the lock, the snapshot, the timeline entry, the live event."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from activities.models import Activity
from activities.services import new_entry, write_entries
from contacts.folding import digits_of, fold_all
from contacts.models import Contact
from core import live
from core.tenancy import current_tenant_id
from leads.errors import (
    LeadAlreadyConverted,
    LeadClosed,
    LeadGone,
    LeadTakenByOther,
    NotAllowed,
    name_of,
)
from leads.models import Lead, LeadAction
from leads.routing.watching import MOVING, watch
from leads.services.callbacks import pass_on_callbacks
from tenants.models import Membership

# What most decisions look at; the rest is read where one does: eleven joins take longer than the decision
RELATED = ("channel", "contact", "source", "call", "rejection_reason")
# What changes when a lead goes from hand to hand
HOLDING = (
    "state",
    "taken_by",
    "taken_at",
    "responsible",
    "responsible_role",
    "assignment_reason",
    "assignment_params",
    "routing_rule",
    "step_started_at",
    "escalation_step",
    "snoozed_until",
    "opened_at",
)


def lock_lead(*, lead: Lead, by: Membership | None, action: str = "edit") -> Lead:
    """Lock the lead, its contact first, and read it as it stands now.

    The order contact before lead is everywhere the same, because quality looks at all leads of a contact.
    Raises LeadGone, NotAllowed, and LeadTakenByOther for who could reach it until a colleague took it.
    """
    lock_contact_of(lead)
    # No join under the lock: after a wait PostgreSQL would look for the old references and find no row.
    if not Lead.objects.present().select_for_update().filter(pk=lead.pk).values_list("pk", flat=True):
        raise LeadGone()
    current = Lead.objects.select_related(*RELATED).get(pk=lead.pk)
    if by is not None and not Lead.objects.visible_to(by, action).filter(pk=lead.pk).exists():
        if current.taken_by_id not in (None, by.pk) and was_reachable(current, by):
            raise LeadTakenByOther(who=name_of(current.taken_by))
        raise NotAllowed()
    return current


def lock_contact_of(lead: Lead) -> None:
    """Lock the contact of a lead; a second one when the first was merged into it while we waited."""
    contact_id = Lead.objects.filter(pk=lead.pk).values_list("contact_id", flat=True).first()
    if lock_contact(contact_id) != contact_id:
        lock_contact(Lead.objects.filter(pk=lead.pk).values_list("contact_id", flat=True).first())


def lock_contact(contact_id: uuid.UUID | None) -> uuid.UUID | None:
    """Make those who decide about leads of one contact wait for each other; references don't wait.

    Return who that contact is by now: another one where it was merged, which is then locked as well.
    """
    while contact_id is not None:
        rows = Contact.objects.select_for_update(no_key=True).filter(pk=contact_id)
        target = rows.values_list("merged_into_id", flat=True).first()
        if target is None:
            break
        contact_id = target
    return contact_id


def was_reachable(lead: Lead, member: Membership) -> bool:
    """Say whether the lead waited for this member, alone or in a role, before a colleague took it.

    Only such a member is told who took it; to all others the lead is missing.
    """
    last = lead.actions.filter(action__in=("take", "assign"), undone_at=None).order_by("-at", "-id").first()
    if last is None:
        return False
    waited_for = (last.before.get("responsible"), last.before.get("responsible_role"))
    return str(member.pk) == waited_for[0] or str(member.role_id) == waited_for[1]


def check_open(lead: Lead) -> None:
    """Raise LeadAlreadyConverted or LeadClosed unless somebody still has to decide."""
    if lead.state == Lead.State.CONVERTED:
        raise LeadAlreadyConverted(deal=lead.deal, who=name_of(lead.closed_by))
    if lead.state == Lead.State.REJECTED:
        raise LeadClosed(who=name_of(lead.closed_by))


# --- What was before ---------------------------------------------------------------------------------
def snapshot(lead: Lead, fields: Iterable[str]) -> dict[str, Any]:
    """Keep the values of fields in JSON, enough for restore()."""
    return {name: _plain(getattr(lead, Lead._meta.get_field(name).attname)) for name in fields}  # type: ignore[union-attr]


def restore(lead: Lead, before: Mapping[str, Any]) -> None:
    """Put the values of a snapshot back; nothing is saved. Names that begin with _ are no fields."""
    for name, value in before.items():
        if name == "state":
            if lead.state != value:
                lead.step_back(value)
        elif not name.startswith("_"):
            field: Any = Lead._meta.get_field(name)
            setattr(lead, field.attname, field.to_python(value))


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


# --- What follows from a decision --------------------------------------------------------------------
def decided(
    lead: Lead,
    *,
    action: str,
    by: Membership | None,
    now: dt.datetime,
    before: Mapping[str, Any],
    **data: Any,
) -> LeadAction:
    """Save the changed lead and remember the decision: its action, one timeline entry, one live event.

    `before` names the fields that changed; names that begin with _ keep what else the undo needs.
    """
    lead.version += 1
    watch(lead, now=now)
    changed = (name for name in before if not name.startswith("_"))
    lead.save(update_fields=[*changed, "version", *MOVING])
    record(lead, by=by, now=now, code=f"lead_{action}", **data)
    if "taken_by" in before:
        pass_on_callbacks(lead)
    tell(lead)
    return LeadAction.objects.create(
        lead=lead, action=action, by=by, at=now, before=dict(before), version_after=lead.version
    )


def record(lead: Lead, *, by: Membership | None, now: dt.datetime, code: str, **data: Any) -> None:
    """Write one entry into the timeline of the lead, and so of its client."""
    write_entries([(entry_of(lead, by=by, now=now, code=code, **data), ())])


def entry_of(lead: Lead, *, by: Membership | None, now: dt.datetime, code: str, **data: Any) -> Activity:
    """Make the entry that record() writes; nothing is stored."""
    values = {"code": code, "lead": str(lead), "number": lead.number} | data
    return new_entry(kind="change", occurred_at=now, author=by, lead=lead, data=values)


def tell(lead: Lead, *, topic: str = "lead.changed", members: Iterable[Membership] | None = None) -> None:
    """Tell open pages after commit which lead is new or changed; those of some members where they are given."""
    payload, member_ids = {"id": str(lead.pk)}, [one.pk for one in members] if members is not None else None
    live.publish(tenant_id=current_tenant_id(), topic=topic, payload=payload, member_ids=member_ids)


def search_text(lead: Lead) -> str:
    """Build what the search looks in: who, what, and the number people say aloud."""
    return fold_all(
        lead.name,
        digits_of(lead.phone),
        lead.email,
        lead.company_name,
        lead.subject,
        lead.summary,
        lead.object_of_interest,
        f"#{lead.number}",
    )
