"""The merge form: cards side by side, a choice wherever they differ, everything else kept from all."""

from __future__ import annotations

import dataclasses
import itertools
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Count
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.facts import fact_of, label_of
from contacts.keys_shown import shown_keys
from contacts.merging import parts
from contacts.merging.parts import Client, Question
from contacts.merging.references import references_to
from contacts.models import Company, Contact, IdentityKey
from contacts.services.bulk import MAX_TAGS
from tenants.models import Membership

BOTH = "both"
_RADIO = {"class": "form-check-input"}
# What is chosen together, in the order of the form: a word for it, its facts and its fields.
_CONTACT_ROWS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "name": (("name", "name_parts"), ("name", "last_name", "first_name", "middle_name")),
    "position": (("position",), ("position",)),
    "kind": (("kind",), ("kind",)),
    "city": (("city",), ("city",)),
    "owner": (("owner",), ("owner",)),
    "source": (("source",), ("source",)),
    "language": (("language",), ("language",)),
    "time_zone": (("time_zone",), ("time_zone",)),
    "consent": (("consent",), ("consented_at",)),
    "tags": (("tags",), ("tags",)),
    "comment": (("comment",), ("comment",)),
}
_COMPANY_ROWS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "name": (("name",), ("name",)),
    "client_type": (("client_type",), ("client_type",)),
    "industry": (("industry",), ("industry",)),
    "site": (("site",), ("site",)),
    "city": (("city",), ("city",)),
    "address": (("address",), ("address",)),
    "potential": (("potential", "turnover"), ("potential", "is_potential_regular", "turnover", "currency")),
    "headcount": (("headcount",), ("headcount",)),
    "head_company": (("head_company",), ("head_company",)),
    "owner": (("owner",), ("owner",)),
    "source": (("source",), ("source",)),
    "tags": (("tags",), ("tags",)),
    "comment": (("comment",), ("comment",)),
}
_JOINABLE = ("tags", "comment")
_SHOWN_ABOVE = (IdentityKey, Company)  # phones have a row of their own, a head company is a fact


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """What one card says in a row, and its radio button."""

    text: str
    option: Any


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One fact in which the cards differ."""

    label: str
    values: list[Value]
    both: Any = None  # the button that takes all
    is_long: bool = False


class MergeForm(forms.Form):
    """Which card stays, whose values it takes, which phone is first, and what the apps above ask."""

    survivor = forms.ChoiceField(
        label=gettext_lazy("The card that stays"), widget=forms.RadioSelect(attrs=_RADIO)
    )

    def __init__(self, *args: Any, cards: Sequence[Client], member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cards, self.member = cards, member
        self.plan = _CONTACT_ROWS if isinstance(cards[0], Contact) else _COMPANY_ROWS
        self.texts = {name: [_text(card, facts) for card in cards] for name, (facts, _f) in self.plan.items()}
        self.questions: list[Question] = parts.questions(cards, member)
        self._offer()

    def _offer(self) -> None:
        fields: Any = self.fields
        ids = [str(card.pk) for card in self.cards]
        fields["survivor"].choices = [(str(card.pk), str(card)) for card in self.cards]
        self.initial["survivor"] = str(_likeliest_survivor(self.cards).pk)
        for name, texts in self.texts.items():
            if len({text for text in texts if text}) > 1:
                both = [(BOTH, _("Both"))] if name in _JOINABLE else []
                self._add(name, list(zip(ids, texts, strict=True)) + both, self._first(name))
        for kind, keys in self._rival_keys():
            mine = [key for key in keys if str(key.contact_id) == self.initial["survivor"]]
            first = next((key for key in mine if key.is_primary), keys[0])
            self._add(f"primary-{kind}", [(str(key.pk), key.value) for key in keys], str(first.pk))
        for question in self.questions:
            options = [(option.value, option.label) for option in question.options]
            self._add(question.name, options, question.initial)

    def _add(self, name: str, choices: list[tuple[str, str]], initial: str) -> None:
        widget = forms.RadioSelect(attrs=_RADIO)
        self.fields[name] = forms.ChoiceField(choices=choices, initial=initial, widget=widget, required=False)

    def _first(self, name: str) -> str:
        """What is taken unless somebody chooses: all where that is possible, else the survivor's, else the first."""
        if name in _JOINABLE:
            return BOTH
        texts = dict(zip((str(card.pk) for card in self.cards), self.texts[name], strict=True))
        survivor = self.initial["survivor"]
        return survivor if texts[survivor] else next(pk for pk, text in texts.items() if text)

    def _rival_keys(self) -> Iterator[tuple[str, list[IdentityKey]]]:
        """Phones and addresses of which there will be several."""
        if not isinstance(self.cards[0], Contact):
            return
        rows = IdentityKey.objects.filter(
            contact__in=[card.pk for card in self.cards], kind__in=("phone", "email")
        ).order_by("kind", "-is_primary", "created_at", "pk")
        for kind, group in itertools.groupby(rows, key=lambda key: key.kind):
            if len(keys := list(group)) > 1:
                yield kind, keys

    # --- For the template --------------------------------------------------------------------------
    def rows(self) -> list[Row]:
        """The facts in which the cards differ, with a button for each value."""
        return [self._row(name, texts) for name, texts in self.texts.items() if name in self.fields]

    def same(self) -> list[tuple[str, str]]:
        """The facts in which there is nothing to choose: all cards that know them say the same."""
        return [
            (self._label(name), next(text for text in texts if text))
            for name, texts in self.texts.items()
            if name not in self.fields and any(texts)
        ]

    def _row(self, name: str, texts: list[str]) -> Row:
        buttons = list(self[name])
        values = [Value(text, button) for text, button in zip(texts, buttons[: len(texts)], strict=True)]
        both = buttons[len(texts)] if len(buttons) > len(texts) else None
        return Row(self._label(name), values, both, is_long=name == "comment")

    def _label(self, name: str) -> str:
        return _("Potential and turnover") if name == "potential" else label_of(self.cards[0], name)

    def survivors(self) -> list[tuple[Any, Client]]:
        return list(zip(self["survivor"], self.cards, strict=True))

    def ways(self) -> list[dict[str, Any]]:
        """Phones, addresses and messengers, all of which are kept; one of a kind is used first."""
        buttons = {
            str(button.data["value"]): button
            for name in self.fields
            if name.startswith("primary-")
            for button in self[name]
        }
        found = []
        for card in self.cards:
            rows: Any = card.keys.all() if isinstance(card, Contact) else card.points.order_by("kind", "pk")
            found.append({"card": card, "keys": [(key, buttons.get(key.id)) for key in shown_keys(rows)]})
        return found

    def has_rivals(self) -> bool:
        return any(name.startswith("primary-") for name in self.fields)

    def asked(self) -> list[tuple[Question, list[tuple[Any, Any]]]]:
        """The questions of the apps above with their buttons."""
        return [
            (question, list(zip(self[question.name], question.options, strict=True)))
            for question in self.questions
        ]

    # --- For the service ---------------------------------------------------------------------------
    def chosen_survivor(self) -> Client:
        wanted = self.cleaned_data["survivor"]
        return next(card for card in self.cards if str(card.pk) == wanted)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of merge_cards."""
        survivor = self.chosen_survivor()
        primary = [
            uuid.UUID(value)
            for name, value in self.cleaned_data.items()
            if name.startswith("primary-") and value
        ]
        return {
            "survivor": survivor,
            "others": [card for card in self.cards if card.pk != survivor.pk],
            "chosen": self._chosen(),
            "primary": primary,
            "answers": {question.name: self.cleaned_data[question.name] for question in self.questions},
        }

    def _chosen(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, (_facts, fields) in self.plan.items():
            picked = self.cleaned_data.get(name)
            if picked == BOTH:
                values[name] = _joined(name, self.cards)
            elif giver := next((card for card in self.cards if str(card.pk) == picked), None):
                values |= {field: getattr(giver, field) for field in fields}
        return values


def _text(card: Client, facts: Sequence[str]) -> str:
    texts = [str(card) if name == "name" else fact_of(card, name).text for name in facts]
    # A full name that only turns the shown one round says nothing new
    told = {frozenset(text.split()): text for text in reversed(texts) if text}
    return ", ".join(reversed(told.values()))


def _joined(name: str, cards: Sequence[Client]) -> Any:
    if name == "tags":
        return list(dict.fromkeys(tag for card in cards for tag in card.tags))[:MAX_TAGS]
    return "\n".join(dict.fromkeys(card.comment.strip() for card in cards if card.comment.strip()))


def _likeliest_survivor(cards: Sequence[Client]) -> Client:
    """The card most is known of; of equals the older one."""

    def known(card: Client) -> int:
        names = _CONTACT_ROWS if isinstance(card, Contact) else _COMPANY_ROWS
        return sum(bool(getattr(card, field, None)) for _facts, fields in names.values() for field in fields)

    return max(cards, key=lambda card: (known(card), -card.created_at.timestamp()))


def what_comes_together(cards: Sequence[Client]) -> list[tuple[str, list[int]]]:
    """Count what each card has, by kind of row; one query a model."""
    found = []
    for reference in references_to(type(cards[0])):
        meta = reference.model._meta
        if "verbose_name_plural" not in meta.original_attrs or reference.model in _SHOWN_ABOVE:
            continue
        rows = reference.rows(*(card.pk for card in cards)).order_by().values_list(reference.name)
        counts = dict(rows.annotate(n=Count("pk")))
        if counts:
            label = capfirst(str(meta.verbose_name_plural))
            found.append((label, [counts.get(card.pk, 0) for card in cards]))
    return found
