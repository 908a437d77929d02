"""What the demo's people talk with: outcomes of dialogs, canned replies, a script."""

from __future__ import annotations

from channels.dialogs.starters import create_starter_outcomes
from channels.models import CannedReply, Script
from channels.services import StepValues, save_script
from tenants.models import Membership, Tenant

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


def furnish(tenant: Tenant, *, by: Membership) -> None:
    """Give the active tenant outcomes, replies and a script, unless it has some."""
    create_starter_outcomes()
    if not CannedReply.objects.exists():
        replies = REPLIES.get(tenant.language, REPLIES["en"])
        CannedReply.objects.bulk_create(
            CannedReply(shortcut=shortcut, subject=subject, text=text) for shortcut, subject, text in replies
        )
    if not Script.objects.exists():
        name, steps = SCRIPTS.get(tenant.language, SCRIPTS["en"])
        save_script(by=by, name=name, steps=[StepValues(*step) for step in steps])
