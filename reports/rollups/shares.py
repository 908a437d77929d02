"""Deals shared out among their touches in SQL: what `reports.attribution` defines, for many deals at once.

Touches are those of `deals.touches`: the present inquiries of a deal's client and those it was made from, received before it
was closed, in the order they came; a deal without any is owed to its own source, campaign and channel kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import DecimalField, QuerySet, Value
from django.db.models.functions import Coalesce

from core.tenancy import current_tenant_id
from deals.models import Deal, Stage
from reports.attribution import Model

Select = tuple[str, list[Any]]  # SQL and its parameters

CREATED, WON = (
    "created",
    "closed",
)  # bases: deals by the day they were made, won ones by the day they were closed
WHOLE = "whole"  # the dimension in which all touches are alike
# The value of a touch `o`, whose source is `s`
VALUES = {
    "source": "coalesce(o.source_id::text, '')",
    "source_group": "coalesce(s.group_id::text, '')",
    "campaign": "o.campaign::text",
    "channel_kind": "o.channel_kind::text",
    WHOLE: "''::text",
}
EVERYTHING: Select = ("true", [])
SUMS = {model: f"{model.value}_sum" for model in Model}
COUNTS = ("count", "firsts", "lasts", "touches")

# Arithmetic of whole kopecks. `i` is the place of a touch among the `n` of its deal. A remainder is never negative, so that
# amounts below nothing are divided as others are.
_MOD = "((({0}) %% ({1})) + ({1})) %% ({1})"
_EVEN = f"""
    SELECT (o.kopecks - r.left_over) / o.n + (o.i <= r.left_over)::int
    FROM (SELECT {_MOD.format("o.kopecks", "o.n")} AS left_over) r
"""  # noqa: S608  (names are our own)
# 40 % the first and the last, 20 % those between. Of equal remainders the earlier touch gets the kopeck: both ends have one
# remainder and all between have another, so a touch's turn follows from which of the two is larger.
_POSITION = f"""
    SELECT CASE WHEN o.i IN (1, o.n) THEN f.of_end ELSE f.of_between END
        + (CASE
            WHEN f.end_rest * (o.n - 2) = f.between_rest THEN o.i
            WHEN f.end_rest * (o.n - 2) > f.between_rest THEN CASE o.i WHEN 1 THEN 1 WHEN o.n THEN 2 ELSE o.i + 1 END
            ELSE CASE o.i WHEN 1 THEN o.n - 1 WHEN o.n THEN o.n ELSE o.i - 1 END
        END <= o.kopecks - 2 * f.of_end - (o.n - 2) * f.of_between)::int
    FROM (
        SELECT end_rest, between_rest, (2 * o.kopecks - end_rest) / 5 AS of_end,
            (o.kopecks - between_rest) / (5 * (o.n - 2)) AS of_between
        FROM (
            SELECT {_MOD.format("2 * o.kopecks", "5")} AS end_rest,
                {_MOD.format("o.kopecks", "5 * (o.n - 2)")} AS between_rest
        ) r
    ) f
"""  # noqa: S608  (names are our own)
_PARTS = {
    Model.FIRST: "CASE WHEN o.i = 1 THEN o.kopecks ELSE 0 END",
    Model.LAST: "CASE WHEN o.i = o.n THEN o.kopecks ELSE 0 END",
    Model.LINEAR: f"({_EVEN})",
    Model.POSITION: f"CASE WHEN o.n > 2 THEN ({_POSITION}) ELSE ({_EVEN}) END",
}
_TOUCH = """
    SELECT d.deal_id, l.id, l.received_at, l.is_advertising, l.source_id, l.campaign, l.channel_kind
    FROM chosen d JOIN leads_lead l ON l.tenant_id = %s AND {0}
    WHERE l.deleted_at IS NULL AND (d.closed_at IS NULL OR l.received_at <= d.closed_at)
"""
# A deal is counted with the first of its touches that have a value: `is_new`. So nothing has to be sorted to count deals.
_NEW = """
    NOT coalesce({value} = ANY(array_agg({value}) FILTER (WHERE {kept}) OVER (
        alike ORDER BY o.i ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )), false)
