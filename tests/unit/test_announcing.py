"""The second story on a real store: everyone concerned hears the news once, or nobody does."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import col, select

from gateway.announcing import MAX_TEXT, Announcing
from gateway.announcing.audience import UNREACHABLE
from gateway.config import AnswerSettings, RelaySettings, shipped
from gateway.errors import GatewayError, InvalidState, NotFound, Permanent
from gateway.incidents import tickets
from gateway.incidents.subscribers import Subscribers
from gateway.incidents.tickets import TicketBook
from gateway.letters import Letters
from gateway.model import utcnow
from gateway.outbox import Outbox
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import (
    LetterRow,
    MessageRow,
    NoticeRow,
    ReporterRow,
    ThreadRow,
    TicketRow,
)

NAMES = {"logingov": "Login.gov", "vbms": "VBMS"}
TEXT = "Login.gov works again.\n\nThank you for your patience."
FACTS = tickets.Facts(
    source="stakeholder", event="outage", services=("logingov",), reach="many", people=None,
    hampered="blocked", severity="critical", windows=(), window_status=None, needs_review=False,
)  # fmt: skip


class Desk:
    """A store with one ticket, and the people who wait for news of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        relay = RelaySettings(url="smtp://127.0.0.1:1")
        self.outbox = Outbox(database, relay, AnswerSettings(), this_process())
        letters = Letters(
            [shipped("templates")], sender="news@gateway.example", name="Triage",
            organization="the triage team", address="triage@gateway.example",
        )  # fmt: skip
        self.announcing = Announcing(database, self.outbox, letters, NAMES)
        self.subscribers = Subscribers(database, NAMES)
        with database.transaction() as session:
            ticket = tickets.new_ticket("Login.gov is down", FACTS)
            session.add(ticket)
            session.flush()
            self.ticket = ticket

    def reporter(
        self, address: str, *, answerable: bool = True, language: str = "en", name: str = ""
    ) -> None:
        with self.database.transaction() as session:
            message = MessageRow(
                trace=f"m-{address}", key=address, sha256="", size=0, door="smtp",
                received_at=utcnow(), state="done", message_id=f"report.{address}",
            )  # fmt: skip
            session.add(message)
            session.flush()
            row = ReporterRow(
                ticket_id=tickets.number(self.ticket), address=address, name=name,
                language=language, answerable=answerable, message_id=message.id,
            )  # fmt: skip
            session.add(row)

    def letters(self) -> list[LetterRow]:
        with self.database.read() as session:
            return list(session.exec(select(LetterRow).order_by(col(LetterRow.id))))

    def told(self) -> list[str]:
        return [letter.recipient for letter in self.letters()]

    def now(self) -> TicketRow:
        return TicketBook(self.database).details(self.ticket.ref).summary.ticket

    def history(self) -> list[str]:
        found = TicketBook(self.database).details(self.ticket.ref).history
        return [line.what for line in found]

    def notices(self) -> int:
        with self.database.read() as session:
            return len(session.exec(select(NoticeRow)).all())


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def small_desk(store: Database) -> Desk:
    return Desk(store)


# --- resolved -----------------------------------------------------------------------------------


def test_every_reporter_and_every_subscriber_of_its_services_is_told(desk: Desk) -> None:
    desk.reporter("ann@people.example", name="Ann Doe")
    desk.reporter("bob@people.example")
    desk.subscribers.add("carla@people.example", "logingov", "Carla", "en")
    desk.subscribers.add("dora@people.example", "vbms", "Dora", "en")
    notice, sent = desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")
    assert sent == 3
    assert desk.told() == ["ann@people.example", "bob@people.example", "carla@people.example"]
    assert desk.now().state == "resolved"
    assert (notice.state, notice.drafted_by, notice.approved_by) == ("sent", "eve", "eve")
    assert {letter.notice_id for letter in desk.letters()} == {notice.id}
    assert {letter.state for letter in desk.letters()} == {"queued"}
    assert desk.history() == ["state new -> resolved", "resolution sent"]


def test_a_ledger_is_counted_by_reason_and_read_by_pages(desk: Desk) -> None:
    desk.reporter("ann@people.example")
    desk.reporter("stranger@people.example", answerable=False)
    desk.subscribers.add("ann@people.example", "logingov", "", "en")
    desk.subscribers.add("carla@people.example", "logingov", "", "en")
    notice, _ = desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")
    number = notice.id or 0
    told, left_out = desk.announcing.reasons(number)
    assert told == {"reporter": 1, "subscriber:logingov": 2}
    assert list(left_out.values()) == [1]
    (first,) = desk.announcing.page(number, limit=1)
    (second,) = desk.announcing.page(number, first.id, 5, left_out=False)
    (out,) = desk.announcing.page(number, left_out=True)
    found = [one.address.partition("@")[0] for one in (first, second, out)]
    assert found == ["ann", "carla", "stranger"]
    assert desk.announcing.show(number).figures.lately == 0


