"""What the bot of a chat asks, step by step: written by the company as lines, read into steps.

A line is `kind: what is asked`, for a choice `choice: what is asked = one | other`. No patterns, no branches:
whoever needs more than five questions needs a person.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Self

from django.utils.translation import gettext as _

from channels.adapters.form_roles import find_email
from channels.adapters.text import clean_line

KINDS = ("name", "phone", "email", "choice", "text")
MAX_STEPS = 8
MAX_CHOICES = 8
MIN_DIGITS = 6  # of a phone
MAX_TRIES = 2  # how often the same thing is asked before the bot goes on without it


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One question."""

    kind: str
    prompt: str
    choices: tuple[str, ...] = ()

    def accepts(self, answer: str) -> bool:
        """Say whether this answers the question."""
        match self.kind:
            case "phone":
                return sum(char.isdigit() for char in answer) >= MIN_DIGITS
            case "email":
                return bool(find_email(answer))
            case "name":
                return 0 < len(answer) <= 100 and "?" not in answer
        return bool(answer)


def read_scenario(text: str) -> tuple[Step, ...]:
    """Read the lines of a scenario; what can't be read is left out (check() has said so before)."""
    steps = (_step(line) for line in text.splitlines()[:100] if line.strip())
    return tuple(step for step in steps if step is not None)[:MAX_STEPS]


def check(text: str) -> None:
    """Raise ValueError that says which line of a scenario can't be read."""
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines:
        if _step(line) is None:
            raise ValueError(
                _(
                    "Write “name: question” in each line, or “choice: question = one | other”. Not so: {line}"
                ).format(line=clean_line(line, 80))
            )
    if len(lines) > MAX_STEPS:
        raise ValueError(_("At most {count} questions: people leave before.").format(count=MAX_STEPS))


def _step(line: str) -> Step | None:
    kind, colon, prompt = line.partition(":")
    kind = kind.strip().lower()
    if kind not in KINDS or not colon:
        return None
    choices: tuple[str, ...] = ()
    if kind == "choice":
        prompt, _equals, listed = prompt.rpartition("=")
        choices = tuple(found for part in listed.split("|") if (found := clean_line(part, 60)))[:MAX_CHOICES]
        if len(choices) < 2:
            return None
    prompt = clean_line(prompt, 300)
    return Step(kind, prompt, choices) if prompt else None


@dataclasses.dataclass(slots=True)
class Progress:
    """How far the bot is with one visitor; kept with the talk."""

    step: int | None = None  # the question that waits for its answer
    next: int = 0  # the one that follows
    tries: int = 0
    is_over: bool = False

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """Read what a talk keeps; anything odd counts as the end."""
        try:
            step = kept.get("step")
            return cls(
                None if step is None else int(step),
                max(int(kept.get("next", 0)), 0),
                max(int(kept.get("tries", 0)), 0),
                bool(kept.get("is_over")),
            )
        except (TypeError, ValueError):
            return cls(is_over=True)

    def as_dict(self) -> dict[str, Any]:
        """Return what a talk keeps."""
        return dataclasses.asdict(self)

    def waiting(self, steps: Sequence[Step]) -> Step | None:
        """Return the question that waits for its answer."""
        if self.is_over or self.step is None or not 0 <= self.step < len(steps):
            return None
        return steps[self.step]

    def heard(
        self, steps: Sequence[Step], *, step: int | None, answer: str, known: frozenset[str] = frozenset()
    ) -> bool:
        """Take what the visitor said, as the answer where they answered; say whether the bot has to speak now."""
        asked = self.waiting(steps)
        if asked is None:
            return not self.is_over
        is_answer = step == self.step
        if asked.kind in known or (is_answer and (asked.accepts(answer) or self.tries >= MAX_TRIES)):
            self.skip()
            return True
        return is_answer  # it was none: asked once more

    def skip(self) -> None:
        """Leave the waiting question."""
        if self.step is not None:
            self.next = self.step + 1
            self.step, self.tries = None, 0

    def ask(self, steps: Sequence[Step], *, known: frozenset[str]) -> Step | None:
        """Choose what to ask now, past what is known already; None when nothing is left."""
        if self.is_over:
            return None
        coming = range(self.next, len(steps)) if self.step is None else range(self.step, self.step + 1)
        # The scenario may have been cut short while the talk went on.
        number = next((n for n in coming if 0 <= n < len(steps) and steps[n].kind not in known), None)
        if number is None:
            self.step, self.is_over = None, True
            return None
        self.step, self.tries = number, self.tries + 1
        return steps[number]
