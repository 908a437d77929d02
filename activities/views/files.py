"""Files of timeline entries: only to those who may read the entry, never as a page of ours."""

from __future__ import annotations

import uuid

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from activities.access import activity_is_visible
from activities.entries import IMAGES
from activities.models import Attachment
from core.filenames import DEFAULT_TYPE
from tenants.access import open_to_members
from tenants.requests import MemberRequest

# What a stranger sent must not run here, whatever it claims to be.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"


@require_safe
@open_to_members
def attachment(request: MemberRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Hand a file out: pictures are shown with ?inline=1, everything else is saved."""
    file = get_object_or_404(
        Attachment.objects.select_related("activity"), pk=pk, state=Attachment.State.STORED
    )
    if not activity_is_visible(request.member, file.activity):
        raise Http404
    is_picture = file.content_type in IMAGES
    try:
        data = default_storage.open(file.key)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        data,
        as_attachment=not (is_picture and request.GET.get("inline")),
        filename=file.name,
        content_type=file.content_type if is_picture else DEFAULT_TYPE,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
