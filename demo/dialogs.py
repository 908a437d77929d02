"""What the demo's people talk with: outcomes of dialogs, canned replies, a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.dialogs.starters import create_starter_outcomes
from channels.models import Channel
from channels.services import StepValues, save_canned, save_script
from deals.models import Stage
from demo.site_words import SITE_WORDS
from tenants.models import Membership
from tenants.services import update_profile

if TYPE_CHECKING:
    from demo.companies import Company

Script = tuple[str, tuple[tuple[str, str, str], ...]]  # name, steps

# Shortcut, subject of a mail, text.
REPLIES = {
    "ru": (
        (
            "привет",
            "",
            "Здравствуйте, {client_first_name}! Меня зовут {manager_name}, «{company_name}». Чем помочь?",
        ),
        (
            "цена",
            "",
            "Подготовлю расчёт и пришлю сегодня. Уточните, пожалуйста, количество и город доставки.",
        ),
        ("перезвоню", "", "Спасибо за обращение! Позвоню вам на {client_phone} в ближайшее время."),
        (
            "кп",
            "Коммерческое предложение",
            "{client_first_name}, добрый день!\n\nНаправляю предложение по запросу «{deal_title}» на сумму {deal_amount}."
            "\n\nС уважением,\n{manager_name}",
        ),
    ),
    "en": (
        (
            "hello",
            "",
            "Hello {client_first_name}! This is {manager_name} from {company_name}. How can I help?",
        ),
        ("price", "", "I will send you a quote today. Could you tell me the quantity and where to deliver?"),
        ("callback", "", "Thank you for writing! I will call you at {client_phone} shortly."),
        (
            "quote",
            "Our quote",
            "Hello {client_first_name},\n\nHere is our offer for “{deal_title}”, {deal_amount} in total."
            "\n\nKind regards,\n{manager_name}",
        ),
    ),
}

# Name, and steps: what to say, what to ask, where the answer goes.
SCRIPTS = {
    "ru": (
        "Первый разговор",
        (
            ("Поздоровайтесь и назовите себя. Поблагодарите за обращение.", "", ""),
            ("Узнайте, зачем нужна покупка: от этого зависит, что предлагать.", "Для чего нужно?", "note"),
            ("Узнайте, кто решает.", "Должность клиента", "contact.position"),
            ("Назовите порядок цен и спросите, на что рассчитывают.", "Бюджет", "deal.amount"),
            ("Договоритесь о следующем шаге: когда и кто кому звонит.", "", ""),
        ),
    ),
    "en": (
        "First conversation",
        (
            ("Greet the client and say who you are. Thank them for writing.", "", ""),
            ("Find out what the purchase is for: the offer depends on it.", "What is it for?", "note"),
            ("Find out who decides.", "The client's position", "contact.position"),
            ("Give a range of prices and ask what they expect to spend.", "Budget", "deal.amount"),
            ("Agree on the next step: who calls whom and when.", "", ""),
        ),
    ),
}


# Of one's own: shortcut and text. Of the service department: the same.
OWN = {
    "ru": (
        ("тест", "Предлагаю тестовую неделю: привезём машину, зерно за наш счёт. Какой день удобен?"),
        ("реквизиты", "Пришлите, пожалуйста, карточку компании, подготовлю договор и счёт."),
    ),
    "en": (
        (
            "trial",
            "May I offer a trial week? We bring the machine, the beans are on us. Which day suits you?",
        ),
        ("details", "Could you send us your company details? I will prepare the contract and the invoice."),
    ),
}
SERVICE = {
    "ru": (
        ("выезд", "Мастер приедет в течение четырёх часов. Подскажите адрес и кто встретит."),
        (
            "ошибка",
            "Выключите машину на пять минут и промойте группы. Если ошибка останется, пришлите её фото.",
        ),
    ),
    "en": (
        (
            "visit",
            "Our engineer will be with you within four hours. What is the address, and who will be there?",
        ),
        (
            "error",
            "Please switch the machine off for five minutes and rinse it. If the error stays, send a photo.",
        ),
    ),
}
# Beside the chat of the site, and beside talks about deals at the stage of the offer.
CHAT_SCRIPT = {
    "ru": (
        "Чат: за две минуты",
        (
            ("Ответьте на вопрос сразу, потом уточняйте.", "", ""),
            ("Спросите город: от него зависит доставка.", "Город", "deal.city"),
            ("Попросите телефон, если его ещё нет.", "", ""),
        ),
    ),
    "en": (
        "Chat: two minutes",
        (
            ("Answer the question first, ask afterwards.", "", ""),
            ("Ask for the city: delivery depends on it.", "City", "deal.city"),
            ("Ask for a phone if there is none yet.", "", ""),
        ),
    ),
}
STAGE_SCRIPT = {
    "ru": (
        "Обсуждаем предложение",
        (
            ("Спросите, что смутило в предложении.", "Возражение", "note"),
            ("Предложите тестовую неделю или рассрочку.", "", ""),
            ("Назовите дату, до которой действует цена.", "", ""),
        ),
    ),
    "en": (
        "Talking about the offer",
        (
            ("Ask what they are not sure about.", "Objection", "note"),
            ("Offer a trial week or instalments.", "", ""),
            ("Name the day until which the price holds.", "", ""),
        ),
    ),
}
OFFER_STAGE = 2  # of the first pipeline


def furnish(company: Company) -> None:
    """Give the active tenant outcomes, replies of everybody, of a department and of a manager, and scripts."""
    create_starter_outcomes()
    language, by, manager = company.plan.language, company.member_in("admin"), company.managers[0]
    for shortcut, subject, text in REPLIES[language]:
        save_canned(by=by, shortcut=shortcut, subject=subject, text=text)
    for shortcut, text in OWN[language]:
        save_canned(by=manager, owner=manager, shortcut=shortcut, text=text)
    service = company.managers[2].department
    for shortcut, text in SERVICE[language]:
        save_canned(by=by, department=service, shortcut=shortcut, text=text)
    stage = Stage.objects.filter(pipeline=company.pipelines[0]).order_by("position")[OFFER_STAGE]
    _write(by, SCRIPTS[language])
    _write(by, CHAT_SCRIPT[language], channel=company.channels["chat"])
    _write(by, STAGE_SCRIPT[language], stage=stage)
    profile = {
        "name": manager.name,
        "language": language,
        "mail_signature": SITE_WORDS[language].own_signature,
    }
    update_profile(member=manager, **profile)


def _write(
    by: Membership, script: Script, *, channel: Channel | None = None, stage: Stage | None = None
) -> None:
    name, steps = script
    save_script(by=by, name=name, steps=[StepValues(*step) for step in steps], channel=channel, stage=stage)
