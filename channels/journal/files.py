"""Files of what came in: stored when they came along, announced and fetched later when only referred to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from activities import services as activities
from activities.models import Activity, Attachment, Call
from activities.services.attachments import expect_attachment
from channels import bell
from channels.models import Channel, FileFetch
from leads.inquiry import File

RECORDING = "recording"  # content_id of a call's recording among the entry's files
BY_URL = "url:"  # begins a FileFetch.ref that is an address, not the provider's id
BY_REF = "ref:"


def attach(files: Iterable[File], *, activity: Activity, channel: Channel) -> None:
    """Tie files to a timeline entry. One that is too large is shown by name with the reason."""
    for file in files:
        if file.data is None:
            _fetch_later(file, f"{BY_REF}{file.ref}", activity=activity, channel=channel)
            continue
        try:
            activities.store_attachment(
                activity=activity,
                name=file.name,
                content_type=file.content_type,
                data=file.data,
                content_id=file.content_id,
            )
        except activities.FileTooLarge as refusal:
            kept = expect_attachment(
                activity=activity, name=file.name, content_type=file.content_type, ref=""
            )
            activities.fail_attachment(attachment=kept, error=str(refusal.message))


def attach_recording(call: Call, where: str, *, channel: Channel) -> None:
    """Fetch a call's recording once, whichever of its events told of it."""
    if Attachment.objects.filter(activity_id=call.activity_id, content_id=RECORDING).exists():
        return
    is_url = where.startswith(("https://", "http://"))
    name = _("recording")
    file = File(name=f"{name}.mp3", content_type="audio/mpeg", ref=where, content_id=RECORDING)
    _fetch_later(file, f"{BY_URL if is_url else BY_REF}{where}", activity=call.activity, channel=channel)


def fetch_again(attachment: Attachment, *, channel: Channel, now: dt.datetime) -> None:
    """Try a file once more that could not be fetched."""
    attachment.state, attachment.error = Attachment.State.WAITING, ""
    attachment.save(update_fields=["state", "error"])
    prefix = BY_URL if attachment.ref.startswith(("https://", "http://")) else BY_REF
    fetch, _created = FileFetch.objects.update_or_create(
        attachment=attachment,
        defaults={
            "channel": channel,
            "ref": f"{prefix}{attachment.ref}",
            "attempt_count": 0,
            "next_try_at": now,
        },
    )
    bell.after_commit("fetch_file", fetch_id=str(fetch.pk))


def _fetch_later(file: File, ref: str, *, activity: Activity, channel: Channel) -> None:
    attachment = expect_attachment(
        activity=activity,
        name=file.name,
        content_type=file.content_type,
        ref=file.ref,
        content_id=file.content_id,
    )
    fetch = FileFetch.objects.create(
        attachment=attachment, channel=channel, ref=ref, next_try_at=timezone.now()
    )
    bell.after_commit("fetch_file", fetch_id=str(fetch.pk))
