"""Reports of single people, counted by service and hour, and what of it chance would not reach.

Each person counts once. What is usual is learned from these counts, not from the messages again.
A few statements for a whole batch; it lives inside the caller's transaction.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel

from classifiers import SpikeRules
from gateway.incidents.unusual import HOUR, WEEK, Rates, Span, Usual, hour_of, spans
from gateway.store.database import insert_into
from gateway.store.tables import SpikeCountRow, SpikeReportRow

_REPORT, _COUNT = (
    SQLModel.metadata.tables[str(row.__tablename__)] for row in (SpikeReportRow, SpikeCountRow)
)
# By hour and service: when its reports were written.
Touched = dict[datetime, dict[str, list[datetime]]]


@dataclass(frozen=True, slots=True)
class Report:
    """One person's trouble with services: `who` is not to be told from it, only told apart."""

    message_id: int
    at: datetime
    who: str
    services: tuple[str, ...]
    hampered: str


@dataclass(frozen=True, slots=True)
class Run:
    """A window in which more people wrote than chance would have it."""

    service: str
    span: Span
    people: int
    usual: Usual
    limit: int
    known_hours: int
    messages: tuple[int, ...] = ()
    fresh: tuple[int, ...] = ()  # those of them that were not yet known to be unusual
    hampered: str = "partial"  # as most of them say


class _Counted(NamedTuple):
    """What is known of a service at an hour: who wrote in which window, what was counted before.

    `since` when anything was counted, and of how many `services` in the last week.
    """

    service: str
    people: Mapping[Span, set[str]]
    counts: Mapping[datetime, int]
    since: datetime | None
    services: int


