"""Figures of a span of days, counted by the database and kept for a while, since many may look.

To count a year takes its time: nobody waits for it. What is kept too long is shown once more while
it is counted anew, and what was never counted is said to be under way (`Counting`). Rows are only
ever added, so that where a span begins among them is found by halving, not by reading all of them.
"""

import json
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, String, and_, case, cast, extract, literal_column, or_, select
from sqlmodel import Session, SQLModel, func

from gateway.config import shipped
from gateway.console.desk import Desk
from gateway.console.overview import SEVERITIES
from gateway.model import utcnow
from gateway.store.tables import CorrectionRow

SPANS = (1, 7, 30, 90, 365)
KEPT_SECONDS = 60.0  # for each ten days of the span
PATIENCE = 0.1  # seconds that a page waits for what is being counted
STEPS = {
    "acknowledge": "until whoever wrote first was answered",
    "triage": "until it was looked at, or moved on from new",
    "resolve": "until it was resolved for the first time",
}
_ROW = re.compile(r"\|\s*(0\.\d|1\.0)\s*\|\s*([\d.]+), ([\d.]+)\s*\|\s*([\d.]+), ([\d.]+)\s*\|")
Found = TypeVar("Found")
TABLES = SQLModel.metadata.tables
M, T, H, L, C = (
    TABLES[name].c for name in ("message", "ticket", "history", "letter", "correction")
)
_kept: dict[tuple[str, str, int], tuple[float, Any]] = {}
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="figures")
_under_way: dict[tuple[str, str, int], Future[Any]] = {}


