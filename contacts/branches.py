"""Head companies and their branches: the tree below or around a company, read in one query."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Mapping

from django.db import connection

from contacts.models import Company
from core.tenancy import current_tenant_id
from tenants.models import Membership

MAX_SHOWN = 200  # companies of a tree on a page
# RLS walls this as every query; the tenant is named for the plan. UNION ends a circle that an import may have made.
_BELOW = """
WITH RECURSIVE tree (id) AS (
    SELECT %s::uuid
    UNION
    SELECT branch.id FROM contacts_company branch JOIN tree ON branch.head_company_id = tree.id
    WHERE branch.tenant_id = %s AND branch.deleted_at IS NULL
)
SELECT id FROM tree
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """A company of the tree; `depth` counts from the company the tree was asked for."""

    company: Company
    depth: int


def ids_below(company: Company | uuid.UUID) -> list[uuid.UUID]:
    """List a company and all branches below it, whoever may see them."""
    pk = company.pk if isinstance(company, Company) else company
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, [pk, current_tenant_id()])
        return [row[0] for row in cursor.fetchall()]


def tree_of(company: Company, member: Membership) -> list[Node]:
    """List a company and its branches as far as the member may see them, each under its head; two queries.

    A branch whose head the member may not see stands under the nearest one they may.
    """
    ids = ids_below(company)
    rows = Company.objects.visible_to(member).filter(pk__in=ids).order_by("name", "pk")
    seen = {row.pk: row for row in rows[: MAX_SHOWN + 1]}
    parents = dict(Company.objects.filter(pk__in=ids).values_list("pk", "head_company_id"))
    children: dict[uuid.UUID, list[Company]] = {}
    for row in seen.values():
        if row.pk != company.pk:
            children.setdefault(_nearest(row.pk, company.pk, parents, seen), []).append(row)
    return list(_walk(company, children, 0))


def _nearest(
    pk: uuid.UUID,
    root: uuid.UUID,
    parents: Mapping[uuid.UUID, uuid.UUID | None],
    seen: dict[uuid.UUID, Company],
) -> uuid.UUID:
    """Climb to the nearest head that is shown; at most as many steps as there are companies."""
    step = parents.get(pk)
    for _index in range(len(parents)):
        if step is None or step == root or step in seen:
            break
        step = parents.get(step)
    return step if step in seen and step != pk else root


def _walk(company: Company, children: dict[uuid.UUID, list[Company]], depth: int) -> Iterator[Node]:
    yield Node(company, depth)
    for child in children.pop(company.pk, []):
        yield from _walk(child, children, depth + 1)
