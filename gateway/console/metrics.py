"""What `/metrics` tells Prometheus, in its base units; never a word of any message.

Whatever is asked here is asked every few seconds: each question is answered by an index.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlmodel import Session, col, func, or_, select

from gateway.console.web import Status
from gateway.model import utcnow
from gateway.outbox.ledger import NOT_BARRED
from gateway.store.database import Database
from gateway.store.tables import LetterRow, MessageRow, MirrorRow, TimerRow
from gateway.understanding import stamp

LATE = timedelta(minutes=1)  # timers are looked at every few seconds
TRIES = 3  # so often a tracker is tried before it counts as failing


@dataclass(frozen=True, slots=True)
class Measures:
    """What the store tells beside the status. Times are since when something waits."""

    letter_since: datetime | None = None
    timer_since: datetime | None = None
    timers: dict[str, int] = field(default_factory=dict)
    retried: dict[str, int] = field(default_factory=dict)  # tickets by tracker
    came: dict[str, datetime] = field(default_factory=dict)  # the newest message by door


class Gauging:
    """Asks the store. When a door last took a message is asked once a door, then its own word."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._came: dict[str, datetime | None] = {}

    def __call__(self, doors: Iterable[str]) -> Measures:
        """As it is now."""
        now = utcnow()
        with self._database.read() as session:
            for door in doors:
                if door not in self._came:
                    self._came[door] = _newest(session, door)
            return Measures(
                letter_since=_letter_since(session, now),
                timer_since=session.exec(
                    select(func.min(col(TimerRow.due_at))).where(
                        TimerRow.state == "waiting", col(TimerRow.due_at) <= now
                    )
                ).one(),
                timers=_timers(session, now),
                retried=_retried(session),
                came={door: at for door, at in self._came.items() if at},
            )


def _newest(session: Session, door: str) -> datetime | None:
    query = select(MessageRow.received_at).where(MessageRow.door == door)
    return session.exec(query.order_by(col(MessageRow.id).desc()).limit(1)).first()


def _letter_since(session: Session, now: datetime) -> datetime | None:
    """Since when the oldest letter waits whose time has come, or that was tried in vain.

    What waits for a person, or for the hour of its notice, is not late.
    """
    is_due = or_(col(LetterRow.due_at) <= now, col(LetterRow.attempts) > 0)
    query = select(func.min(col(LetterRow.created_at)))
    query = query.where(col(LetterRow.state).in_(("queued", "sending")), is_due, NOT_BARRED)
    found: datetime | None = session.exec(query).one()
    return found


def _timers(session: Session, now: datetime) -> dict[str, int]:
    count = select(func.count()).select_from(TimerRow)
    late = count.where(TimerRow.state == "waiting", col(TimerRow.due_at) <= now - LATE)
    failed = count.where(TimerRow.state == "failed")
    return {"late": session.exec(late).one(), "failed": session.exec(failed).one()}


def _retried(session: Session) -> dict[str, int]:
    query = select(MirrorRow.tracker, func.count()).where(MirrorRow.state == "waiting")
    query = query.where(MirrorRow.attempts >= TRIES).group_by(col(MirrorRow.tracker))
    return dict(session.exec(query).all())


class Metrics(Collector):
    """Asks when Prometheus asks."""

    def __init__(
        self, status: Callable[[], Status], gauging: Callable[[Iterable[str]], Measures]
    ) -> None:
        self._status = status
        self._gauging = gauging

    def collect(self) -> Iterable[Metric]:
        """Every family."""
        status = self._status()
        more = self._gauging([door["name"] for door in status.doors])
        yield from _of_messages(status)
        yield from _of_doors(status, more)
        yield from _of_letters(status, more)
        yield from _of_others(status, more)


def _one(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"triage_{name}", what, value=value)


def _many(
    name: str, what: str, labels: list[str], rows: Iterable[tuple[list[str], float]]
) -> Metric:
    family = GaugeMetricFamily(f"triage_{name}", what, labels=labels)
    for words, value in rows:
        family.add_metric(words, value)
    return family


def _since(at: datetime | None) -> float:
    return max(0.0, (utcnow() - at).total_seconds()) if at else 0.0


def _by_state(counts: dict[str, int]) -> Iterable[tuple[list[str], float]]:
    return (([state], count) for state, count in counts.items())


def _of_messages(status: Status) -> Iterable[Metric]:
    yield _many("spool_messages", "Messages in the spool.", ["state"], _by_state(status.spool))
    yield _one(
        "oldest_unprocessed_seconds", "Age of the oldest message that waits.",
        status.oldest_unprocessed_s,
    )  # fmt: skip
    yield _one("tickets", "Tickets filed.", status.tickets)
    yield _one("tickets_to_review", "Tickets that a person should look at.", status.needs_review)


def _of_doors(status: Status, more: Measures) -> Iterable[Metric]:
    yield _many(
        "door_up", "Whether a door is open.", ["door"],
        (([door["name"]], float(door["state"] == "up")) for door in status.doors),
    )  # fmt: skip
    yield _many(
        "door_silent_seconds", "Time since a door last took a message; since it opened, if never.",
        ["door"], (([door["name"]], _silent(door, more)) for door in status.doors),
    )  # fmt: skip
    accepted = CounterMetricFamily(
        "triage_door_accepted_messages", "Messages that a door took since it started.",
        labels=["door"],
    )  # fmt: skip
    for door in status.doors:
        accepted.add_metric([door["name"]], door["accepted"])
    yield accepted


def _silent(door: dict[str, Any], more: Measures) -> float:
    """By its own word where it has one, else by the store's: a restart makes nobody talk."""
    told = door["last_accepted_at"] or stamp(more.came.get(door["name"])) or door["since"]
    return _since(datetime.fromisoformat(told))


def _of_letters(status: Status, more: Measures) -> Iterable[Metric]:
    yield _many("outbox_letters", "Letters in the outbox.", ["state"], _by_state(status.outbox))
    yield _one(
        "outbox_oldest_waiting_seconds",
        "Age of the oldest letter whose time to be sent has come.", _since(more.letter_since),
    )  # fmt: skip
    yield _one(
        "outbox_up", "Whether letters can go out.", float(status.outbox_health["state"] == "up")
    )
    yield _one(
        "loop_breaker_open", "Whether answers are stopped by the firewall against loops.",
        float(status.firewall["open_since"] is not None),
    )  # fmt: skip
    yield _one(
        "loop_firewall_held_letters", "Answers that the firewall against loops holds.",
        status.firewall["held"],
    )  # fmt: skip


def _of_others(status: Status, more: Measures) -> Iterable[Metric]:
    states = ("waiting", "failed")
    yield _many(
        "tracker_tickets", "Tickets a tracker lacks.", ["tracker", "state"],
        (([one["name"], state], one[state]) for one in status.trackers for state in states),
    )  # fmt: skip
    yield _many(
        "tracker_retried_tickets", f"Tickets a tracker refused {TRIES} times or more.",
        ["tracker"], (([one["name"]], more.retried.get(one["name"], 0)) for one in status.trackers),
    )  # fmt: skip
    yield _many(
        "channel_posts", "Posts a channel lacks.", ["channel", "state"],
        (([one["name"], state], one[state]) for one in status.channels for state in states),
    )  # fmt: skip
    yield _many(
        "timers", f"Timers late by {LATE.seconds} s or more, or set aside.", ["state"],
        _by_state(more.timers),
    )  # fmt: skip
    yield _one("timer_late_seconds", "How late the latest timer is.", _since(more.timer_since))
