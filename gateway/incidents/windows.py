"""Maintenance windows: made and changed by notices and people; each change is on record.

A window is one object for all that is ever told of it. What a notice says is at once what we
know, but leaves the house only once it is reviewed by a person or trusted by a rule: then it is
`published`, and stays so until what came later is reviewed in turn. Every change is a line of the
window's history and of its ticket's, and raises its SEQUENCE.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, text
from sqlmodel import Session, col, select

from gateway.incidents import mirrors, threads
from gateway.incidents.notices import OFF, Slot, Told
from gateway.incidents.window_matching import Change, changes
from gateway.model import utcnow
from gateway.store.tables import MessageRow, WindowEventRow, WindowRow

BACK, AHEAD = timedelta(days=60), timedelta(days=500)
MOST = 2_000  # windows that one notice is compared with
CANCELLED_BEFORE = "Another message on the ticket says that it is cancelled."
GATEWAY = "gateway"
LOCK = "maintenance windows"
Note = Callable[..., None]  # of what, why and facts: a line on the ticket's history
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """Where changes are written down: the windows' history, and by `note` the ticket's."""

    session: Session
    note: Note

    def line(self, row: WindowRow, who: str, what: str, why: str, facts: Facts) -> None:
        """A line of the window's history alone."""
        self.session.add(
            WindowEventRow(window_id=number(row), who=who, what=what, why=why, facts=dict(facts))
        )

    def tell(self, row: WindowRow, who: str, what: str, why: str, facts: Facts) -> None:
        """The same line on the window's history and on its ticket's."""
        self.session.add(row)
        self.line(row, who, what, why, facts)
        state = "" if row.reviewed else " (to be reviewed)"
        self.note(f"{row.ref}: {what}{state}", why, window=row.ref, **dict(facts))


