"""Which language a client writes in: told by the messenger, else seen from the letters."""

from __future__ import annotations

from contacts.folding import fold

LOOKED_AT = 2000  # letters; the first lines of a text are in its language


def language_of(told: str, text: str) -> str:
    """Return a two-letter code, or nothing where neither tells.

    Letters tell Cyrillic languages apart that have some of their own; any text in Latin letters counts
    as English, which is what matters to who can answer it.
    """
    if told:
        return told.replace("_", "-").split("-")[0].lower()[:2]
    letters = [letter for letter in fold(text[:LOOKED_AT]) if letter.isalpha()]
    cyrillic = sum("а" <= letter <= "ӿ" for letter in letters)
    latin = sum(letter.isascii() for letter in letters)
    if cyrillic == latin == 0:
        return ""
    # Names of products are often Latin in a text that is not.
    return _cyrillic(set(letters)) if cyrillic * 3 >= latin else "en"


def _cyrillic(letters: set[str]) -> str:
    if letters & set("әғқңөұүһ"):
        return "kk"
    if letters & set("їєґ"):
        return "uk"
    if "ў" in letters:
        return "be"
    return "uk" if "і" in letters and not letters & set("ыэъ") else "ru"
