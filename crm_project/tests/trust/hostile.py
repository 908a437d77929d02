"""Texts that run when a page forgets to escape them. Each that becomes markup leaves an element or a trace."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import DataError, IntegrityError, models, transaction

from core.tenancy import TenantOwned

OUTSIDE = "evil.example"
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x id=pwn onerror=alert(1)>",
    "\"><img src=x class=pwn onerror=alert(1)>",
    "'><img src=x class=pwn onerror=alert(1)>",
    "<svg class=pwn onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</select><img src=x class=pwn onerror=alert(1)>",
    "</template><img src=x class=pwn onerror=alert(1)>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "\" autofocus onfocus=alert(1) x=\"",
    "' autofocus onfocus=alert(1) x='",
    "\" onmouseover=alert(1) class=\"pwn",
    "` onfocus=alert(1) autofocus `",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "\" hx-get=\"https://evil.example/\" hx-trigger=\"load\" class=\"pwn",
    "<div class=pwn hx-get=/help/ hx-trigger=load></div>",
    "<div class=pwn hx-on:load=alert(1) data-hx-on::load=alert(1)></div>",
    "<iframe class=pwn src=https://evil.example/></iframe>",
    "<iframe class=pwn srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<object class=pwn data=https://evil.example/></object>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<img class=pwn src=https://evil.example/pixel>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<form class=pwn action=https://evil.example/><button>go</button></form>",
    "<math><mtext><table><mglyph><style><img src=x class=pwn onerror=alert(1)>",
    "<a class=pwn href=javascript:alert(1)>go</a>",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "{% load x %}{{ request }}",
    "&lt;img src=x class=pwn onerror=alert(1)&gt;",
    "\\u003cimg src=x class=pwn onerror=alert(1)\\u003e",
    "%3Cimg src=x class=pwn onerror=alert(1)%3E",
    "\u202e<img src=x class=pwn onerror=alert(1)>\u2028\u2029",
)  # fmt: skip
EVERYTHING = "\n".join(PAYLOADS)
# Words of the program, not of people: a hostile one can't come from outside and would only break the page.
OF_THE_PROGRAM = {
    "action", "after", "before", "code", "currency", "channel_kind", "field", "file_key", "grants", "kind", "language",
    "method", "model", "next_activity_kind", "page", "quality", "assignment_reason", "quality_reason", "suspicion",
    "time_zone", "what", "activity_kind", "sealed_secret", "token_hash", "reversed_value", "search_text", "bare_name", "key",
}  # fmt: skip
# A reason that is a word of the program, and the only markup of strangers that is kept: a letter's, made harmless
# when it arrives.
KEPT = {"leads.RoutingDecision.reason", "channels.Message.html"}
_turn = itertools.count()


def spoil() -> int:
    """Write payloads into every text of every row of the active tenant; return how many texts it were."""
    count = 0
    for model in apps.get_models():
        if issubclass(model, TenantOwned):
            for pk in model._default_manager.values_list("pk", flat=True):
                count += sum(_spoil_one(model, pk, field) for field in _texts(model))
    return count


def _texts(model: type[models.Model]) -> Iterator[Any]:
    for field in model._meta.local_concrete_fields:
        is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
        label = f"{model._meta.label}.{field.name}"
        if is_text and field.name not in OF_THE_PROGRAM and label not in KEPT:
            yield field


def _spoil_one(model: Any, pk: Any, field: Any) -> bool:
    """Write as much as the field holds; a field of a fixed shape that the database guards stays as it is."""
    try:
        with transaction.atomic():
            return bool(
                model._default_manager.filter(pk=pk).update(**{field.name: text_for(field.max_length)})
            )
    except (IntegrityError, DataError):
        return False


def text_for(room: int | None) -> str:
    """Return payloads for so many characters, others at each turn."""
    if room is None or room > len(EVERYTHING) + 10:
        return f"{next(_turn)}{EVERYTHING}"
    start = next(_turn)
    text = str(start)  # names have to differ
    for number in range(len(PAYLOADS)):
        payload = PAYLOADS[(start * 7 + number) % len(PAYLOADS)]
        if len(text) + len(payload) < room:
            text += payload
    return text
