"""Loading contacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from contacts.folding import digits_of
from contacts.importing import custom, spellings, undoing
from contacts.importing.context import Context, Mistake, Reader
from contacts.importing.kinds import FAILED, Field, Outcome, Row
from contacts.importing.people import Draft, People, Plan
from contacts.names import join_name
from core.tabular import values
from core.tabular.values import yes
from tenants.models import CustomField

_ABOUT = gettext_lazy("About the person")
_FIRM = gettext_lazy("Company")
_MORE = gettext_lazy("More")


def fields() -> list[Field]:
    """List what a column of contacts can hold."""
    words = spellings.CONTACTS
    return [
        Field("name", gettext_lazy("Full name"), group=_ABOUT, **words["name"]),
        Field("last_name", gettext_lazy("Last name"), group=_ABOUT, **words["last_name"]),
        Field("first_name", gettext_lazy("First name"), group=_ABOUT, **words["first_name"]),
        Field("middle_name", gettext_lazy("Middle name"), group=_ABOUT, **words["middle_name"]),
        Field("phone", gettext_lazy("Phone"), group=_ABOUT, is_many=True, **words["phone"]),
        Field("email", gettext_lazy("E-mail"), group=_ABOUT, is_many=True, **words["email"]),
        Field("position", gettext_lazy("Position"), group=_FIRM, **words["position"]),
        Field("company", gettext_lazy("Company"), group=_FIRM, **words["company"]),
        Field("inn", gettext_lazy("INN of the company"), group=_FIRM, **words["inn"]),
        Field("kind", pgettext_lazy("of a client", "Type"), group=_MORE, **words["kind"]),
        Field("source", gettext_lazy("Source"), group=_MORE, **words["source"]),
        Field("owner", gettext_lazy("Responsible"), group=_MORE, **words["owner"]),
        Field("tags", gettext_lazy("Tags"), group=_MORE, is_many=True, **words["tags"]),
        Field("comment", gettext_lazy("Comment"), group=_MORE, is_many=True, **words["comment"]),
        Field("consented_at", gettext_lazy("Consent (yes, or its date)"), group=_MORE, **words["consent"]),
        Field("language", gettext_lazy("Language"), group=_MORE, **words["language"]),
        Field("created_at", gettext_lazy("Created"), group=_MORE, **words["created_at"]),
        Field("external", gettext_lazy("Number in the other program (ID)"), group=_MORE, **words["external"]),
        *custom.fields(CustomField.Entity.CONTACT),
    ]


class ContactLoader:
    """Plans and writes rows of contacts."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.people = People(context)

    def plan(self, rows: Sequence[Row]) -> list[Outcome]:
        read = [self._read(row) for row in rows]
        self.people.know(one for one in read if isinstance(one, Draft))
        return [self._settle(one) if isinstance(one, Draft) else one for one in read]

    def write(self, outcomes: Sequence[Outcome], *, now: dt.datetime) -> None:
        planned = [one for one in outcomes if isinstance(one.plan, Plan)]
        kept = self.people.write([one.plan for one in planned], now=now)
        for outcome, what in zip(planned, kept, strict=True):
            outcome.target_id, outcome.kept = outcome.plan.card.pk, what

    def forget(self) -> None:
        self.people.forget()

    def undo(self, rows: Sequence[Sequence[Any]], *, now: dt.datetime) -> list[tuple[int, str]]:
        return undoing.undo_contacts(rows, context=self.context, now=now)

    def _read(self, row: Row) -> Draft | Outcome:
        try:
            return read_contact(Reader(self.context, row))
        except Mistake as mistake:
            return Outcome(row.number, FAILED, str(mistake))

    def _settle(self, draft: Draft) -> Outcome:
        outcome = self.people.settle(draft)
        outcome.shown = shown(draft)
        return outcome


def read_contact(reader: Reader) -> Draft:
    """Make a draft of a row; raise Mistake for what can't be one."""
    found: dict[str, Any] = {name: reader.text(name, limit) for name, limit in _TEXTS.items()}
    whole = reader.text("name", 200)
    if not any(found[part] for part in ("last_name", "first_name", "middle_name")):
        found["name"] = whole
    else:
        found["name"] = join_name(found["last_name"], found["first_name"], found["middle_name"])[:200]
    draft = Draft(
        reader.row.number,
        found,
        [*reader.phones(), *reader.emails()],
        company=reader.text("company", 200),
        inn=digits_of(reader.text("inn"))[:12],
        external=reader.text("external", 100),
    )
    found |= {"owner": reader.owner(), "source": reader.source(), "tags": reader.listed("tags")}
    found["consented_at"] = _consent(reader)
    if created := reader.moment("created_at"):
        found["created_at"] = created
    found |= custom.read(reader, CustomField.Entity.CONTACT)
    found["comment"] = reader.with_remarks(reader.paragraphs("comment"))
    if not found["name"] and draft.company:
        found["name"] = draft.company
    if not found["name"] and not draft.keys:
        raise Mistake(_("The row has neither a name nor a phone nor an e-mail."))
    draft.values = {name: value for name, value in found.items() if value not in ("", None, [])}
    return draft


_TEXTS = {
    "last_name": 100, "first_name": 100, "middle_name": 100, "position": 150, "kind": 60, "language": 10,
}  # fmt: skip


def _consent(reader: Reader) -> dt.datetime | None:
    """Read a consent: its date, or yes, which counts from the import on."""

    def read(text: str) -> dt.datetime | None:
        try:
            return reader.context.now if yes(text) else None
        except ValueError:
            return values.moment(text, reader.context.zone)

    return reader.parsed("consented_at", read, _("“%(text)s” is neither yes nor no nor a date."))


def shown(draft: Draft) -> dict[str, str]:
    """Write a draft as its preview shows it."""
    found = {name: _shown(value) for name, value in draft.values.items()}
    for kind in ("phone", "email"):
        found[kind] = ", ".join(key.value for key in draft.keys if key.kind == kind)
    found |= custom.shown(CustomField.Entity.CONTACT, draft.values)
    return found | {"company": draft.company, "inn": draft.inn, "external": draft.external}


def _shown(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(" ", "minutes")[:16]
    return ", ".join(value) if isinstance(value, list) else str(value)
