"""The Asterisk channel: read events and call records, start a call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.addresses import allowed_ips, check_sender
from channels.adapters.asterisk.ami import PORT, Manager
from channels.adapters.asterisk.events import blocks, is_ami, read_ami, read_ari
from channels.adapters.asterisk.parties import Place
from channels.adapters.asterisk.records import is_record, read_record, rows
from channels.adapters.base import Adapter, Check, Field, RawDelivery, SendError, Settings, Unparseable
from channels.adapters.calls import TIME_ZONE, digits_of, zone_of
from channels.adapters.payload import read_body, read_json
from channels.adapters.text import as_int, clean_line, decode_bytes, digest, received
from leads.inquiry import CallUpdate, Ignored, Item

MAX_BODY_BYTES = 8 * 1024 * 1024
EXTENSION_DIGITS = 5


def _check_template(template: str) -> None:
    if "{extension}" not in template:
        raise ValueError(
            gettext("Write where the extension goes: {sample}").format(sample="PJSIP/{extension}")
        )


def _check_recordings(pattern: str) -> None:
    if not pattern.startswith("https://") or "{file}" not in pattern:
        raise ValueError(gettext("An address that begins with https:// and says where the {file} goes."))


class AsteriskAdapter(Adapter):
    kind: ClassVar[str] = "asterisk"
    label = _("Asterisk, FreePBX")
    channel_kind = "call"
    icon = "phone"
    can_call = True
    call_needs = ("host", "username", "password")
    fields: ClassVar[tuple[Field, ...]] = (
        Field("host", _("Address of the exchange"), help_text=_("Empty: only posted call records are read.")),
        Field("port", _("Port of the manager interface"), kind="number", default=PORT),
        Field("is_tls", _("Encrypted connection (TLS)"), kind="bool", default=False),
        Field("username", _("Login")),
        Field("password", _("Secret"), kind="secret"),
        TIME_ZONE,
        Field(
            "extension_digits",
            _("Longest extension, digits"),
            kind="number",
            default=EXTENSION_DIGITS,
            help_text=_("Numbers with more digits are clients' telephones."),
        ),
        Field(
            "channel_template",
            _("Employee's device"),
            default="PJSIP/{extension}",
            validate=_check_template,
            help_text=_(
                "How the exchange names it, for calls started in the CRM; for instance SIP/{extension}."
            ),
        ),
        Field("context", _("Context that dials"), default="from-internal"),
        Field(
            "recordings",
            _("Addresses of recordings"),
            validate=_check_recordings,
            help_text=_(
                "Where the exchange publishes its recordings, if it does: "
                "https://pbx.example.com/monitor/{year}/{month}/{day}/{file}. The file's name is taken from the record."
            ),
        ),
        allowed_ips(
            _(
                "Addresses that may post call records, one a line. Empty: whoever knows the address of the channel."
            )
        ),
    )
    help_text = _(
        "In manager.conf make a login with “read = call,cdr,agent” and “write = originate” that may come from the "
        "CRM's address; switch on cdr_manager.conf, so that the end of a call is told with its records. Or post "
        "rows of Master.csv to the address of this channel."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Nothing is signed: the address is the secret, and the sender's may be narrowed."""
        check_sender(delivery, settings)

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read events of the manager interface or of ARI, or records as CSV, JSON or a form. Raises Unparseable."""
        if len(delivery.body) > MAX_BODY_BYTES:
            raise Unparseable(gettext("The request is larger than allowed."))
        if not delivery.body.strip() and not delivery.query:
            return []
        updates = [
            update for update in _updates(delivery, place_of(delivery, settings)) if update is not None
        ]
        if not updates:
            return [Ignored(f"other:{digest(delivery.body)}", gettext("There is no event of a call in it."))]
        return list({update.key: update for update in updates}.values())

    def start_call(
        self, *, extension: str, phone: str, line: str, command_id: str, settings: Settings
    ) -> None:
        """Ring the employee's phone, then the client's. Raises SendError."""
        template = str(settings.get("channel_template") or "PJSIP/{extension}")
        order = {
            "ActionID": command_id,
            "Channel": template.replace("{extension}", clean_line(extension, 40)),
            "Context": clean_line(settings.get("context"), 80) or "from-internal",
            "Exten": digits_of(phone),
            "Priority": "1",
            "CallerID": line or extension,
            "Timeout": "30000",
            "Async": "true",
        }
        with Manager(settings) as manager:
            answer = manager.ask("Originate", order)
        if answer["response"].lower() != "success":
            detail = clean_line(answer.get("message"), 150)
            raise SendError(
                gettext("Asterisk refused: {detail}").format(detail=detail or answer["response"]),
                is_permanent=True,
            )

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Log in and ask for the version: it changes nothing."""
        posts = Check(True, _("Call records are taken at {url}").format(url=hook_url))
        if not settings.get("host"):
            return [posts]
        try:
            with Manager(settings) as manager:
                answer = manager.ask("CoreSettings", {})
        except SendError as exc:
            return [Check(False, str(exc)), posts]
        version = clean_line(answer.get("asteriskversion"), 60) or gettext("version unknown")
        return [Check(True, _("Asterisk let us in: {version}.").format(version=version)), posts]


def place_of(delivery: RawDelivery, settings: Settings) -> Place:
    """Gather what reading an exchange's words needs to know."""
    return Place(
        zone=zone_of(settings),
        extension_digits=as_int(settings.get("extension_digits")) or EXTENSION_DIGITS,
        received_at=received(delivery.received_at),
        recordings=clean_line(settings.get("recordings"), 500),
    )


def _updates(delivery: RawDelivery, place: Place) -> Iterator[CallUpdate | None]:
    """Read whatever form the exchange's word has; None is a word about something else."""
    text = decode_bytes(delivery.body).lstrip("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        yield from _objects(read_json(delivery.body), place)
    elif is_ami(text):
        yield from (_block(block, place) for block in blocks(text))
    elif records := list(rows(text)):
        yield from (read_record(row, place) for row in records)
    else:
        yield from _objects(read_body(delivery)[0], place)


def _objects(value: Any, place: Place) -> Iterator[CallUpdate | None]:
    """A post of one or several events or records."""
    found = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
    for one in found:
        if is_record(one):
            yield read_record(one, place)
        elif names := {str(name).lower(): name for name in one}.get("event"):
            yield _block({"event": one[names], **one}, place)
        elif "type" in one:
            yield read_ari(one, place)
        else:
            raise Unparseable(gettext("These are neither events nor call records of Asterisk."))
    if not found and value != []:
        raise Unparseable(gettext("These are neither events nor call records of Asterisk."))


def _block(block: dict[str, Any], place: Place) -> CallUpdate | None:
    """A message of the manager interface: an event, or a record told as one."""
    plain = {str(name).lower(): clean_line(value, 500) for name, value in block.items()}
    if plain.get("event", "").lower() == "cdr":
        return read_record(plain, place) if is_record(plain) else None
    return read_ami(plain, place)
