"""The callback button: a phone, and now or at a time."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Adapter, Answer, Check, Field, Forged, RawDelivery, Settings, Unparseable
from channels.adapters.chat import session
from channels.adapters.chat.adapter import HONEYPOT, SEAL_HEADER
from channels.adapters.chat.fields import CALLBACK_FIELDS
from channels.adapters.chat.standing import check_standing
from channels.adapters.chat.visit import marks_of, product_of, visit_fields
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, clean_line, clean_text, digest, iso_moment, received
from leads.inquiry import Ignored, Inquiry, Item, Person

MIN_DIGITS = 6


class CallbackAdapter(Adapter):
    kind: ClassVar[str] = "callback"
    label = _("Callback button")
    channel_kind = "callback"
    icon = "phone-call"
    fields: ClassVar[tuple[Field, ...]] = CALLBACK_FIELDS
    help_text = _(
        "A button on your own site that asks for a phone. Save, then put the line of code below at the end of its "
        "pages. Each order comes as an inquiry with a call planned for its time."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Take only what our own page has counted and sealed."""
        given = delivery.header(SEAL_HEADER)
        if not session.is_sealed("", delivery.body, str(settings.get("secret") or ""), given):
            raise Forged("not sealed")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Seal a delivery as our own page does."""
        seal = session.seal("", delivery.body, str(settings.get("secret") or ""))
        return dataclasses.replace(delivery, headers={**delivery.headers, SEAL_HEADER: seal})

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        """Say that it is written down."""
        return Answer('{"ok": true}', "application/json")

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one order of a call."""
        body = as_dict(read_json(delivery.body))
        key = f"callback:{clean_line(body.get('id'), 80) or digest(delivery.body)}"
        if clean_line(body.get(HONEYPOT)):
            return [
                Ignored(
                    key=key, reason=gettext("A robot filled the trap field “{name}”.").format(name=HONEYPOT)
                )
            ]
        phone = phone_in(body)
        if not phone:
            raise Unparseable(gettext("It names no phone to call."))
        when, at = iso_moment(body.get("at")), received(delivery.received_at)
        return [
            Inquiry(
                key=key,
                occurred_at=at,
                person=Person(
                    name=clean_line(body.get("name"), 200),
                    phone=phone,
                    language=clean_line(as_dict(body.get("page")).get("lang"), 10),
                ),
                text=clean_text(body.get("question"), 4000).strip(),
                gist=gettext("Asks to be called back"),
                call_at=when if when is not None and when > at else None,
                marks=marks_of(body),
                fields=(*_wishes(body, when), *visit_fields(body)),
                product=product_of(body),
            )
        ]

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Fetch our own script as a site would, and look on the company's pages for the code."""
        return check_standing(settings, hook_url)


def phone_in(body: dict[str, Any]) -> str:
    """Return the phone of an order as it was written, or nothing where it is none."""
    phone = clean_line(body.get("phone"), 60)
    return phone if sum(char.isdigit() for char in phone) >= MIN_DIGITS else ""


def _wishes(body: dict[str, Any], when: dt.datetime | None) -> tuple[tuple[str, str], ...]:
    """Say when it suits, by the clock of whoever asked; and that consent was given."""
    found = [
        (gettext("When to call"), _local(when, clean_line(body.get("zone"), 60)) if when else gettext("now"))
    ]
    if body.get("consent") is True:
        found.append((gettext("Consent to the processing of data"), gettext("given")))
    return tuple(found)


def _local(when: dt.datetime, zone: str) -> str:
    try:
        local = when.astimezone(zoneinfo.ZoneInfo(zone or "UTC"))
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        local, zone = when.astimezone(dt.UTC), "UTC"
    return f"{local:%d.%m.%Y %H:%M} ({zone or 'UTC'})"
