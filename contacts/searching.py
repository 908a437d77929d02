"""What a person typed into a search box, made ready for the definer functions of contacts/sql/search.sql."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Callable

from django.db import connection

from contacts.folding import bare_company_name, digits_of, fold, like_escaped
from core.among import IsAmong, among_found

MAX_FOUND = 2000  # ids a search gives to a list; the rest is too much to look through anyway
MIN_DIGITS = 3
_ONLY_NUMBER = re.compile(r"^[\d\s()+.\-–]+$")


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """Patterns that must all match the search text, and ends of phones any of which may."""

    words: list[str]
    digits: list[str]


def parse(text: str, *, is_company: bool = False) -> Query:
    """Read a query: words are parts of names and addresses, digits the end or the middle of a phone."""
    folded = fold(text)[:100]
    if _ONLY_NUMBER.match(folded) and len(digits := digits_of(folded)) >= MIN_DIGITS:
        spellings = _spellings(digits)
        inside = (
            spellings[-1] if len(digits) > 6 else digits
        )  # so much of a phone is dialled from its beginning
        return Query(words=[f"%{inside}%"], digits=spellings)
    if is_company:
        folded = bare_company_name(folded) or folded
    words = sorted(
        {word for word in folded.split() if word.strip("%_.-")}, key=lambda word: (-len(word), word)
    )
    return Query(words=[f"%{like_escaped(word)}%" for word in words[:6]], digits=[])


def _spellings(digits: str) -> list[str]:
    """A phone dialled with 8 is stored with 7."""
    return [digits, f"7{digits[1:]}"] if digits.startswith("8") and len(digits) > MIN_DIGITS else [digits]


def is_found(
    function: str, query: Query, limit: int | None, *, search: Callable[..., IsAmong] = among_found
) -> IsAmong:
    """Make the condition that a search function finds the row; `function` is its name in the schema search.

    `search` is among_sql where the rows are asked for once only.
    """
    select = f"SELECT id FROM search.{function}(%s::text[], %s::text[], %s)"  # noqa: S608  (a constant of ours)
    return search(select, query.words, query.digits, limit)


def ranked_ids(function: str, query: Query, limit: int) -> list[uuid.UUID]:
    """Run a search function and return the ids it finds, the best first; rows still pass their own walls."""
    if not query.words:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM search.{function}(%s::text[], %s::text[], %s)",  # noqa: S608  (a constant of ours)
            [query.words, query.digits, limit],
        )
        return [row[0] for row in cursor.fetchall()]
