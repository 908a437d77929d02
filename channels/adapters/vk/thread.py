"""The dialog's id: a peer of messages, or one person's comments under something."""

from __future__ import annotations

import dataclasses
import re

CHATS_FROM = 2_000_000_000  # peers above are group chats
_COMMENT = re.compile(
    r"\A(?P<kind>[a-z]+)(?P<owner>-?\d+)_(?P<thing>\d+)(?:_(?P<root>\d+))?:(?P<person>-?\d+)\Z"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a comment stands: `wall-1_2_3:4` is person 4 under comment 3 of post 2 on wall -1."""

    kind: str  # wall, photo, video, market, topic
    owner_id: str
    thing_id: str
    root_id: str  # the comment that began the branch, or ""
    person_id: str

    @property
    def key(self) -> str:
        root = f"_{self.root_id}" if self.root_id else ""
        return f"{self.kind}{self.owner_id}_{self.thing_id}{root}:{self.person_id}"


def read_place(key: str) -> Place | None:
    """Read a comment's place back from a dialog's id; None when the dialog is of messages."""
    match = _COMMENT.match(key)
    if match is None:
        return None
    return Place(match["kind"], match["owner"], match["thing"], match["root"] or "", match["person"])


def profile_url(from_id: str) -> str:
    """Link a person's or a community's page."""
    if from_id.startswith("-"):
        return f"https://vk.com/club{from_id[1:]}"
    return f"https://vk.com/id{from_id}" if from_id.isdecimal() and int(from_id) < CHATS_FROM else ""
