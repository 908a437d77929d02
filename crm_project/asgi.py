"""Entry point of the live stream; pages are served by wsgi.py."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")

import django

django.setup()

from channels.widget.guests import admit  # noqa: E402
from core.live.stream import LiveStream  # noqa: E402
from tenants.live import authenticate  # noqa: E402

application = LiveStream(authenticate, admit=admit)
