"""Whether a report of trouble is explained by announced maintenance; careful about saying yes.

Explained is what falls, by its own time, into a window of the same service or of one that it
depends on. A window that nobody reviewed only suggests. Nothing explains away a report that names
other services too, is worse than was announced, speaks of security or privacy, or was written
after the end; what comes after the end says that the work may have overrun.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import or_
from sqlmodel import Session, col, select

from classifiers import MaintenanceRules, Reading
from gateway.incidents.notices import Filed
from gateway.store.tables import WindowRow

REPORTS = ("outage", "degradation", "access_problem")
HOUR = timedelta(hours=1)
EARLY = timedelta(minutes=15)  # clocks differ, and work begins early
OPEN_END = timedelta(days=2)  # for how long a window without an end explains anything
SLIGHT = ("NO-IMPACT", "REDUCED-REDUNDANCY")  # then nobody should notice
MOST = 50
SURE = 0.6  # how sure a report's event and services must be to be explained away

Kind = Literal["explained", "maybe", "overrun"]


@dataclass(frozen=True, slots=True)
class Finding:
    """How a report stands to a window, and why. `services` are those that are under maintenance."""

    kind: Kind
    window: WindowRow
    services: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Which services each needs, directly."""

    depends_on: Mapping[str, Sequence[str]]

    def needs(self, service: str) -> set[str]:
        """The service itself and all that it needs, however far down."""
        found, open_ = {service}, [service]
        while open_:
            for other in self.depends_on.get(open_.pop(), ()):
                if other not in found:
                    found.add(other)
                    open_.append(other)
        return found

    def under(self, service: str, windowed: Iterable[str]) -> set[str]:
        """Which of these services that one needs."""
        return self.needs(service) & set(windowed)


class Near:
    """The windows that may have to do with the messages of a batch, looked up once an hour."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[datetime, list[WindowRow]] = {}

    def forget(self) -> None:
        """A message of the batch has told of windows."""
        self._known.clear()

    def around(self, at: datetime, rules: MaintenanceRules) -> list[WindowRow]:
        """The windows that are not called off and may have to do with what is written `at`."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour not in self._known:
            self._known[hour] = _between(self._session, hour, hour + HOUR, rules)
        found = [row for row in self._known[hour] if _is_near(row, at, rules)]
        return found[:MOST]


def find(near: Near, judge: "Judge") -> Finding | None:
    """What explains a report, or might; None for what is no report, or for nothing."""
    if judge.filed.reading.event not in REPORTS or not judge.filed.reading.services:
        return None
    around = near.around(judge.filed.at, judge.rules)
    found = [one for row in around if (one := judge.of(row))]
    order: Sequence[Kind] = ("explained", "maybe", "overrun")
    return min(found, key=lambda one: (order.index(one.kind), -one.window.starts_at.timestamp()),
               default=None)  # fmt: skip


def _between(
    session: Session, first: datetime, last: datetime, rules: MaintenanceRules
) -> list[WindowRow]:
    """The windows that are near to any moment between these, the latest first."""
    ends, starts = col(WindowRow.ends_at), col(WindowRow.starts_at)
    is_open = ends.is_(None) & (starts >= first - OPEN_END - rules.overrun)
    query = (
        select(WindowRow)
        .where(
            starts <= last + EARLY,
            or_(ends >= first - rules.grace - rules.overrun, is_open),
            WindowRow.status != "CANCELLED",
        )
        .order_by(starts.desc())
        .limit(2 * MOST)
    )
    return list(session.exec(query))


def _is_near(row: WindowRow, at: datetime, rules: MaintenanceRules) -> bool:
    if row.ends_at is None:
        is_late = row.starts_at < at - OPEN_END - rules.overrun
    else:
        is_late = row.ends_at < at - rules.grace - rules.overrun
    return row.starts_at <= at + EARLY and not is_late


SENSITIVE = "it speaks of security or privacy"


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges one report. Pure."""

    filed: Filed
    rules: MaintenanceRules
    dependencies: Dependencies

    def of(self, row: WindowRow) -> Finding | None:
        """How the report stands to one window; None where it has nothing to do with it."""
        reading, at = self.filed.reading, self.filed.at
        needed = [self.dependencies.under(one, row.services) for one in reading.services]
        under = tuple(sorted(set().union(*needed)))
        began = next((w.start for w in reading.windows if w.start <= at), at)
        if not under or began < row.starts_at - EARLY:
            return None  # it began before, whatever the window did to it
        end, names = _end(row), ", ".join(under)
        if at > end + self.rules.grace:
            if at > end + self.rules.grace + self.rules.overrun or row.status == "TENTATIVE":
                return None
            return Finding("overrun", row, under, f"{row.ref} of {names} ended before: "
                           "the work may have lasted longer, or have left this behind")  # fmt: skip
        against = self._objection(row, is_all=all(needed))
        if against is None:
            where = "the same service" if _has(row, reading) else "what it depends on"
            why = f"{row.ref} of {names} ({where}) is announced for that time"
            return Finding("explained", row, under, why)
        if against == SENSITIVE:
            return None
        return Finding("maybe", row, under, f"{row.ref} of {names} is for that time, but {against}")

    def _objection(self, row: WindowRow, *, is_all: bool) -> str | None:
        """Why the window does not explain the report, though its time fits; None if it does."""
        reading = self.filed.reading
        if self.rules.never.intersection(self.filed.signs):
            return SENSITIVE
        if not row.reviewed:
            return "nobody has reviewed it yet"
        if row.status == "TENTATIVE":
            return "it is only tentative"
        if row.ticket_id is None:
            return "it has no ticket that takes reports"
        if not is_all:
            return "the report names other services too"
        if min(reading.confidence.get(label, 0.0) for label in ("event", "services")) < SURE:
            return "the report itself is unsure"
        if row.impact in SLIGHT:
            return "it was announced to hamper nobody"
        if row.impact == "DEGRADED" and reading.event == "outage" and reading.hampered == "blocked":
            return "it was announced to slow things down, not to stop them"
        return None


def _has(row: WindowRow, reading: Reading) -> bool:
    """Whether the window is of the very services that the report names."""
    return set(reading.services) <= set(row.services)


def _end(row: WindowRow) -> datetime:
    """When it ends; what was said to be done ended, at the latest, when that was said."""
    end = row.ends_at or row.starts_at + OPEN_END
    is_done = row.status == "COMPLETED" and row.told_at > row.starts_at
    return min(end, row.told_at) if is_done else end
