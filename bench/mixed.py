"""Mixed deliveries in order, and each of them twice in any order: what somebody sees in the end has to be the same.

    .venv/bin/python -m bench.intake --mixed 5000

Two companies of their own, `mixed-5000-1-ordered` and `mixed-5000-1-shuffled`, are filled and worked off in this
process (by running workers too, if there are any). Begun again it goes on where it was stopped.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone

from activities.models import Activity, Call
from bench import processes
from channels import journal
from channels.adapters.base import RawDelivery
from channels.journal.ledger import Ledger, ledger
from channels.models import Channel, Dialog, Event, Message
from channels.services import create_channel
from contacts.models import Contact
from core.tenancy import tenant_scope
from demo import payloads
from leads.models import Lead
from tenants.models import Tenant
from tenants.services import create_tenant

SETTINGS: dict[str, dict[str, str]] = {
    "form": {},
    "telegram": {"token": "123456:token-of-no-bot", "secret_token": "secret-of-no-hook"},
    "vk": {"token": "vk1.a.token-of-nobody", "secret": "secret-of-no-hook", "confirmation": "c0de"},
    "avito": {"client_id": "nobody", "client_secret": "secret-of-nobody", "user_id": "1000"},
    "mango": {"api_key": "demo", "api_salt": "salt-of-nobody"},
    "email": {
        "address": "sales@mixed.example",
        "username": "sales@mixed.example",
        "password": "password-of-nobody",
        "imap_host": "127.0.0.1",
        "smtp_host": "127.0.0.1",
    },
}
EVENTS_A_PERSON = 4
SPAN = dt.timedelta(hours=30)  # less than the silence after which a new lead starts
AT_ONCE = 500
PATIENCE_S = 90  # nothing became due for so long: what still waits, waits for good
Post = tuple[str, RawDelivery]


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    ledger: Ledger
    seen: dict[str, Counter[Any]]
    processor_ms: float  # of this process, for each delivery


def run(count: int, *, seed: int = 1) -> bool:
    """Do both runs and print how they compare; say whether they are alike."""
    name = f"mixed-{count}-{seed}"
    day = _day_of(f"{name}-ordered")
    posts = list(story(count, seed=seed, until=day))
    twice = [*posts, *posts]
    random.Random(seed).shuffle(twice)
    ordered = _work(f"{name}-ordered", posts, day)
    shuffled = _work(f"{name}-shuffled", twice, day)
    return _compare(ordered, shuffled, len(posts))


def _day_of(slug: str) -> dt.datetime:
    """Return when the story of a run that was begun ends: its deliveries came then. Of a new one it is today."""
    begun = None
    if tenant := Tenant.objects.filter(slug=slug).first():
        with tenant_scope(tenant):
            begun = Event.objects.order_by("received_at").values_list("received_at", flat=True).first()
    return (begun or timezone.now()).replace(hour=0, minute=0, second=0, microsecond=0)


# --- What happened ---------------------------------------------------------------------------------------
def story(count: int, *, seed: int, until: dt.datetime) -> Iterator[Post]:
    """Tell so many deliveries of several channels, oldest first: people who write, correct themselves and call."""
    rng, told, serial = random.Random(seed), 0, 0
    while told < count:
        serial += 1
        person = 1 + rng.randrange(max(count // EVENTS_A_PERSON, 1))
        at = until - dt.timedelta(hours=40) + SPAN * (told / count)
        at = at.replace(microsecond=0)
        kind = rng.choice((*SETTINGS, "telegram"))
        for delivery in _TELLERS[kind](rng, person, serial, at)[: count - told]:
            told += 1
            yield kind, delivery


def _form(rng: random.Random, person: int, serial: int, at: dt.datetime) -> list[RawDelivery]:
    fields = {"name": _name(person), "phone": _phone(person), "message": f"How much is it, {serial}?"}
    return [payloads.form(at=at, serial=serial, fields=fields, details=b"{}")]


def _telegram(rng: random.Random, person: int, serial: int, at: dt.datetime) -> list[RawDelivery]:
    message = payloads.telegram(
        at=at, serial=serial, person_id=person, name=_name(person), text=f"Hello {serial}"
    )
    corrections = range(1, 1 + rng.choice((0, 0, 1, 2)))
    return [message, *(_corrected(message, serial, number) for number in corrections)]


def _corrected(message: RawDelivery, serial: int, number: int) -> RawDelivery:
    update = json.loads(message.body)
    text = f"Hello {serial}, corrected {number}"
    edited = update["message"] | {"text": text, "edit_date": update["message"]["date"] + 10 * number}
    body = {"update_id": 2_000_000_000 + 10 * serial + number, "edited_message": edited}
    return dataclasses.replace(message, body=json.dumps(body).encode())


def _vk(rng: random.Random, person: int, serial: int, at: dt.datetime) -> list[RawDelivery]:
    return [
        payloads.vk(at=at, serial=serial, person_id=person, name=_name(person), text=f"Good day {serial}")
    ]


def _avito(rng: random.Random, person: int, serial: int, at: dt.datetime) -> list[RawDelivery]:
    product = {"title": f"Machine {person}", "url": f"https://www.avito.ru/{person}"}
    text = f"Is it still there, {serial}?"
    return [
        payloads.avito(at=at, serial=serial, person_id=person, name=_name(person), text=text, product=product)
    ]


def _mango(rng: random.Random, person: int, serial: int, at: dt.datetime) -> list[RawDelivery]:
    return payloads.call(
        at=at,
        serial=serial,
        phone=_phone(person)[1:],
        line="74951234567",
        extension="101",
        wait_s=rng.randrange(3, 20),
        talk_s=rng.choice((0, 40, 300)),
        is_out=False,
    )


def _email(rng: random.Random, person: int, serial: int, at: dt.datetime) -> list[RawDelivery]:
    address = f"person{person}@client{person}.example"
    return [
        payloads.mail(
            at=at,
            serial=serial,
            name=_name(person),
            address=address,
            to=SETTINGS["email"]["address"],
            subject=f"Question {serial}",
            text=f"What does it cost, {serial}?",
        )
    ]


def _name(person: int) -> str:
    return f"Client {person}"


def _phone(person: int) -> str:
    return f"+7916{person:07d}"


_TELLERS = {
    "form": _form,
    "telegram": _telegram,
    "vk": _vk,
    "avito": _avito,
    "mango": _mango,
    "email": _email,
}


# --- Working it off --------------------------------------------------------------------------------------
def _work(slug: str, posts: list[Post], received_at: dt.datetime) -> Outcome:
    tenant = Tenant.objects.filter(slug=slug).first() or create_tenant(name=slug, slug=slug)
    with tenant_scope(tenant):
        for kind, settings in SETTINGS.items():
            if not Channel.objects.filter(kind=kind).exists():
                create_channel(kind=kind, name=kind, now=received_at, settings=settings)
        done = Event.objects.count()
    for start in range(done, len(posts), AT_ONCE):
        _record(tenant, posts, start, received_at)
        print(f"{slug}: recorded {min(start + AT_ONCE, len(posts))} of {len(posts)}", flush=True)
    used = time.process_time()
    worked = _drain(tenant, slug)
    used = time.process_time() - used
    with tenant_scope(tenant):
        return Outcome(ledger(), seen(), used * 1000 / max(worked, 1))


def _record(tenant: Tenant, posts: list[Post], start: int, received_at: dt.datetime) -> None:
    """Journal some in the order they come in; when they came is alike in both runs but for fractions of a second."""
    with tenant_scope(tenant):
        channels = {channel.kind: channel for channel in Channel.objects.all()}
        for place, (kind, delivery) in enumerate(posts[start : start + AT_ONCE], start):
            moment = received_at + dt.timedelta(microseconds=place)
            journal.record(channel=channels[kind], delivery=delivery, now=moment)


def _drain(tenant: Tenant, slug: str) -> int:
    worked, before, heard = 0, -1, time.monotonic()
    while True:
        done = journal.drain(tenant.pk, limit=AT_ONCE)
        worked += done
        with tenant_scope(tenant):
            left = Event.objects.filter(state=Event.State.RECEIVED).count()
        if left != before:  # whoever did it: workers may be at it too
            before, heard = left, time.monotonic()
            print(f"{slug}: {left} to go, load {processes.load():.1f}", flush=True)
        if not left or time.monotonic() - heard > PATIENCE_S:
            return worked
        if not done:
            time.sleep(1)


# --- What somebody sees ----------------------------------------------------------------------------------
def seen() -> dict[str, Counter[Any]]:
    """Count all that the active tenant's people would see, by what it says instead of by its ids."""
    keys = _keys()
    entries: dict[Any, list[Any]] = {}
    told = Activity.objects.exclude(kind="change").values_list(
        "lead_id", "kind", "direction", "subject", "text", "occurred_at"
    )
    for lead_id, *entry, at in told:
        entries.setdefault(lead_id, []).append((*entry, _second(at)))
    return {
        "contacts": Counter((keys.get(pk), name) for pk, name in Contact.objects.values_list("pk", "name")),
        "leads": Counter(
            (keys.get(contact), *rest, *map(_second, moments), tuple(sorted(entries.get(pk, ()))))
            for pk, contact, *rest, moments in _leads()
        ),
        "dialogs": Counter(
            (*rest, _second(last), _second(waits))
            for *rest, last, waits in Dialog.objects.values_list(
                "channel__kind", "external_id", "recipient", "preview", "unread_count", "last_direction",
                "lead__channel__kind", "last_message_at", "waiting_since",
            )
        ),
        "messages": Counter(
            Message.objects.values_list(
                "channel__kind", "dialog__external_id", "external_id", "state", "activity__text", "edited_at"
            )
        ),
        "calls": Counter(
            Call.objects.values_list("external_id", "direction", "state", "result", "talk_s", "phone", "started_at")
        ),
    }  # fmt: skip


