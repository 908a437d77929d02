"""Messages that say nothing but links."""

from __future__ import annotations

import pytest

from channels.adapters.links import says_only_links


@pytest.mark.parametrize(
    ("text", "is_spam"),
    [
        ("https://casino.example/win", True),
        ("  www.pills.example\n\nhttp://casino.example !!! 100%", True),
        ("https://market.example/item/5 такое есть?", False),
        ("https://shop.example/item/5", False),
        ("https://www.shop.example/item/5 https://casino.example", True),
        ("Сколько стоит?", False),
        ("http://[broken", True),
        ("", False),
    ],
)
def test_links_of_other_sites_alone_are_spam(text: str, is_spam: bool) -> None:
    assert says_only_links(text, "https://shop.example/prices") is is_spam
