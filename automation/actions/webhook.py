"""Robots that call another program: the deal as signed JSON, posted to an address."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automation.actions.base import Action, Errand, Work
from automation.errors import NothingToDo
from automation.models import Robot
from contacts.models import IdentityKey
from core import sealing
from tenants.access import Action as Right
from tenants.access import Section

PURPOSE = "robot webhook"
SIGNATURE_HEADER = "X-Signature"


class Webhook(Action):
    """POST of the deal's facts; the receiver checks the signature with the robot's secret."""

    code = Robot.Action.WEBHOOK
    icon = "plug-connected"
    hint = gettext_lazy("The deal as signed JSON, posted to your program")
    rights = ((Section.DEALS, Right.EXPORT), (Section.CONTACTS, Right.EXPORT))
    columns = ("url",)

    def fields(self, robot: Robot | None) -> dict[str, forms.Field]:
        return {
            "url": forms.URLField(
                label=gettext_lazy("Address"),
                max_length=500,
                assume_scheme="https",
                help_text=gettext_lazy("Called by POST. Anything but an answer of 2xx is tried again."),
            )
        }

    def check(self, values: Mapping[str, Any]) -> None:
        parts = urlsplit(values["url"])
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None:
            raise NothingToDo(_("The address must begin with https:// or http:// and name no user."))

    def words(self, robot: Robot) -> str:
        return urlsplit(robot.url).hostname or robot.url

    def perform(self, work: Work) -> Errand:
        body = json.dumps(_payload(work), ensure_ascii=False, sort_keys=True).encode()
        secret = sealing.unseal(work.robot.sealed_secret, purpose=PURPOSE)
        headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signature(body, secret)}
        return Errand(work.robot.url, body, headers)


def signature(body: bytes, secret: str) -> str:
    """Sign a body: sha256= and the HMAC in hex, as receivers of webhooks know it."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _payload(work: Work) -> dict[str, Any]:
    """Say what the deal is; amounts as text, so that no receiver rounds them."""
    deal = work.deal
    return {
        "event": work.cause,
        "robot": str(work.robot),
        "at": work.now.isoformat(),
        "deal": {
            "id": str(deal.pk),
            "number": deal.number,
            "title": deal.title,
            "url": f"{settings.PUBLIC_URL}{reverse('deals:detail', args=[deal.pk])}",
            "pipeline": deal.pipeline.name,
            "stage": deal.stage.name,
            "state": deal.state,
            "amount": f"{deal.amount:f}" if deal.amount is not None else None,
            "currency": deal.currency,
            "owner": deal.owner.name if deal.owner else None,
            "source": deal.source.name if deal.source else None,
            "tags": deal.tags,
            "created_at": deal.created_at.isoformat(),
        },
        "contact": _contact(work),
        "company": {"id": str(deal.company.pk), "name": deal.company.name} if deal.company else None,
    }


def _contact(work: Work) -> dict[str, Any] | None:
    contact = work.deal.contact
    if contact is None:
        return None
    keys = IdentityKey.objects.filter(contact=contact)
    values: dict[str, list[str]] = {}
    for kind, value in keys.values_list("kind", "value"):
        values.setdefault(kind, []).append(value)
    return {"id": str(contact.pk), "name": contact.name, "keys": values}
