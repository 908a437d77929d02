"""What the bell says about messages of ours."""

from __future__ import annotations

from django.utils.translation import gettext as _

from activities import notices


def register() -> None:
    """Teach the bell our words; called once the apps are loaded."""
    notices.register("message_failed", "alert-circle", _message_failed)


def _message_failed(params: notices.Params) -> tuple[str, str]:
    return _("Not delivered: %(who)s") % {"who": params.get("who", "")}, str(params.get("error") or "")
