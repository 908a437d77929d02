"""What a company starts with: a pipeline to work in and reasons to choose from."""

from __future__ import annotations

from django.db import transaction

from core.tenancy import current_tenant_id
from deals.models import Pipeline, RejectionReason
from deals.services.pipelines import create_pipeline
from deals.services.stages import create_stage, set_requirements
from deals.starters import SYSTEM_NAMES, TEMPLATES
from tenants.models import Membership, Tenant

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


def spoken_language() -> str:
    """Return the language a company's stages and reasons are named in."""
    language: str = Tenant.objects.get(pk=current_tenant_id()).language
    return language if language in SYSTEM_NAMES else "en"


@transaction.atomic
def create_starter_pipeline(
    *, name: str = "", by: Membership | None = None, template: str = "simple"
) -> Pipeline:
    """Create a pipeline from TEMPLATES with names in the tenant's language; return it.

    Always with the system stages won, lost and archived (D2). Raises NameTaken.
    """
    chosen, language = TEMPLATES[template], spoken_language()
    tenant = by.tenant if by is not None else Tenant.objects.get(pk=current_tenant_id())
    pipeline = create_pipeline(
        name=name or chosen.name_in(language), currency=tenant.currency, system_names=SYSTEM_NAMES[language]
    )
    for starter in chosen.stages:
        stage = create_stage(
            pipeline=pipeline,
            name=starter.name_in(language),
            probability_percent=starter.probability_percent,
            color=starter.color,
            time_limit_h=starter.time_limit_h,
            card_limit=starter.card_limit,
        )
        set_requirements(stage=stage, enter=starter.enter)
    return pipeline


def create_starter_reasons() -> list[RejectionReason]:
    """Create the reasons every company meets; those there already by name are left alone. Return all of them."""
    is_russian = spoken_language() == "ru"
    made = []
    for place, (russian, english, is_spam, is_for_deals) in enumerate(REASONS, start=1):
        defaults = {"position": place, "is_non_targeted": is_spam, "is_for_deals": is_for_deals}
        reason, _created = RejectionReason.objects.get_or_create(
            name=russian if is_russian else english, defaults=defaults
        )
        made.append(reason)
    return made
