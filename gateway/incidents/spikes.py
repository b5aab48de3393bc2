"""Many people write about one service, each for himself: then that is one incident.

Reports of single people are counted by service and hour, each person once, in the transaction
that files them; what is usual is learned from these counts, not from the messages again. A number
that chance would not reach (`unusual`) begins a run, or belongs to the one that goes on, by when
the messages were written, in whatever order they come. A run opens one incident, or raises the open
one of its service, and cites the messages that it counted; whoever wrote them is told when it is
over. It settles when nothing unusual came for some hours, and a person is asked to look.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, SQLModel, col, select, update

from classifiers import SpikeRules
from gateway.incidents import mirrors, tickets
from gateway.incidents.deciding import Deciding, decide
from gateway.incidents.spike_counts import Counts, Report, Run
from gateway.incidents.unusual import HOUR, Rates
from gateway.model import utcnow
from gateway.store.database import Database, insert_into, write_rows
from gateway.store.tables import (
    MessageRow,
    ReporterRow,
    SightingRow,
    SpikeReportRow,
    SpikeRow,
    TicketRow,
)
from gateway.store.timers import Timer, set_timer

TIMER = "spike settles"
WHO = "gateway"
NEAR = 6 * HOUR  # an incident that was heard of so long ago may be the one that a run is about
LATEST = 300  # open incidents that are looked through for it
FEW, GROWN = 20, 1.25  # up to so many each is spoken of, then whenever it has grown by so much
CITED = 50  # messages that a line of history names
NEW_HERE = 7 * 24  # hours for which little is known of what is usual
_SPIKE = SQLModel.metadata.tables["spike"]


class Spikes:
    """Counts reports and finds runs. `names` are the services' names, `zone` the organization's."""

    def __init__(
        self,
        database: Database,
        rules: SpikeRules,
        names: Mapping[str, str],
        zone: str,
        *,
        severity_of: tickets.SeverityOf,
        trackers: Sequence[str] = (),
        deciding: Deciding | None = None,
    ) -> None:
        self._database = database
        self._rules = rules
        self._names = names
        self._zone = ZoneInfo(zone)
        self._counts = Counts(rules, Rates(rules, self._zone))
        self._severity_of = severity_of
        self._trackers = trackers
        self._deciding = deciding

    @property
    def sources(self) -> frozenset[str]:
        """Mail of these sources counts."""
        return self._rules.sources

    # --- counted, in the caller's transaction ---

    def count(
        self, session: Session, reports: Sequence[Report], until: datetime | None = None
    ) -> list[TicketRow]:
        """Count what a batch brought; returns the incidents that were opened or raised.

        `until` is the latest time at which any of its mail was written: runs that ended before
        are settled.
        """
        found = [self._tell(session, run) for run in self._counts.runs(session, reports)]
        if until is not None:
            self.settle(session, until)
        return list({tickets.number(one): one for one in found}.values())

    # --- runs ---

    def _tell(self, session: Session, run: Run) -> TicketRow:
        """The run's incident: opened, raised, or told that it goes on."""
        quiet = self._rules.quiet_hours * HOUR
        row = session.exec(
            select(SpikeRow)
            .where(
                SpikeRow.service == run.service,
                col(SpikeRow.began_at) <= run.span.end + quiet,
                col(SpikeRow.last_at) >= run.span.start - quiet,
            )
            .order_by(col(SpikeRow.id).desc())
            .limit(1)
            .with_for_update()
        ).first()
        if row is None:
            row = self._begin(session, run)
        is_new, lasted = row.ticket_id is None, row.last_at
        ticket = self._ticket_of(session, row)
        if ticket is None:
            ticket, row.opened = self._incident(session, run)
            row.ticket_id = tickets.number(ticket)
            self._say(session, row, run, ticket)
        else:
            self._go_on(session, row, run, ticket)
        session.add(row)
        session.flush()
        self._cite(session, row, run)
        if is_new or row.last_at != lasted:
            set_timer(session, TIMER, f"spike:{row.id}:{row.last_at:%Y%m%dT%H%M}",
                      row.last_at + quiet, ticket_id=row.ticket_id)  # fmt: skip
        mirrors.mark(session, [tickets.number(ticket)], self._trackers)
        return ticket

    def _begin(self, session: Session, run: Run) -> SpikeRow:
        """A new run; one of another day that is still open is over. Two processes make one."""
        for old in session.exec(_open().where(SpikeRow.service == run.service)):
            if old.last_at < run.span.start:
                self._settle(session, old)
        session.flush()
        is_old = session.exec(_open().where(SpikeRow.service == run.service)).first() is not None
        values = {
            "service": run.service, "state": "settled" if is_old else "open", "opened": False,
            "began_at": run.span.start, "last_at": run.span.end, "start": run.span.start,
            "hours": run.span.hours, "people": run.people, "told": run.people,
            "usual": run.usual.mean, "limit": run.limit, "known_hours": run.known_hours,
            "found_at": utcnow(),
        }  # fmt: skip
        statement = insert_into(session, _SPIKE).values(values).on_conflict_do_nothing()
        made = session.connection().execute(statement.returning(_SPIKE.c.id)).first()
        query = select(SpikeRow).with_for_update()
        if made is not None:
            return session.exec(query.where(SpikeRow.id == made.id)).one()
        return session.exec(
            query.where(SpikeRow.service == run.service, SpikeRow.state == "open")
        ).one()

    def _go_on(self, session: Session, row: SpikeRow, run: Run, ticket: TicketRow) -> None:
        """The run is longer or larger than was known."""
        row.began_at = min(row.began_at, run.span.start)
        if run.span.end > row.last_at:
            row.last_at = run.span.end
            if (
                row.state == "settled"
                and not session.exec(_open().where(SpikeRow.service == run.service)).first()
            ):
                row.state, row.settled_at = "open", None
        if run.people > row.people:
            row.start, row.hours, row.people = run.span.start, run.span.hours, run.people
            row.usual, row.limit, row.known_hours = run.usual.mean, run.limit, run.known_hours
        if row.told < row.people and (row.people <= FEW or row.people >= GROWN * row.told):
            row.told = row.people
            self._say(session, row, run, ticket)

    def _say(self, session: Session, row: SpikeRow, run: Run, ticket: TicketRow) -> None:
        """The incident says how many wrote, and is as severe as that makes it."""
        before = ticket.severity
        if ticket.event != "maintenance" and ticket.state not in tickets.OVER:
            reach = "many" if run.people > 100 else "some"
            worse = {
                "reach": max(ticket.reach, reach, key=tickets.REACHES.index),
                "people": max(ticket.people or 0, run.people),
                "hampered": max(ticket.hampered, run.hampered, key=tickets.HAMPERED.index),
            }
            for label, value in worse.items():
                if label not in ticket.pinned:
                    setattr(ticket, label, value)
            if "severity" not in ticket.pinned:
                severity = self._severity_of(ticket.event, ticket.reach, ticket.hampered)
                ticket.severity = severity
        if ticket.state in tickets.OVER:
            ticket.needs_review = True
        ticket.began_at = min(ticket.began_at or run.span.start, run.span.start)
        ticket.last_at = max(ticket.last_at or run.span.start, min(run.span.end, utcnow()))
        ticket.updated_at = utcnow()
        session.add(ticket)
        changed = {"severity": [before, ticket.severity]} if before != ticket.severity else {}
        traces = session.exec(
            select(MessageRow.trace).where(col(MessageRow.id).in_(run.messages[:CITED]))
        ).all()
        tickets.note(
            session, tickets.number(ticket), WHO, "unusually many reports", self.in_words(row),
            people=run.people, usual=round(run.usual.mean, 2), limit=run.limit,
            messages=sorted(traces), counted=len(run.messages), **changed,
        )  # fmt: skip
        if self._deciding is not None and ticket.state not in tickets.OVER:
            decide(session, ticket, self._deciding)

    def _cite(self, session: Session, row: SpikeRow, run: Run) -> None:
        """The messages belong to the run, and whoever wrote them hears how it ends."""
        if not run.fresh:
            return
        session.execute(
            update(SpikeReportRow)
            .where(
                col(SpikeReportRow.service) == run.service,
                col(SpikeReportRow.message_id).in_(run.fresh),
            )
            .values(spike_id=row.id)
        )
        wrote = session.exec(
            select(ReporterRow).where(
                col(ReporterRow.message_id).in_(run.fresh),
                col(ReporterRow.ticket_id) != row.ticket_id,
            )
        ).all()
        rows = [
            {"ticket_id": row.ticket_id, "address": one.address, "name": one.name,
             "language": one.language, "answerable": one.answerable,
             "message_id": one.message_id, "created_at": utcnow()}
            for one in {one.address: one for one in wrote}.values()
        ]  # fmt: skip
        if rows:
            statement = insert_into(session, ReporterRow).on_conflict_do_nothing()
            write_rows(session, statement, rows)

    # --- the incident ---

    @staticmethod
    def _ticket_of(session: Session, row: SpikeRow) -> TicketRow | None:
        """The incident of a run, also where it became a part of another; locked."""
        number = row.ticket_id
        while number is not None:
            ticket = session.get_one(
                TicketRow, number, populate_existing=True, with_for_update={"key_share": True}
            )
            if ticket.merged_into is None:
                row.ticket_id = number
                return ticket
            number = ticket.merged_into
        return None

    def _incident(self, session: Session, run: Run) -> tuple[TicketRow, bool]:
        """The open incident that the run is about, or a new one; and whether it is new."""
        known = self._known(session, run)
        if known is not None:
            return tickets.get(session, tickets.number(known), to_change=True), False
        name = self._names.get(run.service, run.service)
        facts = tickets.Facts(
            source="signin_help", event="degradation", services=(run.service,), reach="some",
            people=run.people, hampered="unknown", severity="none", windows=(),
            window_status=None, needs_review=True,
        )  # fmt: skip
        ticket = tickets.new_ticket(f"Unusually many people report trouble with {name}", facts)
        ticket.written_by = "person"
        session.add(ticket)
        session.flush()
        number = tickets.number(ticket)
        session.add(SightingRow(
            service=run.service, ticket_id=number, began_at=run.span.start, last_at=run.span.start
        ))  # fmt: skip
        tickets.note(
            session, number, WHO, "opened", "more people than usual wrote, each for himself"
        )
        return ticket, True

    @staticmethod
    def _known(session: Session, run: Run) -> TicketRow | None:
        """An open incident of that service and time; maintenance only where none is."""
        query = (
            select(TicketRow)
            .where(
                col(TicketRow.merged_into).is_(None),
                col(TicketRow.state).not_in(tickets.OVER),
                col(TicketRow.event).in_(("outage", "degradation", "maintenance")),
            )
            .order_by(col(TicketRow.id).desc())
            .limit(LATEST)
        )
        found = [one for one in session.exec(query) if _is_about(one, run)]
        return min(found, key=lambda one: one.event == "maintenance", default=None)

    # --- settled ---

    def settle(self, session: Session, now: datetime) -> int:
        """Runs after which nothing unusual came for long enough are over; returns how many."""
        quiet = self._rules.quiet_hours * HOUR
        found = session.exec(_open().where(col(SpikeRow.last_at) <= now - quiet)).all()
        for row in found:
            self._settle(session, row)
        return len(found)

    def ring(self, session: Session, timer: Timer) -> None:
        """A timer of `_tell` has rung."""
        del timer  # whichever it was: all that is over by now is settled
        self.settle(session, utcnow())

    def _settle(self, session: Session, row: SpikeRow) -> None:
        row.state, row.settled_at = "settled", utcnow()
        session.add(row)
        ticket = self._ticket_of(session, row)
        if ticket is None or ticket.state in tickets.OVER:
            return
        if row.opened and ticket.event == "degradation":
            ticket.over_at = row.last_at
        ticket.needs_review, ticket.updated_at = True, utcnow()
        session.add(ticket)
        end = self._clock(row.last_at)
        tickets.note(
            session, tickets.number(ticket), WHO, "reports are as usual again",
            f"since {end}; at the most, {self.in_words(row)}", people=row.people,
        )  # fmt: skip
        mirrors.mark(session, [tickets.number(ticket)], self._trackers)

    # --- told ---

    def in_words(self, row: SpikeRow) -> str:
        """The numbers of a run, in a sentence without its full stop."""
        name = self._names.get(row.service, row.service)
        end = row.start + row.hours * HOUR
        usual = str(round(row.usual)) if row.usual >= 0.5 else "hardly anybody"
        said = (
            f"{row.people} people wrote about {name} between {self._clock(row.start, end)}; "
            f"usually {usual}, and {row.limit} would be unusual"
        )
        if row.known_hours < NEW_HERE:
            said += f" (little is known yet of what is usual: {row.known_hours} hours were counted)"
        return said

    def _clock(self, start: datetime, end: datetime | None = None) -> str:
        there = start.astimezone(self._zone)
        said = f"{there:%H:%M}"
        if end is not None:
            said += f" and {end.astimezone(self._zone):%H:%M}"
        return f"{said} {there:%Z} on {there:%Y-%m-%d}"

    def listing(self, limit: int = 50) -> list[SpikeRow]:
        """The newest runs."""
        query = select(SpikeRow).order_by(col(SpikeRow.last_at).desc(), col(SpikeRow.id).desc())
        with self._database.read() as session:
            return list(session.exec(query.limit(limit)))


def _open() -> Any:
    return select(SpikeRow).where(SpikeRow.state == "open")


def _is_about(ticket: TicketRow, run: Run) -> bool:
    """Whether the incident is about the service at the time of the run."""
    if run.service not in ticket.services:
        return False
    if ticket.event == "maintenance":
        return any(
            datetime.fromisoformat(one["start"]) < run.span.end
            and (not one["end"] or datetime.fromisoformat(one["end"]) > run.span.start)
            for one in ticket.windows
        )
    began = ticket.began_at or ticket.created_at
    last = ticket.last_at or ticket.updated_at
    return began <= run.span.end + NEAR and last >= run.span.start - NEAR
