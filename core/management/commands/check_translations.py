"""`check_translations`: fail on a text that is not translated into Russian."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from django.core.management.base import BaseCommand, CommandError

from core.embedded import paths

# Where no text for users is: copied, these would only cost time.
_LEFT_OUT = (
    ".*",
    "var",
    "bench",
    "docs",
    "scripts",
    "node_modules",
    "vendor",
    "tests",
    "migrations",
    "__pycache__",
)
_SHOWN = 30
_MARKS = (
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
)
_HEADER = "# Russian texts of the product. Gathered by: manage check_translations --update"
_DOMAINS = ("django", "djangojs")


class Command(BaseCommand):
    help = "Fail when a text in the code has no Russian translation, or only a fuzzy one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--language", default="ru")
        parser.add_argument(
            "--update", action="store_true", help="put new texts into locale/, take old ones out"
        )

    def handle(self, *args: Any, language: str, update: bool, **options: Any) -> None:
        if shutil.which("xgettext"):
            with tempfile.TemporaryDirectory() as folder:
                extracted = _extract(Path(folder), language)
                if update:
                    _keep(extracted, language)
                problems = list(_problems_of(extracted, language))
        else:
            self.stderr.write("xgettext is missing: texts that are in no catalogue yet can't be found.")
            problems = list(_problems_of(paths.ROOT / "locale", language))
        problems += hidden_texts(paths.ROOT)
        if problems:
            more = f"\n… and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
            raise CommandError(f"{len(problems)} texts:\n" + "\n".join(problems[:_SHOWN]) + more)
        self.stdout.write(f"every text is translated ({language})")


def _extract(folder: Path, language: str) -> Path:
    """Run makemessages on a copy, so that a check changes nothing; return the copy's catalogues."""
    copy = folder / "project"
    shutil.copytree(paths.ROOT, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True)
    for domain in _DOMAINS:
        command = [
            sys.executable,
            "-m",
            "django",
            "makemessages",
            "-l",
            language,
            "-d",
            domain,
            "--no-obsolete",
        ]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
        if done.returncode:
            raise CommandError(f"makemessages failed:\n{done.stderr}")
    return copy / "locale"


def _keep(extracted: Path, language: str) -> None:
    """Write the gathered texts into the project; a guessed translation is none, so it is left empty."""
    for domain in _DOMAINS:
        place = Path(language, "LC_MESSAGES", f"{domain}.po")
        if not (extracted / place).exists():
            continue
        with (extracted / place).open("rb") as file:
            catalogue = read_po(file, locale=language)
        catalogue.fuzzy, catalogue.header_comment = False, _HEADER
        catalogue.locale = language  # makemessages leaves Language empty, and without it go the plural forms
        for message in catalogue:
            if message.id and message.fuzzy:
                message.flags.discard("fuzzy")
                message.user_comments.clear()  # what it was guessed from
                message.string = ("",) * len(message.string or ()) if message.pluralizable else ""
        (paths.ROOT / "locale" / place).parent.mkdir(parents=True, exist_ok=True)
        with (paths.ROOT / "locale" / place).open("wb") as file:
            write_po(file, catalogue, width=110, include_lineno=False, ignore_obsolete=True, sort_output=True)


def _problems_of(locale: Path, language: str) -> Iterator[str]:
    for domain in _DOMAINS:
        path = locale / language / "LC_MESSAGES" / f"{domain}.po"
        if path.exists():
            with path.open("rb") as file:
                yield from untranslated(read_po(file, locale=language))


def hidden_texts(root: Path) -> Iterator[str]:
    """Describe each text inside an f-string: xgettext does not look there, so it would stay English for good."""
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        if any(fnmatch(part, pattern) for part in parts for pattern in _LEFT_OUT):
            continue
        for line, call in _marked_in_f_strings(ast.parse(path.read_text())):
            yield f"{'/'.join(parts)}:{line}: inside an f-string: {call}"


def _marked_in_f_strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for text in ast.walk(tree):
        if not isinstance(text, ast.JoinedStr):
            continue
        for call in ast.walk(text):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id in _MARKS
                and isinstance(call.args[0], ast.Constant)
            ):
                yield call.lineno, ast.unparse(call)


def untranslated(catalogue: Catalog) -> Iterator[str]:
    """Describe each text without a finished translation, with its place in the code."""
    for message in catalogue:
        if message.id and (fault := _fault(message, catalogue)):
            place = ":".join(map(str, message.locations[0])) if message.locations else "?"
            text = message.id if isinstance(message.id, str) else message.id[0]
            yield f"{place}: {fault}: {text!r}"


def _fault(message: Message, catalogue: Catalog) -> str:
    if message.fuzzy:
        return "fuzzy"
    if not all(_strings(message)):
        return "missing"
    return "; ".join(map(str, message.check(catalogue)))  # placeholders and plural forms


def _strings(message: Message) -> Iterable[str]:
    return [message.string] if isinstance(message.string, str) else message.string or [""]
