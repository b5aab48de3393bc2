"""Runs of unusually many reports: one incident each, in whatever order the mail comes."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from classifiers import load_house
from gateway.config import shipped
from gateway.incidents import merging, tickets
from gateway.incidents.spike_counts import Report
from gateway.incidents.spikes import Spikes
from gateway.incidents.unusual import HOUR
from gateway.store.database import Database
from gateway.store.tables import (
    HistoryRow,
    MessageRow,
    ReporterRow,
    SpikeCountRow,
    SpikeReportRow,
    SpikeRow,
    TicketRow,
    TimerRow,
)

HOUSE = load_house(shipped("data"))
NINE = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)  # a Tuesday, 9:00 in New York


class Desk:
    """A store, and people who write to it about ID.me."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.spikes = Spikes(
            database, HOUSE.spikes, HOUSE.service_names, "America/New_York",
            severity_of=HOUSE.severity.of,
        )  # fmt: skip
        self.people = 0

    def reports(
        self, count: int, minutes: float = 2, start: datetime = NINE, **changes: Any
    ) -> list[Report]:
        """So many people, one every few minutes; each has written and has a ticket."""
        found = []
        with self.database.transaction() as session:
            for number in range(count):
                self.people += 1
                at = start + timedelta(minutes=number * minutes)
                name = f"m{self.people}"
                message = MessageRow(
                    trace=name, key=name, sha256="", size=1, door="smtp", received_at=at,
                    written_at=at,
                )  # fmt: skip
                ticket = tickets.new_ticket("I cannot sign in", tickets.Facts(
                    "signin_help", "access_problem", ("idme",), "one", 1, "blocked", "low", (),
                    None, needs_review=False,
                ))  # fmt: skip
                session.add_all([message, ticket])
                session.flush()
                assert message.id
                message.ticket_id = tickets.number(ticket)
                session.add(ReporterRow(
                    ticket_id=tickets.number(ticket), address=f"{name}@people.example",
                    message_id=message.id, answerable=True,
                ))  # fmt: skip
                told = {"who": name, "services": ("idme",), "hampered": "blocked"} | changes
                found.append(Report(message.id, at, **told))
        return found

    def count(self, reports: list[Report], until: datetime | None = None) -> None:
        """Each in a batch of its own, as mail comes."""
        for one in reports:
            with self.database.transaction() as session:
                self.spikes.count(session, [one], until or one.at)

    def rows(self, table: Any) -> list[Any]:
        with self.database.read() as session:
            return list(session.exec(select(table)))

    def runs(self) -> list[SpikeRow]:
        return self.spikes.listing()

    def incidents(self) -> list[TicketRow]:
        query = select(TicketRow).where(TicketRow.event != "access_problem")
        with self.database.read() as session:
            return list(session.exec(query.order_by(col(TicketRow.id))))

    def lines(self, ticket: int | None) -> list[HistoryRow]:
        query = select(HistoryRow).where(HistoryRow.ticket_id == ticket)
        with self.database.read() as session:
            return list(session.exec(query.order_by(col(HistoryRow.id))))

    def a_quiet_month(self) -> None:
        """Two people in every hour of the last four weeks."""
        with self.database.transaction() as session:
            for number in range(4 * 168):
                hour = NINE - (number + 1) * HOUR
                session.add(SpikeCountRow(service="idme", hour=hour, people=2, counted=2))


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def here(store: Database) -> Desk:
    return Desk(store)


# --- one run, one incident ----------------------------------------------------------------------


def test_unusually_many_reports_are_one_incident_that_cites_them(desk: Desk) -> None:
    desk.a_quiet_month()
    desk.count(desk.reports(14))
    (run,) = desk.runs()
    (incident,) = desk.incidents()
    assert (run.state, run.ticket_id, run.opened) == ("open", incident.id, True)
    assert (incident.event, incident.services, incident.people) == ("degradation", ["idme"], 14)
    assert (incident.reach, incident.hampered, incident.severity) == ("some", "blocked", "high")
    assert incident.needs_review
    said = desk.spikes.in_words(run)
    assert said.startswith(
        "14 people wrote about ID.me between 09:00 and 10:00 EST on 2026-11-17; usually 2, and "
    )
    assert "little is known" not in said
    cited = [row for row in desk.rows(SpikeReportRow) if row.spike_id == run.id]
    assert len(cited) == 14
    lines = [one for one in desk.lines(incident.id) if one.what == "unusually many reports"]
    assert lines
    assert set(lines[-1].facts["messages"]) <= {f"m{n}" for n in range(1, 15)}


