"""What a rule may ask of an inquiry; core.conditions has the shapes.

To add one: a class here, its entry in CONDITIONS, a fact in leads.routing.facts if it asks for a new one,
its case in tests/test_routing_rules.py. No migration: docs/routing.md has the list.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from contacts.folding import digits_of, fold
from contacts.models import Source
from core import conditions
from core.conditions import Names, Text, Value, Values
from leads.models import Lead
from leads.routing.facts import Facts

Condition = conditions.Condition[Facts]


class Choice(conditions.Choice[Facts]):
    """Some of a fixed list."""

    def present(self, facts: Facts) -> frozenset[str]:
        return frozenset({str(getattr(facts, self.code))})


class Client(Choice):
    """Who the client is to us."""

    def present(self, facts: Facts) -> frozenset[str]:
        return facts.client


class Hours(Choice):
    """Inside or outside the company's working hours."""

    def present(self, facts: Facts) -> frozenset[str]:
        return frozenset({"in" if facts.is_working_time else "out"})


class Reference(conditions.Reference[Facts]):
    """Some rows of a directory."""

    def __init__(self, code: str, label: Text) -> None:
        self.code, self.label = code, label

    def present(self, facts: Facts) -> uuid.UUID | None:
        found: uuid.UUID | None = getattr(facts, f"{self.code}_id")
        return found

    def rows(self) -> Any:
        if self.code == "source":
            return Source.objects.all()
        channels: Any = Lead._meta.get_field("channel").related_model  # of the app above
        return channels.objects.all()


class Lines(conditions.Lines[Facts]):
    """Words, one a line."""

    def present(self, facts: Facts) -> str:
        return str(getattr(facts, self.code))


class Prefixes(Lines):
    """Beginnings of phone numbers."""

    def matches(self, values: Values, facts: Facts) -> bool:
        digits = digits_of(facts.phone)
        return bool(digits) and any(digits.startswith(value.value) for value in values)

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        return [Value(digits) for line in self.lines_of(data[self.code]) if (digits := digits_of(line)[:15])]

    def words(self, values: Values, names: Names) -> str:
        return ", ".join(f"+{value.value}…" for value in values)


class FormField(Lines):
    """What was filled into one field of a form."""

    def __init__(self) -> None:
        super().__init__(
            "field", gettext_lazy("Field of a form"), gettext_lazy("One a line; part of it is enough.")
        )

    def matches(self, values: Values, facts: Facts) -> bool:
        return any(
            fold(value.label) == label and fold(value.value) in told
            for value in values
            for label, told in facts.fields
        )

    def fields(self) -> dict[str, forms.Field]:
        return {
            "field_label": forms.CharField(
                label=_("Name of the field"), max_length=self.longest, required=False
            ),
            "field_values": self.lines_field(_("Filled in with one of"), self.hint),
        }

    def initial(self, values: Values) -> dict[str, Any]:
        label = values[0].label if values else ""
        return {"field_label": label, "field_values": "\n".join(value.value for value in values)}

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        label = data["field_label"].strip()
        return [Value(line, label=label) for line in self.lines_of(data["field_values"])] if label else []

    def words(self, values: Values, names: Names) -> str:
        label = values[0].label if values else ""
        return f"{label}: {', '.join(value.value for value in values)}"


class Load(Condition):
    """So many inquiries wait that nobody has taken."""

    code = "load"
    label = gettext_lazy("Load")

    def matches(self, values: Values, facts: Facts) -> bool:
        return any(facts.waiting_count >= int(value.value) for value in values)

    def fields(self) -> dict[str, forms.Field]:
        field = forms.IntegerField(
            label=_("At least so many inquiries wait that nobody has taken"),
            min_value=1,
            max_value=100_000,
            required=False,
        )
        return {"load": field}

    def initial(self, values: Values) -> dict[str, Any]:
        return {"load": int(values[0].value)} if values else {}

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        return [Value(str(data["load"]))] if data["load"] else []

    def words(self, values: Values, names: Names) -> str:
        return _("at least %(n)s wait") % {"n": values[0].value}


LANGUAGES = [
    ("ru", gettext_lazy("Russian")),
    ("en", gettext_lazy("English, or other Latin letters")),
    ("uk", gettext_lazy("Ukrainian")),
    ("kk", gettext_lazy("Kazakh")),
    ("be", gettext_lazy("Belarusian")),
    ("de", gettext_lazy("German")),
    ("tr", gettext_lazy("Turkish")),
    ("zh", gettext_lazy("Chinese")),
]
CHANNEL_KINDS = [
    ("email", gettext_lazy("Mail")),
    ("messenger", gettext_lazy("Messengers")),
    ("call", gettext_lazy("Calls")),
    ("request", gettext_lazy("Requests")),
    ("chat", gettext_lazy("Chat")),
    ("callback", gettext_lazy("Callback")),
]
KINDS = [(value, label) for value, label in Lead.Kind.choices if value != Lead.Kind.MANUAL]
CLIENTS = [
    ("new", pgettext_lazy("client", "new")),
    ("known", pgettext_lazy("client", "wrote or called before")),
    ("owned", pgettext_lazy("client", "has a manager")),
    ("deal", pgettext_lazy("client", "has an open deal")),
]
HOURS = [("in", gettext_lazy("in working hours")), ("out", gettext_lazy("outside working hours"))]

_ALL: tuple[Condition, ...] = (
    Reference("channel", gettext_lazy("Channel")),
    Choice("channel_kind", gettext_lazy("Channel kind"), CHANNEL_KINDS),
    Choice("kind", gettext_lazy("Type"), KINDS),
    Reference("source", gettext_lazy("Source")),
    Lines(
        "region",
        gettext_lazy("Region"),
        gettext_lazy("One a line, as the inquiry shows it; part of it is enough."),
    ),
    Prefixes(
        "phone",
        gettext_lazy("Phone begins with"),
        gettext_lazy("One a line, with the code of the country: +7 495"),
    ),
    FormField(),
    Choice("language", gettext_lazy("Language"), LANGUAGES),
    Lines("text", gettext_lazy("Words of the text"), gettext_lazy("One a line; any of them is enough.")),
    Client("client", gettext_lazy("Client"), CLIENTS),
    Hours("hours", gettext_lazy("Time"), HOURS),
    Load(),
)
CONDITIONS: Mapping[str, Condition] = {condition.code: condition for condition in _ALL}
