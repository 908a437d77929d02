"""A mailing that went out last week, with what became of it, and the draft of the next one."""

from __future__ import annotations

import datetime as dt
import random
import zoneinfo
from collections.abc import Sequence

from channels import happenings
from channels.happenings import Happening
from channels.models import Message
from contacts.models import Contact, IdentityKey
from core.tenancy import current_tenant_id
from demo.companies import Company
from mailings import services
from mailings.markup import links_of
from mailings.models import Mailing, Recipient, Subscription
from mailings.services import running

DAYS_AGO = 8
PEOPLE, DRAFT_PEOPLE = 64, 40
PER_HOUR = 600
MOST_STEPS = 60
# Shares of those who got it; some never load pictures
OPENED, CLICKED, AGAIN = 0.46, 0.34, 0.3
LEFT, CAME_BACK, REFUSED, REPLIED = 2, 2, 1, 3

# Name, subject, text of the one that went out; then of the draft.
WORDS = {
    "ru": (
        (
            "Промывка кофемашин к сезону",
            "{client_first_name|Здравствуйте}, проверим кофемашину до сезона?",
            "Здравствуйте, {client_first_name|коллега}!\n\nВпереди самые загруженные месяцы для кофемашин. "
            "**До конца месяца** делаем чистку и замену уплотнений со скидкой 15 % и подменной машиной на время работ."
            "\n\nЧто входит: [порядок работ и цены](https://romashka.example/service/). "
            "Записаться: https://romashka.example/service/book/\n\nЕсли удобнее по телефону, ответьте на письмо — "
            "перезвоню.",
            "Вы получили письмо, потому что покупали у нас оборудование или зерно.",
        ),
        (
            "Подарочные наборы для клиентов",
            "Кофейные наборы для {client_company|ваших клиентов}",
            "Здравствуйте, {client_first_name|коллега}!\n\nСобрали подарочные наборы: зерно трёх стран, "
            "кружки и открытка с вашим логотипом. Тираж от 20 штук, нанесение — пять дней.\n\n"
            "[Посмотреть наборы](https://romashka.example/gifts/)",
        ),
    ),
    "en": (
        (
            "Service offer",
            "{client_first_name|Hello}, is your machine ready for the busy season?",
            "Hello {client_first_name|there},\n\nThe busiest months for coffee machines are ahead. "
            "**Until the end of the month** cleaning and new seals are 15 % off, with a spare machine while we work."
            "\n\nWhat is included: [steps and prices](https://acme.example/service/). "
            "Book a day: https://acme.example/service/book/\n\nIf you would rather talk, just reply and I will call.",
            "You get this letter because you bought a machine or beans from us.",
        ),
        (
            "Gift boxes for clients",
            "Coffee gift boxes for {client_company|your clients}",
            "Hello {client_first_name|there},\n\nOur gift boxes are ready: beans from three countries, "
            "two mugs and a card with your logo. From 20 boxes, printing takes five days.\n\n"
            "[Have a look](https://acme.example/gifts/)",
        ),
    ),
}


def send(company: Company, *, seed: int, now: dt.datetime) -> None:
    """Send the one and write the other, in the active tenant. The mailbox exists nowhere: nothing leaves."""
    rng = random.Random(f"{seed}:{company.plan.slug}:mailings")
    (name, subject, text, footer), draft = WORDS[company.plan.language]
    services.save_settings(by=company.member_in("admin"), footer=footer)
    begun = _last_week(company, now)
    people = _people(begun, rng)
    mailing = _begin(company, name, people[:PEOPLE], now=begun)
    _write(mailing, subject, text, now=begun)
    _leave(mailing, rng, now=begun)
    _read(mailing, rng, now=now)
    later = _begin(company, draft[0], people[-DRAFT_PEOPLE:], now=now - dt.timedelta(hours=3))
    _write(later, draft[1], draft[2], now=now - dt.timedelta(hours=3))


def _last_week(company: Company, now: dt.datetime) -> dt.datetime:
    """Eleven o'clock of a working day some days ago, where the company is."""
    day = now.astimezone(zoneinfo.ZoneInfo(company.plan.zone)) - dt.timedelta(days=DAYS_AGO)
    while day.weekday() > 3:
        day -= dt.timedelta(days=1)
    return day.replace(hour=11, minute=0, second=0, microsecond=0).astimezone(dt.UTC)


