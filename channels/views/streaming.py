"""Answers that wait for a provider: they stream, so that no transaction is open meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.http import StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from channels.adapters.base import SendError
from tenants.requests import MemberRequest


def said_after(
    request: MemberRequest, act: Callable[[], object], template: str, said: Mapping[str, Any]
) -> StreamingHttpResponse:
    """Do something at a provider, and say with `said` that it is done, or with `error` why it is not."""
    return StreamingHttpResponse(
        _saying(act, template, said, request.LANGUAGE_CODE), content_type="text/html; charset=utf-8"
    )


def _saying(
    act: Callable[[], object], template: str, said: Mapping[str, Any], language: str
) -> Iterator[str]:
    with translation.override(language):
        try:
            act()
        except SendError as error:
            said = {"error": str(error)}
        yield render_to_string(template, dict(said))
