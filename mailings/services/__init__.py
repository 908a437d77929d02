"""Operations on mailings, their people and who takes none; the only way they change."""

from mailings.services.drafts import (
    MAX_FILES,
    add_file,
    copy_mailing,
    create_mailing,
    delete_mailing,
    gather_again,
    remove_file,
    update_mailing,
)
from mailings.services.running import (
    cancel_mailing,
    pause_mailing,
    resume_mailing,
    send_to_refused,
    set_pace,
    start_mailing,
)
from mailings.services.settings import mailing_settings, save_settings
from mailings.services.subscriptions import (
    State,
    state_of,
    subscribe,
    subscribe_contact,
    unsubscribe,
    unsubscribe_contact,
)
from mailings.services.tracking import leave_by_link, note_click, note_opening, return_by_link
from mailings.services.trials import TrialLetter, prepare_trial, send_trial

__all__ = [
    "MAX_FILES",
    "State",
    "TrialLetter",
    "add_file",
    "cancel_mailing",
    "copy_mailing",
    "create_mailing",
    "delete_mailing",
    "gather_again",
    "leave_by_link",
    "mailing_settings",
    "note_click",
    "note_opening",
    "pause_mailing",
    "prepare_trial",
    "remove_file",
    "resume_mailing",
    "return_by_link",
    "save_settings",
    "send_to_refused",
    "send_trial",
    "set_pace",
    "start_mailing",
    "state_of",
    "subscribe",
    "subscribe_contact",
    "unsubscribe",
    "unsubscribe_contact",
    "update_mailing",
]
