"""The words the scripts say, in the reader's language; base.html hands them over as JSON."""

from __future__ import annotations

from django.utils.translation import gettext as _


def texts() -> dict[str, str]:
    """Collect the texts; keys are what static/js/text.js is asked for, {name} marks a value."""
    return {
        "undo": _("Undo"),
        "undone": _("Undone"),
        "undo_failed": _("Too late to undo"),
        "close": _("Close"),
        "retry": _("Retry"),
        "cancel": _("Cancel"),
        "delete": _("Delete"),
        "confirm_title": _("Are you sure?"),
        "retry_in": _("retry in {s} s"),
        "failed": _("The server could not do it. Nothing was changed, try again."),
        "forbidden": _("Your role does not allow this."),
        "missing": _("It is no longer here: somebody moved or deleted it."),
        "conflict": _("Somebody was faster. Reload the page."),
        "too_many": _("Too many requests, wait a little."),
        "too_large": _("The file is too large."),
        "busy": _("The database is busy, try again in a minute."),
        "load_failed": _("Could not load. Check the connection and try again."),
        "copied": _("Copied"),
        "selected": _("{n} selected"),
        "all_selected": _("All {n} selected"),
        "moved": _("{name}: position {n} of {all}"),
        "column_width": _("{name}: {n} pixels wide"),
        "results": _("{n} results"),
        "no_results": _("Nothing found"),
        "keys_go": _("Go to"),
        "keys_all": _("Everywhere"),
        "keys_page": _("On this page"),
        "keys_list": _("In lists"),
        "key_next": _("Next row"),
        "key_previous": _("Previous row"),
        "key_open": _("Open"),
        "key_tick": _("Tick the row"),
        "key_digits": _("Choose in an open menu"),
        "any": _("Any"),
        "key_escape": _("Close or step back"),
        "key_undo": _("Undo"),
        "key_palette": _("Search and commands"),
        "then": _("then"),
        "now": _("now"),
        "minutes": _("{n} min"),
        "hours": _("{n} h"),
        "ago": _("{time} ago"),
        "in": _("in {time}"),
        "play": _("Play"),
        "pause": _("Pause"),
        "unsaved": _("What you typed is not saved yet."),
    }
