"""What a person typed into a search box, made ready for the definer functions of contacts/sql/search.sql."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Callable

from django.db import connection
from django.db.models import Q

from contacts.folding import bare_company_name, digits_of, fold
from core.among import IsAmong, among_found
from core.folding import like_escaped
from tenants.custom_fields.searching import found_by_fields, ids_by_fields

MAX_FOUND = 2000  # ids a search gives to a list; the rest is too much to look through anyway
MIN_DIGITS = 3
_ONLY_NUMBER = re.compile(r"^[\d\s()+.\-–]+$")


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """Patterns that must all match the search text, and ends of phones any of which may."""

    words: list[str]
    digits: list[str]
    typed: list[str]  # patterns of what was written itself: a number may be no phone


def parse(text: str, *, is_company: bool = False) -> Query:
    """Read a query: words are parts of names and addresses, digits the end or the middle of a phone."""
    folded = fold(text)[:100]
    if _ONLY_NUMBER.match(folded) and len(digits := digits_of(folded)) >= MIN_DIGITS:
        spellings = _spellings(digits)
        inside = (
            spellings[-1] if len(digits) > 6 else digits
        )  # so much of a phone is dialled from its beginning
        return Query(words=[f"%{inside}%"], digits=spellings, typed=[f"%{like_escaped(folded)}%"])
    if is_company:
        folded = bare_company_name(folded) or folded
    words = sorted(
        {word for word in folded.split() if word.strip("%_.-")}, key=lambda word: (-len(word), word)
    )
    patterns = [f"%{like_escaped(word)}%" for word in words[:6]]
    return Query(words=patterns, digits=[], typed=patterns)


def _spellings(digits: str) -> list[str]:
    """A phone dialled with 8 is stored with 7."""
    return [digits, f"7{digits[1:]}"] if digits.startswith("8") and len(digits) > MIN_DIGITS else [digits]


def is_found(
    function: str,
    query: Query,
    limit: int | None,
    *,
    entity: str = "",
    search: Callable[..., IsAmong] = among_found,
) -> Q:
    """Make the condition that a search function finds the row, or a searched custom field of the entity does.

    `function` is its name in the schema search. `search` is among_sql where the rows are asked for once only.
    """
    select = f"SELECT id FROM search.{function}(%s::text[], %s::text[], %s)"  # noqa: S608  (a constant of ours)
    own = Q(search(select, query.words, query.digits, limit))
    by_fields = found_by_fields(entity, query.typed, limit) if entity else None
    return own if by_fields is None else own | Q(by_fields)


def ranked_ids(function: str, query: Query, limit: int, *, entity: str) -> list[uuid.UUID]:
    """Return the ids a search function finds, the best first, and behind them those a searched custom field finds.

    Rows still pass their own walls.
    """
    if not query.words:
        return []
    found = _ranked(function, query, limit)
    return list(dict.fromkeys([*found, *ids_by_fields(entity, query.typed, limit)]))[:limit]


def _ranked(function: str, query: Query, limit: int) -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM search.{function}(%s::text[], %s::text[], %s)",  # noqa: S608  (a constant of ours)
            [query.words, query.digits, limit],
        )
        return [row[0] for row in cursor.fetchall()]
