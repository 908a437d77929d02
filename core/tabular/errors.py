"""Why a file can't be read, in a sentence for who brought it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import Refusal


class Unreadable(Refusal):
    """The file is not what its name says, is broken, or is too big."""

    code = "unreadable"

    def default_message(self) -> str | Promise:
        return _("This file cannot be read as a table. Save it as CSV or XLSX and try again.")
