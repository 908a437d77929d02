"""Compile translations without gettext's tools: a machine with only Python must speak Russian too."""

from __future__ import annotations

import os
from pathlib import Path


def compile_stale(folder: Path) -> list[Path]:
    """Write the .mo beside every .po that is newer; return what was written.

    Babel leaves fuzzy entries out, as msgfmt does.
    """
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            _compile(source, target)
            written.append(target)
    return written


def _compile(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parts[-3])
    scratch = target.with_suffix(f".mo.{os.getpid()}")
    with scratch.open("wb") as file:
        write_mo(file, catalogue)
    scratch.replace(target)
