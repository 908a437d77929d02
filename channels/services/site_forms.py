"""The form a channel shows on the company's website."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.models import Channel, SiteForm
from channels.sites.definition import MAX_FIELDS, FormDefinition, usual_form
from core.errors import Conflict, Refusal
from tenants.models import Membership


class SiteFormChanged(Conflict):
    """Somebody saved the form while it was being edited."""

    code = "site_form_changed"

    def default_message(self) -> str | Promise:
        return _(
            "A colleague has changed this form meanwhile. Open it anew; what you typed stays here until then."
        )


class SiteFormUnfit(Refusal):
    """The form asks nothing, or too much."""

    code = "site_form_unfit"

    def default_message(self) -> str | Promise:
        return _("A form needs at least one field that people see, and no more than %(count)s in all.") % {
            "count": MAX_FIELDS
        }


def site_form_of(channel: Channel) -> tuple[FormDefinition, int]:
    """Return a channel's form and its version; the usual one, version 0, where nobody has built any."""
    made = SiteForm.objects.filter(channel=channel).first()
    if made is None:
        return usual_form(channel.name, channel.tenant.language), 0
    return FormDefinition.read(made.definition), made.version


@transaction.atomic
def save_site_form(
    *, channel: Channel, definition: FormDefinition, version: int, by: Membership, now: dt.datetime
) -> SiteForm:
    """Keep a form as it was built on `version`. Other words of the consent are a new version of it.

    Raises SiteFormUnfit and SiteFormChanged.
    """
    shown = [field for field in definition.fields if field.type != "hidden"]
    if not shown or len(definition.fields) > MAX_FIELDS:
        raise SiteFormUnfit
    before, known = site_form_of(channel)
    if known != version:
        raise SiteFormChanged
    consent = definition.consent
    step = 1 if consent.words != before.consent.words else 0
    kept = dataclasses.replace(
        definition, consent=dataclasses.replace(consent, version=before.consent.version + step)
    )
    values = {"definition": kept.as_json(), "updated_at": now, "updated_by": by}
    if version == 0:
        return _make(channel, values)
    changed = SiteForm.objects.filter(channel=channel, version=version).update(**values, version=version + 1)
    if not changed:  # saved by somebody else since we looked
        raise SiteFormChanged
    return SiteForm.objects.get(channel=channel)


def _make(channel: Channel, values: dict[str, object]) -> SiteForm:
    try:
        with transaction.atomic():
            return SiteForm.objects.create(channel=channel, **values)
    except IntegrityError:
        raise SiteFormChanged from None