class Counts:
    """Counts reports, and says which are unusually many."""

    def __init__(self, rules: SpikeRules, rates: Rates) -> None:
        self._rules = rules
        self._rates = rates

    def runs(self, session: Session, reports: Sequence[Report]) -> Iterator[Run]:
        """Count what a batch brought; each unusual number, hour by hour."""
        touched = self._keep(session, reports)
        self._take(session, touched)
        for hour in sorted(touched):
            yield from self._counted(session, hour, touched[hour])

    def _keep(self, session: Session, reports: Sequence[Report]) -> Touched:
        """Write the reports down, once each; when, in which hours, each service was told of."""
        rows: list[dict[str, Any]] = []
        touched: Touched = {}
        for report in reports:
            for service in report.services:
                rows.append({"service": service, "message_id": report.message_id,
                             "at": report.at, "who": report.who,
                             "hampered": report.hampered})  # fmt: skip
                services = touched.setdefault(hour_of(report.at), {})
                services.setdefault(service, []).append(report.at)
        if rows:
            statement = insert_into(session, _REPORT).on_conflict_do_nothing()
            session.connection().execute(statement, rows)
        return touched

    @staticmethod
    def _take(session: Session, touched: Touched) -> None:
        """Whoever counts these hours beside us waits, and then sees what we counted."""
        places = sorted((service, hour) for hour, some in touched.items() for service in some)
        rows = [{"service": service, "hour": hour, "people": 0, "counted": 0}
                for service, hour in places]  # fmt: skip
        if rows:
            kept = {"people": _COUNT.c.people}
            statement = insert_into(session, _COUNT).on_conflict_do_update(
                index_elements=["service", "hour"], set_=kept
            )
            session.connection().execute(statement, rows)

    def _counted(
        self, session: Session, hour: datetime, told: Mapping[str, Sequence[datetime]]
    ) -> list[Run]:
        """Count the people of an hour anew, service by service; what of it is unusual."""
        looked_at = {
            service: list(dict.fromkeys(span for moment in moments for span in spans(moment)))
            for service, moments in sorted(told.items())
        }
        seen = self._seen(session, looked_at)
        people = {
            service: {span: {row.who for row in seen[service] if span.holds(row.at)}
                      for span in some}
            for service, some in looked_at.items()
        }  # fmt: skip
        many = [service for service, found in people.items()
                if max(map(len, found.values())) >= self._rules.at_least]  # fmt: skip
        counts, since, services = self._counts(session, many, hour)
        runs, rows = [], []
        for service, found in people.items():
            here = len(found[Span(hour, 1)])
            most = here
            if service in many:
                counted = _Counted(service, found, counts[service], since, services)
                run, limit = self._run(counted, seen[service], hour)
                most = min(here, limit)
                runs += [run] if run else []
            rows.append({"service": service, "hour": hour, "people": here, "counted": most})
        statement = insert_into(session, _COUNT)
        changed = {"people": statement.excluded.people, "counted": statement.excluded.counted}
        session.connection().execute(
            statement.on_conflict_do_update(index_elements=["service", "hour"], set_=changed), rows
        )
        return runs

    @staticmethod
    def _seen(session: Session, looked_at: Mapping[str, Sequence[Span]]) -> dict[str, list[Any]]:
        """The reports of these services in these spans, and maybe some around them."""
        every = [span for some in looked_at.values() for span in some]
        query = select_columns(
            _REPORT.c.service, _REPORT.c.at, _REPORT.c.who, _REPORT.c.message_id,
            _REPORT.c.hampered, _REPORT.c.spike_id,
        ).where(
            _REPORT.c.service.in_(looked_at),
            _REPORT.c.at >= min(span.start for span in every),
            _REPORT.c.at < max(span.end for span in every),
        )  # fmt: skip
        found: dict[str, list[Any]] = {service: [] for service in looked_at}
        for row in session.execute(query):
            found[row.service].append(row)
        return found

    def _run(
        self, counted: "_Counted", seen: Sequence[Any], hour: datetime
    ) -> tuple[Run | None, int]:
        """The most unusual window of a service, if any; and what is unusual for the hour itself."""
        service, since = counted.service, counted.since
        run, cited, best = None, set[int](), 0.0
        at_most = len(counted.people[Span(hour, 1)])
        for span, who in counted.people.items():
            usual = self._rates.usual(service, span, counted.counts, since)
            limit = self._rates.limit(usual, counted.services)
            if span == Span(hour, 1):
                at_most = limit
            if len(who) < limit:
                continue
            cited |= {row.message_id for row in seen if span.holds(row.at)}
            if len(who) / limit > best:
                best = len(who) / limit
                known = 0 if since is None else max(0, (span.start - since) // HOUR)
                run = Run(service, span, len(who), usual, limit, known)
        if run is None:
            return None, at_most
        rows = [row for row in seen if row.message_id in cited]
        said = Counter(row.hampered for row in rows if row.hampered != "unknown")
        return replace(
            run,
            messages=tuple(sorted(cited)),
            fresh=tuple(sorted(row.message_id for row in rows if row.spike_id is None)),
            hampered=said.most_common(1)[0][0] if said else "partial",
        ), at_most

    def _counts(
        self, session: Session, many: Sequence[str], hour: datetime
    ) -> tuple[dict[str, dict[datetime, int]], datetime | None, int]:
        """What was counted of these before that hour, since when anything was, as far as
        remembered, and how many services were written about in the week before.

        What was unusual counts as just usual, so that one spike does not hide the next.
        """
        found: dict[str, dict[datetime, int]] = {service: {} for service in many}
        if not many:
            return found, None, 0
        horizon = self._rates.horizon(hour)
        query = select_columns(_COUNT.c.service, _COUNT.c.hour, _COUNT.c.counted).where(
            _COUNT.c.service.in_(many), _COUNT.c.hour >= horizon, _COUNT.c.hour < hour
        )
        first = select_columns(func.min(_COUNT.c.hour)).where(
            _COUNT.c.hour >= horizon, _COUNT.c.hour < hour
        )
        services = select_columns(func.count(func.distinct(_COUNT.c.service))).where(
            _COUNT.c.hour >= hour - WEEK, _COUNT.c.hour < hour
        )
        for row in session.execute(query):
            found[row.service][row.hour] = row.counted
        since = session.execute(first).scalar()
        return found, since, session.execute(services).scalar_one()
