"""Kinds of files a list has beside CSV and XLSX, with columns of their own: address books, say."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from core.listing.columns import EMPTY, Column, Row

Write = Callable[[Iterable[Any]], None]


@dataclasses.dataclass(frozen=True, slots=True)
class FileFormat:
    """One kind of file. `prepare` adds what its columns read to the rows of the list."""

    name: str
    label: str | Promise
    extension: str
    columns: Sequence[Column]
    open: Callable[[Path, Iterable[str]], AbstractContextManager[Write]]
    prepare: Callable[[QuerySet[Any]], QuerySet[Any]]


def file_column(name: str, label: str, *reads: str, plain: Callable[[Row], Any] | None = None) -> Column:
    """Make a column that only a file has; by default what it reads, as it is."""
    return Column(name, label, reads, lambda row: EMPTY, plain or (lambda row: row[reads[0]] or ""))
