"""Tickets: what a further message changes, where they may go, and the history of it all."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from gateway.errors import InvalidState, NotFound
from gateway.incidents import threads, tickets
from gateway.incidents.tickets import HAMPERED, MOVES, REACHES, STATES, Facts, TicketBook
from gateway.model import Address, Message, TicketState
from gateway.store.database import Database
from gateway.store.tables import HistoryRow, ThreadRow, TicketRow

FACTS = Facts(
    source="stakeholder", event="outage", services=("logingov",), reach="some", people=10,
    hampered="partial", severity="medium", windows=(), window_status=None, needs_review=False,
)  # fmt: skip
WINDOW = {"start": "2026-11-21T23:00:00Z", "end": None}


def facts(**changes: Any) -> Facts:
    return replace(FACTS, **changes)


def add(
    row: TicketRow, more: Facts, severity: str, *, by_person: bool = True
) -> dict[str, list[str]]:
    """`more` comes to `row`, by a rule that finds everything of that severity."""
    return tickets.add_to(row, more, lambda *_: severity, by_person=by_person)


def ticket(**changes: Any) -> TicketRow:
    return tickets.new_ticket("Down", facts(**changes))


@pytest.fixture
def book(database: Database) -> TicketBook:
    return TicketBook(database)


def stored(database: Database, state: str = "new", count: int = 1) -> list[int]:
    with database.transaction() as session:
        rows = [ticket() for _ in range(count)]
        for row in rows:
            row.state = state
            session.add(row)
        session.flush()
        return [tickets.number(row) for row in rows]


def history(database: Database, number: int) -> list[HistoryRow]:
    query = select(HistoryRow).where(HistoryRow.ticket_id == number)
    with database.read() as session:
        return list(session.exec(query.order_by(col(HistoryRow.id))))


# --- opened -------------------------------------------------------------------------------------


def test_a_new_ticket_has_what_the_reading_says() -> None:
    row = ticket(windows=(WINDOW,))
    assert (row.state, row.event, row.services, row.people) == ("new", "outage", ["logingov"], 10)
    assert row.windows == [WINDOW]


def test_a_ticket_has_a_title_of_bearable_length() -> None:
    assert tickets.new_ticket("", FACTS).title == "(no subject)"
    assert len(tickets.new_ticket("x" * 5000, FACTS).title) == 200


def test_a_token_cannot_be_guessed_and_survives_in_an_address() -> None:
    tokens = {tickets.new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    for token in tokens:
        message = Message(raw_sha256="", to=(Address(f"triage+{token.upper()}@gateway.example"),))
        assert threads.tokens(message, []) == [token]


# --- a further message --------------------------------------------------------------------------


def test_news_wins_and_the_rest_adds_up() -> None:
    row = ticket()
    more = facts(event="degradation", services=("evss", "logingov"), reach="many", people=3,
                 hampered="blocked", needs_review=True)  # fmt: skip
    changes = add(row, more, "critical")
    assert row.event == "degradation"
    assert row.services == ["logingov", "evss"]
    assert (row.reach, row.people, row.hampered) == ("many", 10, "blocked")
    assert row.severity == "critical"
    assert row.needs_review
    assert changes == {"event": ["outage", "degradation"], "severity": ["medium", "critical"]}


@pytest.mark.parametrize("event", ["question", "info", "noise"])
def test_what_is_no_news_changes_neither_event_nor_reach(event: str) -> None:
    row = ticket()
    add(row, facts(event=event, reach="all", hampered="blocked"), "medium")
    assert (row.event, row.reach, row.hampered) == ("outage", "some", "partial")


def test_a_milder_report_does_not_make_it_milder() -> None:
    row = ticket(reach="many", hampered="blocked")
    add(row, facts(reach="one", hampered="none", people=None), "critical")
    assert (row.reach, row.hampered, row.people) == ("many", "blocked", 10)


def over(state: str = "resolved") -> TicketRow:
    row = ticket()
    row.state = state
    return row


@pytest.mark.parametrize("state", ["resolved", "closed"])
@pytest.mark.parametrize("event", ["outage", "degradation", "access_problem"])
def test_a_ticket_that_is_over_is_reopened_by_whoever_reports_trouble_for_sure(
    state: str, event: str
) -> None:
    row = over(state)
    add(row, facts(event=event, sure=0.6), "critical")
    assert (row.state, row.event, row.severity) == ("investigating", event, "critical")
    assert row.needs_review


@pytest.mark.parametrize(
    ("more", "by_person"),
    [
        (facts(event="degradation", sure=0.59), True),
        (facts(event="degradation", sure=0.9, needs_review=True), True),
        (facts(event="degradation", sure=0.9), False),
        (facts(event="maintenance", sure=0.9), True),
    ],
    ids=["not sure", "doubted", "a machine", "no trouble"],
)
def test_any_other_news_on_a_ticket_that_is_over_asks_for_a_person(
    more: Facts, by_person: bool
) -> None:
    row = over()
    changes = add(row, more, "critical", by_person=by_person)
    assert (row.state, row.event, row.severity) == ("resolved", "outage", "medium")
    assert row.needs_review
    assert changes == {}


@pytest.mark.parametrize("event", ["info", "question", "resolved"])
def test_thanks_on_a_ticket_that_is_over_ask_for_nobody(event: str) -> None:
    row = over()
    add(row, facts(event=event, sure=0.9), "none")
    assert (row.state, row.needs_review) == ("resolved", False)


def test_new_windows_replace_the_old_and_a_cancellation_ends_them() -> None:
    row = ticket(event="maintenance", windows=(WINDOW,), window_status="CONFIRMED")
    add(row, facts(event="maintenance", windows=()), "planned")
    assert row.windows == [WINDOW], "a message without windows says nothing of them"
    later = {"start": "2026-11-28T23:00:00Z", "end": None}
    moved = facts(event="maintenance", windows=(later,), window_status="RE-SCHEDULED")
    add(row, moved, "planned")
    assert (row.windows, row.window_status) == ([later], "RE-SCHEDULED")
    add(row, facts(event="cancelled", window_status="CANCELLED"), "planned")
    assert (row.windows, row.window_status) == ([], "CANCELLED")


VALUES = st.builds(
    Facts,
    source=st.just("stakeholder"),
    event=st.sampled_from(["outage", "degradation", "resolved", "question", "info", "noise"]),
    services=st.lists(st.sampled_from(["logingov", "evss", "vbms"]), unique=True).map(tuple),
    reach=st.sampled_from(REACHES),
    people=st.none() | st.integers(0, 1000),
    hampered=st.sampled_from(HAMPERED),
    severity=st.just("low"),
    windows=st.just(()),
    window_status=st.none(),
    needs_review=st.booleans(),
)


@given(VALUES, st.lists(VALUES, max_size=4))
def test_nothing_ever_shrinks(first: Facts, others: list[Facts]) -> None:
    row = tickets.new_ticket("Down", first)
    for one in others:
        before = row.model_copy()
        add(row, one, "low")
        assert set(row.services) >= {*before.services, *one.services}
        assert REACHES.index(row.reach) >= REACHES.index(before.reach)
        assert HAMPERED.index(row.hampered) >= HAMPERED.index(before.hampered)
        assert (row.people or 0) >= (before.people or 0)
        assert row.needs_review >= before.needs_review


# --- from state to state ------------------------------------------------------------------------


def test_every_state_has_its_ways() -> None:
    assert set(MOVES) == set(STATES) == set(get_args(TicketState))
    assert all(state not in ways for state, ways in MOVES.items())


@pytest.mark.parametrize(("state", "ways"), MOVES.items())
def test_a_ticket_goes_where_there_is_a_way_and_nowhere_else(
    store: Database, state: str, ways: tuple[str, ...]
) -> None:
    book = TicketBook(store)
    for target in STATES:
        (number,) = stored(store, state)
        if target in ways:
            assert book.move(f"TG-{number}", target, "ann", "because").state == target
            (line,) = history(store, number)
            assert (line.who, line.what, line.why) == (
                "ann", f"state {state} -> {target}", "because",
            )  # fmt: skip
        else:
            with pytest.raises(InvalidState):
                book.move(f"TG-{number}", target, "ann")
            assert history(store, number) == []
            assert book.details(str(number)).summary.ticket.state == state


def test_a_state_that_does_not_exist_is_named_with_those_that_do(book: TicketBook) -> None:
    (number,) = stored(book._database)
    with pytest.raises(InvalidState, match=r"finished is no state.*handed_off"):
        book.move(str(number), "finished", "ann")


# --- looked up ----------------------------------------------------------------------------------


def test_a_ticket_is_found_by_number_and_reference(book: TicketBook) -> None:
    (number,) = stored(book._database)
    for name in (str(number), f"TG-{number}", f"tg-{number}"):
        assert book.details(name).summary.ticket.id == number


@pytest.mark.parametrize("name", ["", "TG-", "TG-99", "x", "-1", "1; DROP TABLE", "²", "9" * 30])
def test_a_ticket_that_is_not_there_is_not_found(book: TicketBook, name: str) -> None:
    with pytest.raises(NotFound):
        book.details(name)


def test_the_list_has_the_newest_first_and_one_state_if_asked(book: TicketBook) -> None:
    new = stored(book._database, count=2)
    (closed,) = stored(book._database, "closed")
    assert [one.ticket.id for one in book.listing()] == [closed, new[1], new[0]]
    assert [one.ticket.id for one in book.listing("closed")] == [closed]
    assert [one.ticket.id for one in book.listing(limit=1)] == [closed]
    assert book.counts() == (3, 0)
    assert {(one.reporters, one.messages) for one in book.listing()} == {(0, 0)}


def test_what_a_person_should_look_at_is_listed_until_somebody_has(book: TicketBook) -> None:
    one, other, _ = stored(book._database, count=3)
    with book._database.transaction() as session:
        for number in (one, other):
            tickets.get(session, number).needs_review = True
    assert [found.ticket.id for found in book.listing(review=True)] == [other, one]
    assert book.listing("closed", review=True) == []
    assert book.counts() == (3, 2)
    book.reviewed(f"TG-{one}", "eve")
    book.move(str(other), "triaged", "eve")
    assert book.counts() == (3, 0)
    assert [(line.who, line.what) for line in history(book._database, one)] == [
        ("eve", "looked at")
    ]
    with pytest.raises(InvalidState, match="waits for nobody"):
        book.reviewed(str(one), "eve")


# --- threads ------------------------------------------------------------------------------------


def test_the_nearest_ancestor_comes_first() -> None:
    message = Message(raw_sha256="", in_reply_to="c", references=("a", "b", "c"))
    assert threads.ancestors(message) == ["c", "b", "a"]
    assert threads.ancestors(Message(raw_sha256="", references=("a", "b"))) == ["b", "a"]


def test_endless_references_are_cut_at_the_far_end() -> None:
    ids = tuple(str(n) for n in range(5000))
    found = threads.ancestors(Message(raw_sha256="", references=ids))
    assert found == [str(n) for n in range(4999, 4899, -1)]


def test_a_token_stands_in_our_addresses_and_in_our_ids() -> None:
    token = "abcdefgh234567ab"
    in_id = Message(raw_sha256="", references=(f"TG-7.{token}.0123@gateway.example",))
    assert threads.tokens(in_id, []) == [token]
    assert threads.tokens(Message(raw_sha256=""), [f"triage+{token}@gateway.example"]) == [token]
    other = Message(raw_sha256="", subject=f"[TG-7] {token}", references=("abc@x.example",))
    assert threads.tokens(other, ["triage+tooshort@gateway.example"]) == []


def test_an_id_may_lead_to_several_tickets(database: Database) -> None:
    one, other = stored(database, count=2)
    with database.transaction() as session:
        threads.remember(session, [("a", one), ("a", one), ("", one)])
        threads.remember(session, [("a", other), ("a", one)])
        threads.remember(session, [])
    with database.read() as session:
        rows = session.exec(select(ThreadRow.message_id, ThreadRow.ticket_id))
        assert sorted(rows.all()) == [("a", one), ("a", other)]