"""
_SHARES = f"""
    WITH chosen (place, deal_id, contact_id, closed_at, amount, currency, source_id, campaign, channel_kind) AS ({{deals}}),
    audience (non_advertising) AS (SELECT unnest(%s::boolean[])),
    touch AS (
        {_TOUCH.format("l.contact_id = d.contact_id")}
        UNION ALL
        {_TOUCH.format("l.deal_id = d.deal_id")} AND l.contact_id IS DISTINCT FROM d.contact_id
    ),
    numbered AS (
        SELECT a.non_advertising, t.*, row_number() OVER (alike ORDER BY t.received_at, t.id) AS i, count(*) OVER alike AS n
        FROM touch t JOIN audience a ON t.is_advertising OR a.non_advertising
        WINDOW alike AS (PARTITION BY a.non_advertising, t.deal_id)
    ),
    owed AS (
        SELECT d.place, d.deal_id, d.currency, (d.amount * 100)::bigint AS kopecks, a.non_advertising,
            coalesce(t.i, 1) AS i, coalesce(t.n, 1) AS n,
            CASE WHEN t.i IS NULL THEN d.source_id ELSE t.source_id END AS source_id,
            coalesce(t.campaign, d.campaign) AS campaign, coalesce(t.channel_kind, d.channel_kind) AS channel_kind
        FROM chosen d CROSS JOIN audience a
        LEFT JOIN numbered t ON t.deal_id = d.deal_id AND t.non_advertising = a.non_advertising
    ),
    shared AS MATERIALIZED (
        SELECT o.place, o.non_advertising, o.currency, o.n, o.i, {{kept}} AS is_kept, {{columns}},
            {", ".join(f"{part} AS {name}_kopecks" for name, part in _PARTS.items())}
        FROM owed o LEFT JOIN contacts_source s ON s.tenant_id = %s AND s.id = o.source_id
        WINDOW alike AS (PARTITION BY o.non_advertising, o.deal_id)
    )
    SELECT o.place, v.dimension, v.value, o.non_advertising, o.currency, o.n,
        count(*) FILTER (WHERE v.is_new), count(*) FILTER (WHERE o.i = 1), count(*) FILTER (WHERE o.i = o.n), count(*),
        {", ".join(f"round(sum(o.{name}_kopecks) / 100, 2)" for name in _PARTS)}
    FROM shared o CROSS JOIN LATERAL (VALUES {{values}}) v (dimension, value, is_new)
    WHERE o.is_kept
    GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608  (names are our own)


def shares(
    deals: QuerySet[Deal],
    *,
    dimensions: Sequence[str],
    audiences: Sequence[bool],
    kept: Select = EVERYTHING,
) -> Select:
    """Select the shares of deals by their `place`, an annotation, and by the values their touches have.

    `deals` are those of `worth`. An audience says whether inquiries that don't count in advertising are touches. `kept` is
    a condition on a touch `o` and its source `s`: others have their share, which is not told. Columns as those of a cell.
    """
    names = (
        "place",
        "pk",
        "contact_id",
        "closed_at",
        "worth",
        "currency",
        "source_id",
        "campaign",
        "channel_kind",
    )
    chosen, chosen_params = deals.order_by().values_list(*names).query.sql_with_params()
    condition, params = kept
    columns = ", ".join(
        f"{VALUES[name]} AS {name}_value, {_NEW.format(value=VALUES[name], kept=condition)} AS is_new_{name}"
        for name in dimensions
    )
    values = ", ".join(f"('{name}', o.{name}_value, o.is_new_{name})" for name in dimensions)
    tenant = current_tenant_id()
    select = _SHARES.format(deals=chosen, kept=condition, columns=columns, values=values)
    often = params * (1 + len(dimensions))  # the condition stands once by itself, and with each dimension
    return select, [*chosen_params, list(audiences), tenant, tenant, *often, tenant]


def worth(deals: Any, basis: str) -> Any:
    """Narrow deals to those of a basis, and annotate what they brought: only won ones bring anything."""
    nothing = Value(0, output_field=DecimalField())
    if basis == WON:
        return deals.filter(state=Stage.Kind.WON).annotate(worth=Coalesce("amount", nothing))
    return deals.annotate(worth=nothing)