def test_whoever_was_counted_is_told_when_it_is_over(here: Desk) -> None:
    here.count(here.reports(14))
    (incident,) = here.incidents()
    told = [row for row in here.rows(ReporterRow) if row.ticket_id == incident.id]
    assert {row.address for row in told} == {f"m{n}@people.example" for n in range(1, 15)}
    assert all(row.answerable for row in told)


def test_a_usual_number_of_people_is_nothing(here: Desk) -> None:
    here.a_quiet_month()
    here.count(here.reports(6))
    assert here.incidents() == []


def test_one_person_who_writes_twenty_times_is_one(here: Desk) -> None:
    here.count(here.reports(20, who="always the same"))
    assert here.incidents() == []
    assert [row.people for row in here.rows(SpikeCountRow)] == [1]


def test_it_is_found_without_any_history_and_says_so(here: Desk) -> None:
    here.count(here.reports(14))
    (run,) = here.runs()
    assert "little is known yet of what is usual: 0 hours were counted" in here.spikes.in_words(run)


@pytest.mark.parametrize("seed", range(4))
def test_mail_in_any_order_makes_the_same_run(here: Desk, seed: int) -> None:
    reports = here.reports(30, minutes=4)
    random.Random(seed).shuffle(reports)
    here.count(reports, until=NINE)
    (run,) = here.runs()
    (incident,) = here.incidents()
    assert run.people >= 15
    assert run.people == incident.people or incident.people == run.told > 20
    assert len([row for row in here.rows(SpikeReportRow) if row.spike_id == run.id]) >= 20


def test_what_is_processed_again_counts_once(desk: Desk) -> None:
    reports = desk.reports(14)
    desk.count(reports)
    first = (len(desk.rows(HistoryRow)), desk.runs()[0].people)
    desk.count(reports)
    assert (len(desk.rows(HistoryRow)), desk.runs()[0].people) == first
    assert len(desk.incidents()) == 1


def test_two_processes_that_count_at_once_make_one_incident(desk: Desk) -> None:
    reports = desk.reports(24)
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(desk.count, half) for half in (reports[::2], reports[1::2])]
    assert [one.exception() for one in done] == [None, None]
    assert len(desk.incidents()) == len(desk.runs()) == 1
    assert [row.people for row in desk.rows(SpikeCountRow)] == [24]


def test_mail_that_comes_days_late_belongs_to_its_own_hour(here: Desk) -> None:
    late = here.reports(14)
    here.count(here.reports(1, start=NINE + timedelta(days=3)))
    here.count(late, until=NINE + timedelta(days=3))
    (run,) = here.runs()
    assert run.state == "settled"
    assert run.began_at <= NINE + HOUR
    assert len(here.incidents()) == 1


# --- the incident that is there already ---------------------------------------------------------


def open_ticket(desk: Desk, event: str, **changes: Any) -> int:
    with desk.database.transaction() as session:
        row = tickets.new_ticket("ID.me", tickets.Facts(
            "stakeholder", event, ("idme",), "some", 3, "partial", "medium", (), None,
            needs_review=False,
        ))  # fmt: skip
        row.began_at = row.last_at = NINE
        for name, value in changes.items():
            setattr(row, name, value)
        session.add(row)
        session.flush()
        return tickets.number(row)


def test_an_open_incident_of_the_service_is_raised(desk: Desk) -> None:
    number = open_ticket(desk, "outage")
    desk.count(desk.reports(14))
    (incident,) = desk.incidents()
    assert (incident.id, incident.people, incident.severity) == (number, 14, "high")
    (run,) = desk.runs()
    assert (run.ticket_id, run.opened) == (number, False)
    line = next(one for one in desk.lines(number) if one.what == "unusually many reports")
    assert line.facts["severity"] == ["medium", "high"]


