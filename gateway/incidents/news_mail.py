"""What passes between whoever files a mail and whoever acts on it as a request about news."""

from dataclasses import dataclass
from typing import Protocol

from sqlmodel import Session

from gateway.model import Letter, Message


@dataclass(frozen=True, slots=True)
class NewsMail:
    """A mail as far as it can be a request. `objection`: why its sender gets no answer."""

    message: Message
    recipients: tuple[str, ...]
    is_person: bool
    verified: bool
    objection: str | None


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of it. `reads_on`: the mail says more, and goes on as any other."""

    reason: str
    letters: tuple[Letter, ...] = ()
    reads_on: bool = False


class NewsDesk(Protocol):
    """Acts on requests about news, in the transaction that files the mail."""

    def act(self, session: Session, mail: NewsMail) -> Acted | None:
        """Do what the mail asks; None where it asks nothing of our news."""
