"""Files post-mortems at the trackers that have `put_document`, each once, where a person asked.

They wait in the mirrors' queue under a mark of their own, are tried again or set aside as tickets
are. The text is the draft for the public, made anew when it is sent: where it cannot be made safe,
nothing is. What is there once is for people to work on, and is never written again.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from gateway.errors import NotFound
from gateway.incidents import mirrors, tickets
from gateway.incidents.mirrors import Due
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import MirrorRow
from gateway.trackers import DocumentView
from gateway.window_mirroring import Pieces

Draft = Callable[[str], tuple[str, str]]  # a ticket's name -> title and text, fit to be published


def mark_of(tracker: str) -> str:
    """Under what the post-mortems of a tracker wait; no tracker is called so."""
    return f"{tracker}/post-mortem"


def takes(tracker: Any) -> bool:
    """Whether post-mortems can be filed there."""
    return hasattr(tracker, "put_document")


class PostmortemMirror(Pieces):
    """Files the post-mortems that were asked for at one tracker."""

    queue, kind = mirrors.TICKETS, "postmortem"

    def __init__(self, database: Database, tracker: Any, owner: str, draft: Draft) -> None:
        mark = mark_of(tracker.name)
        super().__init__(database, tracker, owner, f"mirror:{mark}", mark)
        self._draft = draft

    async def _put(self, due: Due) -> str | None:
        document = await asyncio.to_thread(self._document, due)
        found: str | None = await self._tracker.put_document(document)
        return found

    def _called(self, due: Due) -> str:
        return f"TG-{due.ticket_id}"

    def _document(self, due: Due) -> DocumentView:
        name = self._called(due)
        title, body = self._draft(name)
        begun = due.begun_at
        if begun is None:
            begun = utcnow()
            with self._database.transaction() as session:
                self.queue.begin(session, self.mark, due.ticket_id, begun)
        return DocumentView(name, title, body, due.reference, begun)


class Filing:
    """Post-mortems are asked for here. `places` are the trackers that take them, by name."""

    def __init__(self, database: Database, places: dict[str, Any], draft: Draft) -> None:
        self._database = database
        self._places = places
        self._draft = draft

    async def preview(self, name: str, tracker: str) -> list[str]:
        """What would be sent there, in full; nothing is."""
        place = self._place(tracker)
        with self._database.read() as session:
            key = tickets.get(session, name).ref
        title, body = await asyncio.to_thread(self._draft, key)
        shown: list[str] = await place.rehearse_document(DocumentView(key, title, body))
        return shown

    def file(self, name: str, tracker: str, who: str) -> MirrorRow:
        """It is to be filed there, once; returns where it stands. NotFound; Permanent if unsafe."""
        self._place(tracker)
        with self._database.read() as session:
            key = tickets.get(session, name).ref
        self._draft(key)
        mark = mark_of(tracker)
        with self._database.transaction() as session:
            number = tickets.number(tickets.get(session, key, to_change=True))
            row = session.get(MirrorRow, (number, mark))
            if row is None:
                mirrors.mark(session, [number], [mark])
                tickets.note(session, number, who, "post-mortem to be filed", f"at {tracker}")
            elif row.state == "failed":
                mirrors.retry(session, {number}, [mark])
        with self._database.read() as session:
            return session.get_one(MirrorRow, (number, mark))

    def _place(self, tracker: str) -> Any:
        if tracker not in self._places:
            known = ", ".join(sorted(self._places)) or "none is configured"
            raise NotFound(f"{tracker} takes no post-mortem; those that do: {known}")
        return self._places[tracker]
