"""Operations on channels and on what is sent through them; the only way they change."""

from channels.adapter_settings import InvalidSettings
from channels.services.dialling import (
    CallOrder,
    Dialling,
    NotTheClientsPhone,
    dialling_for,
    order_call,
    start_call,
)
from channels.services.replies import (
    NothingToSend,
    NoWayToAnswer,
    Route,
    closed_channels_for,
    retry_message,
    routes_for,
    send_reply,
)
from channels.services.setup import (
    ChannelNameTaken,
    CreatedChannel,
    check_channel,
    create_channel,
    hook_url_of,
    keep_learned,
    note_check,
    prepare_check,
    rotate_hook_token,
    set_lead_source,
    switch_channel,
    update_channel,
)
from channels.services.site_forms import (
    SiteFormChanged,
    SiteFormUnfit,
    save_site_form,
    site_form_of,
)

__all__ = [
    "CallOrder",
    "ChannelNameTaken",
    "CreatedChannel",
    "Dialling",
    "InvalidSettings",
    "NoWayToAnswer",
    "NotTheClientsPhone",
    "NothingToSend",
    "Route",
    "SiteFormChanged",
    "SiteFormUnfit",
    "check_channel",
    "closed_channels_for",
    "create_channel",
    "dialling_for",
    "hook_url_of",
    "keep_learned",
    "note_check",
    "order_call",
    "prepare_check",
    "retry_message",
    "rotate_hook_token",
    "routes_for",
    "save_site_form",
    "send_reply",
    "set_lead_source",
    "site_form_of",
    "start_call",
    "switch_channel",
    "update_channel",
]