def lock(session: Session) -> None:
    """One process at a time changes windows: where writers do not wait for each other."""
    if session.get_bind().dialect.name == "postgresql":
        (key,) = threads.locks([LOCK])
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def keep(
    record: Record, found: Told, ticket: int | None, trackers: Sequence[str]
) -> list[WindowRow]:
    """Make or change the windows that a notice is about; returns those that changed."""
    keeper = _Keeper(record, found, ticket)
    done = [keeper.do(one) for one in changes(found, ticket, keeper.known())]
    changed = [row for row in done if row is not None]
    record.session.flush()
    for row in changed:
        publish(record.session, row, trackers)
    return changed


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Does what one notice, filed on the `ticket`, changes."""

    record: Record
    found: Told
    ticket: int | None

    def known(self) -> list[WindowRow]:
        """The windows that the notice may be about, the oldest first."""
        found = self.found
        near = col(WindowRow.starts_at).between(found.at - BACK, found.at + AHEAD)
        named: list[Any] = [near]
        if self.ticket is not None:
            named.append(col(WindowRow.ticket_id) == self.ticket)
        if found.uids:
            named += [col(WindowRow.uid).in_(found.uids), col(WindowRow.source_uid).in_(found.uids)]
        query = select(WindowRow).where(or_(*named)).order_by(col(WindowRow.id).desc()).limit(MOST)
        return list(reversed(self.record.session.exec(query).all()))

    def do(self, one: Change) -> WindowRow | None:
        """Do one change; None where nothing is new."""
        row = one.row
        if row is None:
            return None if one.slot is None else self._announced(one, one.slot)
        if one.is_old:
            if self.found.message != row.message_id and not _says_the_same(row, one):
                what = "an older notice came late"
                self.record.line(row, GATEWAY, what, one.why, self._facts())
            return None
        return self._doubted(row, one) if one.status is None else self._changed(row, one)

    def _facts(self, more: Facts | None = None) -> dict[str, Any]:
        return {"message": self.found.message, **(more or {})}

    def _doubts(self, one: Change) -> list[str]:
        slot = one.slot.doubts if one.slot else ()
        return list(dict.fromkeys((*one.doubts, *self.found.doubts, *slot)))

    def _changed(self, row: WindowRow, one: Change) -> WindowRow | None:
        before = snapshot(row)
        _take(row, one, self.found)
        differs, doubts = what_changed(before, snapshot(row)), self._doubts(one)
        if not differs:
            return self._told_again(row, doubts)
        row.sequence, row.updated_at = row.sequence + 1, utcnow()
        row.message_id, row.doubts = self.found.message, doubts
        self._review_by_rule(row)
        why = "; ".join([one.why, *doubts])
        self.record.tell(row, GATEWAY, named(differs, row), why, self._facts(differs))
        return row

    def _announced(self, one: Change, slot: Slot) -> WindowRow:
        """A window that nobody has told of before."""
        found, doubts = self.found, self._doubts(one)
        if slot.status not in OFF and self._was_cancelled():
            doubts.append(CANCELLED_BEFORE)
        row = WindowRow(
            uid=str(uuid.uuid4()),
            provider=found.providers[0] if found.providers else "",
            maintenance=slot.maintenance or (found.ids[0] if found.ids else ""),
            source_uid=slot.uid,
            source_sequence=slot.sequence,
            ticket_id=self.ticket,
            message_id=found.message,
            told_at=found.at,
            services=list(found.services),
            starts_at=slot.start,
            ends_at=slot.end,
            status=slot.status,
            impact=slot.impact,
            doubts=doubts,
        )
        self._review_by_rule(row)
        self.record.session.add(row)
        self.record.session.flush()
        facts = self._facts(snapshot(row))
        self.record.tell(row, GATEWAY, "window announced", "; ".join(doubts), facts)
        return row

    def _doubted(self, row: WindowRow, one: Change) -> WindowRow | None:
        """Nothing is known to be new, but a person should look."""
        is_known = set(one.doubts) <= set(row.doubts) and not row.reviewed
        if is_known or row.message_id == self.found.message:  # read again
            return None
        row.doubts = list(dict.fromkeys([*row.doubts, *one.doubts]))
        row.reviewed, row.updated_at = False, utcnow()
        row.message_id = self.found.message
        why = "; ".join([one.why, *one.doubts])
        self.record.tell(row, GATEWAY, "window in doubt", why, self._facts())
        return row

    def _told_again(self, row: WindowRow, doubts: list[str]) -> WindowRow | None:
        """The same once more: it settles what was in doubt where it is trusted, and plain."""
        self.record.session.add(row)
        if row.reviewed or doubts or not self.found.trusted_by:
            return None
        row.doubts, row.message_id = [], self.found.message
        self._review_by_rule(row)
        why = self.found.trusted_by
        self.record.tell(row, GATEWAY, "window trusted", why, self._facts())
        return row

    def _review_by_rule(self, row: WindowRow) -> None:
        by = self.found.trusted_by if not row.doubts else None
        row.reviewed, row.reviewed_by = by is not None, by

    def _was_cancelled(self) -> bool:
        """Whether another message on the ticket called it off, and may have overtaken this one."""
        query = select(MessageRow.reading).where(
            MessageRow.ticket_id == self.ticket, MessageRow.id != self.found.message
        )
        return self.ticket is not None and any(
            reading is not None and reading.get("window_status") == "CANCELLED"
            for reading in self.record.session.exec(query.limit(200))
        )


def _take(row: WindowRow, one: Change, found: Told) -> None:
    """Write into the window what a notice says of it; what it leaves out stays."""
    slot = one.slot
    row.told_at = max(found.at, row.told_at)
    row.status = one.status or row.status
    if found.services and row.status not in OFF:
        row.services = list(found.services)
    if slot is None:
        return
    kept = row.ends_at if row.ends_at is not None and row.ends_at > slot.start else None
    row.starts_at, row.ends_at = slot.start, slot.end or kept
    row.impact = slot.impact or row.impact
    row.source_uid = slot.uid or row.source_uid
    row.maintenance = slot.maintenance or row.maintenance or (found.ids[0] if found.ids else "")
    if slot.sequence is not None:
        row.source_sequence = slot.sequence


def _says_the_same(row: WindowRow, one: Change) -> bool:
    slot = one.slot
    same = slot is None or (slot.start, slot.end) == (row.starts_at, row.ends_at)
    return same and one.status == row.status


# --- on record ---------------------------------------------------------------------------------


def snapshot(row: WindowRow) -> dict[str, Any]:
    """All of it that anybody outside is told."""
    return {
        "services": list(row.services),
        "start": stamp(row.starts_at),
        "end": stamp(row.ends_at),
        "status": row.status,
        "impact": row.impact,
        "text": row.text,
    }


def stamp(moment: datetime | None) -> str | None:
    """UTC, ISO 8601, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def what_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Of each field that differs: before and after."""
    return {key: [before[key], after[key]] for key in before if before[key] != after[key]}


_BY_STATUS = {
    "CANCELLED": "window cancelled", "COMPLETED": "window completed", "IN-PROCESS": "window begun",
}  # fmt: skip


def named(differs: Mapping[str, list[Any]], row: WindowRow) -> str:
    """What a change is called: the status it led to, else what became of its times."""
    if "status" in differs and row.status in _BY_STATUS:
        return _BY_STATUS[row.status]
    if "start" in differs:
        return "window moved"
    if "end" in differs:
        before, after = differs["end"]
        return "window extended" if before and after and after > before else "window's end changed"
    return "window changed"


def number(row: WindowRow) -> int:
    """The id of a window that is in the store."""
    if row.id is None:
        raise RuntimeError("the window is not stored yet")
    return row.id


def publish(session: Session, row: WindowRow, trackers: Sequence[str]) -> None:
    """Let a window leave the house as it is, if it is reviewed and there is news in it."""
    if not row.reviewed or (row.status == "CANCELLED" and row.published is None):
        return
    told_now = snapshot(row) | {"sequence": row.sequence, "updated": stamp(row.updated_at)}
    if row.published is not None and not what_changed(
        {key: row.published.get(key) for key in snapshot(row)}, snapshot(row)
    ):
        return
    row.published = told_now
    session.add(row)
    mirrors.WINDOWS.mark(session, [number(row)], trackers)
