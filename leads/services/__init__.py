"""Operations on leads: every change goes through here, whoever asks for it."""

from leads.quality import reclassify, reclassify_contact, reclassify_contacts
from leads.services.answers import measure_answers, note_answer, stop_waiting
from leads.services.arrival import Receipt, keys_of, who_is
from leads.services.bulk import Bulk, each
from leads.services.by_hand import create_manual_lead
from leads.services.call_cards import clear_old_cards, dismiss_card, note_on_call, take_call
from leads.services.call_facts import end_of_silence, unpack
from leads.services.call_leads import recount_answers
from leads.services.call_marks import mark_call, phone_of
from leads.services.callbacks import plan_callback, talks_since
from leads.services.calls import receive_call
from leads.services.conversion import (
    Conversion,
    DealPlan,
    NewCompany,
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
from leads.services.editing import update_lead
from leads.services.escalation import due_leads, escalate_lead
from leads.services.exclusions import exclude, mark_spam, read_exclusion, readmit, spam_keys
from leads.services.intake import receive_inquiry
from leads.services.rules import (
    RuleValues,
    Step,
    as_rule,
    check_rule,
    delete_rule,
    order_rules,
    save_rule,
    set_steps,
    switch_rule,
)
from leads.services.together import newcomers_among, receive_newcomers
from leads.services.trials import run_trial, start_trial
from leads.services.undo import undo_action
from leads.services.waking import wake_leads

__all__ = [
    "Bulk",
    "Conversion",
    "DealPlan",
    "NewCompany",
    "NewContact",
    "NextStep",
    "Receipt",
    "RuleValues",
    "Step",
    "as_rule",
    "assign_lead",
    "attach_lead",
    "check_rule",
    "clear_old_cards",
    "convert_lead",
    "create_manual_lead",
    "default_title",
    "delete_lead",
    "delete_rule",
    "dismiss_card",
    "due_leads",
    "each",
    "end_of_silence",
    "escalate_lead",
    "exclude",
    "keys_of",
    "mark_call",
    "mark_spam",
    "measure_answers",
    "newcomers_among",
    "note_answer",
    "note_on_call",
    "open_lead",
    "order_rules",
    "phone_of",
    "plan_callback",
    "read_exclusion",
    "readmit",
    "receive_call",
    "receive_inquiry",
    "receive_newcomers",
    "reclassify",
    "reclassify_contact",
    "reclassify_contacts",
    "recount_answers",
    "reject_lead",
    "release_lead",
    "reopen_lead",
    "run_trial",
    "save_rule",
    "set_quality",
    "set_steps",
    "snooze_lead",
    "spam_keys",
    "start_trial",
    "stop_waiting",
    "switch_rule",
    "take_call",
    "take_lead",
    "talks_since",
    "undo_action",
    "unpack",
    "update_lead",
    "wake_lead",
    "wake_leads",
    "who_is",
]