def test_who_is_reporter_and_subscriber_gets_one_letter_as_a_reporter(desk: Desk) -> None:
    desk.reporter("ann@people.example")
    desk.subscribers.add("Ann@People.example", "logingov", "", "en")
    _, sent = desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")
    assert sent == 1
    (letter,) = desk.letters()
    assert b"In-Reply-To: <report.ann@people.example>" in letter.raw


def test_who_may_not_be_answered_is_left_out_and_named_with_the_reason(desk: Desk) -> None:
    desk.reporter("stranger@people.example", answerable=False)
    desk.reporter("ann@people.example")
    found = desk.announcing.preview_of(desk.ticket.ref, "resolution", TEXT, "eve")
    assert [one.address.address for one in found.audience.told] == ["ann@people.example"]
    ((who, why),) = found.audience.left_out
    assert (who, "nothing vouches" in why) == ("stranger@people.example", True)
    desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")
    assert desk.told() == ["ann@people.example"]


def test_a_stranger_who_subscribed_is_told(desk: Desk) -> None:
    desk.reporter("ann@people.example", answerable=False)
    desk.subscribers.add("ann@people.example", "logingov", "", "en")
    found = desk.announcing.preview_of(desk.ticket.ref, "resolution", TEXT, "eve")
    assert found.audience.left_out == ()
    assert [one.why for one in found.audience.told] == [["subscriber:logingov"]]


def test_one_address_that_no_mail_can_reach_stops_nobody(desk: Desk) -> None:
    desk.reporter('ab"@people.example')
    desk.reporter("ann@people.example")
    found = desk.announcing.preview_of(desk.ticket.ref, "resolution", TEXT, "eve")
    assert found.audience.left_out == (('ab"@people.example', UNREACHABLE),)
    assert desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")[1] == 1


def test_each_is_told_in_their_language_and_by_the_ticket(desk: Desk) -> None:
    desk.reporter("ann@people.example")
    desk.reporter("benita@people.example", language="es")
    desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")
    english, spanish = desk.letters()
    assert english.subject != spanish.subject
    for letter in (english, spanish):
        assert f"[{desk.ticket.ref}]" in letter.subject
        assert f"triage+{desk.ticket.token}@gateway.example".encode() in letter.raw
        assert b"Login.gov works again." in letter.raw


def test_an_answer_to_the_news_lands_on_the_ticket(desk: Desk) -> None:
    desk.reporter("ann@people.example")
    desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")
    with desk.database.read() as session:
        key = desk.letters()[0].message_id, desk.ticket.id
        assert session.get(ThreadRow, key) is not None


def test_a_second_resolve_is_refused_and_tells_nobody(desk: Desk) -> None:
    desk.reporter("ann@people.example")
    desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")
    with pytest.raises(InvalidState, match="resolved already"):
        desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")
    assert len(desk.letters()) == desk.notices() == 1


def test_of_two_who_resolve_at_once_one_is_refused(desk: Desk) -> None:
    for number in range(30):
        desk.reporter(f"person{number}@people.example")
    together = threading.Barrier(2)

    def resolve(who: str) -> int:
        together.wait()
        try:
            return desk.announcing.resolve(desk.ticket.ref, TEXT, who)[1]
        except GatewayError:
            return -1

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(resolve, ("eve", "fay"))) == [-1, 30]
    assert len(desk.letters()) == 30
    assert desk.history().count("resolution sent") == 1


def test_without_anybody_to_tell_it_is_resolved_all_the_same(desk: Desk) -> None:
    assert desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")[1] == 0
    assert desk.now().state == "resolved"


