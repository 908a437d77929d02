"""Who somebody is, asked of providers whose deliveries carry only a number.

A name is nice to have, so nobody waits for one long: what was told is remembered for hours, and a provider that
does not answer is left alone for a while. What is remembered belongs to one account: its secrets are in the key.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from channels.adapters.base import SendError
from channels.adapters.text import as_dict, clean_line, digest
from leads.inquiry import Inquiry, Item

KEPT_S = 6 * 3600
AWAY_S = 120
MOST = 5000  # people remembered by one process
Facts = dict[str, Any]

_lock = threading.Lock()
_known: OrderedDict[str, tuple[float, Facts]] = OrderedDict()
_away_until: dict[str, float] = {}


def ask(*, host: str, account: str, who: str, fetch: Callable[[], Facts]) -> Facts:
    """Return what the provider tells of somebody; {} where it can't be had now.

    `host` is who is left alone after a failure, `account` the secret by which `fetch` asks.
    """
    key, now = digest(host, account, who), time.monotonic()
    with _lock:
        until, facts = _known.get(key, (0.0, {}))
        if until > now or _away_until.get(host, 0.0) > now:
            return facts
    try:
        facts = fetch()
    except SendError as error:
        if not error.is_permanent:
            _away_until[host] = now + max(AWAY_S, error.retry_after_s or 0)
            return {}
        facts = {}  # remembered too: one who can't be asked about is not asked about with every message
    with _lock:
        _known[key] = (now + KEPT_S, facts)
        _known.move_to_end(key)
        while len(_known) > MOST:
            _known.popitem(last=False)
    return facts


def forget() -> None:
    """Forget everybody."""
    with _lock:
        _known.clear()
        _away_until.clear()


def strangers(items: Iterable[Item]) -> list[Inquiry]:
    """List the inquiries whose author has a number and no name."""
    return [
        item
        for item in items
        if isinstance(item, Inquiry)
        and item.person.messenger_id
        and not item.person.name
        and not (item.is_own or item.is_automatic)
    ]


def introduce(items: Iterable[Item], people: Mapping[str, Any]) -> list[Item]:
    """Name the authors whom the provider told of; `people` are facts by number, as they were kept."""
    found = list(items)
    unnamed = {id(item) for item in strangers(found)}
    return [_introduced(item, people) if id(item) in unnamed else item for item in found]


def _introduced(item: Item, people: Mapping[str, Any]) -> Item:
    assert isinstance(item, Inquiry)
    told, person = as_dict(people.get(item.person.messenger_id)), item.person
    known = dataclasses.replace(
        person,
        name=clean_line(told.get("name"), 200),
        username=person.username or clean_line(told.get("username"), 64),
        profile_url=person.profile_url or clean_line(told.get("profile_url"), 500),
    )
    return dataclasses.replace(item, person=known)
