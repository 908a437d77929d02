"""What the demo's people talk with: outcomes of dialogs and canned replies."""

from __future__ import annotations

from channels.dialogs.starters import create_starter_outcomes
from channels.models import CannedReply
from tenants.models import Tenant

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


def furnish(tenant: Tenant) -> None:
    """Give the active tenant outcomes and replies, unless it has some."""
    create_starter_outcomes()
    if not CannedReply.objects.exists():
        replies = REPLIES.get(tenant.language, REPLIES["en"])
        CannedReply.objects.bulk_create(
            CannedReply(shortcut=shortcut, subject=subject, text=text) for shortcut, subject, text in replies
        )
