"""A program with a token, for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.test import Client

from core.tenancy import tenant_scope
from tenants.api import scopes
from tenants.models import Membership
from tenants.services import create_token


class Program:
    """Sends requests in a member's name; `scopes` are all that the member may have where none are given."""

    def __init__(self, member: Membership, codes: Sequence[str] | None = None) -> None:
        with tenant_scope(member.tenant_id):
            given = [scope.code for scope in scopes.allowed_to(member)] if codes is None else list(codes)
            self.secret = create_token(name="Program", scopes=given, by=member).secret
        self.client = Client(raise_request_exception=False)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Ask for a path below /api/v1/; the body goes as JSON."""
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {self.secret}",
            **{"HTTP_ACCEPT_LANGUAGE": "en"} | headers,
        )


def cost(name: str = "a", day: str = "2026-11-27", **values: Any) -> dict[str, Any]:
    """A cost as it is sent."""
    return {"external_id": name, "starts_on": day, "amount": "1250.00"} | values


def put(program: Program, *costs: dict[str, Any]) -> tuple[HttpResponse, Any]:
    """Send costs; the answer and what it tells."""
    answer = program("POST", "costs", {"costs": list(costs)})
    return answer, answer.json()