@pytest.mark.parametrize(
    "changes",
    [{"state": "resolved"}, {"services": ["mhv"]},
     {"began_at": NINE - timedelta(days=9), "last_at": NINE - timedelta(days=8)}],
)  # fmt: skip
def test_another_incident_is_let_be(here: Desk, changes: dict[str, Any]) -> None:
    number = open_ticket(here, "outage", **changes)
    here.count(here.reports(14))
    assert len(here.incidents()) == 2
    assert here.lines(number) == []


def test_reports_in_an_announced_window_are_told_there(here: Desk) -> None:
    window = {"start": NINE.isoformat(), "end": (NINE + 2 * HOUR).isoformat()}
    number = open_ticket(here, "maintenance", windows=[window], severity="planned")
    here.count(here.reports(14))
    (incident,) = here.incidents()
    assert (incident.id, incident.severity) == (number, "planned")
    assert here.lines(number)[0].what == "unusually many reports"


def test_what_a_person_overruled_stays(here: Desk) -> None:
    open_ticket(here, "outage", pinned={"severity": "low", "people": 3}, severity="low")
    here.count(here.reports(14))
    assert [(one.severity, one.people) for one in here.incidents()] == [("low", 3)]


def test_a_run_goes_on_on_the_ticket_that_its_own_became_a_part_of(here: Desk) -> None:
    here.count(here.reports(14))
    other = open_ticket(here, "outage", began_at=NINE - timedelta(days=2), last_at=None,
                        services=["mhv"])  # fmt: skip
    with here.database.transaction() as session:
        into, gone = (tickets.get(session, n, to_change=True)
                      for n in (other, here.runs()[0].ticket_id or 0))  # fmt: skip
        merging.merge(session, into, gone, HOUSE.severity.of, who="ann", why="", trackers=())
    here.count(here.reports(30, start=NINE + HOUR, minutes=1))
    (run,) = here.runs()
    assert run.ticket_id == other
    assert run.people > 14


# --- it goes on, and it ends --------------------------------------------------------------------


def test_a_run_that_goes_on_is_one_and_is_told_when_it_has_grown(here: Desk) -> None:
    here.count(here.reports(60, minutes=3))  # three hours, twenty in each
    (run,) = here.runs()
    (incident,) = here.incidents()
    assert run.last_at >= NINE + 3 * HOUR
    lines = [one for one in here.lines(incident.id) if one.what == "unusually many reports"]
    assert 1 < len(lines) < 20
    assert incident.people == run.told


def test_a_run_settles_when_nothing_unusual_came_for_some_hours(desk: Desk) -> None:
    desk.count(desk.reports(14))
    (run,) = desk.runs()
    with desk.database.transaction() as session:
        assert desk.spikes.settle(session, run.last_at + 1.9 * HOUR) == 0
        assert desk.spikes.settle(session, run.last_at + 2 * HOUR) == 1
        assert desk.spikes.settle(session, run.last_at + 9 * HOUR) == 0
    (incident,) = desk.incidents()
    assert (desk.runs()[0].state, incident.state) == ("settled", "new")
    assert (incident.over_at, incident.needs_review) == (run.last_at, True)
    assert desk.lines(incident.id)[-1].what == "reports are as usual again"


def test_a_timer_settles_a_run_of_which_nothing_more_is_heard(here: Desk) -> None:
    here.count(here.reports(14))
    (run,) = here.runs()
    timers = [row for row in here.rows(TimerRow) if row.kind == "spike settles"]
    assert max(row.due_at for row in timers) == run.last_at + 2 * HOUR
    with here.database.transaction() as session:
        here.spikes.ring(session, timers[0])
    assert here.runs()[0].state == "settled"  # it was days ago


def test_the_next_day_has_a_run_and_an_incident_of_its_own(here: Desk) -> None:
    here.a_quiet_month()
    here.count(here.reports(20))
    here.count(here.reports(20, start=NINE + timedelta(days=1)))
    assert [run.state for run in here.runs()] == ["open", "settled"]
    assert len(here.incidents()) == 2


def test_one_spike_does_not_make_the_next_one_usual(here: Desk) -> None:
    here.a_quiet_month()
    here.count(here.reports(59, minutes=1))
    counted = {row.hour: row.counted for row in here.rows(SpikeCountRow)}
    assert counted[NINE] == max(run.limit for run in here.runs())
    assert counted[NINE] < 20