def _keys() -> dict[Any, tuple[str, ...]]:
    found: dict[Any, list[str]] = {}
    for pk, kind, value in Contact.objects.values_list("pk", "keys__kind", "keys__value"):
        found.setdefault(pk, []).append(f"{kind}:{value}")
    return {pk: tuple(sorted(values)) for pk, values in found.items()}


def _leads() -> Iterator[Any]:
    """The client's name stands for the lead's own, as on every page: a call's lead keeps what was known when it came."""
    rows = Lead.objects.values_list(
        "pk", "contact_id", "channel__kind", "kind", "state", "quality", "quality_reason", "unread_count",
        "contact__name", "phone", "email", "subject", "summary", "received_at", "last_inquiry_at", "waiting_since",
    )  # fmt: skip
    for pk, contact, channel, *rest, subject, summary, received, last, waits in rows:
        # When a form was sent is when it arrived: of two, the first to arrive was said first.
        words = () if channel == "form" else (subject, summary)
        yield pk, contact, channel, *rest, *words, (received, last, waits)


def _second(moment: dt.datetime | None) -> str:
    return moment.replace(microsecond=0).isoformat() if moment else ""


# --- Comparing -------------------------------------------------------------------------------------------
def _compare(ordered: Outcome, shuffled: Outcome, count: int) -> bool:
    print(f"\n{timezone.localtime():%Y-%m-%d %H:%M}, load {processes.load():.1f}, {count} mixed deliveries\n")
    print("| | in order | each twice, shuffled | alike |\n|---|---:|---:|---|")
    verdicts = [_line("received", ordered.ledger.received, shuffled.ledger.received / 2)]
    for name in ("leads", "joined", "ignored", "failed", "pending"):
        verdicts.append(_line(name, getattr(ordered.ledger, name), getattr(shuffled.ledger, name)))
    repeated = shuffled.ledger.duplicates - ordered.ledger.duplicates
    verdicts.append(_line("duplicates, one of each", ordered.ledger.received, repeated))
    for name, mine in ordered.seen.items():
        theirs = shuffled.seen[name]
        verdicts.append(_line(name, mine.total(), theirs.total(), is_same=mine == theirs))
    print(f"| CPU of Python, ms | {ordered.processor_ms:.1f} | {shuffled.processor_ms:.1f} | |\n")
    for name, mine in ordered.seen.items():
        _show(name, (mine - shuffled.seen[name]).elements(), (shuffled.seen[name] - mine).elements())
    return all(verdicts)


def _line(name: str, mine: float, theirs: float, *, is_same: bool | None = None) -> bool:
    verdict = mine == theirs if is_same is None else is_same
    print(f"| {name} | {mine} | {theirs:g} | {'yes' if verdict else 'NO'} |")
    return verdict


def _show(name: str, only_ordered: Iterable[Any], only_shuffled: Iterable[Any]) -> None:
    for which, rows in (("in order", only_ordered), ("shuffled", only_shuffled)):
        for row in sorted(rows, key=str)[:3]:
            print(f"{name}, only {which}: {row}")
