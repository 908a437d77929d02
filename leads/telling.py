"""What happened to a lead, as its history tells it where words of deals are needed; see activities.sentences."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from activities import changes
from activities.changes import Data
from deals.fields import demandable, label_of


def register() -> None:
    """Teach the timeline these codes."""
    changes.register("lead_stayed", "inbox", _stayed)


def _stayed(data: Data) -> SafeString:
    """Say why an inquiry that was to become a deal at once is in Unsorted."""
    number = _("Inquiry No. %(number)s") % {"number": data.get("number", "")}
    told = changes.say(_("%(lead)s stays in Unsorted"), lead=number)
    missing = [str(label_of(name)).lower() for name in data.get("missing") or [] if name in demandable()]
    if missing:
        needs = {"stage": data.get("stage", ""), "fields": get_text_list(missing, _("and"))}
        why = _("“%(stage)s” needs: %(fields)s.") % needs
    else:
        why = _("the pipeline “%(name)s” takes no new deals now") % {"name": data.get("pipeline", "")}
    return format_html("{}{}", told, changes.aside(why))
