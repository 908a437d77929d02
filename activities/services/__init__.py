"""Operations on activities, attachments and notifications; the only way they change."""

from activities.services.adoption import adopt_activities
from activities.services.attachments import (
    FileTooLarge,
    KeptFile,
    StorageFull,
    expect_attachment,
    fail_attachment,
    fill_attachment,
    keep_file,
    share_files,
    store_attachment,
)
from activities.services.batches import run_batch, start_batch, undo_batch
from activities.services.completing import NotMarkedDone, complete_activity, reopen_activity
from activities.services.entries import add_note, change_note, log_activity, new_entry, write_entries
from activities.services.feeds import TooManyFeeds, close_feed, open_feed
from activities.services.inviting import guests_of, invite, record_answer
from activities.services.norms import remove_norm, set_norm
from activities.services.notices import Notice, mark_read, notify, notify_all, set_notices
from activities.services.planning import (
    ActivityAlreadyDone,
    cancel_activity,
    change_activity,
    delete_note,
    give_activity,
    hand_over_plans,
    plan_activity,
    reschedule_activity,
    restore_activity,
    take_activity,
)
from activities.services.processes import NothingToDo, archive_template, save_template, start_process
from activities.services.taking_part import set_participants
from activities.services.watching import set_watch, watch_state

__all__ = [
    "ActivityAlreadyDone",
    "FileTooLarge",
    "KeptFile",
    "NotMarkedDone",
    "NothingToDo",
    "Notice",
    "StorageFull",
    "TooManyFeeds",
    "add_note",
    "adopt_activities",
    "archive_template",
    "cancel_activity",
    "change_activity",
    "change_note",
    "close_feed",
    "complete_activity",
    "delete_note",
    "expect_attachment",
    "fail_attachment",
    "fill_attachment",
    "give_activity",
    "guests_of",
    "hand_over_plans",
    "invite",
    "keep_file",
    "log_activity",
    "mark_read",
    "new_entry",
    "notify",
    "notify_all",
    "open_feed",
    "plan_activity",
    "record_answer",
    "remove_norm",
    "reopen_activity",
    "reschedule_activity",
    "restore_activity",
    "run_batch",
    "save_template",
    "set_norm",
    "set_notices",
    "set_participants",
    "set_watch",
    "share_files",
    "start_batch",
    "start_process",
    "store_attachment",
    "take_activity",
    "undo_batch",
    "watch_state",
    "write_entries",
]
