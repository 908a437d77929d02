"""Names in braces within a text that people write once and that is filled in whenever it is used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

# Of a letter's signature; whoever fills them in knows the sender and the mailbox.
SIGNATURE = ("name", "company", "address", "extension")
_FIELD = re.compile(r"\{([^{}\n]{0,60})\}")


def check(template: str, known: Iterable[str]) -> None:
    """Raise ValueError that names the first field nobody knows."""
    names = list(known)
    unknown = next((name for name in _FIELD.findall(template) if name not in names), None)
    if unknown is not None:
        shown = ", ".join(f"{{{name}}}" for name in names)
        raise ValueError(
            _("There is no field {%(name)s}; there are: %(known)s.") % {"name": unknown, "known": shown}
        )


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values into a template; a line whose fields are all empty goes, with the words around them."""
    lines = []
    for line in template.replace("\r\n", "\n").split("\n"):
        names = [name for name in _FIELD.findall(line) if name in values]
        if not names or any(values[name] for name in names):
            lines.append(_FIELD.sub(lambda found: values.get(found[1], found[0]), line).rstrip())
    return "\n".join(lines).strip()
