"""The replay lab: past mail through changed rules or another model, and what would be different.

Nothing can leave here: there is no outbox, no tracker and no door, the store is opened so that the
database itself refuses to write (`gateway.store.reading_only`), and the mail is read one after the
other, so that any number of it takes no more memory. What was read then stands on record; what
people said of it is the measure of which is better.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import Any

from sqlalchemy import Engine, func
from sqlalchemy import select as select_columns
from sqlmodel import SQLModel

from classifiers import LABELS
from gateway.doors.files import arrivals
from gateway.incidents import tickets
from gateway.store import tables
from gateway.store.reading_only import reading_only
from gateway.understanding import Understanding, reading_as_json

PAGE = 100
_MESSAGE, _RAW = (
    SQLModel.metadata.tables[str(row.__tablename__)] for row in (tables.MessageRow, tables.RawRow)
)
_written = func.coalesce(_MESSAGE.c.written_at, _MESSAGE.c.received_at)


@dataclass(frozen=True, slots=True)
class Past:
    """A message as it came and as it was read; `corrected` is a person's word, if there is one."""

    name: str
    raw: bytes
    reading: Mapping[str, Any]
    corrected: Mapping[str, Any] | None = None
    ticket_id: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A label that would be read otherwise, how sure that is, and the words that lead to it."""

    message: str
    label: str
    old: Any
    new: Any
    confidence: float | None
    words: tuple[str, ...]
    ticket_id: int | None


@dataclass(slots=True)
class _Labels:
    """What the messages on a ticket come to, the one after the other (as tickets add them up)."""

    event: str = ""
    reach: str = "unknown"
    hampered: str = "unknown"
    services: frozenset[str] = frozenset()

    def add(self, found: Mapping[str, Any]) -> None:
        is_news = found["event"] not in tickets.NOT_NEWS
        self.services |= frozenset(found["services"])
        if is_news or not self.event:
            self.event = found["event"]
        if is_news:
            self.reach = max(self.reach, found["reach"], key=tickets.REACHES.index)
            self.hampered = max(self.hampered, found["hampered"], key=tickets.HAMPERED.index)


@dataclass(slots=True)
class Outcome:
    """What came of it, added up."""

    messages: int = 0
    changed: int = 0
    failed: int = 0
    labels: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    looked_at: Counter[str] = field(default_factory=Counter)  # labels that people spoke of
    right_before: Counter[str] = field(default_factory=Counter)
    right_after: Counter[str] = field(default_factory=Counter)
    _before: dict[int, _Labels] = field(default_factory=dict)
    _after: dict[int, _Labels] = field(default_factory=dict)

    def add(self, past: Past, new: Mapping[str, Any]) -> None:
        """Count a message that was read anew."""
        self.messages += 1
        if past.corrected:
            for label in LABELS:
                if label in past.corrected:
                    wanted = past.corrected[label]
                    self.looked_at[label] += 1
                    self.right_before[label] += is_same(past.reading.get(label), wanted)
                    self.right_after[label] += is_same(new[label], wanted)
        if past.ticket_id is not None:
            self._before.setdefault(past.ticket_id, _Labels()).add(past.reading)
            self._after.setdefault(past.ticket_id, _Labels()).add(new)

    def ranked(
        self, before: tickets.SeverityOf, after: tickets.SeverityOf
    ) -> Iterator[tuple[int, str, str]]:
        """Tickets that the mail on them would rank otherwise: severity before and after."""
        for number, was in sorted(self._before.items()):
            now = self._after[number]
            old = before(was.event, was.reach, was.hampered)
            new = after(now.event, now.reach, now.hampered)
            if old != new:
                yield number, old, new

    def apart(self) -> Iterator[tuple[int, list[str], list[str]]]:
        """Tickets whose mail would be about other services: likely grouped otherwise."""
        for number, was in sorted(self._before.items()):
            now = self._after[number]
            if was.services != now.services:
                yield number, sorted(was.services), sorted(now.services)


class Lab:
    """Reads past mail with `changed`. Nothing of it can write or send."""

    def __init__(self, changed: Understanding) -> None:
        self._changed = changed

    def replay(self, mail: Iterable[Past], outcome: Outcome) -> Iterator[Change]:
        """What would be read otherwise, as it is found; `outcome` adds it up."""
        for past in mail:
            new = reading_as_json(self._changed.read(past.raw).reading)
            outcome.add(past, new)
            is_changed = False
            for label in LABELS:
                old, now = past.reading.get(label), new[label]
                if is_same(old, now):
                    continue
                is_changed = True
                outcome.labels[label, _word(old), _word(now)] += 1
                words = tuple(one["text"] for one in new["evidence"].get(label, [])[:3])
                yield Change(past.name, label, old, now, new["confidence"].get(label), words,
                             past.ticket_id)  # fmt: skip
            outcome.changed += is_changed


def is_same(one: Any, other: Any) -> bool:
    """Whether two values of a label say the same: the order of a list says nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(str, one)) == sorted(map(str, other))
    return bool(one == other)