def _people(before: dt.datetime, rng: random.Random) -> list[Contact]:
    known = Contact.objects.present().filter(created_at__lt=before).order_by("created_at", "id")
    found = list(known)
    with_mail = set(IdentityKey.objects.filter(kind="email").values_list("contact_id", flat=True))
    without = [one for one in found if one.pk not in with_mail][:5]
    mailed = [one for one in found if one.pk in with_mail]
    rng.shuffle(mailed)
    return [*without, *mailed]


def _begin(company: Company, name: str, people: Sequence[Contact], *, now: dt.datetime) -> Mailing:
    return services.create_mailing(
        by=company.member_in("marketer"),
        now=now,
        name=name,
        channel=company.channels["email"],
        card=Mailing.Card.CONTACTS,
        ids=[one.pk for one in people],
    )


def _write(mailing: Mailing, subject: str, text: str, *, now: dt.datetime) -> None:
    values = {"subject": subject, "text": text, "per_hour": PER_HOUR, "is_working_time": False}
    services.update_mailing(mailing=mailing, by=mailing.owner, now=now, **values)


def _leave(mailing: Mailing, rng: random.Random, *, now: dt.datetime) -> None:
    """Let the letters leave at their pace; a few are refused at the door."""
    services.start_mailing(mailing=mailing, by=mailing.owner, now=now)
    refused = REFUSED
    for number in range(MOST_STEPS):
        at = now + dt.timedelta(minutes=number)
        if running.step(current_tenant_id(), mailing.pk, now=at) is None:
            return
        for message in Message.objects.filter(state=Message.State.QUEUED, is_once=True).select_related(
            "activity"
        ):
            is_refused = refused > 0 and number > 2
            refused -= is_refused
            message.state = Message.State.FAILED if is_refused else Message.State.SENT
            message.error = "550 5.1.1 No such user here" if is_refused else ""
            message.next_try_at = None
            message.save(update_fields=["state", "error", "next_try_at"])
            code = happenings.REFUSED if is_refused else happenings.SENT
            happenings.tell(Happening(code, message, at + dt.timedelta(seconds=rng.randint(1, 20))))


def _read(mailing: Mailing, rng: random.Random, *, now: dt.datetime) -> None:
    """Let people open it within the week, follow its links, answer, leave; some addresses turn out to be gone."""
    rows = list(
        Recipient.objects.written_to().filter(mailing=mailing).select_related("message__dialog__channel")
    )
    rng.shuffle(rows)
    for row in rows[:CAME_BACK]:
        assert row.message is not None and row.sent_at is not None
        row.message.state = Message.State.FAILED
        row.message.save(update_fields=["state"])
        happenings.tell(Happening(happenings.BOUNCED, row.message, row.sent_at + dt.timedelta(minutes=2)))
    readers = [row for row in rows[CAME_BACK:] if rng.random() < OPENED]
    for row in readers:
        _open(row, rng, now)
    for row in readers[:LEFT]:
        services.leave_by_link(recipient=row, how=Subscription.How.LINK, now=_moment(row, rng, now))
    for row in readers[LEFT : LEFT + REPLIED]:  # what they wrote is not told here
        Recipient.objects.filter(pk=row.pk).update(replied_at=_moment(row, rng, now))


def _open(row: Recipient, rng: random.Random, now: dt.datetime) -> None:
    at = _moment(row, rng, now)
    for _time in range(1 + (rng.random() < AGAIN)):
        services.note_opening(recipient=row, now=at)
    if rng.random() < CLICKED and row.message is not None:
        count = len(links_of(row.message.headers["pieces"]))
        services.note_click(recipient=row, number=rng.randint(1, count), now=at + dt.timedelta(seconds=40))


def _moment(row: Recipient, rng: random.Random, now: dt.datetime) -> dt.datetime:
    """Most read a letter within hours."""
    assert row.sent_at is not None
    return min(row.sent_at + dt.timedelta(minutes=rng.expovariate(1 / 400)), now)
