"""A mailbox as a tracker: a letter for each ticket, and one for each change in its thread.

The letters go through the gateway's own outbox, as every letter does: each has a key, so that none
is written twice. An answer to one comes back to the ticket by its reply address.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.config import MailAddress
from gateway.errors import Permanent
from gateway.trackers import TicketView, TrackerSettings
from gateway.trackers._words import Page, line, stamp


class Settings(TrackerSettings):
    """`[trackers.mail]`: `to` is who gets the letters."""

    to: MailAddress
    template: Path | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """A letter about the ticket `ref`: number 0 begins its thread, each number is one letter."""

    to: str
    ref: str
    number: int
    subject: str
    text: str


def make(settings: Settings) -> "Mail":
    """The mailbox as a tracker."""
    return Mail(settings)


class Mail:
    """Tickets as threads of letters. `send` is set by whoever has the outbox."""

    name = "mail"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._page = Page("plain.txt", settings.template, "trackers.mail.template")
        self.send: Callable[[Copy], None] | None = None

    async def put(self, ticket: TicketView) -> str:
        """Write what has not been written yet; returns the ticket's key."""
        send = self.send
        if send is None:
            raise Permanent("trackers.mail: there is no outbox")
        for copy in self._copies(ticket):
            await asyncio.to_thread(send, copy)
        return ticket.key

    async def rehearse(self, ticket: TicketView) -> list[str]:
        """The letters that `put` would write, those that are written already among them."""
        return [f"To: {one.to}\nSubject: {one.subject}\n\n{one.text}"
                for one in self._copies(ticket)]  # fmt: skip

    async def check(self) -> str:
        """The way there is the relay's."""
        return f"letters go to {self.settings.to} through [relay]"

    async def close(self) -> None:
        """Nothing is held."""

    def _copies(self, ticket: TicketView) -> list[Copy]:
        subject = self._page.title(ticket)
        first = Copy(self.settings.to, ticket.key, 0, subject, self._page.body(ticket))
        since = ticket.asked_at or ticket.created_at
        new = [one for one in ticket.history if one.is_change and one.at > since]
        later = [
            Copy(self.settings.to, ticket.key, one.id, f"Re: {subject}",
                 f"{ticket.key}: {line(one.what)} ({stamp(one.at)}).\n\n"
                 f"It is {ticket.state} now, severity {ticket.severity}.")
            for one in new
        ]  # fmt: skip
        return [first, *later]
