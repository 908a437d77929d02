"""What rules people set may ask of a thing: each condition matches, has its form fields and its words.

Apps derive theirs: inquiries are handed out by them (leads.routing), robots act by them (automation).
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django import forms
from django.utils.functional import Promise

from core.folding import fold

Text = str | Promise
Asked = TypeVar("Asked")  # what conditions are asked of


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """One allowed value: a word, the row it refers to, or a label with what stands under it."""

    value: str = ""
    ref: uuid.UUID | None = None
    label: str = ""


Values = Sequence[Value]
Names = Mapping[uuid.UUID, str]  # of what values refer to


class Condition(Generic[Asked]):
    """One kind of condition. Its values are alternatives."""

    code = ""
    label: Text = ""
    ref_field = ""  # the column of the kept condition that holds Value.ref

    def matches(self, values: Values, asked: Asked) -> bool:
        raise NotImplementedError

    def fields(self) -> dict[str, forms.Field]:
        """Make the form fields, by their names."""
        raise NotImplementedError

    def initial(self, values: Values) -> dict[str, Any]:
        raise NotImplementedError

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        """Turn what the fields hold into values; none means that the condition is not asked."""
        raise NotImplementedError

    def words(self, values: Values, names: Names) -> str:
        """Say the values in the reader's language."""
        raise NotImplementedError


class Choice(Condition[Asked]):
    """Some of a fixed list."""

    def __init__(self, code: str, label: Text, choices: Sequence[tuple[str, Text]]) -> None:
        self.code, self.label, self.choices = code, label, choices

    def matches(self, values: Values, asked: Asked) -> bool:
        present = self.present(asked)
        return any(value.value in present for value in values)

    def present(self, asked: Asked) -> frozenset[str]:
        """What it is, among the choices."""
        raise NotImplementedError

    def fields(self) -> dict[str, forms.Field]:
        field: Any = forms.MultipleChoiceField(
            label=str(self.label), choices=self.choices, required=False, widget=forms.CheckboxSelectMultiple
        )
        return {self.code: field}

    def initial(self, values: Values) -> dict[str, Any]:
        return {self.code: [value.value for value in values]}

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        return [Value(value) for value in data.get(self.code) or ()]

    def words(self, values: Values, names: Names) -> str:
        said = dict(self.choices)
        return ", ".join(str(said[value.value]) for value in values if value.value in said)


class Reference(Condition[Asked]):
    """Some rows of a directory."""

    def matches(self, values: Values, asked: Asked) -> bool:
        present = self.present(asked)
        return any(value.ref == present for value in values)

    def present(self, asked: Asked) -> uuid.UUID | None:
        """The id of the row it refers to."""
        raise NotImplementedError

    def rows(self) -> Any:
        """All rows to choose from: an archived one must not fall out of a rule that is saved again."""
        raise NotImplementedError

    def fields(self) -> dict[str, forms.Field]:
        field: Any = forms.ModelMultipleChoiceField(
            self.rows(), label=self.label, required=False, widget=forms.CheckboxSelectMultiple
        )
        return {self.code: field}

    def initial(self, values: Values) -> dict[str, Any]:
        return {self.code: [value.ref for value in values]}

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        return [Value(ref=row.pk) for row in data.get(self.code) or ()]

    def words(self, values: Values, names: Names) -> str:
        return ", ".join(names[value.ref] for value in values if value.ref and value.ref in names)


class Lines(Condition[Asked]):
    """Words, one a line; plain text, never patterns, so that nothing said can make a rule slow."""

    most = 50  # values of a condition
    longest = 200  # letters of a value

    def __init__(self, code: str, label: Text, hint: Text) -> None:
        self.code, self.label, self.hint = code, label, hint

    def matches(self, values: Values, asked: Asked) -> bool:
        present = fold(self.present(asked))
        return any(fold(value.value) in present for value in values)

    def present(self, asked: Asked) -> str:
        """The text it is looked for in."""
        raise NotImplementedError

    def fields(self) -> dict[str, forms.Field]:
        return {self.code: self.lines_field(self.label, self.hint)}

    def initial(self, values: Values) -> dict[str, Any]:
        return {self.code: "\n".join(value.value for value in values)}

    def read(self, data: Mapping[str, Any]) -> list[Value]:
        return [Value(line) for line in self.lines_of(data.get(self.code) or "")]

    def words(self, values: Values, names: Names) -> str:
        return ", ".join(value.value for value in values)

    def lines_field(self, label: Text, hint: Text) -> forms.CharField:
        return forms.CharField(
            label=str(label),
            help_text=str(hint),
            required=False,
            max_length=self.most * self.longest,
            widget=forms.Textarea(attrs={"rows": 2}),
        )

    def lines_of(self, text: str) -> list[str]:
        return lines_of(text, most=self.most, longest=self.longest)


def lines_of(text: str, *, most: int = Lines.most, longest: int = Lines.longest) -> list[str]:
    """Read one value a line, each once."""
    lines = (" ".join(line.split())[:longest] for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if fold(line)))[:most]
