"""Pipelines to start from, and what the stages of every one are called, in the languages of the product."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class StarterStage:
    """One open stage of a template. Colours are of the palette c-1 … c-12."""

    ru: str
    en: str
    probability_percent: int
    color: int
    time_limit_h: int | None = None
    card_limit: int | None = None
    enter: tuple[str, ...] = ()

    def name_in(self, language: str) -> str:
        return self.ru if language == "ru" else self.en


@dataclasses.dataclass(frozen=True, slots=True)
class Template:
    """A way of selling to start from."""

    ru: str
    en: str
    stages: tuple[StarterStage, ...]

    def name_in(self, language: str) -> str:
        return self.ru if language == "ru" else self.en


TEMPLATES: dict[str, Template] = {
    "b2b": Template(
        "Продажи компаниям",
        "Sales to companies",
        (
            StarterStage("Новая", "New", 5, 1, time_limit_h=24),
            StarterStage("Выявление потребности", "Needs", 20, 2, time_limit_h=72),
            StarterStage("Встреча", "Meeting", 35, 6, time_limit_h=168, enter=("contact", "company")),
            StarterStage("КП отправлено", "Proposal sent", 50, 3, time_limit_h=120, enter=("amount",)),
            StarterStage(
                "Согласование", "Approval", 70, 7, time_limit_h=168, enter=("amount", "expected_on")
            ),
            StarterStage("Договор и оплата", "Contract and payment", 90, 11, time_limit_h=168),
        ),
    ),
    "retail": Template(
        "Розничные продажи",
        "Retail sales",
        (
            StarterStage("Новый заказ", "New order", 30, 1, time_limit_h=2),
            StarterStage("Заказ подтверждён", "Order confirmed", 60, 2, time_limit_h=24, enter=("amount",)),
            StarterStage("Ждём оплату", "Awaiting payment", 75, 6, time_limit_h=48),
            StarterStage("Сборка", "Packing", 90, 3, time_limit_h=24),
            StarterStage("Доставка", "Delivery", 95, 7, time_limit_h=120, enter=("city",)),
        ),
    ),
    "tender": Template(
        "Тендеры",
        "Tenders",
        (
            StarterStage("Найден", "Found", 5, 1, time_limit_h=48),
            StarterStage("Решаем, участвовать ли", "Deciding", 10, 2, time_limit_h=72),
            StarterStage(
                "Готовим заявку",
                "Preparing the bid",
                20,
                3,
                time_limit_h=168,
                enter=("amount", "expected_on"),
            ),
            StarterStage("Заявка подана", "Bid submitted", 40, 6, enter=("company",)),
            StarterStage("Торги", "Bidding", 50, 7),
            StarterStage("Победили, договор", "Awarded, contract", 90, 11, time_limit_h=240),
        ),
    ),
    "services": Template(
        "Услуги",
        "Services",
        (
            StarterStage("Заявка", "Request", 15, 1, time_limit_h=8),
            StarterStage("Консультация", "Consultation", 35, 2, time_limit_h=48, enter=("contact",)),
            StarterStage("Оценка и смета", "Estimate", 55, 3, time_limit_h=72),
            StarterStage("Договор", "Contract", 75, 7, time_limit_h=120, enter=("amount",)),
            StarterStage("Работа", "Work", 90, 6),
            StarterStage("Сдача и акт", "Acceptance", 95, 11, time_limit_h=72),
        ),
    ),
    "repeat": Template(
        "Повторные продажи",
        "Repeat sales",
        (
            StarterStage("Пора напомнить", "Time to call", 20, 1, time_limit_h=72),
            StarterStage("Связались", "In touch", 40, 2, time_limit_h=120, enter=("contact",)),
            StarterStage("Заказ собран", "Order agreed", 70, 3, time_limit_h=72, enter=("amount",)),
            StarterStage("Счёт выставлен", "Invoice sent", 90, 11, time_limit_h=120),
        ),
    ),
    "equipment": Template(
        "Продажа оборудования",
        "Equipment sales",
        (
            StarterStage("Новая", "New", 10, 1, time_limit_h=24),
            StarterStage("Квалификация", "Qualification", 25, 2, time_limit_h=72, card_limit=15),
            StarterStage("КП отправлено", "Proposal sent", 40, 3, time_limit_h=120, enter=("amount", "city")),
            StarterStage("Переговоры", "Negotiation", 60, 6, time_limit_h=168),
            StarterStage("Договор", "Contract", 80, 7, time_limit_h=168, enter=("amount", "expected_on")),
            StarterStage("Счёт выставлен", "Invoice sent", 90, 11, time_limit_h=120, enter=("amount",)),
        ),
    ),
    "service": Template(
        "Сервис и ремонт",
        "Service and repair",
        (
            StarterStage("Заявка", "Request", 20, 1, time_limit_h=8),
            StarterStage("Диагностика", "Diagnostics", 50, 2, time_limit_h=48),
            StarterStage("Согласование", "Approval", 70, 6, time_limit_h=48, enter=("amount",)),
            StarterStage("В работе", "In progress", 90, 3, time_limit_h=120),
        ),
    ),
    "simple": Template(
        "Продажи",
        "Sales",
        (
            StarterStage("Новая", "New", 10, 1),
            StarterStage("В работе", "In progress", 40, 3),
            StarterStage("Решение", "Decision", 70, 7),
        ),
    ),
}
SYSTEM_NAMES = {
    "ru": {"won": "Выиграна", "lost": "Проиграна", "archived": "Архив"},
    "en": {"won": "Won", "lost": "Lost", "archived": "Archived"},
}