@dataclass(frozen=True, slots=True)
class Volume:
    """Messages by the hour of the day (0 to 23, in the site's zone), then by source."""

    sources: tuple[str, ...]
    hours: tuple[Mapping[str, int], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Took:
    """How long a step took, in seconds, of the incidents of one severity that have come so far."""

    severity: str
    count: int
    median: float
    ninetieth: float


@dataclass(frozen=True, slots=True)
class Corrections:
    """How often each label was overruled, of so many readings that people looked at."""

    looked: int
    wrong: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """Of readings at least so sure: which share that is, and which share of them is right."""

    sure: float
    event: tuple[float, float]
    severity: tuple[float, float]


def volume(desk: Desk, days: int) -> Volume:
    """What came in."""
    return _once(desk, "volume", days, lambda: _volume(desk, days))


def took(desk: Desk, step: str, days: int) -> list[Took]:
    """How long that step took for the incidents opened in the span, the worst first."""
    return _once(desk, step, days, lambda: _took(desk, step, days))


def corrections(desk: Desk, days: int) -> Corrections:
    """What people said of readings."""
    return _once(desk, "corrections", days, lambda: _corrections(desk, days))


def coverage() -> list[Kept]:
    """As measured with the model that is shipped; nothing where its figures are not there."""
    try:
        text = (shipped("data") / "models" / "figures.md").read_text(encoding="utf-8")
    except OSError:
        return []
    found = [[float(number) for number in row.groups()] for row in _ROW.finditer(text)]
    return [Kept(sure, (a, b), (c, d)) for sure, a, b, c, d in found]


@dataclass(frozen=True, slots=True)
class Counting:
    """All figures of a span, as far as they are counted; None where one is still under way."""

    volume: Volume | None
    took: Mapping[str, list[Took] | None]
    corrections: Corrections | None

    @property
    def is_over(self) -> bool:
        """Whether all are there."""
        return None not in (self.volume, self.corrections, *self.took.values())


def at_hand(desk: Desk, days: int) -> Counting:
    """What is known of the span by now; what is not is being counted after this."""
    asked: dict[str, Callable[[], Any]] = {
        "volume": lambda: volume(desk, days),
        **{step: partial(took, desk, step, days) for step in STEPS},
        "corrections": lambda: corrections(desk, days),
    }
    futures = [_begun((desk.database.url, what, days), count) for what, count in asked.items()]
    wait([one for one in futures if one is not None], timeout=PATIENCE)
    found = {what: _kept.get((desk.database.url, what, days), (0.0, None))[1] for what in asked}
    steps = {step: found[step] for step in STEPS}
    return Counting(found["volume"], steps, found["corrections"])


def _begun(key: tuple[str, str, int], count: Callable[[], Any]) -> "Future[Any] | None":
    """Have it counted, unless it is kept or under way; what a page may wait for, where it must."""
    if _is_kept(key):
        return None
    future = _under_way.get(key)
    if future is None or future.done():
        if future is not None and (error := future.exception()) is not None:
            del _under_way[key]
            raise error
        future = _under_way[key] = _threads.submit(count)
    return future


def _is_kept(key: tuple[str, str, int]) -> bool:
    at = _kept.get(key, (-math.inf, None))[0]
    return time.monotonic() - at < KEPT_SECONDS * max(1.0, key[2] / 10)


def _once(desk: Desk, what: str, days: int, count: Callable[[], Found]) -> Found:
    key = (desk.database.url, what, days)
    if not _is_kept(key):
        _kept[key] = (time.monotonic(), count())
    kept: Found = _kept[key][1]
    return kept


def _since(days: int) -> datetime:
    return utcnow() - timedelta(days=days)


def _first(session: Session, row: Any, at: Any, since: datetime) -> int:
    """The id from which on rows are that new."""
    low, high = 0, (session.execute(select(func.max(row.id))).scalar_one() or 0) + 1
    while low < high:
        middle = (low + high) // 2
        query = select(row.id, at).where(row.id >= middle).order_by(row.id).limit(1)
        found = session.execute(query).first()
        if found is None or found[1] >= since:
            high = middle
        else:
            low = found[0] + 1
    return low


def _volume(desk: Desk, days: int) -> Volume:
    at, reading = M.received_at, M.reading
    hour = (
        func.strftime("%Y-%m-%d %H", at)
        if desk.database.is_sqlite
        else func.to_char(func.timezone("UTC", at), "YYYY-MM-DD HH24")
    ).label("hour")
    source: Any = reading["source"].as_string().label("source")
    with desk.database.read() as session:
        first = _first(session, M, at, _since(days))
        query = select(hour, source, func.count())
        query = query.where(M.id >= first, at >= _since(days), reading.is_not(None))
        rows = session.execute(query.group_by(literal_column("hour"), literal_column("source")))
        found = [(str(one), str(two or "other"), int(count)) for one, two, count in rows]
    zone = ZoneInfo(desk.settings.zone)
    hours: list[Counter[str]] = [Counter() for _ in range(24)]
    totals: Counter[str] = Counter()
    for told, word, count in found:
        moment = datetime.strptime(told, "%Y-%m-%d %H").replace(tzinfo=UTC)
        hours[moment.astimezone(zone).hour][word] += count
        totals[word] += count
    return Volume(tuple(word for word, _ in totals.most_common()), tuple(hours), totals.total())


def _ends(step: str, first: int, since: datetime) -> Any:
    """When each ticket came so far."""
    if step == "acknowledge":
        ends = select(L.ticket_id, func.min(L.sent_at).label("at"))
        ends = ends.where(L.kind == "acknowledgement", L.created_at >= since)
        return ends.where(L.sent_at.is_not(None)).group_by(L.ticket_id)
    what = H.what
    is_end = (
        or_(what.like("state new -> %"), what == "looked at")
        if step == "triage"
        else what.like("state % -> resolved")
    )
    ends = select(H.ticket_id, func.min(H.at).label("at"))
    return ends.where(H.ticket_id >= first, is_end).group_by(H.ticket_id)


def _took(desk: Desk, step: str, days: int) -> list[Took]:
    since = _since(days)
    with desk.database.read() as session:
        first = _first(session, T, T.created_at, since)
        ends = _ends(step, first, since).subquery()
        seconds = (
            (func.julianday(ends.c.at) - func.julianday(T.created_at)) * 86_400.0
            if desk.database.is_sqlite
            else extract("epoch", ends.c.at - T.created_at)
        )
        severity = T.severity
        lengths = (
            select(
                severity.label("severity"), seconds.label("seconds"),
                func.row_number().over(partition_by=severity, order_by=seconds).label("place"),
                func.count().over(partition_by=severity).label("total"),
            )
            .join_from(TABLES["ticket"], ends, ends.c.ticket_id == T.id)
            .where(T.id >= first, T.created_at >= since)
            .subquery()
        )  # fmt: skip
        c = lengths.c

        def at(part: int) -> Any:
            place = cast((c.total * part + 99) // 100, Integer)
            return func.max(case((and_(c.place == place), c.seconds)))

        query = select(c.severity, func.max(c.total), at(50), at(90)).group_by(c.severity)
        rows = session.execute(query).all()
    found = [Took(word, n, max(0.0, float(a)), max(0.0, float(b))) for word, n, a, b in rows]
    ranks = {word: rank for rank, word in enumerate(SEVERITIES)}
    return sorted(found, key=lambda one: ranks.get(one.severity, len(ranks)))


def _corrections(desk: Desk, days: int) -> Corrections:
    since = _since(days)
    with desk.database.read() as session:
        first = _first(session, C, C.at, since)
        # Few corrections differ: the same ones are counted by the database.
        pair = cast(C.before, String), cast(C.after, String)
        query = select(*pair, func.count()).where(C.id >= first, C.at >= since).group_by(*pair)
        rows = session.execute(query).all()
    wrong: Counter[str] = Counter()
    for before, after, count in rows:
        row = CorrectionRow(who="", before=json.loads(before), after=json.loads(after))
        wrong.update(dict.fromkeys(row.changed, count))
    return Corrections(sum(row[2] for row in rows), tuple(wrong.most_common()))
