"""Translations: compiled without gettext's tools, and found incomplete when they are."""

from __future__ import annotations

import gettext
import os
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core import catalogues
from core.embedded.paths import ROOT
from core.management.commands.check_translations import hidden_texts, untranslated

HEAD = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
"n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"
"""
LEADS = """
msgid "%(n)s lead"
msgid_plural "%(n)s leads"
msgstr[0] "%(n)s лид"
msgstr[1] "%(n)s лида"
msgstr[2] "%(n)s лидов"
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "ru" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    return path


def test_compile_stale_gives_what_gettext_reads(source, tmp_path):
    source.write_text(HEAD + "\n" + LEADS + '\nmsgctxt "verb"\nmsgid "Open"\nmsgstr "Открыть"\n')
    catalogues.compile_stale(tmp_path)
    with source.with_suffix(".mo").open("rb") as file:
        translations = gettext.GNUTranslations(file)
    assert [translations.ngettext("%(n)s lead", "%(n)s leads", n) for n in (1, 3, 11)] == [
        "%(n)s лид",
        "%(n)s лида",
        "%(n)s лидов",
    ]
    assert translations.pgettext("verb", "Open") == "Открыть"


def test_compile_stale_compiles_only_what_changed(source, tmp_path):
    source.write_text(HEAD)
    assert catalogues.compile_stale(tmp_path) == [source.with_suffix(".mo")]
    assert catalogues.compile_stale(tmp_path) == []
    later = source.with_suffix(".mo").stat().st_mtime + 1
    os.utime(source, (later, later))
    assert catalogues.compile_stale(tmp_path) == [source.with_suffix(".mo")]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Lead"\nmsgstr ""\n', "missing"),
        ('#, fuzzy\nmsgid "Lead"\nmsgstr "Лид"\n', "fuzzy"),
        ('#, python-format\nmsgid "%(n)s lead"\nmsgstr "%(m)s лид"\n', "%(m)"),
        (LEADS.replace('"%(n)s лидов"', '""'), "missing"),
    ],
)
def test_untranslated_names_what_is_wrong(source: Path, entry, fault):
    source.write_text(HEAD + "\n" + entry)
    with source.open("rb") as file:
        (problem,) = untranslated(read_po(file, locale="ru"))
    assert fault in problem or "placeholder" in problem


def test_untranslated_is_content_with_a_finished_catalogue(source):
    source.write_text(HEAD + "\n" + LEADS)
    with source.open("rb") as file:
        assert list(untranslated(read_po(file, locale="ru"))) == []


def test_texts_are_marked_by_names_that_are_gathered():
    """xgettext knows gettext and its kin by name, and Django adds `_`: a text marked otherwise is never translated."""
    alias = re.compile(r"import \w*gettext\w* as (?!_\b)\w+")
    sources = (path for path in ROOT.rglob("*.py") if not {".venv", "var"} & set(path.parts))
    assert [path for path in sources if alias.search(path.read_text())] == []


def test_a_text_inside_an_f_string_is_found(tmp_path):
    (tmp_path / "rows.py").write_text('words = f"<b>{escape(_(\'mine\'))}</b>{_(name)}"\nplain = _("mine")\n')
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_rows.py").write_text("words = f\"{_('mine')}\"\n")
    assert list(hidden_texts(tmp_path)) == ["rows.py:1: inside an f-string: _('mine')"]


def test_no_text_of_the_product_is_hidden_in_an_f_string():
    assert list(hidden_texts(ROOT)) == []
