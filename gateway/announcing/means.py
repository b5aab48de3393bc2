"""What notices are made and sent with: the parts that every step of theirs shares."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlmodel import Session

from gateway.announcing import audience
from gateway.announcing.audience import Audience
from gateway.announcing.circle import Circle
from gateway.announcing.handing import Handing
from gateway.config import NoticeSettings
from gateway.store.tables import TicketRow


class Post(Protocol):
    """Posts news to channels: see gateway.posting."""

    def __call__(
        self, session: Session, ticket: TicketRow, kind: Any, text: str, *, key: str
    ) -> int:
        """In the caller's transaction; how many posts were new by their key."""


@dataclass(frozen=True, slots=True)
class Means:
    """`own` are our own addresses; `zone` is of quiet hours; `post` tells channels, if any."""

    handing: Handing
    settings: NoticeSettings
    trackers: Sequence[str]
    zone: str
    circle: Circle
    own: Collection[str]
    post: Post | None

    def audience(self, session: Session, ticket: TicketRow, kind: str) -> Audience:
        """Everyone concerned, as it is now."""
        return audience.of(session, ticket, kind, self.circle, self.own)
