"""Lead forms of Google Ads: https://developers.google.com/google-ads/webhook/docs/implementation"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hmac
import json
from collections.abc import Iterator
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import (
    Adapter,
    Answer,
    Check,
    Field,
    Forged,
    RawDelivery,
    Settings,
    Unparseable,
)
from channels.adapters.field_map import FIELD_MAP, FieldMap
from channels.adapters.form_content import read_fields
from channels.adapters.form_fields import FormField
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, as_list, clean_line, clean_text, digest, iso_moment, received
from leads.inquiry import Inquiry, Item, Marks

# Columns whose meaning Google fixes: https://developers.google.com/google-ads/webhook/docs/implementation#schema
_ROLES = {
    "FULL_NAME": "name",
    "FIRST_NAME": "first_name",
    "LAST_NAME": "last_name",
    "EMAIL": "email",
    "WORK_EMAIL": "email",
    "PHONE_NUMBER": "phone",
    "WORK_PHONE": "phone",
    "COMPANY_NAME": "company",
    "JOB_TITLE": "position",
}
Lead = dict[str, Any]


class GoogleLeadsAdapter(Adapter):
    kind: ClassVar[str] = "google_leads"
    label = _("Google Ads lead forms")
    channel_kind = "request"
    icon = "brand-google"
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "google_key",
            _("Key"),
            kind="secret",
            is_required=True,
            help_text=_("Make up a long word and write it here and into the field “Key” of the lead form."),
        ),
        FIELD_MAP,
    )
    help_text = _(
        "In Google Ads: the asset “Lead form” → Export leads from Google Ads → Other data integration options: "
        "put the address of this channel as the webhook URL and the key below, and press “Send test data”."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Compare the key in the body. Google gives up after a 4xx, as it should."""
        key = str(settings.get("google_key") or "")
        try:
            given = clean_text(as_dict(read_json(delivery.body)).get("google_key"), 500)
        except Unparseable:
            given = ""
        if not key or not hmac.compare_digest(given.encode("utf-8", "replace"), key.encode()):
            raise Forged("wrong or missing google_key")

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """Put the key into the body."""
        body = as_dict(read_json(delivery.body)) | {"google_key": str(settings.get("google_key") or "")}
        return dataclasses.replace(delivery, body=json.dumps(body, ensure_ascii=False).encode())

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        """Google wants 200 and an empty object."""
        return Answer("{}", "application/json")

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Make an inquiry of the lead. Raises Unparseable."""
        lead = as_dict(read_json(delivery.body))
        if not isinstance(lead.get("user_column_data"), list) and not lead.get("lead_id"):
            raise Unparseable(gettext("This is no lead of Google Ads."))
        return [_inquiry(lead, FieldMap.read(settings), received(delivery.received_at))]

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Say what to do at Google; it can only be tried from there."""
        checks = [Check(True, _("Webhook URL for the lead form: {url}").format(url=hook_url))]
        if not hook_url.startswith("https://"):
            text = _("Google reaches only addresses that are open to the internet over https.")
            checks.append(Check(False, text))
        return checks


def _inquiry(lead: Lead, mapping: FieldMap, when: dt.datetime) -> Inquiry:
    content = read_fields(mapping.apply(_columns(lead), lead))
    number = clean_line(lead.get("lead_id"), 250)
    is_test = lead.get("is_test") in (True, "true")
    return Inquiry(
        key=f"lead:{number}" if number else f"hash:{digest(json.dumps(lead, sort_keys=True))}",
        occurred_at=iso_moment(lead.get("lead_submit_time")) or when,
        person=content.person,
        text=content.text,
        subject=gettext("A test lead of Google") if is_test else content.subject,
        marks=_marks(lead),
        fields=(*content.shown, *_numbers(lead)),
        product=content.product,
    )


def _columns(lead: Lead) -> Iterator[FormField]:
    """A column may lack its name; an own question's id is made of its words."""
    for column in map(as_dict, as_list(lead.get("user_column_data"))[:100]):
        machine = clean_line(column.get("column_id"), 200)
        label = clean_line(column.get("column_name"), 200) or machine.replace("_", " ").capitalize()
        if value := clean_text(column.get("string_value"), 5000).strip():
            yield FormField(machine or label, label, value, role=_ROLES.get(machine, ""))


def _marks(lead: Lead) -> Marks:
    click = clean_line(lead.get("gcl_id"), 300)
    return Marks(
        source="google",
        medium="cpc",
        campaign=clean_line(lead.get("campaign_id"), 60),
        content=clean_line(lead.get("creative_id") or lead.get("asset_group_id"), 60),
        term=clean_line(lead.get("adgroup_id"), 60),
        click_ids={"gclid": click} if click else {},
    )


def _numbers(lead: Lead) -> tuple[tuple[str, str], ...]:
    """Numbers by which the form is found at Google."""
    told = ((gettext("Form"), lead.get("form_id")), (gettext("Campaign"), lead.get("campaign_id")))
    return tuple((label, text) for label, number in told if (text := clean_line(number, 60)))
