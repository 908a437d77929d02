"""Forms of adverts on Facebook and Instagram: the event is a number, the answers have to be asked for.

https://developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Check, Field, RawDelivery, SendError, Settings, Unparseable
from channels.adapters.field_map import FIELD_MAP, FieldMap
from channels.adapters.form_content import read_fields
from channels.adapters.form_fields import FormField
from channels.adapters.meta.connect import check_account
from channels.adapters.meta.graph import GraphApi
from channels.adapters.meta.hook import (
    APP_SECRET,
    CONNECTION,
    SUBSCRIBE,
    VERIFY_TOKEN,
    MetaAdapter,
    changes,
    entries,
)
from channels.adapters.payload import read_json
from channels.adapters.text import (
    as_dict,
    as_list,
    clean_line,
    clean_text,
    digest,
    iso_moment,
    moment,
    received,
)
from leads.inquiry import Ignored, Inquiry, Item, Marks

LEADGEN = "leadgen"
_ANSWERS = "id,created_time,form_id,field_data,is_organic,platform"
_ADVERT = "ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name"
_PLATFORMS = {"fb": "facebook", "ig": "instagram"}
_TEST = "<test lead"
Lead = dict[str, Any]


class MetaLeadsAdapter(MetaAdapter):
    kind: ClassVar[str] = "meta_leads"
    label = _("Facebook and Instagram lead forms")
    channel_kind = "request"
    icon = "brand-facebook"
    looks_up = True
    product = "page"
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "access_token",
            _("Access token of the page"),
            kind="secret",
            is_required=True,
            help_text=_("Without end, with the permissions leads_retrieval and pages_manage_metadata."),
        ),
        APP_SECRET,
        VERIFY_TOKEN,
        SUBSCRIBE,
        FIELD_MAP,
        *CONNECTION,
    )
    help_text = _(
        "In Meta's developer tools make an app, copy its secret and a token of your page here and press “Test "
        "connection”: Meta then tells this address of every lead, and its answers are fetched. The address has "
        "to be open to the internet over https. Where the page has a Messenger channel with the same app, that "
        "one takes the leads too: an app has one address for a page."
    )

    def look_up(self, delivery: RawDelivery, settings: Settings) -> bytes | None:
        """Ask for the answers of the leads. Raises SendError."""
        numbers = lead_numbers(read_or_empty(delivery))
        return dump({"leads": fetch_leads(numbers, settings)}) if numbers else None

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Make one inquiry of each lead. Raises Unparseable."""
        when, mapping = received(delivery.received_at), FieldMap.read(settings)
        body = read_json(delivery.body)
        if forwarded := _forwarded(body):
            return [lead_item(lead, {}, when, mapping) for lead in forwarded]
        body = self.read(delivery)
        items = leadgen_items(body, delivery, when, mapping)
        for entry in entries(body):
            if entry.get("messaging") or entry.get("standby"):
                key = f"messaging:{digest(json.dumps(entry, sort_keys=True))}"
                items.append(Ignored(key=key, reason=gettext("Messages need a Messenger channel.")))
        return items or [
            Ignored(key=f"empty:{digest(delivery.body)}", reason=gettext("A notification without leads."))
        ]

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask whose page it is, and let Meta tell of its leads here."""
        return check_page(settings, hook_url, product=self.product, fields=(LEADGEN,))


# --- The event and the question ----------------------------------------------------------------------
def leadgen_values(body: Mapping[str, Any]) -> Iterator[Lead]:
    """List what a notification says of leads."""
    for entry in entries(dict(body)):
        yield from (value for field, value in changes(entry) if field == LEADGEN)


def lead_numbers(body: Mapping[str, Any]) -> list[str]:
    """List the numbers of the leads a notification tells of."""
    told = (clean_line(value.get("leadgen_id"), 60) for value in leadgen_values(body))
    return list(dict.fromkeys(number for number in told if number))


def fetch_leads(numbers: list[str], settings: Settings) -> dict[str, Lead]:
    """Fetch the answers of leads by their numbers. Raises SendError, also where all are refused for good.

    Where only some of a batch are refused, they come with the reason instead of answers.
    """
    leads: dict[str, Lead] = {}
    refused: SendError | None = None
    with GraphApi(settings) as api:
        for number in numbers:
            try:
                leads[number] = _fetch(api, number)
            except SendError as error:
                if not error.is_permanent:
                    raise
                leads[number], refused = {"error": str(error)}, error
    if refused is not None and all("error" in lead for lead in leads.values()):
        raise refused
    return leads


def _fetch(api: GraphApi, number: str) -> Lead:
    """Ask for the advert too; who may read leads may still not read adverts."""
    try:
        return api.get(number, fields=f"{_ANSWERS},{_ADVERT}")
    except SendError as error:
        if not error.is_permanent:
            raise
    return api.get(number, fields=_ANSWERS)


def leadgen_items(
    body: Mapping[str, Any],
    delivery: RawDelivery,
    when: dt.datetime,
    mapping: FieldMap,
    *,
    is_all: bool = True,
) -> list[Item]:
    """Make inquiries of a notification's leads and the answers that were asked for.

    Raises Unparseable where none has answers, so that the whole can be run again once Meta gives them; not
    where other things stand in the notification too (`is_all` is false) and would be held back with them.
    """
    known = as_dict(details_of(delivery).get("leads"))
    reason = delivery.details_error or gettext("Meta was not asked for the answers.")
    items: list[Item] = []
    for value in leadgen_values(body):
        number = clean_line(value.get("leadgen_id"), 60)
        lead = as_dict(known.get(number))
        missing = gettext("The answers of lead {number} are not here: {reason}").format(
            number=number, reason=reason
        )
        if number and not lead and is_all:
            raise Unparseable(missing)
        if number:
            items.append(lead_item(lead or {"error": missing}, value, when, mapping))
        else:
            items.append(Ignored(key=f"leadgen:{digest(value)}", reason=gettext("It names no lead.")))
    return items


def details_of(delivery: RawDelivery) -> dict[str, Any]:
    """Read what was looked up."""
    return as_dict(read_json(delivery.details)) if delivery.details else {}


# --- The lead ----------------------------------------------------------------------------------------
def lead_item(lead: Lead, value: Lead, when: dt.datetime, mapping: FieldMap) -> Inquiry:
    """Make an inquiry of a lead as the API tells it, and of what the event said beside."""
    fields = mapping.apply(_answers(lead), lead)
    content = read_fields(fields)
    number = clean_line(lead.get("id") or value.get("leadgen_id"), 60)
    is_test = any(_TEST in field.value for field in fields)
    created = iso_moment(lead.get("created_time")) or moment(value.get("created_time")) or when
    return Inquiry(
        key=f"lead:{number or digest(json.dumps(lead, sort_keys=True))}",
        occurred_at=created,
        person=content.person,
        text=content.text or clean_text(lead.get("error"), 500),
        subject=gettext("A test lead of Meta") if is_test else content.subject,
        marks=_marks(lead, value),
        fields=(*content.shown, *_numbers(lead, value)),
    )


def _answers(lead: Lead) -> Iterator[FormField]:
    """Fields are named by a slug of the question: «как_вас_зовут?»."""
    for field in map(as_dict, as_list(lead.get("field_data"))[:100]):
        name = clean_line(field.get("name"), 200)
        values = [clean_text(value, 5000).strip() for value in as_list(field.get("values"))]
        if text := ", ".join(filter(None, values)):
            yield FormField(name=name, label=name.replace("_", " "), value=text)


def _marks(lead: Lead, value: Lead) -> Marks:
    advert = clean_line(lead.get("ad_id") or value.get("ad_id"), 60)
    medium = "organic" if lead.get("is_organic") is True else "cpc" if advert else ""
    return Marks(
        source=_PLATFORMS.get(clean_line(lead.get("platform"), 20), "facebook"),
        medium=medium,
        campaign=clean_line(lead.get("campaign_name") or lead.get("campaign_id"), 200),
        content=clean_line(lead.get("ad_name"), 200) or advert,
        term=clean_line(lead.get("adset_name") or lead.get("adset_id") or value.get("adgroup_id"), 200),
    )


def _numbers(lead: Lead, value: Lead) -> tuple[tuple[str, str], ...]:
    """Numbers by which the lead is found at Meta."""
    told = (
        (gettext("Form"), lead.get("form_id") or value.get("form_id")),
        (gettext("Page"), value.get("page_id")),
    )
    return tuple((label, text) for label, number in told if (text := clean_line(number, 60)))


def _forwarded(body: Any) -> list[Lead]:
    """Leads as the API tells them, posted by a script or a connector that fetched them itself."""
    node = as_dict(body)
    found = as_list(node.get("data")) or [node]
    return [lead for lead in map(as_dict, found) if isinstance(lead.get("field_data"), list)]


def read_or_empty(delivery: RawDelivery) -> dict[str, Any]:
    """Read a notification; what can't be read has nothing to look up, and parsing will say why."""
    try:
        return as_dict(read_json(delivery.body))
    except Unparseable:
        return {}


def dump(details: Mapping[str, Any]) -> bytes:
    """Write what was looked up, to be kept."""
    return json.dumps(details, ensure_ascii=False).encode("utf-8", "replace")


# --- The page ----------------------------------------------------------------------------------------
def check_page(settings: Settings, hook_url: str, *, product: str, fields: tuple[str, ...]) -> list[Check]:
    """Test a channel whose token is that of a page or an account."""
    return check_account(
        settings,
        hook_url,
        product=product,
        fields=fields,
        name=_page_name,
        subscribe=lambda api: _subscribe_page(api, fields),
    )


def _page_name(api: GraphApi) -> list[Check]:
    name = clean_line(api.get("me", fields="id,name").get("name"), 200)
    return [Check(True, _("The token fits: this is {name}.").format(name=name or "?"))]


def _subscribe_page(api: GraphApi, fields: tuple[str, ...]) -> list[Check]:
    """Let the page's events come through the app of the token."""
    api.post("me/subscribed_apps", {"subscribed_fields": ",".join(fields)})
    return [Check(True, _("The page is connected to the app."))]
