"""A visit to a form on a site: what is shown, and what becomes of a post."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Mapping
from typing import Any

from django.utils import translation

from channels.adapters.base import RawDelivery, Settings
from channels.adapters.form import DEFAULT_HONEYPOT
from channels.adapters.site_note import PostNote, agreed
from channels.models import Channel
from channels.sites import shield
from channels.sites.definition import FormDefinition
from channels.sites.filling import Answers, faults
from channels.sites.shield import Stamp

STAMP_FIELD = "form_stamp"
KEY_FIELD = "idempotency_key"


@dataclasses.dataclass(frozen=True, slots=True)
class SiteVisit:
    """A channel's form as the visitor meets it."""

    channel: Channel
    definition: FormDefinition
    settings: Settings

    @property
    def honeypot(self) -> str:
        return str(self.settings.get("honeypot_field") or DEFAULT_HONEYPOT)

    @property
    def language(self) -> str:
        return self.definition.language


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a post: send it back, or journal it as `delivery`."""

    delivery: RawDelivery
    answers: Answers
    errors: Mapping[str, str] = dataclasses.field(default_factory=dict)
    is_stale: bool = False  # the page is a day old: a fresh stamp, and it is taken

    @property
    def is_taken(self) -> bool:
        return not self.errors and not self.is_stale


def judge(
    visit: SiteVisit, delivery: RawDelivery, *, by_address: int, by_form: int, now: dt.datetime
) -> Verdict:
    """Decide about a post. What fills the trap is taken like any other, so that robots learn nothing."""
    answers = Answers.read(delivery)
    if answers.one(visit.honeypot):
        return Verdict(delivery, answers)
    if errors := faults(visit.definition, answers, region=visit.channel.tenant.phone_region):
        return Verdict(delivery, answers, errors)
    stamp = shield.read_stamp(answers.one(STAMP_FIELD), visit.channel.pk, now=now)
    if stamp is Stamp.STALE:
        return Verdict(delivery, answers, is_stale=True)
    suspicion = shield.suspicion_of(stamp, by_address=by_address, by_form=by_form)
    note = _note(visit, answers, suspicion, now)
    return Verdict(dataclasses.replace(delivery, details=note.as_bytes()), answers)


def _note(visit: SiteVisit, answers: Answers, suspicion: str, now: dt.datetime) -> PostNote:
    """Write down how the form asked, what was agreed to and of which post this one is the repetition."""
    form, consent = visit.definition, visit.definition.consent
    key = answers.one(KEY_FIELD)
    twin = shield.twin_of(visit.channel.pk, answers.gist(form), f"{KEY_FIELD}:{key}") if key else ""
    questions: dict[str, Any] = {
        one.name: {"label": one.label, "type": one.type, "meaning": one.meaning} for one in form.fields
    }
    tenant = visit.channel.tenant
    words = ""
    if consent.is_on:
        with translation.override(tenant.language):
            at = now.astimezone(zoneinfo.ZoneInfo(tenant.time_zone))
            words = agreed(consent.words, version=consent.version, at=at)
    return PostNote(title=form.title, questions=questions, consent=words, suspicion=suspicion, key=twin)
