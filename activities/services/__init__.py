"""Operations on activities, attachments and notifications; the only way they change."""

from activities.services.adoption import adopt_activities
from activities.services.attachments import (
    FileTooLarge,
    StorageFull,
    expect_attachment,
    fail_attachment,
    fill_attachment,
    store_attachment,
)
from activities.services.entries import add_note, change_note, log_activity
from activities.services.notices import mark_read, notify
from activities.services.planning import (
    ActivityAlreadyDone,
    NotMarkedDone,
    cancel_activity,
    change_activity,
    complete_activity,
    delete_note,
    give_activity,
    hand_over_plans,
    plan_activity,
    plan_for_each,
    reopen_activity,
    reschedule_activity,
    restore_activity,
)

__all__ = [
    "ActivityAlreadyDone",
    "FileTooLarge",
    "NotMarkedDone",
    "StorageFull",
    "add_note",
    "adopt_activities",
    "cancel_activity",
    "change_activity",
    "change_note",
    "complete_activity",
    "delete_note",
    "expect_attachment",
    "fail_attachment",
    "fill_attachment",
    "give_activity",
    "hand_over_plans",
    "log_activity",
    "mark_read",
    "notify",
    "plan_activity",
    "plan_for_each",
    "reopen_activity",
    "reschedule_activity",
    "restore_activity",
    "store_attachment",
]
