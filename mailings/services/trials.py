"""A test letter to whoever writes the mailing: as its first recipient gets it, and nobody's timeline says so."""

from __future__ import annotations

import dataclasses

from django.core.files.storage import default_storage
from django.utils import translation
from django.utils.translation import gettext as _

from channels.adapter_settings import settings_of
from channels.adapters import adapter_for
from channels.adapters.base import OutgoingMessage, Settings
from channels.services import signature_of
from contacts.models import Contact
from leads.inquiry import File
from mailings import audience, letter, links, markup, wording
from mailings.errors import CannotSendFrom, NoAddressOfOwn
from mailings.letter import Way
from mailings.models import Mailing, MailingFile, Recipient
from tenants.models import Membership


@dataclasses.dataclass(frozen=True, slots=True)
class TrialLetter:
    """A letter to try a mailing with, gathered before the network is touched."""

    kind: str
    settings: Settings
    outgoing: OutgoingMessage


def prepare_trial(*, mailing: Mailing, to: Membership) -> TrialLetter:
    """Gather what send_trial() needs. Raises CannotSendFrom, NoAddressOfOwn, UnknownField."""
    if not (mailing.is_mail and audience.can_send_from(mailing.channel)):
        raise CannotSendFrom
    if not to.email:
        raise NoAddressOfOwn
    wording.check(mailing.subject, mailing.text)
    filled = wording.fill(mailing, _facts(mailing, to))
    signature = signature_of(mailing.channel, mailing.owner)
    signed = [*filled.pieces, *(markup.parse(f"\n\n-- \n{signature}") if signature else [])]
    with translation.override(to.tenant.language):
        subject = _("[Test] %(subject)s") % {"subject": filled.subject}
        outgoing = OutgoingMessage(
            text=markup.plain_of(signed),
            recipient=to.email,
            recipient_name=to.name,
            subject=subject,
            sender_name=mailing.owner.name,
            files=tuple(_read(file) for file in mailing.files.all()),
        )
        outgoing = letter.as_letter(outgoing, signed, Way(mailing.pk, links.TRIAL, is_tracked=False))
    return TrialLetter(mailing.channel.kind, settings_of(mailing.channel), outgoing)


def send_trial(trial: TrialLetter) -> None:
    """Send it; outside any transaction. Raises SendError."""
    adapter_for(trial.kind).send(trial.outgoing, trial.settings)


def _facts(mailing: Mailing, to: Membership) -> dict[str, str]:
    """What is known of the first one it goes to, else of a client who is called like the reader."""
    first = Recipient.objects.filter(mailing=mailing).included().order_by("pk").values("contact")[:1]
    contact = Contact.objects.filter(pk__in=first).select_related(*wording.READ_WITH).first()
    return wording.facts_of(contact, mailing.owner) if contact else {"client_name": to.name}


def _read(file: MailingFile) -> File:
    with default_storage.open(file.key) as stored:
        return File(name=file.name, content_type=file.content_type, data=stored.read())
