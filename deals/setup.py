"""What a company starts with: a pipeline to work in and reasons to choose from."""

from __future__ import annotations

import dataclasses

from django.db import transaction

from core.tenancy import current_tenant_id
from deals.models import Pipeline, RejectionReason
from deals.services.pipelines import create_pipeline
from deals.services.stages import create_stage, set_requirements
from tenants.models import Membership, Tenant


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


@dataclasses.dataclass(frozen=True, slots=True)
class Template:
    """A way of selling to start from."""

    ru: str
    en: str
    stages: tuple[StarterStage, ...]


TEMPLATES: dict[str, Template] = {
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
# Russian, English, makes a lead non-targeted, for deals.
REASONS: tuple[tuple[str, str, bool, bool], ...] = (
    ("Дорого", "Too expensive", False, True),
    ("Выбрали конкурента", "Chose a competitor", False, True),
    ("Отложили покупку", "Postponed", False, True),
    ("Не отвечает", "No answer", False, True),
    ("Нет нужного товара", "We don't have it", False, True),
    ("Спам", "Spam", True, False),
    ("Ошиблись номером", "Wrong number", True, False),
    ("Ищут работу", "Looking for a job", True, False),
)


def _language() -> str:
    language: str = Tenant.objects.get(pk=current_tenant_id()).language
    return language if language in SYSTEM_NAMES else "en"


@transaction.atomic
def create_starter_pipeline(
    *, name: str = "", by: Membership | None = None, template: str = "simple"
) -> Pipeline:
    """Create a pipeline from TEMPLATES with names in the tenant's language; return it.

    Always with the system stages won, lost and archived (D2). Raises NameTaken.
    """
    chosen, language = TEMPLATES[template], _language()
    tenant = by.tenant if by is not None else Tenant.objects.get(pk=current_tenant_id())
    pipeline = create_pipeline(
        name=name or getattr(chosen, language), currency=tenant.currency, system_names=SYSTEM_NAMES[language]
    )
    for starter in chosen.stages:
        stage = create_stage(
            pipeline=pipeline,
            name=getattr(starter, language),
            probability_percent=starter.probability_percent,
            color=starter.color,
            time_limit_h=starter.time_limit_h,
            card_limit=starter.card_limit,
        )
        set_requirements(stage=stage, enter=starter.enter)
    return pipeline


def create_starter_reasons() -> list[RejectionReason]:
    """Create the reasons every company meets; those there already by name are left alone. Return all of them."""
    is_russian = _language() == "ru"
    made = []
    for place, (russian, english, is_spam, is_for_deals) in enumerate(REASONS, start=1):
        defaults = {"position": place, "is_non_targeted": is_spam, "is_for_deals": is_for_deals}
        reason, _created = RejectionReason.objects.get_or_create(
            name=russian if is_russian else english, defaults=defaults
        )
        made.append(reason)
    return made
