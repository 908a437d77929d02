"""Turn one notification of a Facebook page or an Instagram account into plain facts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.marks import payload_marks
from channels.adapters.meta.content import describe
from channels.adapters.meta.hook import changes, entries
from channels.adapters.text import as_dict, as_int, as_list, clean_line, clean_text, digest, moment
from leads.inquiry import DeliveryStatus, Ignored, Inquiry, Item, Marks, MessageEdit, Person

Event = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Context:
    """What the events of a notification are read with."""

    product: str  # page, instagram
    own_id: str  # of the page, where the tenant named it
    received_at: dt.datetime
    profiles: Mapping[str, Any]  # by id, as the API told


def messaging(body: Event) -> Iterator[tuple[Event, Event]]:
    """List the messaging events with their entries; also those another application answers, and trials."""
    for entry in entries(body):
        for name in ("messaging", "standby"):
            for event in map(as_dict, as_list(entry.get(name))):
                yield entry, event
        for _field, value in changes(entry):
            if "sender" in value:  # the button "Test" of Meta's page writes it so
                yield entry, value


def read_event(event: Event, entry: Event, context: Context) -> list[Item]:
    """Make the items of one event: one, but for a receipt of several messages."""
    if reason := _of_another(event, entry, context):
        return [Ignored(key=_key(event), reason=reason)]
    for name, reader in _READERS.items():
        if isinstance(event.get(name), dict):
            return reader(event, as_dict(event[name]), context)
    names = sorted(set(event) - {"sender", "recipient", "timestamp"})
    reason = _("Of no consequence: {name}.").format(name=clean_line(", ".join(names), 100) or "?")
    return [Ignored(key=_key(event), reason=reason)]


def client_id(event: Event) -> str:
    """Who the client is: the sender, but for an echo of what we wrote."""
    place = "recipient" if as_dict(event.get("message")).get("is_echo") is True else "sender"
    return clean_line(as_dict(event.get(place)).get("id"), 100)


def _of_another(event: Event, entry: Event, context: Context) -> str:
    sides = [clean_line(as_dict(event.get(name)).get("id"), 100) for name in ("recipient", "sender")]
    if context.own_id and context.own_id not in (*sides, clean_line(entry.get("id"), 100)):
        return _("It is for another page: {id}.").format(id=sides[0] or "?")
    return ""


# --- Messages ----------------------------------------------------------------------------------------
def _message(event: Event, message: Event, context: Context) -> list[Item]:
    mid, when = clean_line(message.get("mid"), 250), _when(event, context)
    if message.get("is_deleted") is True:
        edit = MessageEdit(f"{mid}:deleted", when, thread_key="", external_id=mid, is_deleted=True)
        return [edit if mid else _nameless(event)]
    content = describe(message)
    quick = clean_line(as_dict(message.get("quick_reply")).get("payload"), 1000)
    answered = clean_line(as_dict(message.get("reply_to")).get("mid"), 250)
    inquiry = _inquiry(event, context, key=mid or _key(event), text=content.text or quick)
    return [
        dataclasses.replace(
            inquiry,
            external_id=mid,
            references=(answered,) if answered else (),
            is_own=message.get("is_echo") is True,
            marks=_marks(as_dict(message.get("referral")), context),
            files=content.files,
            fields=_advert_fields(as_dict(message.get("referral"))),
            product=content.product,
        )
    ]


def _edit(event: Event, edit: Event, context: Context) -> list[Item]:
    mid, number = clean_line(edit.get("mid"), 250), clean_line(edit.get("num_edit"), 20)
    text, key = clean_text(edit.get("text")), f"{mid}:edit:{number or digest(edit)}"
    change = MessageEdit(key, _when(event, context), thread_key="", external_id=mid, text=text)
    return [change if mid else _nameless(event)]


def _nameless(event: Event) -> Ignored:
    return Ignored(key=_key(event), reason=_("A change that names no message."))


def _postback(event: Event, postback: Event, context: Context) -> list[Item]:
    """A pressed button speaks for the client."""
    text = clean_text(postback.get("title"), 1000) or clean_text(postback.get("payload"), 1000)
    mid = clean_line(postback.get("mid"), 250)
    referral = as_dict(postback.get("referral"))
    inquiry = _inquiry(event, context, key=mid or _key(event, "postback"), text=text)
    marks, fields = _marks(referral, context), _advert_fields(referral)
    return [dataclasses.replace(inquiry, external_id=mid, marks=marks, fields=fields)]


def _referral(event: Event, referral: Event, context: Context) -> list[Item]:
    """The client opened the dialog by an advert or a link: like a started bot, with nothing written yet."""
    is_by_advert = _is_advert(referral)
    text = _("Opened the dialog by an advert.") if is_by_advert else _("Opened the dialog by a link.")
    return _opened(event, referral, context, key=_key(event, "referral"), text=text)


def _optin(event: Event, optin: Event, context: Context) -> list[Item]:
    key = _key(event, "optin")
    if clean_line(optin.get("type"), 60):
        title = clean_line(optin.get("title"), 200) or clean_line(optin.get("type"), 60)
        return [Ignored(key=key, reason=_("The client's wish about mailings: {wish}.").format(wish=title))]
    return _opened(
        event, optin, context, key=key, text=_("Allowed us to write, with the button on the site.")
    )


def _opened(event: Event, referral: Event, context: Context, *, key: str, text: str) -> list[Item]:
    if not client_id(event):
        return [Ignored(key=key, reason=_("It does not tell who it was."))]
    inquiry = _inquiry(event, context, key=key, text=text)
    marks, fields = _marks(referral, context), _advert_fields(referral)
    return [dataclasses.replace(inquiry, external_id=key, marks=marks, fields=fields)]


def _inquiry(event: Event, context: Context, *, key: str, text: str) -> Inquiry:
    client = client_id(event)
    return Inquiry(
        key=key,
        occurred_at=_when(event, context),
        person=_person(client, context),
        text=text,
        thread_key=client,
        external_id=key,
    )


def _person(client: str, context: Context) -> Person:
    profile = as_dict(context.profiles.get(client))
    username = clean_line(profile.get("username"), 64)
    names = (clean_line(profile.get("first_name"), 100), clean_line(profile.get("last_name"), 100))
    is_instagram = context.product == "instagram"
    return Person(
        name=clean_line(profile.get("name"), 200) or " ".join(filter(None, names)) or username,
        messenger_id=client,
        username=username,
        profile_url=f"https://www.instagram.com/{username}" if is_instagram and username else "",
    )


# --- Where they came from ----------------------------------------------------------------------------
def _marks(referral: Event, context: Context) -> Marks:
    """Marks in the link's own parameter say it best, then the advert's numbers."""
    if not referral:
        return Marks()
    told = payload_marks(clean_line(referral.get("ref"), 1000))
    page_url = clean_line(referral.get("referer_uri"), 2000)
    told = dataclasses.replace(told, page_url=page_url)
    if not _is_advert(referral):
        return told
    return dataclasses.replace(
        told,
        source=told.source or ("instagram" if context.product == "instagram" else "facebook"),
        medium=told.medium or "ad",
        content=told.content or clean_line(referral.get("ad_id"), 100),
    )


def _is_advert(referral: Event) -> bool:
    return bool(referral.get("ad_id")) or str(referral.get("source") or "").upper() == "ADS"


def _advert_fields(referral: Event) -> tuple[tuple[str, str], ...]:
    title = clean_line(as_dict(referral.get("ads_context_data")).get("ad_title"), 300)
    return ((_("Advert"), title),) if title else ()


# --- Receipts and the rest ---------------------------------------------------------------------------
def _delivery(event: Event, delivery: Event, context: Context) -> list[Item]:
    return _receipts(event, as_list(delivery.get("mids")), "delivered", context)


def _read(event: Event, read: Event, context: Context) -> list[Item]:
    """Instagram names the message; Messenger only says up to when everything was read."""
    mid = clean_line(read.get("mid"), 250)
    return _receipts(event, [mid] if mid else [], "read", context)


def _receipts(event: Event, mids: list[Any], state: Any, context: Context) -> list[Item]:
    told = list(dict.fromkeys(filter(None, (clean_line(mid, 250) for mid in mids[:200]))))
    if not told:
        return [Ignored(key=_key(event, state), reason=_("A receipt that names no message."))]
    when = _when(event, context)
    return [
        DeliveryStatus(key=f"{state}:{mid}"[:300], occurred_at=when, external_id=mid, state=state)
        for mid in told
    ]


def _reaction(event: Event, reaction: Event, context: Context) -> list[Item]:
    emoji = clean_line(reaction.get("emoji") or reaction.get("reaction"), 20)
    is_taken_back = reaction.get("action") == "unreact"
    reason = (
        _("A reaction was taken back.") if is_taken_back else _("A reaction: {emoji}").format(emoji=emoji)
    )
    return [Ignored(key=_key(event), reason=reason)]


def _when(event: Event, context: Context) -> dt.datetime:
    return moment(event.get("timestamp")) or context.received_at


def _key(event: Event, name: str = "event") -> str:
    """Name an event that has no id: by who, when and what."""
    sender = clean_line(as_dict(event.get("sender")).get("id"), 100)
    stamp = as_int(event.get("timestamp")) or ""
    return f"{name}:{sender}:{stamp}:{digest(json.dumps(event, sort_keys=True, default=str))}"


_READERS: dict[str, Callable[[Event, Event, Context], list[Item]]] = {
    "message": _message,
    "message_edit": _edit,
    "postback": _postback,
    "referral": _referral,
    "optin": _optin,
    "delivery": _delivery,
    "read": _read,
    "reaction": _reaction,
}
