"""Operations on leads: every change goes through here, whoever asks for it."""

from leads.quality import reclassify, reclassify_contact, reclassify_contacts
from leads.services.answers import note_answer
from leads.services.arrival import Receipt, keys_of, who_is
from leads.services.bulk import Bulk, each
from leads.services.call_leads import recount_answers
from leads.services.call_marks import mark_call, phone_of
from leads.services.calls import receive_call
from leads.services.conversion import (
    Conversion,
    DealPlan,
    NewContact,
    NextStep,
    attach_lead,
    convert_lead,
    default_title,
)
from leads.services.decisions import (
    assign_lead,
    delete_lead,
    open_lead,
    reject_lead,
    release_lead,
    reopen_lead,
    set_quality,
    snooze_lead,
    take_lead,
    wake_lead,
)
from leads.services.exclusions import exclude, mark_spam, read_exclusion, readmit, spam_keys
from leads.services.intake import create_manual_lead, receive_inquiry
from leads.services.undo import undo_action
from leads.services.waking import wake_leads

__all__ = [
    "Bulk",
    "Conversion",
    "DealPlan",
    "NewContact",
    "NextStep",
    "Receipt",
    "assign_lead",
    "attach_lead",
    "convert_lead",
    "create_manual_lead",
    "default_title",
    "delete_lead",
    "each",
    "exclude",
    "keys_of",
    "mark_call",
    "mark_spam",
    "note_answer",
    "open_lead",
    "phone_of",
    "read_exclusion",
    "readmit",
    "receive_call",
    "receive_inquiry",
    "reclassify",
    "reclassify_contact",
    "reclassify_contacts",
    "recount_answers",
    "reject_lead",
    "release_lead",
    "reopen_lead",
    "set_quality",
    "snooze_lead",
    "spam_keys",
    "take_lead",
    "undo_action",
    "wake_lead",
    "wake_leads",
    "who_is",
]
