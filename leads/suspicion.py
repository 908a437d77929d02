"""Why an inquiry looks like spam: codes, and the words for them."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TRAP: Final = "trap"
FAST: Final = "fast"
FORGED: Final = "forged"
FLOOD: Final = "flood"
LINKS: Final = "links"
REFUSED: Final = "refused"
WORDS: dict[str, Promise] = {
    TRAP: _("a robot filled the field that people don't see"),
    FAST: _("it was sent quicker than anybody types"),
    FORGED: _("it was not sent from the form"),
    FLOOD: _("too many came from one address"),
    LINKS: _("it says nothing but links to other sites"),
    REFUSED: _("so many came from one address that the sender was told to wait"),
}


def words_of(code: str) -> str:
    """Say a code in the reader's language; one nobody knows says nothing."""
    return str(WORDS.get(code, ""))
