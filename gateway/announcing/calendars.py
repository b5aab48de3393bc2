"""Published maintenance windows as others see them: calendars for letters and feeds.

Only what was reviewed or trusted: the window as it was published, whatever is known since.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.errors import NotFound
from gateway.incidents.window_book import WindowBook
from gateway.letters import calendar
from gateway.letters.calendar import Entry, Publisher
from gateway.letters.mime import CalendarPart
from gateway.store.tables import WindowRow


class Calendars:
    """The calendars of one store."""

    def __init__(self, book: WindowBook, names: Mapping[str, str], publisher: Publisher) -> None:
        self._book = book
        self._names = names
        self._publisher = publisher

    def feed(self, service: str | None = None) -> bytes:
        """The calendar to subscribe to: of one service, or of all. NotFound for no such service."""
        if service is not None and service not in self._names:
            raise NotFound(f"no service {service}: see triage catalogue list")
        about = "all services" if service is None else self._names[service]
        rows = self._book.published(service)
        return calendar.feed(self.entries(rows), self._publisher, f"Maintenance: {about}")

    def of_ticket(self, ticket: int) -> CalendarPart | None:
        """What a letter about that ticket carries; None where nothing of it is published."""
        rows = self._book.of_ticket(ticket)
        return calendar.part(self.entries(rows), self._publisher) if rows else None

    def entries(self, rows: Sequence[WindowRow]) -> list[Entry]:
        """Windows as they were published."""
        return [self._entry(row, row.published) for row in rows if row.published is not None]

    def _entry(self, row: WindowRow, told: Mapping[str, Any]) -> Entry:
        end = told["end"]
        return Entry(
            uid=row.uid,
            key=row.ref,
            sequence=told["sequence"],
            start=datetime.fromisoformat(told["start"]),
            end=datetime.fromisoformat(end) if end else None,
            status=told["status"],
            services=[self._names.get(one, one) for one in told["services"]],
            text=told["text"],
            updated=datetime.fromisoformat(told["updated"]),
            impact=told["impact"],
        )
