"""Names in braces within a text that people write once and that is filled in whenever it is used.

{client_first_name|colleague} says what stands there while nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

from core.errors import Refusal

# Of a letter's signature; whoever fills them in knows the sender and the mailbox.
SIGNATURE = ("name", "company", "address", "extension")
_FIELD = re.compile(r"\{([^{}|\n]{0,60})(?:\|([^{}\n]{0,100}))?\}")


class UnknownField(Refusal):
    """A text may only name what can be filled in."""

    code = "unknown_field"

    def __init__(self, *, names: Sequence[str], known: Iterable[str]) -> None:
        told = {"names": _listed(names), "known": _listed(known)}
        super().__init__(_("There is no field %(names)s; there are: %(known)s.") % told, names=names)


def named_in(*texts: str) -> list[str]:
    """List what stands in braces, each name once."""
    return list(dict.fromkeys(name.strip() for text in texts for name, _words in _FIELD.findall(text)))


def unfilled(values: Mapping[str, str], *texts: str) -> list[str]:
    """List the fields that would stay empty, each once: nothing is known, and nothing said for that case."""
    found = (pair for text in texts for pair in _FIELD.findall(text))
    return list(
        dict.fromkeys(
            name.strip() for name, words in found if not (values.get(name.strip()) or words.strip())
        )
    )


def check(*texts: str, known: Iterable[str]) -> None:
    """Raise UnknownField where a text names what is not among the known."""
    names = list(known)
    if unknown := [name for name in named_in(*texts) if name not in names]:
        raise UnknownField(names=unknown, known=names)


def put(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of their names; what is no field stays."""

    def value(found: re.Match[str]) -> str:
        name = found[1].strip()
        return values[name] or (found[2] or "").strip() if name in values else found[0]

    return _FIELD.sub(value, text)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values into a template of lines; a line whose fields are all empty goes, with the words around them."""
    lines = []
    for line in template.replace("\r\n", "\n").split("\n"):
        names = [name for name in named_in(line) if name in values]
        if not names or set(names) - set(unfilled(values, line)):
            lines.append(put(line, values).rstrip())
    return "\n".join(lines).strip()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)
