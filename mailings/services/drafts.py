"""Drafts: what is written, to whom, from where. Nothing of a mailing that has begun is changed here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from activities.services import keep_file
from channels.models import Channel
from core.filenames import safe_content_type, safe_name
from leads.inquiry import File
from mailings import audience, wording
from mailings.errors import AlreadyStarted, CannotSendFrom, NobodyToWriteTo, TooManyFiles
from mailings.models import Mailing, MailingFile, Recipient
from mailings.services.gathering import gather, gather_later, is_large, rejudge
from mailings.services.settings import mailing_settings
from tenants.models import Membership

MAX_FILES = 10


@transaction.atomic
def create_mailing(
    *,
    by: Membership,
    now: dt.datetime,
    name: str,
    channel: Channel,
    card: str,
    ids: Sequence[uuid.UUID],
    query: str = "",
    is_all: bool = False,
    is_cut: bool = False,
    out_of_reach: int = 0,
) -> Mailing:
    """Begin a draft for the people behind rows of a list (`card`: which). Raises CannotSendFrom, NobodyToWriteTo,
    TooManyPeople.

    Where `ids` are only the first of all that match (`is_cut`), the worker takes the people.
    """
    _check_channel(channel)
    people = audience.people_of(card, ids)
    if not people.ids and not is_cut:
        raise NobodyToWriteTo
    terms = mailing_settings()
    mailing: Mailing = Mailing.objects.create(
        name=name.strip()[:150],
        channel=channel,
        owner=by,
        per_hour=terms.per_hour,
        is_tracked=terms.is_tracked,
        card=card,
        query=query if is_all else "",
        is_all=is_all,
        out_of_reach=out_of_reach,
        without_people=people.without,
        created_at=now,
    )
    if is_cut:
        gather_later(mailing, now=now)
    else:
        gather(mailing, people.ids, now=now)
    return mailing


@transaction.atomic
def update_mailing(*, mailing: Mailing, by: Membership, now: dt.datetime, **values: Any) -> Mailing:
    """Change a draft. Raises AlreadyStarted, CannotSendFrom, UnknownField."""
    current = locked_draft(mailing)
    wording.check(str(values.get("subject", "")), str(values.get("text", "")))
    is_elsewhere = "channel" in values and values["channel"] != current.channel
    if is_elsewhere:
        _check_channel(values["channel"])
        is_later = current.is_being_checked or is_large(current)
    for name, value in values.items():
        setattr(current, name, value)
    current.save(update_fields=list(values))
    if is_elsewhere:
        (gather_later if is_later else rejudge)(current, now=now)
    return current


@transaction.atomic
def gather_again(
    *, mailing: Mailing, by: Membership, now: dt.datetime, ids: Sequence[uuid.UUID], is_cut: bool = False
) -> Mailing:
    """Take the people of a draft anew, as its list stands now; `is_cut`: `ids` are only its first rows. Raises
    AlreadyStarted, NobodyToWriteTo, TooManyPeople."""
    current = locked_draft(mailing)
    if is_cut or current.is_being_checked:
        gather_later(current, now=now)
        return current
    people = audience.people_of(current.card, ids)
    if not people.ids:
        raise NobodyToWriteTo
    current.without_people = people.without
    current.save(update_fields=["without_people"])
    gather(current, people.ids, now=now)
    return current


@transaction.atomic
def copy_mailing(*, mailing: Mailing, by: Membership, now: dt.datetime) -> Mailing:
    """Begin a draft with the text, files and people of another mailing. Raises what create_mailing() raises."""
    people = Recipient.objects.filter(mailing=mailing).order_by("pk").values_list("contact_id", flat=True)
    ids = list(people[: audience.AT_ONCE + 1])
    about: dict[str, Any] = {"card": Mailing.Card.CONTACTS, "ids": ids}
    if len(ids) > audience.AT_ONCE:
        query = f"mailing={mailing.pk}"
        about = {"card": Mailing.Card.RECIPIENTS, "ids": [], "query": query, "is_all": True, "is_cut": True}
    made = create_mailing(by=by, now=now, name=mailing.name, channel=mailing.channel, **about)
    names = ("subject", "text", "per_hour", "is_working_time", "is_tracked")
    Mailing.objects.filter(pk=made.pk).update(**{name: getattr(mailing, name) for name in names})
    MailingFile.objects.bulk_create(
        MailingFile(
            mailing=made, key=f.key, name=f.name, content_type=f.content_type, size_bytes=f.size_bytes
        )
        for f in mailing.files.all()
    )
    made.refresh_from_db()
    return made


@transaction.atomic
def delete_mailing(*, mailing: Mailing, by: Membership) -> None:
    """Delete a draft. Raises AlreadyStarted."""
    locked_draft(mailing).delete()


@transaction.atomic
def add_file(*, mailing: Mailing, file: File, by: Membership) -> MailingFile:
    """Let every letter of a draft carry a file. Raises AlreadyStarted, TooManyFiles, FileTooLarge, StorageFull."""
    current = locked_draft(mailing)
    if current.files.count() >= MAX_FILES:
        raise TooManyFiles(limit=MAX_FILES)
    data = file.data or b""
    made: MailingFile = MailingFile.objects.create(
        mailing=current,
        key=keep_file(data),
        name=safe_name(file.name),
        content_type=safe_content_type(file.content_type),
        size_bytes=len(data),
    )
    return made


@transaction.atomic
def remove_file(*, mailing: Mailing, file: MailingFile, by: Membership) -> None:
    """Take a file out of a draft. Raises AlreadyStarted."""
    locked_draft(mailing).files.filter(pk=file.pk).delete()


# --- Parts -------------------------------------------------------------------------------------------
def locked_draft(mailing: Mailing) -> Mailing:
    """Lock a draft and read it as it stands. Raises AlreadyStarted."""
    current: Mailing = (
        Mailing.objects.select_for_update(of=("self",))
        .select_related("channel", "owner__role", "owner__tenant", "owner__user")
        .get(pk=mailing.pk)
    )
    if not current.is_draft:
        raise AlreadyStarted
    return current


def _check_channel(channel: Channel) -> None:
    if not audience.can_send_from(channel):
        raise CannotSendFrom
