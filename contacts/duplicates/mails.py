"""E-mail addresses, compared: the same person at another service, or a slip of the pen."""

from __future__ import annotations

import functools
import re

from contacts.duplicates.sounds import distance

PUBLIC = frozenset(
    """
    mail.ru bk.ru list.ru inbox.ru internet.ru yandex.ru ya.ru yandex.com yandex.by yandex.kz rambler.ru lenta.ru
    autorambler.ru gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com
    me.com mac.com proton.me protonmail.com gmx.com gmx.de web.de aol.com zoho.com vk.com ukr.net tut.by mail.kz
    """.split()  # noqa: SIM905
)
# Boxes of offices, not of people
_GENERIC = frozenset(
    """
    info mail office sales sale order orders zakaz zakazy shop support help admin hello contact contacts buh
    buhgalter manager director marketing hr job reklama opt post pochta noreply no-reply service team
    """.split()  # noqa: SIM905
)
_SEPARATORS = re.compile(r"[._-]+")
_MIN_NAME = 5


@functools.lru_cache(maxsize=20_000)
def is_public(domain: str) -> bool:
    """Say whether anybody can have an address there; gmail.con and gmial.com are meant so too."""
    if domain in PUBLIC:
        return True
    return len(domain) > 6 and any(distance(domain, known, 1) == 1 for known in PUBLIC if len(known) > 6)


def public_name(mail: str) -> str:
    """Return what stands before the @ without dots and +tags, of a person's address at a public service."""
    local, _at, domain = mail.rpartition("@")
    local = local.partition("+")[0]
    if local in _GENERIC or not is_public(domain):
        return ""
    name = _SEPARATORS.sub("", local)
    return name if len(name) >= _MIN_NAME else ""


def corporate_domain(mail: str) -> str:
    """Return the domain of an address that is at no public service."""
    domain = mail.rpartition("@")[2]
    return "" if is_public(domain) else domain


def is_slip(one: str, other: str) -> bool:
    """Say whether two addresses are one with a slip of the pen: maria@mail.ru and marai@mail.ru."""
    return one[:1] == other[:1] and min(len(one), len(other)) > 9 and distance(one, other, 1) == 1
