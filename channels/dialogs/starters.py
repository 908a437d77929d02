"""What a company's dialogs start with: outcomes to close them by."""

from __future__ import annotations

from channels.models import DialogOutcome
from core.tenancy import current_tenant_id
from deals.models import RejectionReason
from tenants.models import Tenant

Effect = DialogOutcome.Effect
# Russian, English, what becomes of the open inquiry, and the reasons of deals.setup it is rejected for.
OUTCOMES: tuple[tuple[str, str, Effect, tuple[str, ...]], ...] = (
    ("Ответили", "Answered", Effect.KEEP, ()),
    ("Ответ не нужен", "No answer needed", Effect.KEEP, ()),
    ("Перешло в сделку", "Moved to a deal", Effect.ACCEPT, ()),
    ("Клиент не отвечает", "Client does not answer", Effect.REJECT, ("Не отвечает", "No answer")),
    ("Спам", "Spam", Effect.REJECT, ("Спам", "Spam")),
)


def create_starter_outcomes() -> list[DialogOutcome]:
    """Create the outcomes every company meets, in its language; a directory that has any is left alone."""
    if DialogOutcome.objects.exists():
        return []
    is_russian = Tenant.objects.get(pk=current_tenant_id()).language == "ru"
    return [
        DialogOutcome.objects.create(
            name=russian if is_russian else english, effect=effect, reason=_reason(reasons), position=position
        )
        for position, (russian, english, effect, reasons) in enumerate(OUTCOMES)
    ]


def _reason(names: tuple[str, ...]) -> RejectionReason | None:
    rows = RejectionReason.objects.filter(name__in=names, is_for_leads=True, is_archived=False)
    return rows.first()
