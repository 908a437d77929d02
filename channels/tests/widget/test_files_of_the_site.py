"""What a site has to load for us stays small, and asks nothing of the site."""

from __future__ import annotations

import gzip
import pathlib
import re

from django.conf import settings

from channels.widget.texts import callback_words, chat_words, shared_words

FOLDER = pathlib.Path(settings.BASE_DIR) / "static" / "site" / "chat"


def test_all_that_a_page_loads_is_under_20_kb():
    """The chat loads everything but the callback's own module, the callback far less."""
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in FOLDER.iterdir()}
    assert sum(sizes.values()) - sizes["callback.js"] < 20_000, sizes


def test_nothing_needs_a_permission_the_site_may_not_give():
    """No eval, no markup from strings, no style attributes, no cookies."""
    for path in FOLDER.glob("*.js"):
        code = path.read_text()
        assert not re.search(r"\beval\b|new Function|innerHTML|insertAdjacentHTML|document\.write", code), (
            path
        )
        assert not re.search(r'setAttribute\("style"|document\.cookie\s*=', code), path


def test_every_word_the_widget_uses_is_sent_to_it():
    known = {*shared_words(), *chat_words(), *callback_words()}
    used = set()
    for path in FOLDER.glob("*.js"):
        used |= set(re.findall(r"\b(?:this\.)?t\.(\w+)", path.read_text()))
    assert used <= known
