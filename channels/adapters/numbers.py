"""Numbers on the site: our own call tracking. The exchange tells of the calls; this tells where the callers came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Adapter, Check, Field, Forged, RawDelivery, Settings
from channels.adapters.marks import collect_marks
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, clean_line, iso_moment, received
from core import formats
from leads.inquiry import CallMark, Item, Marks

LEND_MIN = 30


class NumbersAdapter(Adapter):
    kind: ClassVar[str] = "numbers"
    label = _("Numbers on the site, call tracking")
    channel_kind = "call"
    icon = "phone-call"
    tracks_calls = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "lend_min",
            _("A number is lent for, minutes"),
            kind="number",
            default=LEND_MIN,
            help_text=_("So long after a visitor last saw it a call to it is taken for theirs."),
        ),
        Field(
            "printed",
            _("Numbers printed on the site"),
            kind="lines",
            help_text=_("One a line. The script replaces them, and whatever carries data-crm-number."),
        ),
    )
    help_text = _(
        "The site shows a number by source, campaign and region, or one of a pool that is lent to each visitor. "
        "A call to it, by whatever exchange, learns by which advert and page its caller came."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Nobody delivers here: marks are written down by ourselves when an exchange tells of a call."""
        raise Forged("marks of numbers are not posted")

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read what channels.journal.numbers wrote of one call. Raises Unparseable."""
        data = as_dict(read_json(delivery.body))
        told = as_dict(data.get("marks"))
        number = clean_line(data.get("line"), 32)
        facts = [(gettext("Number on the site"), formats.phone(number))]
        if data.get("is_uncertain"):
            facts.append((gettext("Call tracking"), gettext("uncertain: several visitors saw the number")))
        return [
            CallMark(
                key=f"call:{clean_line(data.get('call'), 64)}",
                occurred_at=iso_moment(data.get("at")) or received(delivery.received_at),
                phone=clean_line(data.get("phone"), 40),
                line=number,
                marks=_marks_of(told),
                region=clean_line(data.get("region"), 100),
                fields=tuple(facts),
            )
        ]

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """There is no provider to ask."""
        return []


def _marks_of(told: Mapping[str, Any]) -> Marks:
    fields = [(name, str(value)) for name, value in told.items()]
    page, referrer, first = (str(told.get(name, "")) for name in ("page_url", "referrer", "first_page"))
    return collect_marks(fields, page_url=page, referrer=referrer, first_page=first)
