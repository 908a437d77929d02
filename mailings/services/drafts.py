"""Drafts: what is written, to whom, from where. Nothing of a mailing that has begun is changed here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from activities.services import keep_file
from channels.models import Channel
from core.filenames import safe_content_type, safe_name
from leads.inquiry import File
from mailings import audience, wording
from mailings.audience import Judge, Verdict
from mailings.errors import AlreadyStarted, CannotSendFrom, NobodyToWriteTo, TooManyFiles, TooManyPeople
from mailings.models import Mailing, MailingFile, Recipient
from mailings.services.settings import mailing_settings
from tenants.models import Membership

MAX_FILES = 10
State = Recipient.State
_UNDECIDED = (State.WAITING, State.EXCLUDED)


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
    out_of_reach: int = 0,
) -> Mailing:
    """Begin a draft for the people behind rows of a list (`card`: which). Raises CannotSendFrom, NobodyToWriteTo,
    TooManyPeople."""
    _check_channel(channel)
    people = audience.people_of(card, ids)
    if not people.ids:
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
    _gather(mailing, people.ids, now=now)
    return mailing


@transaction.atomic
def update_mailing(*, mailing: Mailing, by: Membership, now: dt.datetime, **values: Any) -> Mailing:
    """Change a draft. Raises AlreadyStarted, CannotSendFrom, UnknownField."""
    current = locked_draft(mailing)
    wording.check(str(values.get("subject", "")), str(values.get("text", "")))
    is_elsewhere = "channel" in values and values["channel"] != current.channel
    if is_elsewhere:
        _check_channel(values["channel"])
    for name, value in values.items():
        setattr(current, name, value)
    current.save(update_fields=list(values))
    if is_elsewhere:
        rejudge(current, now=now)
    return current


@transaction.atomic
def gather_again(*, mailing: Mailing, by: Membership, now: dt.datetime, ids: Sequence[uuid.UUID]) -> Mailing:
    """Take the people of a draft anew, as its list stands now. Raises AlreadyStarted, NobodyToWriteTo, TooManyPeople."""
    current = locked_draft(mailing)
    people = audience.people_of(current.card, ids)
    if not people.ids:
        raise NobodyToWriteTo
    current.without_people = people.without
    current.save(update_fields=["without_people"])
    _gather(current, people.ids, now=now)
    return current


@transaction.atomic
def copy_mailing(*, mailing: Mailing, by: Membership, now: dt.datetime) -> Mailing:
    """Begin a draft with the text, files and people of another mailing. Raises what create_mailing() raises."""
    ids = list(Recipient.objects.filter(mailing=mailing).order_by("pk").values_list("contact_id", flat=True))
    made = create_mailing(
        by=by, now=now, name=mailing.name, channel=mailing.channel, card=Mailing.Card.CONTACTS, ids=ids
    )
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
        .select_related("channel", "owner__role", "owner__tenant")
        .get(pk=mailing.pk)
    )
    if not current.is_draft:
        raise AlreadyStarted
    return current


def rejudge(mailing: Mailing, *, now: dt.datetime) -> None:
    """Decide anew about everybody to whom nothing was written yet."""
    rows = Recipient.objects.filter(mailing=mailing, state__in=_UNDECIDED).order_by("pk")
    _gather(mailing, list(rows.values_list("contact_id", flat=True)), now=now)


def _check_channel(channel: Channel) -> None:
    if not audience.can_send_from(channel):
        raise CannotSendFrom


def _gather(mailing: Mailing, ids: Sequence[uuid.UUID], *, now: dt.datetime) -> None:
    """Replace those to whom nothing was written by these contacts, each judged."""
    if len(ids) > audience.LIMIT:
        raise TooManyPeople(limit=audience.LIMIT)
    Recipient.objects.filter(mailing=mailing, state__in=_UNDECIDED).delete()
    taken = set(Recipient.objects.filter(mailing=mailing).values_list("address", flat=True))
    judge = Judge(mailing, owner=mailing.owner, now=now)
    for start in range(0, len(ids), audience.CHUNK):
        verdicts = judge.verdicts(ids[start : start + audience.CHUNK])
        Recipient.objects.bulk_create(_rows(mailing, verdicts, taken), batch_size=1000)


def _rows(mailing: Mailing, verdicts: Iterable[Verdict], taken: set[str]) -> list[Recipient]:
    """Make rows of verdicts; an address that is in the mailing already gets nothing twice."""
    rows = []
    for verdict in verdicts:
        reason = verdict.reason
        if not reason and verdict.address in taken:
            reason = Recipient.Reason.SAME_ADDRESS
        if not reason:
            taken.add(verdict.address)
        rows.append(
            Recipient(
                mailing=mailing,
                contact_id=verdict.contact_id,
                address=verdict.address,
                dialog_id=verdict.dialog_id,
                state=State.EXCLUDED if reason else State.WAITING,
                reason=reason,
            )
        )
    return rows
