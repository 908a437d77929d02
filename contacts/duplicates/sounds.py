"""Names as they sound: one spelling for what Russian and its transliterations write in many ways.

Юлия, Yulia, Julia and Iuliia are one; so are Щербаков and Scherbakov, Фёдор, Fedor and Fyodor. The result is for
comparing only and never shown.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from contacts.folding import fold

_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "Z", "з": "z", "и": "i", "й": "i",
        "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u",
        "ф": "f", "х": "h", "ц": "T", "ч": "C", "ш": "S", "щ": "S", "ъ": "", "ы": "i", "ь": "", "э": "e",
        "ю": "iu", "я": "ia", "і": "i", "ї": "i", "є": "e", "ґ": "g", "ў": "u", "қ": "k", "ғ": "g", "ң": "n",
        "ө": "o", "ұ": "u", "ү": "u", "һ": "h", "ә": "a",
    }
)  # fmt: skip
# Latin letters that stand for one sound, the longer ones first. Capitals are the sounds of Ж, Ш, Ц and Ч.
_LATIN = (
    ("shch", "S"), ("sch", "S"), ("sh", "S"), ("tch", "C"), ("ch", "C"), ("zh", "Z"), ("kh", "h"), ("ts", "T"),
    ("tz", "T"), ("ph", "f"), ("th", "t"), ("gh", "g"), ("ck", "k"), ("x", "ks"), ("q", "k"), ("w", "v"),
    ("c", "k"), ("j", "i"), ("y", "i"),
)  # fmt: skip
_SOFT = re.compile(r"i+e|io")  # Sergeyev as Сергеев, Fyodor as Фёдор
_TWICE = re.compile(r"(.)\1+")
_NO_LETTER = re.compile(r"[^a-zA-Z0-9]+")
_WORD = re.compile(r"[^\W_]+(?:['’ʼ`-][^\W_]+)*")


@functools.lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """Write one word as it sounds; empty for what has no letters and no digits."""
    text = fold(word).translate(_CYRILLIC)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    for letters, one in _LATIN:
        text = text.replace(letters, one)
    text = _SOFT.sub("e", _NO_LETTER.sub("", text))
    return _TWICE.sub(r"\1", text)


def words(text: str) -> list[str]:
    """Split a name into words; a double name with a hyphen is one word."""
    return _WORD.findall(text)


def distance(one: str, other: str, limit: int = 2) -> int:
    """Count the letters one must add, drop, replace or swap to get the other; limit + 1 for any more than that."""
    if one == other:
        return 0
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, start=1):
        before, last, row = row, before, [place]
        for at, theirs in enumerate(other, start=1):
            cost = min(row[at - 1] + 1, before[at] + 1, before[at - 1] + (letter != theirs))
            if place > 1 and at > 1 and letter == other[at - 2] and one[place - 2] == theirs:
                cost = min(cost, last[at - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def is_mistyped(one: str, other: str) -> bool:
    """Say whether two sounds are one with a slip of the pen: one letter in a short word, two in a long one.

    An -a at the end makes another person: Иванов and Иванова, Александр and Александра.
    """
    shorter = min(len(one), len(other))
    if shorter < 4 or f"{one}a" == other or f"{other}a" == one:
        return False
    return 0 < distance(one, other, 2) <= (1 if shorter < 8 else 2)
