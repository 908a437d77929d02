"""Comments under posts, photos, videos, goods and topics, and posts that people leave on the wall."""

from __future__ import annotations

import dataclasses

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.adapters.text import as_list
from channels.adapters.vk.content import Facts, describe
from channels.adapters.vk.envelope import Envelope, number, person_of
from channels.adapters.vk.thread import Place
from leads.inquiry import Ignored, Inquiry, Item, MessageEdit


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """What is commented on, and under which names VK tells of it; the first that is there counts."""

    name: str  # as in addresses and in thread keys
    label: str | Promise
    owner: tuple[str, ...]
    thing: tuple[str, ...]
    url: str


WALL = Kind(
    "wall",
    gettext_lazy("Comment on the wall"),
    ("post_owner_id", "owner_id"),
    ("post_id",),
    "https://vk.com/wall{owner}_{thing}?reply={comment}",
)
PHOTO = Kind(
    "photo",
    gettext_lazy("Comment under a photo"),
    ("photo_owner_id", "owner_id"),
    ("photo_id", "pid"),
    "https://vk.com/photo{owner}_{thing}",
)
VIDEO = Kind(
    "video",
    gettext_lazy("Comment under a video"),
    ("video_owner_id", "owner_id"),
    ("video_id",),
    "https://vk.com/video{owner}_{thing}",
)
MARKET = Kind(
    "market",
    gettext_lazy("Comment under a product"),
    ("market_owner_id", "owner_id"),
    ("item_id", "market_item_id"),
    "https://vk.com/product{owner}_{thing}",
)
TOPIC = Kind(
    "topic",
    gettext_lazy("Message in a discussion"),
    ("topic_owner_id", "owner_id"),
    ("topic_id",),
    "https://vk.com/topic{owner}_{thing}?post={comment}",
)


def read_new(envelope: Envelope, kind: Kind) -> list[Item]:
    """Somebody commented; what the community itself wrote answers whom it replies to."""
    facts = envelope.facts
    from_id, place = number(facts.get("from_id")), _place(envelope, kind)
    if not from_id:
        raise envelope.broken(_("sender"))
    is_own = envelope.is_ours(from_id)
    client_id = number(facts.get("reply_to_user")) if is_own else from_id
    if not client_id or envelope.is_ours(client_id):
        return [Ignored(envelope.key, _("The community's own comment."))]
    content = describe(facts)
    if not content.text and not content.files:
        return [Ignored(envelope.key, _("A message without content."))]
    url = _url(kind, place, facts)
    return [
        Inquiry(
            key=envelope.key,
            occurred_at=envelope.when(facts.get("date")),
            person=person_of(client_id),
            text=content.text,
            subject=str(kind.label),
            thread_key=dataclasses.replace(place, person_id=client_id).key,
            external_id=_comment_id(kind, facts, place),
            is_own=is_own,
            files=content.files,
            fields=((_("Where"), url),) if url else (),
            product=content.product or _commented_product(kind, place, url),
        )
    ]


def read_edit(envelope: Envelope, kind: Kind) -> list[Item]:
    """Somebody changed a comment."""
    facts, place = envelope.facts, _place(envelope, kind)
    # The time is the comment's own, not the edit's; only the order of arrival tells the latest.
    return [
        MessageEdit(
            key=envelope.key,
            occurred_at=envelope.received_at,
            thread_key="",
            external_id=_comment_id(kind, facts, place),
            text=describe(facts).text,
        )
    ]


def read_deletion(envelope: Envelope, kind: Kind) -> list[Item]:
    """Somebody deleted a comment."""
    return [
        MessageEdit(
            key=envelope.key,
            occurred_at=envelope.received_at,
            thread_key="",
            external_id=_comment_id(kind, envelope.facts, _place(envelope, kind)),
            is_deleted=True,
        )
    ]


def read_post(envelope: Envelope) -> list[Item]:
    """A person left or suggested a post; the community's own posts are no inquiries."""
    facts = envelope.facts
    from_id, owner = number(facts.get("from_id")), number(facts.get("owner_id")) or number(facts.get("to_id"))
    post_id = number(facts.get("id"))
    if not from_id or envelope.is_ours(from_id) or from_id == owner:
        return [Ignored(envelope.key, _("The community's own post."))]
    content = describe(facts)
    if not owner or not post_id or not (content.text or content.files):
        return [Ignored(envelope.key, _("A message without content."))]
    return [
        Inquiry(
            key=envelope.key,
            occurred_at=envelope.when(facts.get("date")),
            person=person_of(from_id),
            text=content.text,
            subject=_("Post on the wall"),
            thread_key=Place("wall", owner, post_id, "", from_id).key,
            external_id=f"wall{owner}_post{post_id}",
            files=content.files,
            fields=((_("Where"), f"https://vk.com/wall{owner}_{post_id}"),),
            product=content.product,
        )
    ]


def _place(envelope: Envelope, kind: Kind) -> Place:
    facts = envelope.facts
    owner, thing = _first(facts, kind.owner), _first(facts, kind.thing)
    if not owner and envelope.group_id:
        owner = f"-{envelope.group_id}"
    if not number(facts.get("id")) or not owner:
        raise envelope.broken(_("number of the comment"))
    branch = [number(one) for one in as_list(facts.get("parents_stack"))[:5]]
    root = next(filter(None, branch), "") or number(facts.get("reply_to_comment")) or number(facts.get("id"))
    return Place(kind.name, owner, thing or "0", root if kind is WALL else "", "")


def _first(facts: Facts, names: tuple[str, ...]) -> str:
    return next(filter(None, (number(facts.get(name)) for name in names)), "")


def _comment_id(kind: Kind, facts: Facts, place: Place) -> str:
    """Name a comment so that no message and no comment elsewhere has the same name."""
    branch = f"_{place.thing_id}" if kind is TOPIC else ""  # numbered within the topic
    return f"{kind.name}{place.owner_id}{branch}:{number(facts.get('id'))}"


def _url(kind: Kind, place: Place, facts: Facts) -> str:
    if place.thing_id == "0":
        return ""
    return kind.url.format(owner=place.owner_id, thing=place.thing_id, comment=number(facts.get("id")))


def _commented_product(kind: Kind, place: Place, url: str) -> dict[str, str]:
    """The card itself is not in the event (L20)."""
    if kind is not MARKET or not url:
        return {}
    return {"title": _("Product {number}").format(number=place.thing_id), "url": url}
