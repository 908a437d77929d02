"""What happens to documents, told where deals tell what happens to them (deals.happenings)."""

from __future__ import annotations

import datetime as dt

from deals import happenings
from deals.happenings import Happening, What
from deals.models import Invoice, Proposal

Document = Proposal | Invoice


def happened(document: Document, what: What, *, now: dt.datetime) -> None:
    """Tell whoever listens what has just happened to a document; the same of it once."""
    occasion = f"{document.pk} {what}"
    happenings.tell(Happening(what, document.deal, now, None, occasion, document=document))
