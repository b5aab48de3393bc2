"""Where news is posted beside letters: a chat, a status page. One file a channel.

This is the contract; no channel is shipped yet, and nothing posts to one. A module of this folder
defines `Settings` (a `gateway.config.Section`) and `make(settings) -> Channel`, like a tracker's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

__all__ = ["Channel", "News"]


@dataclass(frozen=True, slots=True)
class News:
    """A piece of news as it may leave the house: words whose identifiers are masked.

    `key` names it for ever: the same key is the same news. `ticket` is the reference (TG-17) under
    which earlier news stands; `text` is plain, without markup.
    """

    key: str
    kind: Literal["opened", "updated", "resolved"]
    ticket: str
    title: str
    text: str
    at: datetime
    previous: str | None = None


class Channel(Protocol):
    """A place where people read news.

    Duties: one post a key, however often it is given; news of one ticket stands together where
    the place allows; words of strangers stay words (no mentions, no markup, no links come to
    life); nothing of it is logged.
    """

    name: str

    async def post(self, news: News) -> str | None:
        """Post `news` and return its reference there; given again, the same reference.

        `news.previous` is the reference of the ticket's first post, None if this is the first.
        Raises Temporary, which is tried again with growing waits, or Permanent, which is set aside
        for a person.
        """

    async def check(self) -> str:
        """Try the channel without posting; says what is well, raises what to mend."""

    async def close(self) -> None:
        """Give back what is held. May be called twice, and `post` may follow."""
