"""What a form on a site asks and how it looks: plain values, kept as JSON. No database here."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, Final, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext_lazy

from channels.adapters.form_roles import ANSWER
from core.colours import ink_on, is_colour

MAX_FIELDS: Final = 40
MAX_OPTIONS: Final = 60
TYPES: dict[str, Promise] = {
    "name": pgettext_lazy("person", "Name"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "company": gettext_lazy("Company"),
    "line": gettext_lazy("One line of text"),
    "text": gettext_lazy("Long text"),
    "choice": gettext_lazy("Choice of one"),
    "choices": gettext_lazy("Choice of several"),
    "yes_no": gettext_lazy("Yes or no"),
    "number": gettext_lazy("A number"),
    "date": gettext_lazy("Date"),
    "file": gettext_lazy("File"),
    "hidden": gettext_lazy("Hidden value"),
}
MEANINGS: dict[str, Promise] = {
    ANSWER: gettext_lazy("An answer of its own"),
    "name": gettext_lazy("Name of the client"),
    "phone": gettext_lazy("Phone of the client"),
    "email": gettext_lazy("E-mail of the client"),
    "company": gettext_lazy("Company of the client"),
    "position": gettext_lazy("Position of the client"),
    "message": gettext_lazy("What the client writes"),
    "product": gettext_lazy("Product it is about"),
}
USUAL_MEANINGS: Final = {
    "name": "name",
    "phone": "phone",
    "email": "email",
    "company": "company",
    "text": "message",
}
LANGUAGES: Final = (("ru", "Русский"), ("en", "English"))
THEMES: dict[str, Promise] = {
    "auto": gettext_lazy("As the visitor's device"),
    "light": gettext_lazy("Light"),
    "dark": gettext_lazy("Dark"),
}
CORNERS: dict[str, Promise] = {
    "square": gettext_lazy("Square"),
    "soft": gettext_lazy("Soft"),
    "round": gettext_lazy("Round"),
}
WIDTHS: dict[str, Promise] = {"full": gettext_lazy("Whole line"), "half": gettext_lazy("Half a line")}
ACCENT: Final = "#3b4ccb"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FIRST_NAMES: Final = {"text": "message"}  # what hand-made forms and the own page always called it


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """One question. `name` is its name in the post and stays when the label changes."""

    name: str
    type: str
    label: str = ""
    placeholder: str = ""
    help: str = ""
    default: str = ""
    is_required: bool = False
    width: str = "full"
    meaning: str = ANSWER
    options: tuple[str, ...] = ()

    @property
    def is_contact(self) -> bool:
        """Whether the client can be reached by what stands in it."""
        return self.meaning in ("phone", "email")


@dataclasses.dataclass(frozen=True, slots=True)
class Consent:
    """What the client agrees to by a tick. The version counts the changes of its words."""

    is_on: bool = True
    text: str = ""
    link_text: str = ""
    link_url: str = ""
    version: int = 1

    @property
    def words(self) -> str:
        """The whole text, as it is kept with each inquiry."""
        link = f"{self.link_text} ({self.link_url})" if self.link_url and self.link_text else self.link_url
        return " ".join(filter(None, (self.text, link)))


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """The few things about its looks that can be chosen."""

    theme: str = "light"
    accent: str = ACCENT
    corners: str = "soft"

    def __post_init__(self) -> None:
        """Refuse what would not be a colour: it is written into a style sheet as it stands."""
        if not is_colour(self.accent):
            raise ValueError("accent")

    @property
    def on_accent(self) -> str:
        """Black or white, whichever is better read on the accent."""
        return ink_on(self.accent)


@dataclasses.dataclass(frozen=True, slots=True)
class FormDefinition:
    """A form: its words, its fields, its looks."""

    title: str = ""
    intro: str = ""
    button: str = ""
    thanks: str = ""
    redirect_url: str = ""
    language: str = "ru"
    is_contact_needed: bool = True  # one of phone and e-mail has to be filled in
    fields: tuple[Question, ...] = ()
    consent: Consent = Consent()
    look: Look = Look()

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Read what as_json() wrote; what a later or an earlier version knows is left out or usual."""
        fields = tuple(
            Question(**_known(Question, one) | {"options": tuple(one.get("options", ()))})
            for one in data.get("fields", ())
        )
        return cls(
            **_known(cls, data)
            | {
                "fields": fields,
                "consent": Consent(**_known(Consent, data.get("consent", {}))),
                "look": Look(**_known(Look, data.get("look", {}))),
            }
        )

    def as_json(self) -> dict[str, Any]:
        """Give the value that is kept."""
        return dataclasses.asdict(self)

    @property
    def has_files(self) -> bool:
        return any(field.type == "file" for field in self.fields)

    @property
    def has_contact(self) -> bool:
        return any(field.is_contact for field in self.fields)

    @property
    def asks_contact(self) -> bool:
        """Whether the form must not be sent without a phone or an e-mail."""
        return self.is_contact_needed and self.has_contact


def usual_form(title: str, language: str) -> FormDefinition:
    """Make the form a new channel begins with, in the words of a language."""
    with override(language):
        return FormDefinition(
            title=title,
            button=_("Send"),
            thanks=_("We have received your message and will answer soon."),
            language=language if language in dict(LANGUAGES) else "en",
            consent=Consent(text=_("I agree to the processing of my data")),
            fields=(
                Question("name", "name", _("Your name"), meaning="name"),
                Question("phone", "phone", _("Phone"), meaning="phone"),
                Question("email", "email", _("E-mail"), meaning="email"),
                Question("message", "text", _("Message"), meaning="message"),
            ),
        )


def new_field(kind: str, taken: set[str], language: str) -> Question:
    """Make a field of a type, under a name that no other has."""
    wanted = _FIRST_NAMES.get(kind, kind)
    name = next(name for name in (wanted, *(f"{wanted}_{n}" for n in range(2, 999))) if name not in taken)
    with override(language):
        label = {"name": _("Your name"), "text": _("Message")}.get(kind, str(TYPES[kind]))
        options = (_("First"), _("Second")) if kind in ("choice", "choices") else ()
    return Question(name, kind, label, meaning=USUAL_MEANINGS.get(kind, ANSWER), options=options)


def is_field_name(name: str) -> bool:
    """Whether something may be the name of a field."""
    return bool(_NAME.fullmatch(name))


def _known(cls: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(cls)}
    return {name: value for name, value in data.items() if name in names}