def _word(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def past_mail(
    engine: Engine,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> Iterator[Past]:
    """The mail of the store that has been read, in the order in which it came.

    Written from `since` on and before `until`; with a `limit` the newest so many of these.
    """
    wanted = [_MESSAGE.c.reading.is_not(None), _MESSAGE.c.state == "done"]
    if since is not None:
        wanted.append(_written >= since)
    if until is not None:
        wanted.append(_written < until)
    with engine.connect() as connection:
        last = 0
        if limit is not None:
            newest = (
                select_columns(_MESSAGE.c.id)
                .where(*wanted)
                .order_by(_MESSAGE.c.id.desc())
                .offset(limit)
                .limit(1)
            )
            last = connection.execute(newest).scalar() or 0
        while True:
            page = connection.execute(
                select_columns(
                    _MESSAGE.c.id, _MESSAGE.c.trace, _MESSAGE.c.reading, _MESSAGE.c.corrected,
                    _MESSAGE.c.ticket_id, _RAW.c.content,
                )
                .join(_RAW, _RAW.c.message_id == _MESSAGE.c.id)
                .where(_MESSAGE.c.id > last, *wanted)
                .order_by(_MESSAGE.c.id)
                .limit(PAGE)
            ).all()  # fmt: skip
            if not page:
                return
            for row in page:
                if row.reading:
                    yield Past(row.trace, row.content, row.reading, row.corrected, row.ticket_id)
            last = page[-1].id


def of_files(found: Iterable[tuple[str, bytes]], in_use: Understanding) -> Iterator[Past]:
    """Messages that are in no store: as the rules in use read them."""
    for name, raw in found:
        yield Past(name, raw, reading_as_json(in_use.read(raw).reading))


class Bench:
    """A lab with mail to read: the store's, or that of files. Use it as a context manager."""

    def __init__(
        self,
        url: str,
        changed: Understanding,
        in_use: Callable[[], Understanding],
        severities: tuple[tickets.SeverityOf, tickets.SeverityOf],
    ) -> None:
        self._url = url
        self._lab = Lab(changed)
        self._in_use = in_use
        self._severities = severities
        self._engine: Engine | None = None
        self.outcome = Outcome()
        self.unreadable: list[tuple[str, str]] = []

    def __enter__(self) -> "Bench":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._engine is not None:
            self._engine.dispose()

    def store(
        self, since: datetime | None, until: datetime | None, limit: int | None
    ) -> Iterator[Past]:
        """The mail of the store; see `past_mail`."""
        self._engine = reading_only(self._url)
        return past_mail(self._engine, since, until, limit)

    def files(self, paths: Iterable[str], limit: int | None) -> Iterator[Past]:
        """The mail in files, the first so many."""
        return islice(of_files(self._found(paths), self._in_use()), limit)

    def _found(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        for found in arrivals(paths):
            if found.raw is None or found.error:
                self.unreadable.append((found.path, found.error or "cannot be read"))
                self.outcome.failed += 1
            else:
                yield found.path, found.raw

    def replay(self, mail: Iterable[Past]) -> Iterator[Change]:
        """What would be read otherwise."""
        return self._lab.replay(mail, self.outcome)

    def ranked(self) -> list[tuple[int, str, str]]:
        """Tickets that would be ranked otherwise."""
        return list(self.outcome.ranked(*self._severities))

    def apart(self) -> list[tuple[int, list[str], list[str]]]:
        """Tickets that would be about other services."""
        return list(self.outcome.apart())
