"""What a person sees of maintenance windows and does with them: look, review, cancel, add.

A person's word outweighs every notice that was written before it. Windows that stand in each
other's way are shown, never moved.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from gateway.errors import InvalidState, NotFound
from gateway.incidents import mirrors, tickets, windows
from gateway.incidents.explaining import Dependencies
from gateway.incidents.notices import OFF
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import (
    MessageRow,
    TicketRow,
    WindowEventRow,
    WindowMirrorRow,
    WindowRow,
    as_number,
)

OPEN_END = timedelta(days=2)  # for comparing: how long a window without an end may last
KEPT = timedelta(days=90)  # how long what is over stands in a feed
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another window that a window meets, how, and about which services."""

    other: WindowRow
    how: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a person says of a window; None where they leave it as it is."""

    start: datetime | None = None
    end: datetime | None = None
    services: tuple[str, ...] | None = None
    status: str | None = None
    text: str | None = None
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class WindowDetails:
    """A window with everything on it."""

    window: WindowRow
    history: list[WindowEventRow]
    conflicts: list[Conflict]
    mirrors: list[WindowMirrorRow]


class WindowBook:
    """Look-ups, and the changes a person makes by hand.

    `services` are those of the catalogue, `trackers` those that keep windows, and `marks` all that
    are to hear of a ticket. `changed` is called after a change.
    """

    def __init__(
        self,
        database: Database,
        services: Collection[str],
        depends_on: Mapping[str, Sequence[str]],
        *,
        trackers: Sequence[str] = (),
        marks: Sequence[str] = (),
    ) -> None:
        self._database = database
        self._services = services
        self._needs = Dependencies(depends_on)
        self._trackers = trackers
        self._marks = marks
        self.changed: Callable[[], None] = lambda: None

    # --- looking ---

    def listing(
        self, *, review: bool = False, every: bool = False, limit: int = 1000
    ) -> list[tuple[WindowRow, list[Conflict]]]:
        """Windows that are not over, the earliest first; only those to be reviewed, or all."""
        query = select(WindowRow)
        if review:
            query = query.where(col(WindowRow.reviewed).is_(False))
        if not every:
            query = query.where(_is_ahead())
        with self._database.read() as session:
            found = session.exec(query.order_by(col(WindowRow.starts_at)).limit(limit)).all()
            return [(row, self._conflicts(session, row)) for row in found]

    def between(
        self, start: datetime, end: datetime, limit: int = 500
    ) -> list[tuple[WindowRow, list[Conflict]]]:
        """Windows of which a part lies there, the earliest first."""
        ends = col(WindowRow.ends_at)
        is_open = ends.is_(None) & (WindowRow.starts_at > start - OPEN_END)
        query = select(WindowRow).where(WindowRow.starts_at < end, (ends > start) | is_open)
        with self._database.read() as session:
            found = session.exec(query.order_by(col(WindowRow.starts_at)).limit(limit)).all()
            return [(row, self._conflicts(session, row)) for row in found]

    def details(self, name: str) -> WindowDetails:
        """Everything on one window; NotFound."""
        with self._database.read() as session:
            row = get(session, name)

            def of(table: Any, order: Any) -> list[Any]:
                query = select(table).where(table.window_id == row.id)
                return list(session.exec(query.order_by(order)))

            return WindowDetails(
                row,
                of(WindowEventRow, col(WindowEventRow.id)),
                self._conflicts(session, row),
                of(WindowMirrorRow, col(WindowMirrorRow.tracker)),
            )

    def published(self, service: str | None = None) -> list[WindowRow]:
        """The windows that were reviewed or trusted, of one service or all; for a feed."""
        query = select(WindowRow).where(
            col(WindowRow.published).is_not(None), WindowRow.starts_at >= utcnow() - KEPT
        )
        with self._database.read() as session:
            rows = session.exec(query.order_by(col(WindowRow.id).desc()).limit(MOST)).all()
        told = [row for row in reversed(rows) if row.published is not None]
        if service is None:
            return told
        return [row for row in told if service in (row.published or {}).get("services", ())]

    def of_ticket(self, ticket: int) -> list[WindowRow]:
        """The published windows of a ticket."""
        query = select(WindowRow).where(
            WindowRow.ticket_id == ticket, col(WindowRow.published).is_not(None)
        )
        with self._database.read() as session:
            return list(session.exec(query.order_by(col(WindowRow.starts_at))))

    def earlier(self, ticket: int) -> list[dict[str, str | None]]:
        """`start` and `end` of the published windows of a ticket before each was moved last."""
        rows = self.of_ticket(ticket)
        ids = [row.id for row in rows]
        query = select(WindowEventRow).where(col(WindowEventRow.window_id).in_(ids))
        with self._database.read() as session:
            lines = list(session.exec(query.order_by(col(WindowEventRow.id).desc())))
        found = (_before(row, [one for one in lines if one.window_id == row.id]) for row in rows)
        return [one for one in found if one is not None]

    def of_message(self, message: MessageRow) -> list[WindowRow]:
        """The windows that the message made, and those of its ticket; not what is off."""
        ours = col(WindowRow.message_id) == message.id
        if message.ticket_id is not None:
            ours = or_(ours, col(WindowRow.ticket_id) == message.ticket_id)
        query = select(WindowRow).where(ours, col(WindowRow.status).not_in(OFF))
        with self._database.read() as session:
            return list(session.exec(query.order_by(col(WindowRow.starts_at)).limit(MOST)))

    def to_review(self) -> int:
        """How many windows wait for a person: of what is over nobody needs to say anything."""
        with self._database.read() as session:
            query = select(func.count()).where(col(WindowRow.reviewed).is_(False), _is_ahead())
            return session.exec(query).one()

    def _conflicts(self, session: Session, row: WindowRow) -> list[Conflict]:
        """The live windows that it meets, of a service that either needs."""
        if row.status in OFF or row.id is None:
            return []
        end = row.ends_at or row.starts_at + OPEN_END
        ends = col(WindowRow.ends_at)
        is_open = ends.is_(None) & (WindowRow.starts_at > row.starts_at - OPEN_END)
        query = select(WindowRow).where(
            WindowRow.id != row.id,
            WindowRow.starts_at < end,
            (ends > row.starts_at) | is_open,
            col(WindowRow.status).not_in(OFF),
        )
        found = []
        for other in session.exec(query.order_by(col(WindowRow.starts_at)).limit(100)):
            if shared := self._shared(row, other):
                found.append(Conflict(other, _how(row, other), shared))
        return found

    def _shared(self, one: WindowRow, other: WindowRow) -> tuple[str, ...]:
        """The services that stand in the way of each other: the same, or one needs the other."""
        return tuple(
            sorted(
                {
                    theirs
                    for mine in one.services
                    for theirs in other.services
                    if theirs in self._needs.needs(mine) or mine in self._needs.needs(theirs)
                }
            )
        )

    # --- changing ---

    def review(self, name: str, said: Changes, who: str) -> WindowRow:
        """A person has looked, and may have put it right: it is published as it is now."""
        with self._database.transaction() as session:
            windows.lock(session)
            row = get(session, name, to_change=True)
            before = windows.snapshot(row)
            self._write(session, row, said)
            differs = windows.what_changed(before, windows.snapshot(row))
            if not row.services:
                raise InvalidState(f"{row.ref} names no service: give --services")
            if row.reviewed and not differs and said.ticket is None:
                raise InvalidState(f"{row.ref} is reviewed already: nothing was changed")
            row.sequence += bool(differs)
            what = "window corrected and reviewed" if differs else "window reviewed"
            self._decided(session, row, (who, what, ""), differs)
            return row

    def cancel(self, name: str, who: str, why: str = "") -> WindowRow:
        """It will not take place; those who were told of it are told so."""
        with self._database.transaction() as session:
            windows.lock(session)
            row = get(session, name, to_change=True)
            if row.status in OFF:
                raise InvalidState(f"{row.ref} is {row.status} already")
            before, row.status, row.sequence = row.status, "CANCELLED", row.sequence + 1
            facts = {"status": [before, row.status]}
            self._decided(session, row, (who, "window cancelled", why), facts)
            return row

    def add(self, said: Changes, who: str) -> WindowRow:
        """A window that no notice told of; it is published at once."""
        if said.start is None or not said.services:
            raise InvalidState("a window needs --start and --services")
        with self._database.transaction() as session:
            windows.lock(session)
            row = WindowRow(uid=str(uuid.uuid4()), starts_at=said.start, provider="operator")
            self._write(session, row, said)
            session.add(row)
            session.flush()
            self._decided(session, row, (who, "window added", ""), windows.snapshot(row))
            return row

    def _decided(
        self, session: Session, row: WindowRow, line: tuple[str, str, str], facts: Mapping[str, Any]
    ) -> None:
        """Write down what a person did (who, what, why), and let it leave the house."""
        who, what, why = line
        row.reviewed, row.reviewed_by, row.doubts = True, who, []
        row.told_at = row.updated_at = utcnow()

        def note(what: str, why: str = "", **more: Any) -> None:
            if row.ticket_id is not None:
                tickets.note(session, row.ticket_id, who, what, why, **more)
                mirrors.mark(session, [row.ticket_id], self._marks)

        windows.Record(session, note).tell(row, who, what, why, facts)
        session.flush()
        windows.publish(session, row, self._trackers)

    def _write(self, session: Session, row: WindowRow, said: Changes) -> None:
        for service in said.services or ():
            if service not in self._services:
                raise NotFound(f"no service {service}: see triage catalogue list")
        row.services = list(said.services) if said.services is not None else row.services
        row.starts_at = said.start or row.starts_at
        row.ends_at = said.end or row.ends_at
        row.status = said.status or row.status
        row.text = row.text if said.text is None else said.text
        if row.ends_at is not None and row.ends_at <= row.starts_at:
            raise InvalidState("the end is not after the start: give --start and --end")
        if said.ticket is not None:
            ticket: TicketRow = tickets.get(session, said.ticket)
            row.ticket_id = tickets.number(ticket)


def _is_ahead() -> Any:
    """Not over, or since a day at most."""
    soon = utcnow() - timedelta(days=1)
    ends = col(WindowRow.ends_at)
    return (ends >= soon) | (ends.is_(None) & (col(WindowRow.starts_at) >= soon - OPEN_END))


def get(session: Session, name: str, *, to_change: bool = False) -> WindowRow:
    """The window of that number or reference (3, MW-3); NotFound if there is none."""
    number = as_number(str(name).upper().removeprefix("MW-"))
    row = None
    if number is not None:
        row = session.get(
            WindowRow,
            number,
            populate_existing=to_change,
            with_for_update={"key_share": True} if to_change else None,
        )
    if row is None:
        raise NotFound(f"no maintenance window {name}: see `triage windows list`")
    return row


def _how(row: WindowRow, other: WindowRow) -> str:
    """How a window meets another."""
    starts, ends = row.starts_at, row.ends_at or row.starts_at + OPEN_END
    begins, stops = other.starts_at, other.ends_at or other.starts_at + OPEN_END
    moved = ", since it moved" if "RE-SCHEDULED" in (row.status, other.status) else ""
    if (starts, ends) == (begins, stops):
        return f"the same time{moved}"
    if starts >= begins and ends <= stops:
        return f"inside it{moved}"
    if begins >= starts and stops <= ends:
        return f"around it{moved}"
    return f"overlaps it{moved}"


def _before(row: WindowRow, lines: Iterable[WindowEventRow]) -> dict[str, str | None] | None:
    """The times that a window had before it was moved last, by its history, newest line first."""
    times = {"start": windows.stamp(row.starts_at), "end": windows.stamp(row.ends_at)}
    for line in lines:
        changed = {key: line.facts[key] for key in times if isinstance(line.facts.get(key), list)}
        times |= {key: before for key, (before, _after) in changed.items()}
        if "start" in changed:
            return times
    return None
