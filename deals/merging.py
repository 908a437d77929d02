"""The share of deals in merging clients: where the pipeline says so, one of their open deals stays visible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from contacts.merging.parts import Act, Client, Kept, Option, Part, Question
from contacts.models import Contact
from core import formats
from deals.models import Deal
from deals.models.deals import DealQuerySet
from deals.services.folding import fold_deals, unfold_deals
from tenants.access import Action
from tenants.models import Membership

RELATED = ("pipeline", "stage", "owner")


def lock(clients: Sequence[Client]) -> None:
    """Lock the clients' deals before the clients: whoever moves a deal holds it before they touch its client."""
    name = "contact" if isinstance(clients[0], Contact) else "company"
    rows = Deal.objects.filter(**{f"{name}__in": [client.pk for client in clients]})
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def questions(clients: Sequence[Client], member: Membership) -> list[Question]:
    """Ask, for each pipeline that shows one deal a client, which of several open ones that is."""
    return [
        Question(
            name=f"deal-{deals[0].pipeline_id}",
            label=_("Which deal stays visible in “%(pipeline)s”?") % {"pipeline": deals[0].pipeline.name},
            options=[_option(deal) for deal in deals],
            initial=str(deals[0].pk),
            hint=_(
                "The others are folded into it: they keep their history and come back when the merge is undone."
            ),
        )
        for deals in _rivals(of_clients(clients), clients, member)
    ]


def merged(act: Act, answers: Mapping[str, str]) -> Kept:
    """Fold the open deals the clients now have together, as it was answered."""
    moves = act.merge.moves.filter(model=Deal._meta.label)
    moved = {pk for move in moves for pk in move.row_ids}
    folded = []
    for deals in _by_pipeline(_editable(of_clients([act.survivor]), act.by)):
        if len(deals) > 1 and any(deal.pk in moved for deal in deals):
            wanted = answers.get(f"deal-{deals[0].pipeline_id}")
            visible = next((deal for deal in deals if str(deal.pk) == wanted), deals[0])
            others = [deal for deal in deals if deal.pk != visible.pk]
            folded += fold_deals(visible=visible, others=others, by=act.by, now=act.now)
    return {"folded": folded}


def undone(act: Act, kept: Kept) -> None:
    """Bring the folded deals back."""
    unfold_deals(folded=kept.get("folded", []), by=act.by, now=act.now)


PART = Part(lock=lock, questions=questions, merged=merged, undone=undone)


def of_clients(clients: Sequence[Client]) -> DealQuerySet:
    """The open deals of these clients in pipelines with one visible deal; a company's are those without a person."""
    ids = [client.pk for client in clients]
    whose = Q(contact__in=ids) if isinstance(clients[0], Contact) else Q(contact=None, company__in=ids)
    found: DealQuerySet = Deal.objects.open().filter(whose, pipeline__has_one_open_deal=True)
    return found


def _rivals(rows: DealQuerySet, clients: Sequence[Client], member: Membership) -> list[list[Deal]]:
    """Those that two of the clients bring along, by pipeline."""
    name = "contact_id" if isinstance(clients[0], Contact) else "company_id"
    found = _by_pipeline(_editable(rows, member))
    return [deals for deals in found if len({getattr(deal, name) for deal in deals}) > 1]


def _editable(rows: DealQuerySet, member: Membership | None) -> DealQuerySet:
    return rows.visible_to(member, Action.EDIT) if member is not None else rows


def _by_pipeline(rows: DealQuerySet) -> list[list[Deal]]:
    """Group open deals: the most advanced first, of those the oldest."""
    found: dict[Any, list[Deal]] = {}
    for deal in rows.select_related(*RELATED).order_by("pipeline_id", "-stage__position", "created_at", "pk"):
        found.setdefault(deal.pipeline_id, []).append(deal)
    return list(found.values())


def _option(deal: Deal) -> Option:
    parts = (
        deal.stage.name,
        formats.money(deal.amount, deal.currency) if deal.amount is not None else "",
        deal.owner.name if deal.owner else "",
        formats.short_date(deal.created_at),
    )
    return Option(
        str(deal.pk),
        f"{formats.numbered(deal.number)} {deal.title}",
        " · ".join(part for part in parts if part),
    )
