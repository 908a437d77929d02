"""A form as its templates need it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from channels.sites import shield
from channels.sites.definition import Question
from channels.sites.filling import FILE_TYPES, Answers
from channels.sites.posting import KEY_FIELD, STAMP_FIELD, SiteVisit

_INPUT_TYPES = {"phone": "tel", "email": "email", "date": "date"}
_AUTOCOMPLETE = {"name": "name", "phone": "tel", "email": "email", "company": "organization"}
_NOBODY = Answers()


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One question with what was answered and what is wrong with it."""

    question: Question
    values: Sequence[str]
    error: str

    @property
    def id(self) -> str:
        return f"cf-{self.question.name}"

    @property
    def value(self) -> str:
        return next(iter(self.values), "")

    @property
    def input_type(self) -> str:
        return _INPUT_TYPES.get(self.question.type, "text")

    @property
    def autocomplete(self) -> str:
        return _AUTOCOMPLETE.get(self.question.meaning, "")

    @property
    def described_by(self) -> str:
        """The ids of its help and of its error."""
        return f"{self.id}-help {self.id}-err" if self.question.help else f"{self.id}-err"


def form_context(
    visit: SiteVisit,
    *,
    now: dt.datetime,
    answers: Answers | None = None,
    errors: Mapping[str, str] | None = None,
    marks: Sequence[tuple[str, str]] = (),
    stamp: str = "",
    **more: Any,
) -> dict[str, Any]:
    """Gather what the page of a form shows: the form itself, what was typed, what came along unseen."""
    given, wrong, form = answers or _NOBODY, errors or {}, visit.definition
    shown = [one for one in form.fields if one.type != "hidden"]
    unseen = [one for one in form.fields if one.type == "hidden"]
    return more | {
        "form": form,
        "lines": [Line(one, _values(one, answers), wrong.get(one.name, "")) for one in shown],
        "unseen": [(one.name, given.one(one.name) or one.default) for one in unseen],
        "consent_error": wrong.get("consent", ""),
        "has_agreed": bool(given.one("consent")),
        "honeypot": visit.honeypot,
        "marks": marks,
        "key_field": KEY_FIELD,
        "key": given.one(KEY_FIELD) or uuid.uuid4().hex,
        "stamp_field": STAMP_FIELD,
        "stamp": stamp or shield.make_stamp(visit.channel.pk, now=now),
        "accepted_files": ",".join(f".{name}" for name in FILE_TYPES),
    }


def _values(question: Question, answers: Answers | None) -> Sequence[str]:
    if answers is None:
        return [question.default] if question.default else []
    return answers.all(question.name)
