"""Building a form on its settings page: the draft lives in the page until it is saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

from django import forms
from django.core.validators import URLValidator
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.sites.definition import (
    ACCENT,
    CORNERS,
    LANGUAGES,
    MAX_FIELDS,
    MAX_OPTIONS,
    MEANINGS,
    THEMES,
    TYPES,
    WIDTHS,
    Consent,
    FormDefinition,
    Look,
    Question,
    is_field_name,
    new_field,
)
from core.colours import is_colour

_WITH_PLACEHOLDER = ("name", "phone", "email", "company", "line", "text", "choice", "number")
_WITH_OPTIONS = ("choice", "choices")
_WEB = URLValidator(schemes=["http", "https"])


def _address(**more: Any) -> forms.URLField:
    return forms.URLField(required=False, max_length=500, assume_scheme="https", validators=[_WEB], **more)


class WholeForm(forms.Form):
    """What is said of the form as a whole."""

    title = forms.CharField(label=_("Heading"), max_length=150, required=False)
    intro = forms.CharField(
        label=_("Text above the fields"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    button = forms.CharField(label=_("Text of the button"), max_length=60, required=False)
    language = forms.ChoiceField(label=_("Language of the form"), choices=LANGUAGES)
    is_contact_needed = forms.BooleanField(label=_("A phone or an e-mail is mandatory"), required=False)
    thanks = forms.CharField(
        label=_("Text after sending"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    redirect_url = _address(
        label=_("Or go to an address after sending"), help_text=_("A page of your site that says thank you.")
    )
    is_consent_on = forms.BooleanField(label=_("Ask for consent"), required=False)
    consent_text = forms.CharField(
        label=_("Text of the consent"),
        max_length=1500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The words, their version and the moment are kept with every inquiry."),
    )
    consent_link_text = forms.CharField(label=_("Words of the link"), max_length=200, required=False)
    consent_link_url = _address(label=_("Address of the policy"))
    theme = forms.ChoiceField(label=_("Theme"), choices=list(THEMES.items()))
    corners = forms.ChoiceField(label=_("Corners"), choices=list(CORNERS.items()))
    accent = forms.CharField(
        label=_("Colour of the button"), widget=forms.TextInput(attrs={"type": "color"}), initial=ACCENT
    )

    def clean_accent(self) -> str:
        accent = str(self.cleaned_data["accent"]).lower()
        if not is_colour(accent):
            raise forms.ValidationError(_("Choose a colour."))
        return accent

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("is_consent_on") and not values.get("consent_text"):
            self.add_error("consent_text", _("Write what the client agrees to."))
        return values


class QuestionForm(forms.Form):
    """One field of the form."""

    label = forms.CharField(label=_("Label"), max_length=200)
    type = forms.ChoiceField(choices=list(TYPES.items()), widget=forms.HiddenInput)
    placeholder = forms.CharField(label=_("Example inside the field"), max_length=150, required=False)
    help = forms.CharField(label=_("Hint below"), max_length=300, required=False)
    default = forms.CharField(label=_("Filled in beforehand"), max_length=500, required=False)
    options = forms.CharField(
        label=_("What can be chosen, one a line"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    meaning = forms.ChoiceField(label=_("What it means for the lead"), choices=list(MEANINGS.items()))
    width = forms.ChoiceField(label=_("Width"), choices=list(WIDTHS.items()))
    is_required = forms.BooleanField(label=_("Mandatory"), required=False)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        if kind not in _WITH_PLACEHOLDER:
            del self.fields["placeholder"]
        if kind not in _WITH_OPTIONS:
            del self.fields["options"]
        if kind in ("file", "choices", "yes_no"):
            del self.fields["default"]
        if kind in ("file", "hidden", "yes_no"):
            del self.fields["meaning"]
        if kind == "hidden":
            for name in ("help", "width", "is_required"):
                del self.fields[name]
            self.fields["default"].label = _("Value")

    @property
    def name(self) -> str:
        """The name of its field in a post."""
        return str(self.prefix)

    @property
    def type_name(self) -> str:
        return str(TYPES[self.kind])

    @property
    def shown_label(self) -> str:
        """The label as typed, for the line that stands for the field."""
        return str(self["label"].value() or "")

    def clean_options(self) -> Sequence[str]:
        lines = (line.strip()[:200] for line in str(self.cleaned_data["options"]).splitlines())
        options = tuple(dict.fromkeys(line for line in lines if line))
        if not options:
            raise forms.ValidationError(_("Write at least one."))
        if len(options) > MAX_OPTIONS:
            raise forms.ValidationError(_("At most %(count)s.") % {"count": MAX_OPTIONS})
        return options

    def question(self) -> Question:
        """Make the field; where something is wrong with it, as far as it is right."""
        self.is_valid()
        return Question(name=self.name, **self.cleaned_data | {"type": self.kind})


class Draft:
    """A form that is being built: read from the page, changed by one button, shown again."""

    def __init__(self, whole: WholeForm, questions: Sequence[QuestionForm], version: int) -> None:
        self.whole, self.questions, self.version = whole, list(questions), version

    @classmethod
    def of(cls, definition: FormDefinition, version: int) -> Self:
        """Begin with a form as it is saved."""
        consent, look = definition.consent, definition.look
        about = {name: getattr(definition, name) for name in _OWN} | {
            "is_consent_on": consent.is_on,
            "consent_text": consent.text,
            "consent_link_text": consent.link_text,
            "consent_link_url": consent.link_url,
            "theme": look.theme,
            "corners": look.corners,
            "accent": look.accent,
        }
        return cls(WholeForm(initial=about), [_begun(one) for one in definition.fields], version)

    @classmethod
    def posted(cls, data: QueryDict) -> Self:
        """Read the page back. Rows nobody could have made are left out."""
        version = int(data.get("version", "0")) if data.get("version", "0").isdecimal() else 0
        questions = [
            QuestionForm(data, prefix=name, kind=str(data[f"{name}-type"]))
            for name in dict.fromkeys(_rows(data))
        ]
        return cls(WholeForm(data), questions[:MAX_FIELDS], version)

    def change(self, what: str) -> None:
        """Do what a button says, 'add:phone' or 'up:phone_2'. The rest stays as typed, right or wrong."""
        action, _colon, subject = what.partition(":")
        self.whole = _unbound(self.whole)
        self.questions = [_unbound(one) for one in self.questions]
        if action == "add" and subject in TYPES and len(self.questions) < MAX_FIELDS:
            language = str(self.whole["language"].value() or "en")
            taken = {one.name for one in self.questions}
            self.questions.append(_begun(new_field(subject, taken, language), is_new=True))
        place = next((n for n, one in enumerate(self.questions) if one.name == subject), -1)
        if place < 0:
            return
        if action == "remove":
            del self.questions[place]
        elif action in ("up", "down"):
            to = place - 1 if action == "up" else place + 1
            if 0 <= to < len(self.questions):
                self.questions.insert(to, self.questions.pop(place))

    def is_valid(self) -> bool:
        return all([self.whole.is_valid(), *(one.is_valid() for one in self.questions)])

    def definition(self) -> FormDefinition:
        """Make the form of what is typed; what is wrong is as it would be without it."""
        self.whole.is_valid()
        said, usual = self.whole.cleaned_data, FormDefinition()
        return FormDefinition(
            **{name: said.get(name, getattr(usual, name)) for name in _OWN},
            fields=tuple(one.question() for one in self.questions),
            consent=Consent(
                is_on=bool(said.get("is_consent_on")),
                text=said.get("consent_text", ""),
                link_text=said.get("consent_link_text", ""),
                link_url=said.get("consent_link_url", ""),
            ),
            look=Look(**{name: said[name] for name in ("theme", "accent", "corners") if name in said}),
        )

    @property
    def warning(self) -> str:
        """What speaks against the form, though it can be saved."""
        meanings = {str(one["meaning"].value()) for one in self.questions if "meaning" in one.fields}
        if not meanings & {"phone", "email"}:
            return gettext("The form asks neither for a phone nor for an e-mail: nobody can be answered.")
        return ""


_OWN = ("title", "intro", "button", "thanks", "redirect_url", "language", "is_contact_needed")


def _rows(data: QueryDict) -> Iterator[str]:
    for name in data.getlist("row"):
        if is_field_name(name) and data.get(f"{name}-type") in TYPES:
            yield name


def _begun(question: Question, *, is_new: bool = False) -> QuestionForm:
    initial = {
        name: getattr(question, name)
        for name in ("label", "type", "placeholder", "help", "default", "meaning", "width", "is_required")
    }
    initial["options"] = "\n".join(question.options)
    form = QuestionForm(initial=initial, prefix=question.name, kind=question.type)
    form.is_new = is_new  # type: ignore[attr-defined]
    return form


def _unbound(form: Any) -> Any:
    """Make the same form with what was typed as its beginning, so that nobody is told off half-way."""
    initial = {name: form[name].value() for name in form.fields}
    if isinstance(form, QuestionForm):
        return QuestionForm(initial=initial, prefix=form.prefix, kind=form.kind)
    return WholeForm(initial=initial)
