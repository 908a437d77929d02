"""What came in, shown safely: letters in a sandbox, recordings by a checked proxy."""

from __future__ import annotations

import mimetypes
import re
import uuid

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from activities.access import activity_is_visible, readable_activity
from activities.models import Activity, Attachment, Call
from channels.journal.files import RECORDING, fetch_again
from channels.letters import without_remote_pictures
from channels.models import Channel, Message
from channels.ranges import send_file
from core.responses import is_htmx, redirect, toast
from tenants.access import Action, Section, may_export, open_to_members, require
from tenants.requests import MemberRequest

_CID = re.compile(r'src="cid:([^"]{1,200})"', re.IGNORECASE)
_AUDIO = re.compile(r"audio/[\w.+-]{1,60}\Z")
LETTER_POLICY = (
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src {pictures}; style-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)


@require_safe
@open_to_members
@xframe_options_sameorigin
def letter(request: MemberRequest, activity_id: uuid.UUID) -> HttpResponse:
    """Show a mail's HTML for a sandboxed frame: no scripts; remote pictures with ?pictures=1 only."""
    entry = readable_activity(request.member, activity_id)
    message = get_object_or_404(Message, activity=entry)
    if not message.html:
        raise Http404
    html, is_asked = _with_pictures(message, entry), request.GET.get("pictures") == "1"
    blocked = 0
    if not is_asked:
        html, blocked = without_remote_pictures(html)
    context = {"html": html, "subject": entry.subject, "blocked": blocked}
    response = render(request, "channels/letter.html", context)
    pictures = "'self' https: http:" if is_asked else "'self'"
    response.headers["Content-Security-Policy"] = LETTER_POLICY.format(pictures=pictures)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _with_pictures(message: Message, entry: Activity) -> str:
    """Point cid: pictures at the entry's own files."""
    stored = entry.attachments.filter(state=Attachment.State.STORED).exclude(content_id="")
    urls = {a.content_id.strip("<>").lower(): reverse("activities:attachment", args=[a.pk]) for a in stored}
    return _CID.sub(lambda m: f'src="{urls.get(m.group(1).strip("<>").lower(), "")}"', message.html)


@require_safe
@open_to_members
def recording(request: MemberRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Play a call's recording to whoever may see the call. It is fetched by a worker and kept by us."""
    call = _call(request, pk)
    kept = _recording_of(call)
    if kept is None:
        raise Http404
    if kept.state == Attachment.State.WAITING:
        text = _("The recording is being fetched. Try again in a minute.")
        return HttpResponse(
            text, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "20"}
        )
    if kept.state == Attachment.State.FAILED:
        return HttpResponse(kept.error, status=410, content_type="text/plain; charset=utf-8")
    is_audio = _AUDIO.match(kept.content_type) is not None
    content_type = kept.content_type if is_audio else "audio/mpeg"
    return send_file(request, key=kept.key, content_type=content_type, size=kept.size_bytes)


@require_safe
@require(Section.ACTIVITIES, Action.EXPORT)
def recording_file(request: MemberRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Hand a recording out as a file, to whoever may export."""
    if not may_export(request.member, Section.ACTIVITIES):
        raise PermissionDenied
    call = _call(request, pk)
    kept = _recording_of(call)
    if kept is None or kept.state != Attachment.State.STORED:
        raise Http404
    started = timezone.localtime(call.started_at or kept.created_at)
    suffix = mimetypes.guess_extension(kept.content_type) or ".mp3"
    name = f"{call.phone.lstrip('+') or 'call'}-{started:%Y-%m-%d-%H%M}{suffix}"
    stored = default_storage.open(kept.key)
    return FileResponse(stored, as_attachment=True, filename=name, content_type="application/octet-stream")


@require_POST
@open_to_members
def fetch_recording(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Try once more to fetch a recording that could not be fetched."""
    call = _call(request, pk)
    kept = _recording_of(call)
    if kept is None or kept.state != Attachment.State.FAILED or call.channel_id is None:
        raise Http404
    fetch_again(kept, channel=Channel.objects.get(pk=call.channel_id), now=timezone.now())
    if is_htmx(request):
        return toast(HttpResponse(status=204), _("The recording is being fetched."), level="ok")
    return redirect(request, "/")


def _call(request: MemberRequest, pk: uuid.UUID) -> Call:
    call: Call = get_object_or_404(Call.objects.select_related("activity"), pk=pk)
    if not activity_is_visible(request.member, call.activity):
        raise Http404
    return call


def _recording_of(call: Call) -> Attachment | None:
    return Attachment.objects.filter(activity_id=call.activity_id, content_id=RECORDING).first()