def test_a_failure_in_the_middle_tells_nobody(
    small_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = small_desk
    desk.reporter("ann@people.example")

    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("the last moment")

    with monkeypatch.context() as patch:
        patch.setattr("gateway.announcing.desk.tickets.note", fail)
        with pytest.raises(RuntimeError):
            desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")
    assert (desk.letters(), desk.notices(), desk.now().state) == ([], 0, "new")
    assert desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")[1] == 1


# --- drafted, previewed, approved, sent ---------------------------------------------------------


def test_a_preview_shows_what_will_go_out_and_changes_nothing(desk: Desk) -> None:
    desk.reporter("ann@people.example")
    desk.reporter("benita@people.example", language="es")
    desk.reporter("bob@people.example")
    found = desk.announcing.preview_of(desk.ticket.ref, "resolution", TEXT, "eve")
    assert len(found.audience.told) == 3
    assert len(found.samples) == 2, "one of each language"
    assert (desk.letters(), desk.notices(), desk.now().state) == ([], 0, "new")
    assert desk.history() == []


def test_a_notice_goes_from_draft_by_approval_to_sent(desk: Desk) -> None:
    desk.reporter("ann@people.example")
    notice = desk.announcing.draft(desk.ticket.ref, "resolution", f"\n{TEXT}\n", "eve")
    assert notice.id is not None
    assert (notice.state, notice.text) == ("draft", TEXT)
    assert desk.announcing.preview(notice.id).samples[0].recipient == "ann@people.example"
    with pytest.raises(InvalidState, match="approve it first"):
        desk.announcing.send(notice.id, "eve")
    assert desk.announcing.approve(notice.id, "fay").approved_by == "fay"
    with pytest.raises(InvalidState, match="send it"):
        desk.announcing.approve(notice.id, "fay")
    assert desk.announcing.send(notice.id, "eve") == 1
    with pytest.raises(InvalidState, match="nobody is told twice"):
        desk.announcing.send(notice.id, "eve")
    (listed,) = desk.announcing.listing()
    assert (listed.state, listed.drafted_by, listed.approved_by) == ("sent", "eve", "fay")
    assert listed.sent_at is not None


def test_what_is_sent_is_what_was_approved_and_never_more(desk: Desk) -> None:
    desk.reporter("ann@people.example")
    notice = desk.announcing.draft(desk.ticket.ref, "resolution", TEXT, "eve")
    assert notice.id is not None
    desk.announcing.approve(notice.id, "eve")
    desk.reporter("late@people.example")
    with pytest.raises(InvalidState, match=r"audience of notice 1 has changed .*1 more, 0 fewer"):
        desk.announcing.send(notice.id, "eve")
    found = desk.announcing.preview(notice.id)
    assert found.since_approval is not None
    assert found.since_approval.added == ("late@people.example",)
    assert desk.letters() == []
    desk.announcing.approve(notice.id, "eve")
    assert desk.announcing.send(notice.id, "eve") == 2


def test_a_second_draft_of_a_ticket_that_was_resolved_is_not_sent(desk: Desk) -> None:
    desk.reporter("ann@people.example")
    notice = desk.announcing.draft(desk.ticket.ref, "resolution", TEXT, "eve")
    assert notice.id is not None
    desk.announcing.approve(notice.id, "eve")
    desk.announcing.resolve(desk.ticket.ref, TEXT, "fay")
    with pytest.raises(InvalidState):
        desk.announcing.send(notice.id, "eve")
    assert len(desk.letters()) == 1


@pytest.mark.parametrize("text", ["", " \n\t ", "x" * (MAX_TEXT + 1)])
def test_a_notice_says_something_and_not_too_much(small_desk: Desk, text: str) -> None:
    with pytest.raises(Permanent):
        small_desk.announcing.draft(small_desk.ticket.ref, "resolution", text, "eve")
    assert small_desk.notices() == 0


def test_what_there_is_not_is_said_to_be_not_there(small_desk: Desk) -> None:
    announcing = small_desk.announcing
    with pytest.raises(NotFound):
        announcing.draft("TG-99", "resolution", TEXT, "eve")
    for act in (announcing.preview, lambda n: announcing.approve(n, "eve"),
                lambda n: announcing.send(n, "eve")):  # fmt: skip
        with pytest.raises(NotFound):
            act(99)
    with pytest.raises(Permanent, match="no kind of notice: opened, "):
        announcing.draft(small_desk.ticket.ref, "party", TEXT, "eve")


# --- subscribers --------------------------------------------------------------------------------


def test_a_subscription_is_kept_once(desk: Desk) -> None:
    assert desk.subscribers.add("ann@People.Example", "logingov", "Ann", "en")
    assert not desk.subscribers.add("ann@people.example", "logingov", "Ann", "en")
    assert [row.address for row in desk.subscribers.listing()] == ["ann@people.example"]
    desk.subscribers.remove("ann@PEOPLE.example", "logingov")
    assert desk.subscribers.listing() == []
    with pytest.raises(NotFound):
        desk.subscribers.remove("ann@people.example", "logingov")


@pytest.mark.parametrize(
    ("address", "service"),
    [("ann@people.example", "nonesuch"), ("ann", "logingov"), ("a b@x.example", "logingov")],
)
def test_a_subscription_that_cannot_be_is_refused(
    small_desk: Desk, address: str, service: str
) -> None:
    with pytest.raises(Permanent):
        small_desk.subscribers.add(address, service, "", "en")


def test_what_a_reporter_wrote_of_themselves_in_a_subject_goes_to_nobody_else(desk: Desk) -> None:
    with desk.database.transaction() as session:
        title = "SSN 123-45-6789 DOB 3/4/1980 cannot sign in"
        session.get_one(TicketRow, desk.ticket.id).title = title
    desk.subscribers.add("boss@county.example", "logingov", "", "en")
    desk.announcing.resolve(desk.ticket.ref, TEXT, "ann")
    (letter,) = desk.letters()
    assert letter.subject.startswith("Resolved: SSN [SSN] DOB [DOB] cannot sign in")
    assert b"123-45-6789" not in letter.raw
