"""What our own form knows of a post beyond its bytes; kept with the event, so that running it again gives the same."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any, Self

from django.utils import formats
from django.utils.translation import gettext as _

from channels.adapters.form_fields import FormField
from channels.adapters.text import as_dict, clean_line

CONSENT_FIELD = "consent"
_CONSENT_ROLE = "consent"  # shown beside the answers, no word of the client


@dataclasses.dataclass(frozen=True, slots=True)
class PostNote:
    """The questions as they were asked, what was agreed to, and what speaks for spam."""

    title: str = ""
    # By the name of the field: label, type and meaning
    questions: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    consent: str = ""  # the words that were agreed to, with their version and the moment
    suspicion: str = ""  # a code of leads.suspicion
    key: str = ""  # of the post this one repeats
    refused: int = 0  # the how manieth of its address within a minute, where it was turned away for that

    @classmethod
    def read(cls, details: bytes | None) -> Self:
        """Read the note of a delivery; without one nothing is known."""
        if not details:
            return cls()
        data = as_dict(json.loads(details))
        return cls(**{f.name: data[f.name] for f in dataclasses.fields(cls) if f.name in data})

    def as_bytes(self) -> bytes:
        """Give what is kept with the event."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False).encode("utf-8", "surrogatepass")

    def tell(self, fields: Iterable[FormField]) -> list[FormField]:
        """Say of each field what it was called and what it means."""
        return [self._told(field) for field in fields]

    def _told(self, field: FormField) -> FormField:
        if field.name == CONSENT_FIELD and self.consent:
            return dataclasses.replace(
                field, label=_("Consent"), value=self.consent[:4000], role=_CONSENT_ROLE
            )
        question = self.questions.get(field.name)
        if question is None or field.role:  # the channel's own mapping knows better
            return field
        value = _shown_date(field.value) if question["type"] == "date" else field.value
        label = clean_line(question["label"], 200) or field.name
        return dataclasses.replace(field, label=label, value=value, role=question["meaning"])


def agreed(words: str, *, version: int, at: dt.datetime) -> str:
    """Say what was agreed to and when; `at` is in the zone people read it in."""
    moment: Any = formats.date_format(at, "SHORT_DATETIME_FORMAT")
    return _("“%(words)s”: agreed on %(moment)s (%(zone)s), version %(version)s of the text") % {
        "words": words,
        "moment": moment,
        "zone": at.tzname() or "UTC",
        "version": version,
    }


def _shown_date(value: str) -> str:
    try:
        return str(formats.date_format(dt.date.fromisoformat(value), "SHORT_DATE_FORMAT"))
    except ValueError:
        return value
