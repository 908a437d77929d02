"""Which files a visitor may send: what people send shops, nothing that runs."""

from __future__ import annotations

from collections.abc import Iterable

from leads.inquiry import File

MAX_BYTES = 5 * 1024 * 1024
SUFFIXES = frozenset(
    (
        *("jpg", "jpeg", "png", "gif", "webp", "heic", "bmp", "pdf", "txt", "csv", "rtf"),
        *("doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "zip", "rar", "7z", "dwg", "dxf"),
        *("mp3", "m4a", "ogg", "wav", "mp4", "mov", "webm"),
    )
)


def are_small(files: Iterable[File]) -> bool:
    """Say whether none is too large."""
    return all(len(file.data or b"") <= MAX_BYTES for file in files)


def are_welcome(files: Iterable[File]) -> bool:
    """Say whether each is of a sort that is taken; the name tells, for the type is the sender's word too."""
    return all(file.name.rpartition(".")[2].lower() in SUFFIXES for file in files)
