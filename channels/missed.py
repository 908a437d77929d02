"""What follows a call nobody picked up: a task to call back, a text to the client (K4)."""

from __future__ import annotations

import datetime as dt

import phonenumbers
from django.utils.translation import gettext as _

from activities.models import Call
from channels.adapters.text import clean_text
from channels.models import Channel, Message, MissedCallPlan
from channels.texting import queue_text
from core import formats, placeholders
from leads import services as leads
from leads.models import Lead
from leads.services import Receipt
from tenants.hours import current_book

FRESH = dt.timedelta(hours=1)  # what is told of older calls, or replayed, lets nothing leave by itself
GRACE = dt.timedelta(seconds=30)  # whoever is called back at once needs no text
OWN_LINES = dt.timedelta(days=30)  # lines that were called lately are ours
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def follow_call(*, receipt: Receipt, channel: Channel, now: dt.datetime) -> None:
    """Do what the channel's plan says of a missed call; called after each event of a call, done once."""
    if receipt.lead is None or receipt.activity is None:
        return
    # Read anew: an inquiry may have become a deal at once. What was rejected is nobody's to call back.
    lead = Lead.objects.select_related("taken_by", "responsible", "contact", "tenant").get(pk=receipt.lead.pk)
    if lead.state == Lead.State.REJECTED or lead.deleted_at is not None:
        return
    call = Call.objects.select_related("activity").get(activity=receipt.activity)
    ended = call.ended_at or call.started_at
    is_missed = call.direction == "in" and call.state == Call.State.FINISHED and call.result != "answered"
    if not is_missed or ended is None or now - ended > FRESH:
        return
    plan = MissedCallPlan.objects.filter(channel=channel).select_related("sms_channel").first()
    if plan is None:
        return
    if plan.callback_within_min:
        leads.plan_callback(call=call, lead=lead, within_min=plan.callback_within_min, now=now)
    _text_client(call, lead, plan, now=now)


def needless(message: Message) -> str:
    """Say why a text to a missed client need not leave any more; "" of any other message."""
    if message.missed_call is None or not leads.talks_since(message.missed_call).exists():
        return ""
    return _("Not sent: the client was spoken to before it could leave.")


# --- The text ----------------------------------------------------------------------------------------
def _text_client(call: Call, lead: Lead, plan: MissedCallPlan, *, now: dt.datetime) -> None:
    sender = plan.sms_channel
    template = plan.sms_text if current_book(now=now).company.works_at(now) else plan.sms_text_closed
    if not template or sender is None or not sender.is_active or not _is_wanted(call, plan, now=now):
        return
    queue_text(
        sender=sender,
        phone=call.phone,
        text=_filled(template, call, lead),
        now=now,
        lead=lead,
        data={"automatic": _("Sent by itself after a missed call.")},
        after=GRACE,
        missed_call=call,
    )


def _is_wanted(call: Call, plan: MissedCallPlan, *, now: dt.datetime) -> bool:
    """Say whether this client gets a text: a mobile phone, not ours, not spoken to, none had lately."""
    if not is_mobile(call.phone) or leads.talks_since(call).exists() or _is_ours(call, now=now):
        return False
    had = Message.objects.filter(missed_call__phone=call.phone)
    pause = dt.timedelta(hours=plan.sms_pause_h)
    recent = had.filter(activity__occurred_at__gt=now - pause).exclude(state=Message.State.FAILED)
    return not (recent.exists() or had.filter(missed_call=call).exists())


def is_mobile(phone: str) -> bool:
    """Say whether a phone in E.164 can read texts, as far as its number tells; landlines can't."""
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(number) in _MOBILE


def _is_ours(call: Call, *, now: dt.datetime) -> bool:
    lines = Call.objects.filter(line=call.phone, started_at__gte=now - OWN_LINES)
    return call.phone == call.line or lines.exists()


def _filled(template: str, call: Call, lead: Lead) -> str:
    company = lead.tenant.name
    person = lead.taken_by or lead.responsible
    values = {
        "company": company,
        "manager": person.name if person else company,
        "number": formats.phone(call.line) if call.line else company,
    }
    return clean_text(placeholders.put(template, values))
