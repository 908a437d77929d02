"""Template context of every page: the shell and the base template."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from core.live import stream_url
from core.shell import Shell

PAGE = "base.html"
DIALOG = "shell/dialog_page.html"


def is_dialog(request: HttpRequest) -> bool:
    """Tell whether the page was asked for by static/js/dialog.js, to be shown inside a dialog."""
    return request.headers.get("HX-Target") == "dialog-body"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give templates `shell` (lazy: fragments cost no query) and `base_template`, a page or a dialog."""
    return {
        "shell": Shell(request),
        "base_template": DIALOG if is_dialog(request) else PAGE,
        "live_url": stream_url(request) if getattr(request, "member", None) else "",
    }
